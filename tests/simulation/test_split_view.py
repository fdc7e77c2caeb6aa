"""How soon a community of fifty finds that one of them is shown another history.

A light world: real signed notes, testimonies and items, the real comparison, and one storing node
of the simulated DHT; what programs do around these is told in test_witness.
"""

from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from itertools import count
from math import ceil, comb, log
from random import Random
from statistics import median

import pytest

from federation.errors import SplitView
from federation.item import MutableItem, sign_item
from federation.slot import witness_slot
from federation.witness.comparison import compare
from federation.witness.testimony import read_testimony, sign_testimony
from federation.witness.witness import OTHERS_READ
from ledger import crypto
from ledger.checkpoint import VerifiedCheckpoint, sign_checkpoint, verify_checkpoint
from ledger.proof.fork import fork_of_notes, verify_fork
from tests.support.simdht import StoringNode
from tests.support.weather import EPOCH, calm
from tests.support.world import seed_of

MEMBERS = 50
SEEDS = 200
ROUNDS_MAX = 200
COMMUNITY_SEED = seed_of("community")
COMMUNITY = crypto.public_key(COMMUNITY_SEED)
READ_KEY = bytes(range(32))
PEOPLE = [seed_of(f"member {number}") for number in range(MEMBERS)]
KEYS = [crypto.public_key(seed) for seed in PEOPLE]
VICTIM = 0
_WEATHER = calm()


def expected_rounds(silent: int) -> int:
    """Return in how many rounds the chance to find it reaches one half (docs/threats.md)."""
    others = MEMBERS - 1
    speaking = others - silent
    victim_misses = comb(silent, OTHERS_READ) / comb(others, OTHERS_READ)
    all_miss_victim = (1 - OTHERS_READ / others) ** speaking
    return ceil(log(0.5) / log(victim_misses * all_miss_victim))


class Press:
    """A manager who signs two histories; what was signed once is not signed again."""

    def __init__(self) -> None:
        self._signed: dict[tuple[int, bool], VerifiedCheckpoint] = {}

    def checkpoint(self, number: int, *, false: bool) -> VerifiedCheckpoint:
        """Return the checkpoint of a round: the victim's is false from the first on."""
        false = false and number > 0
        if (number, false) not in self._signed:
            root = sha256(f"{number} {false}".encode()).digest()
            self._signed[number, false] = sign_checkpoint(COMMUNITY_SEED, 7 + 5 * number, root)
        return self._signed[number, false]


PRESS = Press()


@cache
def item_of(number: int, newest: VerifiedCheckpoint) -> MutableItem:
    """Return what a member's slot holds; what was signed once is not signed again."""
    slot = witness_slot(READ_KEY, COMMUNITY, KEYS[number])
    value = sign_testimony(PEOPLE[number], newest, (), EPOCH)
    return sign_item(PEOPLE[number], slot.salt, newest.size, value)


@dataclass
class Member:
    """One who follows, speaks and reads; his history is what he was shown."""

    number: int
    node: StoringNode
    random: Random
    shown: dict[int, VerifiedCheckpoint] = field(default_factory=dict)

    def follow(self, checkpoint: VerifiedCheckpoint) -> None:
        self.shown[checkpoint.size] = checkpoint

    def speak(self) -> None:
        self.node.take(item_of(self.number, self.shown[max(self.shown)]), None, 0.0)

    def read(self) -> None:
        """Read three others by chance.

        Raises:
            SplitView: One of them was shown another history.
        """
        others = [number for number in range(MEMBERS) if number != self.number]
        for number in self.random.sample(others, OTHERS_READ):
            slot = witness_slot(READ_KEY, COMMUNITY, KEYS[number])
            item = self.node.answer(slot, _WEATHER, 0.0)
            if item is not None:
                said = read_testimony(COMMUNITY, KEYS[number], item.value)
                compare(said.checkpoint, max(self.shown), self._root_at, self._note_for)

    def _root_at(self, size: int) -> bytes | None:
        checkpoint = self.shown.get(size)
        return None if checkpoint is None else checkpoint.root

    def _note_for(self, size: int) -> bytes:
        return self.shown[size].note


def rounds_until_found(seed: int, silent: int) -> int:
    """Return in which round somebody finds the split view, and check what he then holds."""
    random = Random(seed)  # noqa: S311 -- a simulation
    node = StoringNode(bytes(20), ("127.0.0.1", 10_000))
    others = random.sample(range(1, MEMBERS), MEMBERS - 1 - silent)
    awake = [Member(number, node, random) for number in (VICTIM, *others)]
    for number in count():
        assert number <= ROUNDS_MAX, f"seed {seed}: nobody found it"
        random.shuffle(awake)
        for member in awake:
            member.follow(PRESS.checkpoint(number, false=member.number == VICTIM))
            member.speak()
            try:
                member.read()
            except SplitView as error:
                check_evidence(error)
                return number
    raise AssertionError("rounds go on")


def check_evidence(error: SplitView) -> None:
    one, other = (verify_checkpoint(COMMUNITY, note) for note in error.notes)
    assert verify_fork(COMMUNITY, fork_of_notes(one, other)).what == "size"


@pytest.mark.parametrize(
    ("silent", "rounds"),
    [
        pytest.param(24, 1, id="half of the others silent"),
        pytest.param(47, 3, id="two others speak"),
        pytest.param(48, 6, id="one other speaks"),
    ],
)
def test_a_split_view_is_found_as_soon_as_the_formula_says(silent: int, rounds: int) -> None:
    assert expected_rounds(silent) == rounds
    found = [rounds_until_found(seed, silent) for seed in range(SEEDS)]
    assert abs(median(found) - rounds) <= 1, sorted(found)


def test_nobody_cries_wolf_while_all_are_shown_the_same() -> None:
    random = Random(1)  # noqa: S311 -- a simulation
    node = StoringNode(bytes(20), ("127.0.0.1", 10_000))
    awake = [Member(number, node, random) for number in range(1, MEMBERS)]
    for number in range(4):
        random.shuffle(awake)
        for member in awake:
            member.follow(PRESS.checkpoint(number, false=False))
            member.speak()
            member.read()
