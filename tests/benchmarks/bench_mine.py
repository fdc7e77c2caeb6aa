"""Only the own records beside the whole ledger: bytes and seconds, and what the accounts cost.

    python -m tests.benchmarks.bench_mine [--records N] [--payments N] [--json FILE]

A manager publishes a closed ledger of 100 members; one of them was quiet while it grew, one paid
in every merge. Each fetches his own records with an empty home, then again after some payments to
the quiet one. The peer is the same member fetching and checking everything, in the same run, over
a private DHT of real libtorrent sessions on loopback.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from hashlib import sha256
from pathlib import Path

from federation.dht.contact import Address
from federation.excerpt import ExcerptFollower, ExcerptSynced
from federation.home import Home
from federation.port import Swarm
from federation.station import Station
from ledger import crypto
from ledger.accounts_file import check_accounts, decode_accounts, encode_accounts
from ledger.codec import encode
from ledger.excerpt import Excerpt
from ledger.map import map_root
from ledger.merge import community_hash
from ledger.operation import Rules
from ledger.record import StateRecord
from ledger.state import Account, Community, UnitBalance
from ledger.unit import Unit
from manager.app import Manager
from tests.benchmarks.bench_follow import (
    MEMBERS,
    PAYER,
    WATCHER,
    Chains,
    Figures,
    Signer,
    catch_up,
    grow,
    manager_in,
    member_in,
    now,
    one_payment,
    say,
    station,
)
from tests.benchmarks.bench_merge import COMMUNITY, member_seeds, open_books
from tests.support.dht import private_dht

DHT_NODES = 20
BUSY = 50
ACCOUNTS = (200, 10_000)
KEY = bytes(32)


async def sync(
    place: Station, seed: bytes, home: Home, excerpt: Excerpt
) -> tuple[ExcerptSynced, Figures]:
    """Fetch what is new of the own records."""
    follower = ExcerptFollower(
        community=COMMUNITY, seed=seed, known=[], dht=place.dht, swarm=place.swarm,
        directory=home.excerpt,
    )  # fmt: skip
    before = await _received(place.swarm)
    began = time.perf_counter()
    synced = await follower.sync(excerpt)
    return synced, {
        "s": time.perf_counter() - began,
        "own_records": len(synced.excerpt.own),
        "payload_bytes": synced.moved_bytes,
        "received_bytes": await _received(place.swarm) - before,
        "full_bytes": synced.full_bytes,
    }


async def measure(folder: Path, nodes: Sequence[Address], records: int, payments: int) -> Figures:
    """Return all figures."""
    seeds = member_seeds(MEMBERS)
    homes = {name: Home(folder / name) for name in ("manager", "payer", "whole", "quiet", "busy")}
    homes["manager"].path.mkdir()
    open_books(homes["manager"].path, seeds).store.database.close()
    async with AsyncExitStack() as stack:
        manager = await stack.enter_async_context(manager_in(homes["manager"], nodes))
        figures = await grow(manager, Chains(seeds[2:]), records)
        say(f"grown: {json.dumps(figures)}")
        quiet = await stack.enter_async_context(station(homes["quiet"], nodes))
        busy = await stack.enter_async_context(station(homes["busy"], nodes))
        first, moved = await sync(quiet, seeds[WATCHER], homes["quiet"], Excerpt())
        figures |= _named("quiet_first", moved)
        _, moved = await sync(busy, seeds[BUSY], homes["busy"], Excerpt())
        figures |= _named("busy_first", moved)
        payer, _ = await stack.enter_async_context(member_in(homes["payer"], seeds[PAYER], nodes))
        await catch_up(payer)
        watcher, place = await stack.enter_async_context(
            member_in(homes["whole"], seeds[WATCHER], nodes)
        )
        figures |= await catch_up(watcher)
        sign = Signer(homes["payer"], seeds[PAYER], crypto.public_key(seeds[WATCHER])[:16])
        for _ in range(payments):
            await one_payment(manager, payer, watcher, place, sign)
        _, moved = await sync(quiet, seeds[WATCHER], homes["quiet"], first.excerpt.kept)
        figures |= _named("quiet_again", moved)
        _check(manager, payments, moved)
    return figures


def measure_accounts(count: int) -> Figures:
    """Return what a file of so many accounts costs: its publisher, and who reads it."""
    unit = Unit("EUR", 2, "Euro", 10**9, 10**9)
    community = Community("Bench", True, now(), Rules(60, 60, 60), (unit,), 3, 1, 0)
    accounts = [_account(number) for number in range(count)]
    began = time.perf_counter()
    data = encode_accounts(community, accounts, count, KEY)
    made = time.perf_counter()
    root = map_root((one.id, encode(one)) for one in accounts)
    state = StateRecord(
        now(), 1, 3, root, bytes(32), bytes(32), bytes(32), community_hash(community)
    )
    start = time.perf_counter()
    check_accounts(decode_accounts(data, count, KEY), state)
    return {
        f"accounts_{count}_bytes": len(data),
        f"accounts_{count}_encode_s": made - began,
        f"accounts_{count}_check_s": time.perf_counter() - start,
    }


def _account(number: int) -> Account:
    key = sha256(b"account %d" % number).digest()
    books = UnitBalance("EUR", 5 - number, 0, 0, 10**9, 10**9)
    name = f"Member {number}"
    return Account(key[:16], f"m{number}", name, "active", now(), (key,), (books,), number + 1)


def _check(manager: Manager, payments: int, moved: Figures) -> None:
    assert manager.books.state.tree.size, "the ledger grew"
    assert moved["own_records"] == 1 + payments, "the quiet one has his payments"


def _named(prefix: str, figures: Figures) -> Figures:
    return {f"{prefix}_{name}": value for name, value in figures.items()}


async def _received(swarm: Swarm) -> int:
    return (await swarm.moved_bytes())[0]


def main() -> None:
    """Print the figures, and write them to a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--payments", type=int, default=10)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    asked = parser.parse_args()
    figures: Figures = {}
    for count in ACCOUNTS:
        figures |= measure_accounts(count)
    with tempfile.TemporaryDirectory() as folder, private_dht(DHT_NODES) as dht:
        figures |= asyncio.run(measure(Path(folder), dht.nodes, asked.records, asked.payments))
    for name, value in figures.items():
        say(f"{name:>28} {value:14,.4g}")
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
