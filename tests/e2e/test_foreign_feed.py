"""Hypercore, from npm, opens feeds that we wrote in its own storage, and verifies all of them."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from federation.feed import feed_seed
from federation.feed_folder import write_feed
from ledger import crypto
from ledger.feed.head import sign_head
from ledger.feed.tree import FeedTrees, Order, root_numbers
from ledger.feed.value import Encoding, encode_block
from tests.support.foreign import install, run
from tests.support.township import Town

READ_S = 60.0
PROGRAMS: list[tuple[Order, str]] = [("big", "hypercore9"), ("little", "hypercore10")]


def some_records() -> tuple[Town, list[bytes]]:
    """Return a town and its records, 300 and a few: the bitfields' tails are not empty."""
    town = Town("anna", "bert")
    while len(town.records) < 300:
        town.merge(*(town.pay("anna", "bert", 1) for _ in range(20)))
    return town, town.records


@dataclass
class Feed:
    """A feed that was written: where, with which key, and its blocks."""

    path: Path
    key: bytes
    blocks: list[bytes]


def write(path: Path, order: Order, encoding: Encoding) -> Feed:
    """Write the town's feed."""
    town, records = some_records()
    blocks = [encode_block(record, encoding) for record in records]
    own = feed_seed(town.seed, town.key, encoding)
    head = sign_head(town.seed, own, town.key, encoding, FeedTrees().append(blocks))
    write_feed(path, head, order, blocks)
    return Feed(path, crypto.public_key(own), blocks)


async def read(program: Path, feed: Path, *words: str) -> dict[str, Any]:
    """Return what Hypercore says of a copy of a feed, which it may change."""
    scratch = program / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(feed, scratch / "feed")
    command: tuple[str | Path, ...] = ("node", "read.js", scratch / "feed", scratch / "copy")
    said: dict[str, Any] = json.loads(await run(*command, *words, cwd=program, within_s=READ_S))
    return said


def holds(said: dict[str, Any]) -> bool:
    """Return whether Hypercore found every block valid, the signature too, and could copy all."""
    length = said.get("length", 0)
    checks = said.get("valid") == length and said.get("signed") is True
    return checks and not said["problems"] and len(said["copied"]) == length > 0


@pytest.mark.needs("npm")
@pytest.mark.parametrize(("order", "program"), PROGRAMS)
async def test_hypercore_reads_verifies_and_replicates_our_feed(
    tmp_path: Path, order: Order, program: str
) -> None:
    folder = await install(program, tmp_path)
    feed = write(tmp_path / "feed", order, "binary")
    said = await read(folder, feed.path)
    assert (said["problems"], said["key"], said["length"], said["writable"]) == (
        [], feed.key.hex(), len(feed.blocks), False,
    )  # fmt: skip
    assert said["blocks"] == said["copied"] == [block.hex() for block in feed.blocks]
    assert holds(said)

    # Hypercore 9 reads a node of the tree that is no root only where a proof happens to need it.
    header = 32 if order == "big" else 0
    roots = list(root_numbers(len(feed.blocks)))
    flips: list[tuple[str, Callable[[int], int]]] = [("data", lambda size: size // 2)]
    flips += [("tree", partial(_in_node, header, root)) for root in (roots[0], roots[-1])]
    flips += [("signatures", lambda size: size - 7) if order == "big" else ("oplog", lambda _: 200)]
    for name, place in flips:
        changed = flip(feed.path, tmp_path / "changed", name, place)
        assert not holds(await read(folder, changed)), f"{name} was changed"

    text = write(tmp_path / "json", order, "json")
    said = await read(folder, text.path, "json")
    assert holds(said)
    assert said["blocks"] == [json.loads(block) for block in text.blocks]


def _in_node(header: int, number: int, _size: int) -> int:
    """Return a place within the hash of a node, 40 bytes each, in the order of the flat tree."""
    return header + 40 * number + 7


def flip(feed: Path, to: Path, name: str, place: Callable[[int], int]) -> Path:
    """Return a copy of a feed with one bit of a file changed."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(feed, to)
    data = bytearray((to / name).read_bytes())
    data[place(len(data))] ^= 1
    (to / name).write_bytes(data)
    return to
