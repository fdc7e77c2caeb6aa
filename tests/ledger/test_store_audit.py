"""An auditor sees every change made behind his back: at once in the present, soon in the past."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger.changeset import Seen, SignedChangeSet, Verified, verify_change_set
from ledger.checkpoint import add_cosignatures, cosign, sign_checkpoint
from ledger.entry import entry_id
from ledger.errors import StoreDamaged
from ledger.level import plan_levels
from ledger.operation import Profile, Reverse
from ledger.refusal import Code
from ledger.replay import replay
from ledger.snapshot import SnapshotFiles
from ledger.store.append import StoredMerge
from ledger.store.audit import Auditor, audit
from ledger.store.backup import back_up
from ledger.store.database import Role, open_database
from ledger.store.journal import JournalStore
from ledger.store.patrol import TILE_RECORDS, TILES_A_TURN, Patrol
from ledger.store.publication import PublicationStore
from tests.support.storage import StoredTown, open_manager
from tests.support.succession import succeed
from tests.support.township import Town
from tests.support.vandal import CONFIRMED, opened, spoil

WORDS = {
    "record": r"record \d+",
    "batch": r"(record|merge ending at size) \d+",
    "node": r"subtree \d+ of level \d+",
    "checkpoint": r"the checkpoint of size \d+",
    "publication": r"the publication of size \d+",
    "transfer": r"record \d+",
    "transaction_state": r"record \d+|undone",
    "account": r"account '(ada|ben|cem|commons)'",
    "balance": r"the balance of '(ada|ben|cem|commons)' in (EUR|HOUR)",
    "key_state": r"in keys, [0-9a-f]{64}",
    "hold": r"in holds, [0-9a-f]{32}",
    "request": r"in requests, [0-9a-f]{32}",
}
"""How the message names what was changed in a table."""
COLUMNS = [(table, column) for table, columns in CONFIRMED.items() for column in columns]


def fill(town: StoredTown) -> None:
    """Let a bit of everything happen, and more records than a kept subtree has."""
    town.live()
    while len(town.records) < 2 * TILE_RECORDS:
        town.merge(*(town.pay("ada", "ben", 1), town.pay("ben", "ada", 1)) * 16)


def sign(town: StoredTown) -> None:
    """Keep a checkpoint and a publication, as a press does."""
    tree = town.journal.tip().tree
    note = sign_checkpoint(town.seed, tree.size, tree.root).note
    town.journal.add_checkpoint(tree.size, tree.root, note)
    publications = PublicationStore(town.database)
    files = SnapshotFiles(tree.size, plan_levels([*publications.sizes(), tree.size]), "accounts")
    publications.add(tree.size, bytes(20), bytes(32), files.names, 1)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[StoredTown, Path]]:
    """Give a town with every kind of row, and a copy of its database."""
    folder = tmp_path_factory.mktemp("town")
    town = StoredTown(open_manager(folder), "ada", "ben", "cem")
    fill(town)
    sign(town)
    back_up(town.database, folder / "sound.db", {})
    yield town, folder / "sound.db"
    town.database.close()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[StoredTown]:
    town = StoredTown(open_manager(tmp_path), "ada", "ben", "cem")
    town.live()
    yield town
    town.database.close()


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=[".".join(one) for one in COLUMNS])
def test_a_changed_value_is_found_by_a_whole_audit_and_by_the_next_check(
    full: tuple[StoredTown, Path], tmp_path: Path, table: str, column: str
) -> None:
    path = tmp_path / "spoilt.db"
    path.write_bytes(full[1].read_bytes())
    with closing(open_database(path, Role.MANAGER, write=True)) as database:
        store = JournalStore(database)
        auditor = Auditor(store)
        assert auditor.check().size == len(full[0].records)
        with opened(path) as vandal:
            spoil(vandal, table, column)
        named = rf"damaged \(.*({WORDS[table]})"
        with pytest.raises(StoreDamaged, match=named):
            audit(store)
        for _ in range(2):
            with pytest.raises(StoreDamaged, match=named):
                auditor.check()


def test_what_comes_later_is_confirmed_from_there(town: StoredTown) -> None:
    auditor = Auditor(town.journal)
    first = auditor.check().size
    town.merge(town.pay("ada", "ben", 5))
    town.merge(town.pay("ada", "ben", 10**9))
    told: list[tuple[int, int]] = []
    later = auditor.check(lambda done, end: told.append((done, end)))
    assert [done for done, _ in told] == town.journal.batch_sizes(first, len(town.records))
    sign(town)
    assert auditor.check() == later == audit(town.journal)


def test_a_reversal_after_a_check_finds_what_it_undid(town: StoredTown) -> None:
    """The database knows already what came of it, when the merge is looked at."""
    paid = town.pay("ada", "ben", 5)
    town.merge(paid)
    auditor = Auditor(town.journal)
    auditor.check()
    entry = entry_id(paid.hash, 0)
    town.manage(Reverse(entry, None, "a slip"))
    refused = town.ask("ben", Reverse(entry, None, "mine too")).refusal
    assert refused is not None
    assert refused.code is Code.ALREADY_REVERTED
    assert auditor.check() == audit(town.journal)


def test_a_new_record_with_another_byte_is_found_before_it_is_signed(town: StoredTown) -> None:
    auditor = Auditor(town.journal)
    auditor.check()
    town.merge(town.pay("ada", "ben", 5))
    index = len(town.records) - 2
    data = bytearray(town.records[index])
    data[-1] ^= 1
    with opened(town.database.path) as vandal:
        vandal.execute("UPDATE record SET data = ? WHERE idx = ?", (bytes(data), index))
    with pytest.raises(StoreDamaged, match=rf"record {index}\b"):
        auditor.check()


def test_the_past_is_looked_at_again_turn_by_turn(
    full: tuple[StoredTown, Path], tmp_path: Path
) -> None:
    path, size = tmp_path / "spoilt.db", len(full[0].records)
    path.write_bytes(full[1].read_bytes())
    tiles = -(-size // TILE_RECORDS)
    assert 2 < tiles <= TILES_A_TURN
    patrol = Patrol(tiles_a_turn=1)
    with closing(open_database(path, Role.MANAGER, write=True)) as database:
        with database.reading() as connection:
            patrol.note(connection, size)
        with opened(path) as vandal:
            vandal.execute("UPDATE record SET data = x'00' WHERE idx = 257")
        for turns in range(2):
            with database.reading() as connection:
                looked = [patrol.find_changed(connection) for _ in range(tiles)]
            assert looked == [None, (256, 512), *[None] * (tiles - 2)], f"round {turns}"


def test_signatures_are_checked_by_threads_or_by_whoever_is_given(town: StoredTown) -> None:
    asked: list[bytes] = []

    def verify(community: bytes, one: SignedChangeSet) -> Verified:
        asked.append(one.signature)
        return verify_change_set(community, one)

    assert audit(town.journal, verify=verify) == audit(town.journal)
    assert len(asked) == len(set(asked)) == audit(town.journal).signed


def test_the_tally_says_what_was_confirmed(town: StoredTown) -> None:
    town.ask("ada", *(Profile(f"Ada the {number}" + "x" * 40) for number in range(64)))
    town.ask("ben", town.payment("ada", 10**9))
    tree = town.journal.tip().tree
    checkpoint = sign_checkpoint(town.seed, tree.size, tree.root)
    line = cosign(town["cem"].seed, checkpoint, 7)
    stranger = cosign(bytes(32), checkpoint, 7)
    note = add_cosignatures(checkpoint.note, [line, stranger])
    town.journal.add_checkpoint(tree.size, tree.root, note)
    tally = audit(town.journal)
    assert (tally.size, tally.root, tally.version) == (tree.size, tree.root, len(town.steps))
    assert sum(tally.records.values()) == tally.size
    assert tally.records["refusals"] == 2 + tally.unseen
    assert tally.newest is not None
    assert [one.witness for one in tally.newest.cosignatures] == [town["cem"].key]
    assert (tally.accounts, set(tally.sums)) == (4, {"EUR", "HOUR"})
    assert tally.claims == []


def test_an_author_who_has_seen_another_history_is_named(town: StoredTown) -> None:
    asked = town["ada"].sign(Profile("Ada"), seen=Seen(3, b"?" * 32))
    town.merge(asked)
    (claim,) = audit(town.journal).claims
    assert (claim.key, claim.seen) == (town["ada"].key, Seen(3, b"?" * 32))
    assert town.last.outcomes[0].refusal is not None
    assert town.last.outcomes[0].refusal.code is Code.SEEN_MISMATCH


def test_checkpoints_of_the_key_before_a_succession_hold(tmp_path: Path) -> None:
    town = Town("ada", "ben", "cem")
    town.merge(town.pay("ada", "ben", 700))
    tree = town.state.tree
    old = sign_checkpoint(town.seed, tree.size, tree.root)
    succeed(town, "ada", "ben", "cem")
    town.merge(town.pay("ben", "ada", 200))
    tree = town.state.tree
    new = sign_checkpoint(town.seed, tree.size, tree.root)
    assert old.community != new.community
    with closing(open_database(tmp_path / "ledger.db", Role.REPLICA, write=True)) as database:
        store = JournalStore.begin(database, town.key, town.state.former[0])
        for one in replay(store.load_state(), town.records):
            store.append([StoredMerge.of(one.merged, one.first, one.records, one.leaves)])
        for checkpoint in (old, new):
            store.add_checkpoint(checkpoint.size, checkpoint.root, checkpoint.note)
        tally = audit(store)
        assert (tally.checkpoints, tally.newest) == (2, new)
        with opened(database.path) as vandal:
            vandal.execute("UPDATE checkpoint SET note = ? WHERE size = ?", (new.note, old.size))
        with pytest.raises(StoreDamaged, match=f"the checkpoint of size {old.size}"):
            audit(store)
