"""Change-sets merged per second with everything: open, verify, merge, maps, tree, commit.

Run: python -m tests.benchmarks.bench_merge [--members N] [--each K] [--json FILE]
Its peers, measured in the same run with the same change-sets: one thread that only checks the
signatures, and prototype_merge, a plain merge in one thread.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import Random
from statistics import median

from federation.item import MutableItem, SlotName, sign_item
from federation.outbox import seal_outbox
from federation.poll import Polled
from federation.port import Got
from federation.slot import changes_slot
from ledger import crypto
from ledger.changeset import (
    ChangeSet,
    ManagerStatement,
    Seen,
    SignedChangeSet,
    Verified,
    sign_change_set,
    sign_statement,
    verify_change_set,
)
from ledger.operation import AddUnit, Admit, ManagerOperation, Open, Pay, Rules
from ledger.store.database import Role, open_database
from ledger.store.desk import DeskStore
from ledger.store.journal import JournalStore
from ledger.unit import Unit
from manager.books import Books
from manager.intake import Intake
from tests.benchmarks.prototype_merge import Prototype
from tests.support.simdht import DhtNetwork, SimDht
from tests.support.weather import Weather

NOW = 1_800_000_000
SEED = sha256(b"community").digest()
COMMUNITY = crypto.public_key(SEED)


class Mailbag:
    """Hands over items that were polled already, so that only our own work is timed."""

    def __init__(self) -> None:
        self.items: dict[SlotName, MutableItem] = {}

    async def poll(self, slots: Mapping[SlotName, int | None]) -> dict[SlotName, Polled]:
        """Return each slot's item."""
        return {slot: Got(self.items.get(slot), 8, 8) for slot in slots}


def member_seeds(count: int) -> list[bytes]:
    """Return so many members' seeds."""
    return [sha256(b"member%d" % number).digest() for number in range(count)]


def open_books(folder: Path, seeds: list[bytes]) -> Books:
    """Return the books of a community that has admitted everybody."""
    database = open_database(folder / "ledger.db", Role.MANAGER, write=True)
    store = JournalStore.begin(database, COMMUNITY)
    desk = DeskStore(database)
    operations: list[ManagerOperation] = [
        Open("Bench", True, Rules(10**7, 10**7, 10**6)),
        AddUnit(Unit("EUR", 2, "Euro", 10**9, 10**9)),
    ]
    operations += [
        Admit(crypto.public_key(seed), f"m{number}", f"Member {number}")
        for number, seed in enumerate(seeds)
    ]
    for operation in operations:

        def build(number: int, operation: ManagerOperation = operation) -> object:
            return sign_statement(SEED, ManagerStatement(number, NOW, operation))

        desk.sign_statement(build, NOW)  # type: ignore[arg-type]
    books = Books(store, SEED)
    books.merge(NOW)
    return books


def round_of_payments(
    seeds: list[bytes], chains: dict[bytes, Verified], each: int, bag: Mailbag, seen: Seen
) -> list[Verified]:
    """Sign and seal ``each`` payments of every member, who has seen a version; return them all."""
    made: list[Verified] = []
    for place, seed in enumerate(seeds):
        payee = crypto.public_key(seeds[(place + 1) % len(seeds)])[:16]
        own: list[Verified] = []
        for _ in range(each):
            before = chains.get(seed)
            number = before.change_set.number + 1 if before else 1
            previous = before.hash if before else b""
            asked = ChangeSet(
                0, number, previous, NOW, seen, (Pay(payee, 100, "EUR", "eggs", b"", None),)
            )
            chains[seed] = sign_change_set(COMMUNITY, seed, asked)
            own.append(chains[seed])
        slot = changes_slot(seed, COMMUNITY, crypto.public_key(seed))
        outbox = seal_outbox(slot, 0, own, (bytes(24), bytes(24)))
        seq = own[-1].change_set.number
        bag.items[slot.name] = sign_item(seed, slot.name.salt, seq, outbox.value)
        made += own
    return made


class Watch:
    """Seconds since it was made: those of the clock, and of the processors for this process.

    The second ones tell something even while others use the machine. What a second process does
    is not in them.
    """

    def __init__(self) -> None:
        self._clock, self._cpu = time.perf_counter(), time.process_time()

    def read(self) -> tuple[float, float]:
        """Return both."""
        return time.perf_counter() - self._clock, time.process_time() - self._cpu


