"""Records verified per second from the first one on, with and without signatures.

Run: python -m tests.benchmarks.bench_verify [--members N] [--each K] [--rounds R] [--json FILE]
The peer is one thread that only checks the same signatures, measured in the same run. The check
before a signature is measured too, after one payment, on the ledger that was verified.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

from federation.collector import uncollected
from ledger.changeset import (
    CHANGE_SET_BYTES_MAX,
    ChangeSet,
    Seen,
    SignedChangeSet,
    Verified,
    change_set_hash,
    verify_change_set,
)
from ledger.codec import decode
from ledger.replay import signed_change_sets
from ledger.store.audit import Auditor, audit
from ledger.store.journal import JournalStore
from manager.books import Books
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
from tests.support.simdht import DhtNetwork, SimDht
from tests.support.weather import Weather

CHECKS = 5


class Village:
    """Books that grow by a round of everybody's payments at a time."""

    def __init__(self, folder: Path, members: int) -> None:
        self.seeds = member_seeds(members)
        self.books: Books = open_books(folder, self.seeds)
        self._chains: dict[bytes, Verified] = {}
        self._bag = Mailbag()
        self._rounds = 0

    async def pay(self, payers: int, each: int) -> None:
        """Merge ``each`` payments of the first members."""
        tree, self._rounds = self.books.state.tree, self._rounds + 1
        dht = SimDht(DhtNetwork(Weather(Random(1))), "manager")  # noqa: S311 -- no secret
        seeds, seen = self.seeds[:payers], Seen(tree.size, tree.root)
        round_of_payments(seeds, self._chains, each, self._bag, seen)
        intake = Intake(
            seed=SEED,
            store=self.books.store,
            dht=dht,
            poller=self._bag,  # type: ignore[arg-type]
        )
        with closing(intake):
            now = NOW + self._rounds
            came = await intake.take(self.books.state.keys, tree.root, now)
            self.books.merge(now, came)


def trust(community: bytes, signed: SignedChangeSet) -> Verified:
    """Return a change-set as if its signature held: what all else costs."""
    change_set = decode(signed.body, ChangeSet, CHANGE_SET_BYTES_MAX)
    named = change_set_hash(community, signed.key, signed.body)
    return Verified(signed.key, signed.body, signed.signature, change_set, named)


def seconds_of(work: Callable[[], object]) -> float:
    """Return how long it takes."""
    began = time.perf_counter()
    with uncollected():
        work()
    return time.perf_counter() - began


def verify_only(store: JournalStore, size: int) -> tuple[int, float]:
    """Return how many signatures there are, and what one thread takes to check just them."""
    records = store.records(0, size)
    signed = [one for _, one in signed_change_sets(COMMUNITY, records)]

    def work() -> None:
        for one in signed:
            verify_change_set(COMMUNITY, one)

    return len(signed), seconds_of(work)


async def measure(members: int, each: int, rounds: int) -> dict[str, object]:
    """Return the figures of one ledger."""
    with tempfile.TemporaryDirectory() as folder:
        village = Village(Path(folder), members)
        for _ in range(rounds):
            await village.pay(members, each)
        books, size = village.books, village.books.state.tree.size
        signatures, alone_s = verify_only(books.store, size)
        without_s = seconds_of(lambda: audit(books.store, verify=trust))
        whole_s = seconds_of(lambda: audit(books.store))
        auditor = Auditor(books.store)
        auditor.check()
        checks = []
        for _ in range(CHECKS):
            await village.pay(1, 1)
            checks.append(seconds_of(auditor.check))
        bytes_ = (Path(folder) / "ledger.db").stat().st_size
        books.store.database.close()
    return {
        "members": members,
        "records": size,
        "signatures": signatures,
        "database_mb": round(bytes_ / 1e6, 1),
        "verified_per_s": round(size / whole_s),
        "verified_per_s_without_signatures": round(size / without_s),
        "signatures_per_s_of_one_thread_alone": round(signatures / alone_s),
        "of_one_thread_verifying": round(alone_s / whole_s, 2),
        "check_before_signing_ms": round(min(checks) * 1_000, 1),
    }


def main() -> None:
    """Print the figures and write them to a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=200)
    parser.add_argument("--each", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    figures = asyncio.run(measure(given.members, given.each, given.rounds))
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
