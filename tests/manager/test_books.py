"""The books: what waits becomes records, in one transaction."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger.changeset import (
    ManagerStatement,
    Seen,
    Verified,
    VerifiedStatement,
    by_key,
    sign_statement,
)
from ledger.merge_chain import lot
from ledger.merge_page import PAGE_RECORDS
from ledger.operation import (
    AddUnit,
    Admit,
    ManagerOperation,
    Mandate,
    Open,
    Pay,
    Request,
    RevokeKey,
    Suspend,
)
from ledger.outcome import Fate
from ledger.replay import replay
from ledger.state import State
from ledger.store.audit import audit
from ledger.store.desk import DeskStore
from ledger.store.door import Arrivals, DoorStore, Poll
from ledger.store.journal import JournalStore
from manager.books import Books, Merged
from manager.delivery import Delivery
from manager.door import CHANGE_SETS_MAX
from tests.support.storage import open_manager
from tests.support.township import EUR, RULES, START, Person, add_key, seed_of

SEED = seed_of("community")


class Bureau:
    """A manager's books with an open ledger and two members."""

    def __init__(self, store: JournalStore) -> None:
        self.store = store
        self.desk = DeskStore(store.database)
        self.door = DoorStore(store.database)
        self.books = Books(store, SEED)
        self.ada, self.ben = Person(store.community_key, "ada"), Person(store.community_key, "ben")

    def state_(self, operation: ManagerOperation) -> int:
        """Queue a statement and return its number."""

        def build(number: int) -> VerifiedStatement:
            return sign_statement(SEED, ManagerStatement(number, START, operation))

        return self.desk.sign_statement(build, START).statement.number

    def open(self, *, closed: bool = False) -> None:
        """Open the ledger and admit both."""
        self.state_(Open("Riverside", closed, RULES))
        self.state_(AddUnit(EUR))
        for person in (self.ada, self.ben):
            self.state_(Admit(person.key, person.name, person.name.title()))
        self.books.merge(START)

    def pay(self, amount: int, seen: Seen | None = None) -> Verified:
        """Return a payment from ada to ben."""
        operation = Pay(self.ben.id, amount, "EUR", "", b"", None)
        return self.ada.sign(operation, seen=seen or Seen(0, b""))

    def came(self, *change_sets: Verified) -> Delivery:
        """Return arrivals of ada's slot."""
        poll = Poll(self.ada.key, seq=1, polled=START, seen=START)
        return Delivery.of(Arrivals((poll,), {self.ada.key: change_sets}))


@pytest.fixture
def bureau(tmp_path: Path) -> Iterator[Bureau]:
    key = Person(bytes(32), "community").key
    with closing(open_manager(tmp_path)) as database:
        yield Bureau(JournalStore.begin(database, key))


def test_what_waits_is_merged_and_leaves_desk_and_door(bureau: Bureau) -> None:
    bureau.open()
    merged = bureau.books.merge(START + 5, bureau.came(bureau.pay(100), bureau.pay(200)))
    assert [one.fate for one in merged.outcomes] == [Fate.MERGED] * 2
    assert bureau.desk.waiting_statements() == []
    assert bureau.door.pending() == []
    assert bureau.door.polls()[bureau.ada.key].merged == START + 5
    assert audit(bureau.store).size == bureau.books.state.tree.size


def test_nothing_to_do_writes_nothing(bureau: Bureau) -> None:
    bureau.open()
    before = bureau.store.tip()
    assert bureau.books.merge(START + 5).records == 0
    assert bureau.store.tip() == before


def test_the_state_in_memory_is_the_state_on_disk(bureau: Bureau) -> None:
    bureau.open(closed=True)
    bureau.books.merge(START, bureau.came(bureau.pay(100)))
    held, stored = bureau.books.state, bureau.store.load_state()
    assert held.accounts == stored.accounts
    assert held.keys == stored.keys
    assert (held.tree, held.time, held.community) == (stored.tree, stored.time, stored.community)