def verify_only(made: list[Verified]) -> tuple[float, float]:
    """Return what it costs one thread to check the signatures and nothing else, as a Watch."""
    signed = [SignedChangeSet(one.key, one.body, one.signature) for one in made]
    watch = Watch()
    for one in signed:
        verify_change_set(COMMUNITY, one)
    return watch.read()


@dataclass(frozen=True, slots=True)
class Lap:
    """Seconds that one round's change-sets cost by the clock, and of the processors' time.

    Attributes:
        alone: One thread that only checks their signatures, as a Watch.
        plain: The prototype.
        whole: All that the manager does.
    """

    alone: tuple[float, float]
    plain: tuple[float, float]
    whole: tuple[float, float]


def plainly(prototype: Prototype, bag: Mailbag, count: int) -> tuple[float, float]:
    """Return what the prototype needs to merge a round, as a Watch."""
    watch = Watch()
    merged = prototype.merge(bag.items)
    spent = watch.read()
    assert merged == count, "the prototype merged every payment"
    return spent


async def measure(members: int, each: int, rounds: int) -> list[Lap]:
    """Return what some rounds cost; one before them, which fills caches, is left out."""
    seeds, bag = member_seeds(members), Mailbag()
    chains: dict[bytes, Verified] = {}
    laps: list[Lap] = []
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        books = open_books(Path(folder), seeds)
        keys = [crypto.public_key(seed) for seed in seeds]
        prototype = Prototype(Path(folder) / "prototype.db", SEED, COMMUNITY, keys)
        dht = SimDht(DhtNetwork(Weather(Random(1))), "manager")  # noqa: S311 -- no secret
        intake = Intake(seed=SEED, store=books.store, dht=dht, poller=bag)  # type: ignore[arg-type]
        stack.enter_context(closing(intake))
        for number in range(rounds + 1):
            tree = books.state.tree
            made = round_of_payments(seeds, chains, each, bag, Seen(tree.size, tree.root))
            alone = verify_only(made)
            plain = plainly(prototype, bag, len(made))
            watch = Watch()
            came = await intake.take(books.state.keys, tree.root, NOW + number)
            taken_s, _ = watch.read()
            merged = books.merge(NOW + number, came)
            whole = watch.read()
            assert merged.records == 2 * len(made) + 1, "every payment was merged"
            if number:
                laps.append(Lap(alone, plain, whole))
                sys.stdout.write(
                    f"{len(made)} in {whole[0]:.3f} s, opened after {taken_s:.3f} s; "
                    f"prototype {plain[0]:.3f} s, signatures alone {alone[0]:.3f} s\n"
                )
        books.store.database.close()
        prototype.close()
    return laps


def figures(laps: list[Lap], members: int, each: int) -> dict[str, object]:
    """Return the medians over rounds: rates, and what does not depend on the machine.

    The quickest round tells most of a machine that others use too.
    """
    count = members * each
    return {
        "members": members,
        "change_sets_a_round": count,
        "merged_per_s": round(median(count / lap.whole[0] for lap in laps)),
        "merged_per_s_in_the_quickest_round": round(max(count / lap.whole[0] for lap in laps)),
        "prototype_per_s": round(median(count / lap.plain[0] for lap in laps)),
        "one_thread_verifying_per_s": round(median(count / lap.alone[0] for lap in laps)),
        "of_prototype": round(median(lap.plain[0] / lap.whole[0] for lap in laps), 2),
        "of_one_thread_verifying": round(median(lap.alone[0] / lap.whole[0] for lap in laps), 2),
        "cpu_to_that_of_prototype": round(median(lap.whole[1] / lap.plain[1] for lap in laps), 2),
        "cpu_to_that_of_verifying": round(median(lap.whole[1] / lap.alone[1] for lap in laps), 2),
    }


def main() -> None:
    """Print the figures and write them to a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=1_000)
    parser.add_argument("--each", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    laps = asyncio.run(measure(given.members, given.each, given.rounds))
    printed = json.dumps(figures(laps, given.members, given.each), indent=1) + "\n"
    sys.stdout.write(printed)
    if given.json:
        given.json.write_text(printed)


if __name__ == "__main__":
    main()
