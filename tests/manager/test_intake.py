"""A large round: what is merged of it is what was signed, with a second process to check it."""

import gc
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from federation.item import sign_item
from federation.outbox import seal_outbox
from federation.slot import changes_slot
from ledger import crypto
from ledger.changeset import Seen, Verified
from ledger.checking.checker import MANY
from ledger.outcome import Fate
from manager.books import Books
from manager.delivery import Delivery
from manager.intake import Intake
from tests.benchmarks.bench_merge import (
    COMMUNITY,
    NOW,
    SEED,
    Mailbag,
    member_seeds,
    open_books,
    round_of_payments,
)

EACH = 4
MEMBERS = MANY // EACH + 20
FORGER, GARBLER = 5, 9
"""Places of two members: one signs his third change-set wrongly, the other's slot does not open."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[tuple[Books, Intake, Mailbag]]:
    seeds, bag = member_seeds(MEMBERS), Mailbag()
    with ExitStack() as stack:
        books = open_books(tmp_path, seeds)
        stack.enter_context(closing(books.store.database))
        intake = Intake(seed=SEED, store=books.store, dht=None, poller=bag)  # type: ignore[arg-type]
        stack.enter_context(closing(intake))
        yield books, intake, bag


def put(bag: Mailbag, seed: bytes, made: list[Verified], *, opens: bool = True) -> None:
    """Put a member's change-sets into his slot, however they are signed."""
    slot = changes_slot(seed, COMMUNITY, crypto.public_key(seed))
    value = seal_outbox(slot, 0, made, (bytes(24), bytes(24))).value
    if not opens:
        value = value[:-1] + bytes([value[-1] ^ 1])
    seq = made[-1].change_set.number
    bag.items[slot.name] = sign_item(seed, slot.name.salt, seq, value)


def ask_all(books: Books, bag: Mailbag, chains: dict[bytes, Verified]) -> list[Verified]:
    """Let every member ask for some payments, after what he asked for before; return them all."""
    tree = books.state.tree
    seen = Seen(tree.size, tree.root)
    return round_of_payments(member_seeds(MEMBERS), chains, EACH, bag, seen)


async def take(books: Books, intake: Intake, now: int) -> Delivery:
    tree = books.state.tree
    return await intake.take(books.state.keys, tree.root, now)


async def test_a_large_round_is_merged_but_for_what_is_forged(
    office: tuple[Books, Intake, Mailbag],
) -> None:
    books, intake, bag = office
    made = ask_all(books, bag, {})
    seeds = member_seeds(MEMBERS)
    own = [made[EACH * place : EACH * (place + 1)] for place in range(MEMBERS)]
    forged = [*own[FORGER]]
    forged[2] = Verified(
        forged[2].key, forged[2].body, bytes(64), forged[2].change_set, forged[2].hash
    )
    put(bag, seeds[FORGER], forged)
    put(bag, seeds[GARBLER], own[GARBLER], opens=False)

    came = await take(books, intake, NOW + 1)
    merged = books.merge(NOW + 1, came)

    assert {one.fate for one in merged.outcomes} == {Fate.MERGED}
    assert {one.hash for one in merged.outcomes} == {
        one.hash
        for place, held in enumerate(own)
        if place != GARBLER
        for one in (held[:2] if place == FORGER else held)
    }
    assert sorted(came.arrivals.dropped) == ["signature_or_chain", "unreadable"]
    unread = {poll.key for poll in came.arrivals.polls if poll.seq is None}
    assert unread == {own[FORGER][0].key, own[GARBLER][0].key}
    books.audit()


async def test_a_round_that_was_not_merged_is_taken_again(
    office: tuple[Books, Intake, Mailbag],
) -> None:
    books, intake, bag = office
    made = ask_all(books, bag, {})
    left = await take(books, intake, NOW + 1)
    assert left.items[made[0].key] == tuple(made[:EACH])
    merged = books.merge(NOW + 2, await take(books, intake, NOW + 2))
    assert {one.hash for one in merged.outcomes} == {one.hash for one in made}
    books.audit()


async def test_a_round_leaves_nothing_behind_for_the_collector(
    office: tuple[Books, Intake, Mailbag],
) -> None:
    books, intake, bag = office
    chains: dict[bytes, Verified] = {}
    for now in (NOW + 1, NOW + 2):
        ask_all(books, bag, chains)
        gc.collect()
        gc.disable()
        try:
            books.merge(now, await take(books, intake, now))
            found = gc.collect()
        finally:
            gc.enable()
    assert found < MEMBERS
