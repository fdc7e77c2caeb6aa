"""One payment on a large ledger: seconds and bytes from its publishing until others see it.

    python -m tests.benchmarks.bench_follow [--records N] [--payments N] [--json FILE]

A manager, a payer and a watcher as they run every day, each with its own DHT endpoint and torrent
node, in a private DHT of real libtorrent sessions on loopback. Rounds follow each other without
a pause, so that what is measured is the work and not the poll interval. The peer is libtorrent
left to itself on the same files: it hashes them to make the torrent and checks them to follow.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from secrets import SystemRandom
from statistics import median, quantiles

from federation.card import CommunityCard
from federation.dht.contact import Address
from federation.home import Home
from federation.settings import Network, Settings
from federation.station import Station, SystemClock, open_station
from ledger import crypto
from ledger.changeset import NOTHING_SEEN, ChangeSet, Seen, Verified, sign_change_set
from ledger.operation import Pay
from ledger.store.database import Role, open_database
from ledger.store.door import Arrivals
from ledger.store.journal import JournalStore
from ledger.store.outgoing import OutgoingStore
from manager.app import Manager
from manager.delivery import Delivery
from member.app import Member
from tests.benchmarks.bench_merge import COMMUNITY, SEED, member_seeds, open_books
from tests.benchmarks.bench_torrent import measure_libtorrent
from tests.support.dht import private_dht

DHT_NODES = 20
MEMBERS = 100
EACH = 10
"""Payments of each member in one merge, so that about 2,000 records come with each."""
PAYER, WATCHER = 0, 1
"""Members, by number, who sign nothing while the ledger grows."""
Figures = dict[str, float]


class Chains:
    """Payments in a circle, signed without a home."""

    def __init__(self, seeds: Sequence[bytes]) -> None:
        self._seeds = seeds
        self._newest: dict[bytes, Verified] = {}

    def arrive(self, seen: Seen) -> Delivery:
        """Return what a round of polling would bring of everybody."""
        items = {}
        for place, seed in enumerate(self._seeds):
            payee = crypto.public_key(self._seeds[place - 1])[:16]
            made = [self._sign(seed, pay(payee), seen) for _ in range(EACH)]
            items[made[0].key] = tuple(made)
        return Delivery.of(Arrivals(items=items))

    def _sign(self, seed: bytes, operation: Pay, seen: Seen) -> Verified:
        before = self._newest.get(seed)
        number, previous = (before.change_set.number + 1, before.hash) if before else (1, b"")
        asked = ChangeSet(0, number, previous, now(), seen, (operation,))
        self._newest[seed] = sign_change_set(COMMUNITY, seed, asked)
        return self._newest[seed]


@dataclass(frozen=True, slots=True)
class Payment:
    """Seconds of one payment's way, and what the watcher received for it.

    Attributes:
        publish_s: Until nodes have accepted the payer's item.
        cycle_s: Polling everybody, merging, publishing.
        follow_s: Until the watcher has checked and committed it.
        payload_bytes: File data that came.
        received_bytes: All that came for torrents, metadata and protocol too.
    """

    publish_s: float
    cycle_s: float
    follow_s: float
    payload_bytes: int
    received_bytes: int

    @property
    def visible_s(self) -> float:
        """From publishing to visible."""
        return self.publish_s + self.cycle_s + self.follow_s


def now() -> int:
    """Return Unix seconds."""
    return int(time.time())


def pay(payee: bytes) -> Pay:
    """Return a small payment."""
    return Pay(payee, 100, "EUR", "eggs", b"", None)


def say(text: str) -> None:
    """Tell what happens."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@asynccontextmanager
async def station(home: Home, nodes: Sequence[Address]) -> AsyncIterator[Station]:
    """Give a home its place in the private DHT."""
    home.path.mkdir(parents=True, exist_ok=True)
    settings = Settings(network=Network("loopback", tuple(nodes[:5])))
    async with open_station(home, settings) as place:
        yield place


@asynccontextmanager
async def manager_in(home: Home, nodes: Sequence[Address]) -> AsyncIterator[Manager]:
    """Give the community's manager."""
    async with station(home, nodes) as place:
        manager = Manager(
            home=home, seed=SEED, dht=place.dht, swarm=place.swarm, clock=SystemClock(),
            settings=Settings(), tell=say,
        )  # fmt: skip
        with closing(manager):
            await manager.open()
            yield manager


@asynccontextmanager
async def member_in(
    home: Home, seed: bytes, nodes: Sequence[Address]
) -> AsyncIterator[tuple[Member, Station]]:
    """Give a member and its place."""
    async with station(home, nodes) as place:
        card = CommunityCard(COMMUNITY, "Bench", 0, b"", "loopback", (), "")
        with closing(open_database(home.outgoing, Role.MEMBER, write=True)) as own:
            member = Member(
                home=home, seed=seed, card=card, own=own, dht=place.dht, swarm=place.swarm,
                clock=SystemClock(), choose=SystemRandom().sample, tell=say,
            )  # fmt: skip
            with closing(member):
                yield member, place


