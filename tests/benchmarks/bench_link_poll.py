"""Look at 256 links over a private DHT on loopback, beside libtorrent's own lookups.

``python -m tests.benchmarks.bench_link_poll [--links N] [--nodes N] [--json FILE]`` from the
repository's root prints a table and writes the figures. A look polls the slots of all linked
communities, opens what is new and verifies its checkpoint, its extension and its entries; the peer
only gets the same slots, in the same process and over the same nodes.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from federation.dht.endpoint import Endpoint
from federation.dht.settings import NEAR
from federation.item import MutableItem, sign_item
from federation.link.key import link_seed
from federation.link.slot import LinkEnd, LinkValue, link_slot, seal_link_slot
from federation.poll import Poller
from ledger import crypto
from ledger.link.link import Link
from ledger.link.terms import NO_FEE
from ledger.state import State, replace
from ledger.store.link_door import LinkDoorStore
from manager.link.doors import LinkDoors
from manager.link.intake import LinkIntake
from manager.link.slots import LinkSlots
from tests.benchmarks.bench_dht import Figures, libtorrent_lookups, put_all
from tests.support.attested import Attested
from tests.support.dht import PrivateDht, open_session, private_dht
from tests.support.linked import linked_journal, stored_journal
from tests.support.realm import IN_EUR
from tests.support.river import read
from tests.support.storage import open_manager

READER = sha256(b"reader").digest()
ENTRIES = 2
"""Entries that wait in a slot, as in the middle of a payment."""
LOOKS = 5


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, default=256)
    parser.add_argument("--nodes", type=int, default=60)
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    peers = [Peer(number) for number in range(wanted.links)]
    with private_dht(wanted.nodes) as dht, tempfile.TemporaryDirectory() as home:
        figures = asyncio.run(_ours(dht, peers, Path(home)))
    figures["ratio_steady"] = figures["steady_links_per_s"] / figures["libtorrent_keys_per_s"]
    figures["ratio_all_new"] = figures["all_new_links_per_s"] / figures["libtorrent_keys_per_s"]
    for name, value in figures.items():
        print(f"{name:32}{value:12,.2f}")  # noqa: T201 -- what a benchmark is for
    if wanted.json:
        wanted.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


class Peer:
    """A linked community with a short journal, and what it puts for the reader."""

    def __init__(self, number: int) -> None:
        self.seed = sha256(b"community %d" % number).digest()
        self.key, reader = crypto.public_key(self.seed), crypto.public_key(READER)
        self.name = f"peer-{number}"
        ends = (_end(self.seed), _end(READER))
        self._slot = link_slot(link_seed(self.seed), *ends)
        journal = linked_journal(self.seed, reader, 40, [at for at in range(40) if at % 3])
        self._books = Attested(self.seed, stored_journal(self.seed, journal))

    def item(self, seq: int) -> MutableItem:
        """Return a version of its slot."""
        shown = read(self._books, ENTRIES)
        said = LinkValue(0, 0, shown.note, (), shown.entries, shown.proof)
        nonces = (seq.to_bytes(24), bytes(24))
        sealed = seal_link_slot(self._slot, said, nonces)
        assert not sealed.items, "two entries fit a slot"
        return sign_item(link_seed(self.seed), self._slot.name.salt, seq, sealed.value)

    def link(self) -> Link:
        """Return the link as the reader's ledger has it."""
        return Link(
            self.key, self.key[:16], self.name, "active", _end(READER).link_key,
            _end(self.seed).link_key, IN_EUR, False, NO_FEE,
            0, b"", 0, b"", 0, b"", None, 0, 0,
        )  # fmt: skip


def _end(seed: bytes) -> LinkEnd:
    return LinkEnd(crypto.public_key(seed), crypto.public_key(link_seed(seed)))


async def _ours(dht: PrivateDht, peers: Sequence[Peer], home: Path) -> Figures:
    writer = Endpoint("127.0.0.1", 0, dht.nodes[:5], settings=NEAR)
    reader = Endpoint("127.0.0.1", 0, dht.nodes[5:10], settings=NEAR)
    figures = {"links": float(len(peers)), "nodes": float(len(dht.nodes))}
    items = [one.item(1) for one in peers]
    figures |= await put_all(writer, items)
    database = open_manager(home)
    state = State(crypto.public_key(READER))
    state.links.update({one.key: one.link() for one in peers})
    intake = LinkIntake(
        slots=LinkSlots(READER, crypto.public_key(READER)),
        doors=LinkDoors(LinkDoorStore(database), lambda _words: None),
        dht=reader,
        poller=Poller(reader, NEAR),
    )
    # What is not settled is read again: the first look also finds out who stores each slot.
    figures |= await _look(intake, state, "first", settle=False)
    figures |= await _look(intake, state, "all_new")
    figures |= await _look(intake, state, "steady", looks=LOOKS)
    for number in range(0, len(peers), 20):
        await writer.put(peers[number].item(2))
    figures |= await _look(intake, state, "one_in_20_new")
    session, slots = open_session(alerts=True), [one.slot for one in items]
    figures |= await asyncio.to_thread(libtorrent_lookups, session, dht.nodes[10:15], slots)
    await writer.close()
    await reader.close()
    database.close()
    return figures


async def _look(
    intake: LinkIntake, state: State, name: str, *, looks: int = 1, settle: bool = True
) -> Figures:
    """Return how quickly all links were looked at.

    Args:
        intake: Whose.
        state: Names them.
        name: Of the figures.
        looks: How many times.
        settle: Whether what was read counts as merged afterwards.
    """
    news, began, cpu = 0, time.perf_counter(), time.process_time()
    for now in range(looks):
        brought = await intake.take(state, now)
        news += len(brought.came)
    took_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu
    if settle:
        merged = {key: replace(link, taken=ENTRIES) for key, link in state.links.items()}
        state.links.update(merged)
        intake.settle(brought.came, state, looks)
    count = looks * len(state.links)
    return {
        f"{name}_links_per_s": count / took_s,
        f"{name}_cpu_us_per_link": 1e6 * cpu_s / count,
        f"{name}_news": float(news),
    }


if __name__ == "__main__":
    main()
