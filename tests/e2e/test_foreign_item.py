"""A BEP 44 client without a line of ours reads the checkpoint's dictionary and verifies it."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from federation.dht.contact import Address
from federation.dht.endpoint import Endpoint
from federation.dht.settings import NEAR
from federation.item import MutableItem, sign_item
from federation.slot import CheckpointValue, encode_checkpoint_value
from tests.support.dht import private_dht
from tests.support.foreign import install, run

READ_S = 60.0
SEED = bytes(range(32))
VALUE = CheckpointValue(b"commontab.alt/river\n3\nAAAA\n" * 12, (b"\x11" * 20, b"\x22" * 20))
SALT = b"a slot"


@pytest.mark.needs("npm")
async def test_bittorrent_dht_reads_our_dictionary_and_tweetnacl_verifies_it(
    tmp_path: Path,
) -> None:
    program = await install("bittorrent-dht", tmp_path)
    item = sign_item(SEED, b"", 1_700_000_000, encode_checkpoint_value(VALUE))
    with private_dht(8) as dht:
        await put(item, dht.nodes)
        check(await read(program, dht.nodes[-1], item), item, copies_min=4)
    salted = sign_item(SEED, SALT, 2, encode_checkpoint_value(VALUE))
    store = Endpoint("127.0.0.1", 0, settings=NEAR)
    await put(salted, [store.address])
    check(await read(program, store.address, salted), salted, copies_min=1)
    await store.close()


async def put(item: MutableItem, nodes: Sequence[Address]) -> None:
    endpoint = Endpoint("127.0.0.1", 0, nodes, settings=NEAR)
    assert (await endpoint.put(item)).accepted == len(nodes)
    await endpoint.close()


async def read(program: Path, node: Address, item: MutableItem) -> str:
    host, port = node
    names = item.slot.key.hex(), item.slot.salt.hex()
    return await run("node", "read.js", f"{host}:{port}", *names, cwd=program, within_s=READ_S)


def check(said: str, item: MutableItem, copies_min: int) -> None:
    answer = json.loads(said)
    assert answer["verified"] >= copies_min
    assert answer["seq"] == item.seq
    assert answer["fields"] == {
        "c": VALUE.note.hex(),
        "i": b"".join(VALUE.infohashes).hex(),
        "ih": VALUE.infohashes[0].hex(),
        "v": 1,
    }