async def grow(manager: Manager, chains: Chains, records: int) -> Figures:
    """Merge and publish until the ledger is so large."""
    presses = []
    state = manager.books.state
    while state.tree.size < records:
        manager.books.merge(now(), chains.arrive(Seen(state.tree.size, state.tree.root)))
        began = time.perf_counter()
        await manager.press.publish(now())
        presses.append(time.perf_counter() - began)
    return {
        "records": state.tree.size,
        "publications": len(presses),
        "publish_first_s": median(presses[:5]),
        "publish_last_s": median(presses[-5:]),
    }


async def catch_up(member: Member) -> Figures:
    """Follow from nothing."""
    began, began_cpu = time.perf_counter(), time.process_time()
    followed = await member.follow()
    spent_s, cpu_s = time.perf_counter() - began, time.process_time() - began_cpu
    assert followed.step == "followed", followed.step
    return {
        "follow_all_s": spent_s,
        "follow_all_cpu_s": cpu_s,
        "follow_all_records_per_s": followed.new_records / spent_s,
        "follow_all_bytes": followed.moved_bytes,
    }


async def one_payment(
    manager: Manager, payer: Member, watcher: Member, place: Station, sign: "Signer"
) -> Payment:
    """Publish a payment and wait until the watcher has it."""
    sign.payment()
    before, _ = await place.swarm.moved_bytes()
    began = time.perf_counter()
    assert await payer.publish() == 1, "one payment went out"
    published = time.perf_counter()
    report = await manager.cycle.run()
    assert report.merged.records, "it was merged"
    merged = time.perf_counter()
    followed = await watcher.follow()
    seen = time.perf_counter()
    assert followed.new_records == report.merged.records, "the watcher sees it"
    after, _ = await place.swarm.moved_bytes()
    await payer.follow()
    return Payment(
        published - began, merged - published, seen - merged, followed.moved_bytes, after - before
    )


class Signer:
    """Signs payments of one home."""

    def __init__(self, home: Home, seed: bytes, payee: bytes) -> None:
        self._home, self._seed, self._payee = home, seed, payee

    def payment(self) -> None:
        """Sign one more, as ``commontab pay`` does in its own process."""

        def build(generation: int, number: int, previous: bytes) -> Verified:
            asked = (pay(self._payee),)
            change_set = ChangeSet(generation, number, previous, now(), self._seen(), asked)
            return sign_change_set(COMMUNITY, self._seed, change_set)

        with closing(open_database(self._home.outgoing, Role.MEMBER, write=True)) as own:
            OutgoingStore(own).allocate_and_sign(build, now())

    def _seen(self) -> Seen:
        with closing(open_database(self._home.ledger, Role.REPLICA, write=False)) as replica:
            kept = JournalStore(replica).newest_checkpoint()
        return Seen(kept.size, kept.root) if kept else NOTHING_SEEN


async def measure(folder: Path, nodes: Sequence[Address], records: int, payments: int) -> Figures:
    """Return all figures."""
    seeds = member_seeds(MEMBERS)
    homes = [Home(folder / name) for name in ("manager", "payer", "watcher")]
    homes[0].path.mkdir()
    open_books(homes[0].path, seeds).store.database.close()
    async with AsyncExitStack() as stack:
        manager = await stack.enter_async_context(manager_in(homes[0], nodes))
        figures = await grow(manager, Chains(seeds[2:]), records)
        say(f"grown: {json.dumps(figures)}")
        payer, _ = await stack.enter_async_context(member_in(homes[1], seeds[PAYER], nodes))
        await catch_up(payer)
        watcher, place = await stack.enter_async_context(member_in(homes[2], seeds[WATCHER], nodes))
        figures |= await catch_up(watcher)
        say(f"followed: {json.dumps(figures)}")
        sign = Signer(homes[1], seeds[PAYER], crypto.public_key(seeds[WATCHER])[:16])
        made = [await one_payment(manager, payer, watcher, place, sign) for _ in range(payments)]
        folders = [member.follower.replica.folder for member in (payer, watcher)]
        files = watcher.follower.replica.publications.newest(1)[0].files
        create_s, check_s = await asyncio.to_thread(
            measure_libtorrent, folders[0].directory, folders[1].directory, folders[0].name, files
        )
    return (
        figures
        | _sum_up(made)
        | {
            "libtorrent_create_s": create_s,
            "libtorrent_check_s": check_s,
        }
    )


def _sum_up(made: Sequence[Payment]) -> Figures:
    visible = [one.visible_s for one in made]
    return {
        "payments": len(made),
        "publish_s": median(one.publish_s for one in made),
        "cycle_s": median(one.cycle_s for one in made),
        "follow_s": median(one.follow_s for one in made),
        "visible_p50_s": median(visible),
        "visible_p95_s": quantiles(visible, n=20, method="inclusive")[-1],
        "payload_bytes": median(one.payload_bytes for one in made),
        "received_bytes": median(one.received_bytes for one in made),
    }


def main() -> None:
    """Print the figures, and write them to a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--payments", type=int, default=20)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, private_dht(DHT_NODES) as dht:
        figures = asyncio.run(measure(Path(folder), dht.nodes, asked.records, asked.payments))
    for name, value in figures.items():
        say(f"{name:>26} {value:14,.4g}")
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
