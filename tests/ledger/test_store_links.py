"""Links on disk are the links in memory, and the audit sees every change made behind them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from federation.console.report import tell_tally, view_tally
from ledger import crypto
from ledger.checkpoint import add_cosignatures, cosign, sign_checkpoint
from ledger.entry import entry_id
from ledger.errors import StoreDamaged
from ledger.link.entry import CANCELLED, Answered, Content, Decided, Prepared, Rejected
from ledger.link.instruction import Hop
from ledger.link.link import clearing_id
from ledger.link.machine import Role, Stage
from ledger.link.terms import NO_FEE
from ledger.operation import AddLink, Hold, LinkPay, LinkRequest, Operation
from ledger.proof.present import verify_present
from ledger.proof.receipt import verify_receipt
from ledger.record import LinkRecord, ReadingRecord, TransactionRecord, decode_record
from ledger.refusal import Code
from ledger.replay import replay
from ledger.state import replace
from ledger.store.append import StoredMerge
from ledger.store.audit import Auditor, audit
from ledger.store.backup import back_up
from ledger.store.database import Role as DatabaseRole
from ledger.store.database import open_database
from ledger.store.journal import JournalStore
from ledger.store.link import LinkStore
from ledger.store.proving import Prover
from tests.ledger.test_store_journal import same
from tests.support.fib import fib
from tests.support.realm import IN_EUR, Shire, pay, read
from tests.support.storage import StoredTown, open_manager, raw
from tests.support.stored_realm import Valley
from tests.support.township import DAY_S, START, seed_of
from tests.support.vandal import LINKED, opened, spoil

WORDS = {
    "link": r"(in links,|link) [0-9a-f]{64}",
    "link_record": r"record \d+",
    "transit": r"(in transits,|payment) [0-9a-f]{32}",
    "linked_request": r"(in linked requests,|request) [0-9a-f]{32}",
}
"""How the message names what was changed in a table."""
COLUMNS = [(table, column) for table, columns in LINKED.items() for column in columns]
_ANOTHER_PAYMENT = (
    "INSERT INTO transit SELECT zeroblob(16), record + 1, role, stage, account, upstream, "
    "downstream, deadline, finished, body FROM transit WHERE finished IS NOT NULL LIMIT 1"
)
UNDER_WAY, FINISHED = "finished IS NULL", "finished IS NOT NULL"


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Valley, Path]]:
    """Give a valley with every kind of row about links, and a copy of river's database."""
    folder = tmp_path_factory.mktemp("river")
    valley = Valley(open_manager(folder))
    valley.live()
    back_up(valley.river.database, folder / "sound.db", {})
    yield valley, folder / "sound.db"
    valley.river.database.close()


@pytest.fixture
def valley(tmp_path: Path) -> Iterator[Valley]:
    valley = Valley(open_manager(tmp_path))
    valley.live()
    yield valley
    valley.river.database.close()


@pytest.fixture
def spoilt(full: tuple[Valley, Path], tmp_path: Path) -> Path:
    """Give a copy of river's database for somebody to change."""
    path = tmp_path / "spoilt.db"
    path.write_bytes(full[1].read_bytes())
    return path


@contextmanager
def reopened(path: Path) -> Iterator[JournalStore]:
    """Give the journal of a copy."""
    with closing(open_database(path, DatabaseRole.MANAGER, write=True)) as database:
        yield JournalStore(database)


def test_the_valley_knows_every_role_stage_and_end(full: tuple[Valley, Path]) -> None:
    state = full[0].river.state
    assert {one.role for one in state.transits.values()} == set(Role)
    ended = {(one.role, one.stage) for one in state.finished.values()}
    assert {
        (Role.ORIGIN, Stage.POSTED),
        (Role.ORIGIN, Stage.VOIDED),
        (Role.ORIGIN, Stage.EXPIRED),
        (Role.HOP, Stage.SETTLED),
        (Role.PAYEE, Stage.SETTLED),
    } <= ended
    assert {bool(one.upstream) for one in state.linked_requests.values()} == {True, False}
    assert any(one.reverts for one in state.transactions.values())


def test_what_is_loaded_is_what_was_merged(valley: Valley) -> None:
    river = valley.river
    stored = river.journal.load_state()
    assert same(stored, river.state)
    assert stored.finished.get(bytes(16)) is None
    assert len(stored.finished) == len(river.state.finished)
    river.state = stored
    valley.settle()
    assert not [one for one in river.state.transits.values() if one.role is Role.PAYEE]
    assert same(river.journal.load_state(), river.state)


