"""The auditor agrees with the merge on honest journals and catches what was tampered with."""

from dataclasses import dataclass, field
from random import Random

import pytest

from ledger import crypto
from ledger.apply import apply
from ledger.changeset import (
    NOTHING_SEEN,
    ChangeSet,
    ManagerStatement,
    by_key,
    sign_change_set,
    sign_statement,
)
from ledger.codec import encode
from ledger.merge import Batch, Merge, merge
from ledger.merkle import leaf_hash
from ledger.operation import AddUnit, Admit, ManagerOperation, Open, Operation, Rules, SetLimit
from ledger.record import NONCE_BYTES, EpochRecord, StateRecord, TransactionRecord
from ledger.state import KeyState, State, replace
from ledger.unit import Unit
from tests.support.audit import add_up, check_checkpoints, check_extends, parse
from tests.support.behaviour import choose

MANAGER = bytes([9]) * 32
SEEDS = [bytes([number]) * 32 for number in range(1, 6)]
HOUR = Unit("HOUR", 2, "Hours", 5_000, 10_000)
EUR = Unit("EUR", 2, "Euro", 0, 100_000)
START = 1_800_000_000


@dataclass
class Village:
    """A community in memory: no store, no network."""

    state: State = field(default_factory=lambda: State(crypto.public_key(MANAGER)))
    records: list[bytes] = field(default_factory=list)
    now: int = START
    number: int = 0

    def tell(self, *operations: ManagerOperation) -> None:
        statements = []
        for operation in operations:
            self.number += 1
            statements.append(
                sign_statement(MANAGER, ManagerStatement(self.number, self.now, operation))
            )
        self.take(Batch(statements=tuple(statements)))

    def ask(self, seed: bytes, *operations: Operation) -> None:
        known = self.state.keys[crypto.public_key(seed)]
        asked = ChangeSet(
            known.generation, known.number + 1, known.hash, self.now, NOTHING_SEEN, operations
        )
        self.take(Batch(change_sets=by_key([sign_change_set(self.state.key, seed, asked)])))

    def take(self, batch: Batch) -> Merge:
        merged = merge(self.state, batch, self.now)
        added = [bytes(NONCE_BYTES) + body for body in merged.bodies]
        apply(self.state, merged, self.state.tree.append(leaf_hash(record) for record in added))
        self.records += added
        return merged


def village(seed: int, rounds: int) -> Village:
    random = Random(seed)  # noqa: S311 -- a simulation
    community = Village()
    community.tell(
        Open("Village", False, Rules(1_000, 4_000, 10)),
        AddUnit(HOUR),
        AddUnit(EUR),
        *(
            Admit(crypto.public_key(member), f"member{place}", "Member")
            for place, member in enumerate(SEEDS)
        ),
    )
    for turn in range(rounds):
        member = random.choice(SEEDS)
        account = crypto.public_key(member)[:16]
        community.now += random.randrange(200)
        if turn % 20 == 7:
            community.tell(SetLimit(account, "EUR", random.randrange(80_000), 200_000))
        operations = [
            choose(community.state, account, random, community.now)
            for _ in range(random.choice([1, 1, 1, 3]))
        ]
        community.ask(member, *operations)
    return community


@pytest.mark.parametrize("seed", range(4))
def test_the_auditor_adds_up_what_the_merge_says(seed: int) -> None:
    community = village(seed, 150)
    books = add_up(community.state.key, community.records)
    assert len(books.merged) > 20, f"seed {seed}"
    assert len(books.refused) > 20, f"seed {seed}"
    assert books.roots == dict(community.state.history)
    assert set(books.holds) == set(community.state.holds)
    for account in community.state.accounts.values():
        for balance in account.balances:
            place = account.id, balance.unit
            assert books.posted[place] == balance.posted, f"seed {seed}"
            assert books.pending_debit[place] == balance.pending_debit, f"seed {seed}"
            assert books.pending_credit[place] == balance.pending_credit, f"seed {seed}"


def test_every_single_missing_or_doubled_record_is_noticed() -> None:
    community = village(5, 40)
    key, records = community.state.key, community.records
    # Of the newest records nothing that follows depends; states are the tree's to check.
    for index in range(len(records) - 30):
        record = parse(records[index])
        if isinstance(record, StateRecord | EpochRecord) or not record.concerns:
            continue
        with pytest.raises((AssertionError, KeyError)):
            add_up(key, records[:index] + records[index + 1 :])
        with pytest.raises((AssertionError, KeyError)):
            add_up(key, [*records[: index + 1], *records[index:]])


def test_another_amount_is_noticed_against_the_limits() -> None:
    community = village(6, 60)
    for index, plain in enumerate(community.records):
        record = parse(plain)
        if not isinstance(record, TransactionRecord) or record.state != 0:
            continue
        more = tuple(replace(transfer, amount=2**50) for transfer in record.transfers)
        changed = bytes(NONCE_BYTES) + encode(replace(record, transfers=more))
        with pytest.raises(AssertionError, match=r"limit|over the cap"):
            add_up(
                community.state.key,
                [*community.records[:index], changed, *community.records[index + 1 :]],
            )


def test_journals_that_part_and_checkpoints_that_contradict_are_noticed() -> None:
    community = village(7, 10)
    books = add_up(community.state.key, community.records)
    check_extends(community.records[:5], community.records)
    with pytest.raises(AssertionError, match="record 3"):
        check_extends(
            [*community.records[:3], b"x" * 20, *community.records[4:]], community.records
        )
    published = sorted(books.roots.items())
    check_checkpoints(books, published)
    with pytest.raises(AssertionError, match="two roots"):
        check_checkpoints(books, [*published, (published[-1][0], bytes(32))])
    with pytest.raises(AssertionError, match="went back"):
        check_checkpoints(books, [*published, published[0]])
    with pytest.raises(AssertionError, match="another root"):
        check_checkpoints(books, [(published[0][0] + 1, published[0][1])])


def test_a_key_state_is_the_head_of_its_chain() -> None:
    community = village(8, 60)
    books = add_up(community.state.key, community.records)
    known: dict[bytes, KeyState] = dict(community.state.keys)
    for key, (generation, number, hashed) in books.heads.items():
        assert (known[key].generation, known[key].number, known[key].hash) == (
            generation,
            number,
            hashed,
        )