def test_a_refused_statement_says_why_with_figures_and_is_not_journalled(bureau: Bureau) -> None:
    bureau.open()
    before = bureau.store.tip()
    number = bureau.state_(Suspend(bytes(16), "nobody"))
    bureau.books.merge(START)
    settled = bureau.desk.statement(number)
    assert settled is not None
    assert (settled.state, settled.code) == ("refused", "unknown_account")
    assert settled.text
    assert bureau.store.tip() == before


def test_a_key_gets_its_share_of_a_cycle_and_the_rest_waits(bureau: Bureau) -> None:
    bureau.open()
    made = [bureau.pay(1) for _ in range(CHANGE_SETS_MAX + 2)]
    first = bureau.books.merge(START, bureau.came(*made))
    assert [one.fate for one in first.outcomes] == [Fate.MERGED] * CHANGE_SETS_MAX
    assert [one.change_set for one in bureau.door.pending()] == made[CHANGE_SETS_MAX:]
    second = bureau.books.merge(START)
    assert [one.fate for one in second.outcomes] == [Fate.MERGED] * 2
    assert bureau.door.pending() == []


def test_who_has_seen_more_than_there_is_waits(bureau: Bureau) -> None:
    bureau.open()
    ahead = bureau.pay(100, Seen(1_000, bytes(32)))
    merged = bureau.books.merge(START, bureau.came(ahead))
    assert (merged.records, merged.outcomes, merged.ahead) == (0, (), (ahead,))
    assert [one.change_set for one in bureau.door.pending()] == [ahead]


def test_a_gap_waits_until_it_is_filled(bureau: Bureau) -> None:
    bureau.open()
    first, second = bureau.pay(100), bureau.pay(200)
    assert bureau.books.merge(START, bureau.came(second)).records == 0
    assert [one.change_set for one in bureau.door.pending()] == [second]
    merged = bureau.books.merge(START, bureau.came(first, second))
    assert [one.fate for one in merged.outcomes] == [Fate.MERGED] * 2
    assert bureau.door.pending() == []


def test_two_contents_of_one_number_leave_one_and_evidence(bureau: Bureau) -> None:
    bureau.open()
    one = bureau.pay(100)
    twin = bureau.ada.sign_as(1, b"", Pay(bureau.ben.id, 7, "EUR", "", b"", None))
    merged = bureau.books.merge(START, bureau.came(one, twin))
    stands, other = sorted((one, twin), key=lambda each: each.hash)
    assert {fate.fate for fate in merged.outcomes} == {Fate.MERGED, Fate.CONFLICT}
    assert bureau.books.state.keys[bureau.ada.key].hash == stands.hash
    assert [each.change_set for each in bureau.door.evidence()] == [other]


def test_time_never_goes_back(bureau: Bureau) -> None:
    bureau.open()
    bureau.books.merge(START - 9_999, bureau.came(bureau.pay(100)))
    assert bureau.books.state.time == START


def test_only_a_closed_ledger_has_keys_and_each_opens_its_epoch(bureau: Bureau) -> None:
    assert bureau.books.chain() is None
    bureau.open(closed=True)
    bureau.state_(Suspend(bureau.ben.id, "away"))
    bureau.books.merge(START)
    chain = bureau.books.chain()
    assert chain is not None
    assert [grant.epoch for grant in chain.grants] == [1, 2]
    size = bureau.books.state.tree.size
    assert [span[:2] for span in chain.spans(0, size)] == [
        (0, chain.grants[1].first), (chain.grants[1].first, size),
    ]  # fmt: skip


def test_the_journal_replays_to_the_same_state(bureau: Bureau) -> None:
    bureau.open(closed=True)
    bureau.books.merge(START, bureau.came(bureau.pay(100)))
    state = State(bureau.store.community_key)
    records = list(bureau.store.records(0, bureau.books.state.tree.size))
    for _ in replay(state, records):
        pass
    assert state.accounts == bureau.books.state.accounts
    assert state.tree == bureau.books.state.tree