def test_a_replica_holds_the_same(valley: Valley, tmp_path: Path) -> None:
    river = valley.river
    path = tmp_path / "replica.db"
    with closing(open_database(path, DatabaseRole.REPLICA, write=True)) as database:
        store = JournalStore.begin(database, river.key)
        state = store.load_state()
        for one in replay(state, river.records):
            store.append([StoredMerge.of(one.merged, one.first, one.records, one.leaves)])
        assert same(store.load_state(), river.state)
        assert audit(store) == audit(river.journal)


def test_the_tally_counts_what_was_confirmed_of_links(valley: Valley) -> None:
    river = valley.river
    tree = river.journal.tip().tree
    checkpoint = sign_checkpoint(river.seed, tree.size, tree.root)
    word = cosign(seed_of("lake's links"), checkpoint, 7)
    note = add_cosignatures(checkpoint.note, [word])
    river.journal.add_checkpoint(tree.size, tree.root, note)
    tally = audit(river.journal)
    assert (tally.links, tally.under_way) == (2, len(river.state.transits))
    assert tally.payments == tally.under_way + len(river.state.finished)
    kinds = [type(decode_record(record)) for record in river.records]
    assert tally.records["readings"] == kinds.count(ReadingRecord) > 0
    assert tally.records["link_entries"] == kinds.count(LinkRecord) > 0
    assert tally.newest is not None
    assert [one.witness for one in tally.newest.cosignatures] == [valley.lake.link_key]
    held = view_tally(river.key, tally)
    told = list(tell_tally(held))
    assert any(line.startswith("links           2 compared") for line in told)
    assert any("of linked communities" in line for line in told)
    named = tally.signed + tally.records["statements"] + tally.records["readings"] + 1
    assert held["signatures"] == named


def test_receipts_are_made_of_every_payment_across_links(valley: Valley) -> None:
    river = valley.river
    tree = river.journal.tip().tree
    checkpoint = sign_checkpoint(river.seed, tree.size, tree.root)
    river.journal.add_checkpoint(tree.size, tree.root, checkpoint.note)
    kept = river.journal.newest_checkpoint()
    assert kept is not None
    prover, state, linked = Prover(river.journal, kept), river.journal.load_state(), set[str]()
    for index, stored in enumerate(river.records):
        if isinstance(decode_record(stored), TransactionRecord):
            proven = verify_receipt(river.key, prover.receipt(state, index))
            linked |= {one.handle for one in proven.linked.values()}
    assert linked == {"lake", "hill"}
    proof = prover.present(state, "links", valley.hill.key)
    assert verify_present(river.key, proof).value == river.link_to(valley.hill)


def test_our_entries_are_found_by_their_numbers(valley: Valley) -> None:
    river, links = valley.river, LinkStore(valley.river.database)
    told = [index for index, _ in river.told(valley.hill)]
    assert len(told) > 3
    assert links.entries_after(valley.hill.key, 0, 10**6) == told
    assert links.entries_after(valley.hill.key, 2, 1) == told[2:3]
    assert links.entries_after(valley.hill.key, len(told), 9) == []
    assert links.entries_after(bytes(32), 0, 9) == []


def test_only_what_began_here_is_decided_here(valley: Valley) -> None:
    river, links = valley.river, LinkStore(valley.river.database)
    for payment, transit in [*river.state.finished.items(), *river.state.transits.items()]:
        index = links.decision(payment)
        decided = transit.role is Role.ORIGIN and transit.stage is not Stage.PREPARED
        assert (index is not None) == decided
        if index is not None:
            record = decode_record(river.records[index])
            assert isinstance(record, LinkRecord)
            assert isinstance(record.entry.content, Decided)
            assert record.entry.content.payment == payment


def test_payments_are_found_newest_first(valley: Valley) -> None:
    river, links = valley.river, LinkStore(valley.river.database)
    every = {**river.state.finished, **river.state.transits}
    listed = links.transits()
    assert {one.id: one for one in listed} == every
    assert listed[0].id in river.state.transits
    assert links.transits(limit=2) == listed[:2]
    carla = river["carla"].id
    assert links.transits(carla) == [one for one in listed if one.account == carla]
    lake = valley.lake.key
    over = [one for one in listed if lake in (one.upstream, one.downstream)]
    assert links.transits(peer=lake) == over
    for payment, transit in every.items():
        assert links.transit(payment.hex()) == [transit]
        assert transit in links.transit(payment.hex()[:6])
    assert links.transit("") == links.transit("zz") == links.transit("0" * 33) == []


def test_links_requests_and_their_history_are_read_back(valley: Valley) -> None:
    river, links = valley.river, LinkStore(valley.river.database)
    assert links.links() == river.state.links
    asked = {one.asked.request: one for one in links.requests()}
    assert asked == river.state.linked_requests
    carla = river["carla"].id
    mine = links.requests(carla)
    assert mine
    assert all(one.account == carla for one in mine)
    history = links.link_history(valley.lake.key, 10**6)
    account = river.state.accounts[clearing_id(valley.lake.key)]
    assert history[0].index + 1 == account.last_record
    assert links.link_history(valley.lake.key, 3, history[1].index) == history[2:5]
    assert links.link_history(bytes(32), 3) == []


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=[".".join(one) for one in COLUMNS])
def test_a_changed_value_is_found_by_a_whole_audit_and_by_the_next_check(
    spoilt: Path, table: str, column: str
) -> None:
    where = UNDER_WAY if (table, column) != ("transit", "finished") else FINISHED
    _find(spoilt, table, column, where if table == "transit" else "TRUE")


@pytest.mark.parametrize("column", sorted(set(LINKED["transit"]) - {"finished"}))
def test_a_changed_value_of_a_finished_payment_is_found(spoilt: Path, column: str) -> None:
    _find(spoilt, "transit", column, FINISHED)


def _find(path: Path, table: str, column: str, where: str) -> None:
    with reopened(path) as store:
        auditor = Auditor(store)
        auditor.check()
        with opened(path) as vandal:
            spoil(vandal, table, column, f"{where} AND length({column}) > 0")
        named = rf"damaged \(.*({WORDS[table]})"
        with pytest.raises(StoreDamaged, match=named):
            audit(store)
        with pytest.raises(StoreDamaged, match=named):
            auditor.check()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM link",
        "DELETE FROM link_record WHERE record = (SELECT max(record) FROM link_record)",
        "DELETE FROM transit WHERE finished IS NULL",
        "DELETE FROM transit WHERE finished IS NOT NULL",
        "DELETE FROM linked_request",
        "UPDATE transit SET finished = (SELECT max(size) FROM batch) WHERE finished IS NULL",
        "UPDATE transit SET finished = NULL",
        "UPDATE link SET body = x'00'",
        "UPDATE transit SET body = x'00'",
        "UPDATE linked_request SET body = x'00'",
        _ANOTHER_PAYMENT,
        "INSERT INTO link_record SELECT max(record) + 9, peer, number + 9, NULL FROM link_record",
        "UPDATE balance SET pending_debit = 0 WHERE pending_debit > 0",
    ],
)
def test_the_audit_sees_missing_added_and_unreadable_rows(spoilt: Path, statement: str) -> None:
    with opened(spoilt) as vandal:
        vandal.execute("DROP INDEX transit_finished")
        assert vandal.execute(statement).rowcount > 0
    with reopened(spoilt) as store, pytest.raises(StoreDamaged):
        audit(store)


@pytest.mark.parametrize("table", ["link", "transit", "linked_request"])
def test_rows_that_cannot_be_read_are_no_state(spoilt: Path, table: str) -> None:
    with opened(spoilt) as vandal:
        vandal.execute(f"UPDATE {table} SET body = x'00'")  # noqa: S608 -- a table's name
    with reopened(spoilt) as store, pytest.raises(StoreDamaged, match="the present state"):
        store.load_state()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM link",
        "DELETE FROM link_record",
        "DELETE FROM transit",
        "UPDATE link SET sent = sent - 1",
        "UPDATE link SET taken = taken - 1",
        "UPDATE link SET account = (SELECT id FROM account WHERE handle = 'carla')",
        "UPDATE link_record SET number = number + 100",
        "UPDATE link_record SET decided = NULL",
        "UPDATE transit SET stage = 'forced' WHERE finished IS NOT NULL",
        "UPDATE transit SET payment = zeroblob(16) WHERE finished IS NULL",
        "UPDATE transit SET role = 'hop' WHERE finished IS NULL AND role <> 'hop'",
        "UPDATE transit SET stage = 'paid' WHERE finished IS NULL",
        "REPLACE INTO transit SELECT * FROM transit",
        "REPLACE INTO link_record SELECT * FROM link_record",
        "INSERT INTO link_record SELECT max(record) + 1, peer, number + 2, NULL FROM link_record",
    ],
)
def test_the_database_itself_refuses_what_must_not_be(
    full: tuple[Valley, Path], statement: str
) -> None:
    with (
        closing(raw(full[0].river.database)) as stranger,
        pytest.raises(sqlite3.IntegrityError),
    ):
        stranger.execute(statement)


def test_a_payment_that_begins_and_ends_in_one_merge_is_kept(valley: Valley) -> None:
    """Its payer's ledger took it back before anybody read of it."""
    lake, river = valley.lake, valley.river
    payment = pay((lake, "anna"), "bakery", 7, river, deadline=lake.now + 10)
    lake.now += 20
    lake.merge()
    read(river, lake)
    transit = river.transit(payment)
    assert transit is not None
    assert transit.stage is Stage.RELEASED
    assert LinkStore(river.database).transit(payment.hex()) == [transit]
    assert audit(river.journal).size == len(river.records)