class Fair:
    """A closed ledger in which one pays more than a page full, and another leaves a key after."""

    def __init__(self, bureau: Bureau) -> None:
        bureau.open(closed=True)
        self.bureau, self.community = bureau, bureau.store.community_key
        self.merge(self.adds(bureau.ada), self.adds(bureau.ben))
        root = bureau.books.state.tree.root
        people = sorted((bureau.ada, bureau.ben), key=lambda one: lot(root, one.key))
        self.first, self.last = people

    def adds(self, person: Person) -> Verified:
        return person.sign(add_key(self.community, person.id, f"{person.name}'s phone"))

    def pays(self) -> list[Verified]:
        """Return payments by whose turn comes first, in more records than a page has."""
        payments = [Pay(self.last.id, 1, "EUR", "", b"", None)] * 60
        return [self.first.sign(*payments) for _ in range(PAGE_RECORDS // 60 + 1)]

    def leaves(self) -> Verified:
        """Return how the other's phone goes, who must read no new record."""
        return self.last.sign(RevokeKey(Person(self.community, f"{self.last.name}'s phone").key))

    def merge(self, *change_sets: Verified) -> Merged:
        polls = tuple(Poll(one.key, 1, b"", START, START) for one in change_sets)
        return self.bureau.books.merge(START, Delivery.of(Arrivals(polls, by_key(change_sets))))


def test_a_reader_who_leaves_after_a_page_was_written_reads_nothing_of_it(bureau: Bureau) -> None:
    fair = Fair(bureau)
    first = bureau.books.state.tree.size
    pays = fair.pays()
    merged = fair.merge(*pays, fair.leaves())
    assert {one.fate for one in merged.outcomes} == {Fate.MERGED}
    assert merged.records == 1 + 61 * len(pays) + 1 + 1
    chain = bureau.books.chain()
    assert chain is not None
    assert chain.grants[1].first == first
    assert audit(bureau.store).size == bureau.books.state.tree.size == first + merged.records


def test_a_merge_that_fails_after_a_page_leaves_nothing_of_it(bureau: Bureau) -> None:
    fair = Fair(bureau)
    before, pays, leaves = bureau.store.tip(), fair.pays(), fair.leaves()

    class Failing(dict[bytes, list[Verified]]):
        def __getitem__(self, key: bytes) -> list[Verified]:
            if key == fair.last.key:
                raise RuntimeError("the last one cannot be verified")
            return super().__getitem__(key)

    failing = Delivery(Failing(by_key([*pays, leaves])), Arrivals)
    with pytest.raises(RuntimeError, match="cannot be verified"):
        bureau.books.merge(START, failing)
    assert bureau.store.tip() == before
    assert bureau.books.state.tree == before.tree
    assert {one.fate for one in fair.merge(*pays, leaves).outcomes} == {Fate.MERGED}
    bureau.books.check()


def test_what_falls_due_by_a_mandate_is_merged_though_nothing_came(bureau: Bureau) -> None:
    bureau.open()
    given = bureau.ada.sign(Mandate(None, "EUR", 500, 500, START + 2 * RULES.objection_s, ""))
    asked = Request(bureau.ada.id, 500, "EUR", "", b"", START + 2 * RULES.objection_s)
    asks = Delivery.of(Arrivals((), {bureau.ben.key: (bureau.ben.sign(asked),)}))
    bureau.books.merge(START, bureau.came(given))
    bureau.books.merge(START, asks)
    due = START + RULES.objection_s
    assert bureau.books.merge(due - 1).records == 0
    assert bureau.books.merge(due).records == 2
    assert bureau.books.merge(due + 1).records == 0
    balances = bureau.store.load_state().accounts[bureau.ada.id].balances
    assert [books.posted for books in balances] == [-500]
    bureau.books.check()