def test_a_database_from_before_links_is_brought_up_to_date(tmp_path: Path) -> None:
    town = StoredTown(open_manager(tmp_path), "ada", "ben", "cem")
    town.live()
    path = town.database.path
    town.database.close()
    with closing(sqlite3.connect(path)) as stranger:
        for table in (*LINKED, "link_door", "link_evidence"):
            stranger.execute(f"DROP TABLE {table}")
        for table in ("bill", "mandate", "mention", "attachment", "file", "name", "name_change"):
            stranger.execute(f"DROP TABLE {table}")
        stranger.execute("DROP TABLE handed_in")
        stranger.execute("ALTER TABLE request DROP COLUMN merged")
        stranger.execute("DELETE FROM alembic_version")
        stranger.execute("INSERT INTO alembic_version VALUES ('journal_2'), ('desk_1')")
        stranger.commit()
    with pytest.raises(StoreDamaged, match="older version's"):
        open_database(path, DatabaseRole.MANAGER, write=False)
    with closing(open_database(path, DatabaseRole.MANAGER, write=True)) as database:
        store = JournalStore(database)
        assert same(store.load_state(), town.state)
        assert audit(store).size == len(town.records)
        town.database, town.store = database, store
        town.manage(_link_to_hill())
        assert same(store.load_state(), town.state)
        assert list(LinkStore(database).links()) == list(town.state.links) != []


def _link_to_hill() -> AddLink:
    hill, town = Shire("hill"), seed_of("community's links")
    return AddLink(
        hill.key, hill.link_key, crypto.public_key(town), "hill", "Hill", IN_EUR, False,
        NO_FEE, 10_000, 10_000,
    )  # fmt: skip


def test_a_request_that_is_taken_back_and_asked_again_under_its_name_is_kept(
    valley: Valley,
) -> None:
    lake, river = valley.lake, valley.river
    carla = river["carla"].id
    known = next(one.asked for one in LinkStore(river.database).requests(carla) if one.upstream)
    changed = replace(known, amount=1)
    river.merge(fib(lake, river, Answered(known.request, CANCELLED, ""), changed))
    (again,) = [one.asked for one in LinkStore(river.database).requests(carla) if one.upstream]
    assert again == changed
    assert same(river.journal.load_state(), river.state)
    assert audit(river.journal).size == len(river.records)


def _asks(valley: Valley) -> tuple[Operation, ...]:
    end, hill = START + DAY_S, valley.hill.key
    hops = (Hop(hill, "EUR", 5),)
    return (
        Hold(valley.river["bakery"].id, 5, "EUR", "", b"", end),
        LinkPay(hops, "dora", "EUR", 5, "EUR", 5, "", b"", end, None),
        LinkRequest((hill,), "dora", "EUR", 5, "", end),
    )


def _names(valley: Valley, entry: bytes) -> tuple[Content, ...]:
    """Return a payment and a request of lake with a name that river will give itself."""
    state = valley.river.state
    payments = [one for one in state.transits.values() if one.role is Role.PAYEE]
    requests = [one for one in state.linked_requests.values() if one.upstream]
    return (
        Prepared(replace(payments[0].instruction, payment=entry)),
        replace(requests[0].asked, request=entry),
    )


@pytest.mark.parametrize("place", range(3), ids=["hold", "payment", "request"])
def test_what_another_ledger_named_like_it_before_is_refused(valley: Valley, place: int) -> None:
    """Else the one would take the other's place, and what it holds would be held for ever."""
    river = valley.river
    asked = river["carla"].sign(_asks(valley)[place])
    river.merge(fib(valley.lake, river, *_names(valley, entry_id(asked.hash, 0))))
    outcome = river.merge(asked).outcomes[0]
    assert outcome.refusal is not None
    assert outcome.refusal.code is Code.DUPLICATE_PAYMENT
    assert audit(river.journal).size == len(river.records)


@pytest.mark.parametrize("place", range(3), ids=["hold", "payment", "request"])
def test_another_ledger_cannot_name_its_own_like_it_afterwards(valley: Valley, place: int) -> None:
    river = valley.river
    asked = river["carla"].sign(_asks(valley)[place])
    assert river.merge(asked).outcomes[0].refusal is None
    under_way, open_requests = dict(river.state.transits), dict(river.state.linked_requests)
    entry = entry_id(asked.hash, 0)
    river.merge(fib(valley.lake, river, _names(valley, entry)[place // 2]))
    assert (river.state.transits, river.state.linked_requests) == (under_way, open_requests)
    content = river.told(valley.lake)[-1][1].entry.content
    assert isinstance(content, Answered | Rejected)
    said = content.reason if isinstance(content, Answered) else content.code
    assert said == Code.DUPLICATE_PAYMENT.value
    assert audit(river.journal).size == len(river.records)
