"""Sending: in turns, and files before what names them."""

import asyncio
from dataclasses import dataclass, field

import pytest

from federation.dht.endpoint import Endpoint
from federation.dht.settings import NEAR
from federation.errors import NetworkUnreachable
from federation.home import Home
from federation.item import MutableItem, immutable_target
from federation.port import Put
from ledger.crypto import BOX_NONCE_BYTES
from ledger.operation import Operation, Profile
from member.household.own_files import keeping
from member.membership import open_membership
from member.sender import Sender
from member.sign import sign
from tests.support.attached import text_file
from tests.support.fakenode import fake_node, polite
from tests.support.simdht import DhtNetwork, SimDht
from tests.support.township import START, Town
from tests.support.weather import calm

TIMES = 8
FILE, SEALED = text_file("bread 2,40\n" * 300)


@dataclass
class Picky(SimDht):
    """A DHT that takes all but one item, and notes in which order it was asked."""

    network: DhtNetwork
    refused: bytes
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(self.network, "anna")

    async def put(self, item: MutableItem, cas: int | None = None) -> Put:
        self.asked.append("slot")
        return await super().put(item, cas)

    async def put_immutable(self, value: bytes) -> Put:
        target = immutable_target(value)
        self.asked.append("root" if target == FILE.target else "part")
        return Put(0) if target == self.refused else await super().put_immutable(value)


async def test_a_file_goes_out_before_the_change_that_names_it(home: Home, town: Town) -> None:
    seed = town.people["anna"].seed
    dht = Picky(DhtNetwork(calm()), FILE.target)
    told: list[tuple[int, int]] = []
    with open_membership(home) as member:
        sender = Sender(
            seed=seed,
            community=town.key,
            own=member.outgoing.database,
            dht=dht,
            nonces=lambda: bytes(BOX_NONCE_BYTES),
            carry=lambda *done: told.append(done),
        )
        asked: list[Operation] = [town.payment("bert", 100), FILE]
        sign(member, seed, asked, START, extra=keeping([SEALED], START))
        with pytest.raises(NetworkUnreachable, match=r"list\.txt"):
            await sender.publish(START)
        assert dht.asked == ["part"] * 4 + ["root"]
        assert member.outgoing.unsettled()[0].state == "waiting"
        dht.refused = b""
        assert await sender.publish(START) == 1
        assert dht.asked[5:] == ["part"] * 4 + ["root", "slot"]
        assert told[-1] == (5, 5)
        # What is out already does not go out with the next change, but with the keep-alive.
        sign(member, seed, [town.payment("bert", 1)], START)
        assert await sender.publish(START) == 2
        assert dht.asked[11:] == ["slot"]
        await sender.put_again(START)
        assert dht.asked[12:] == ["slot"] + ["part"] * 4 + ["root"]


async def test_jobs_that_publish_at_one_time_take_turns(home: Home, town: Town) -> None:
    seed = town.people["anna"].seed
    async with fake_node(polite) as node:
        endpoint = Endpoint("127.0.0.1", 0, [node.address], settings=NEAR)
        try:
            with open_membership(home) as member:
                sender = Sender(
                    seed=seed,
                    community=town.key,
                    own=member.outgoing.database,
                    dht=endpoint,
                    nonces=lambda: bytes(BOX_NONCE_BYTES),
                )
                for number in range(TIMES):
                    sign(member, seed, [Profile(f"Anna {number}")], START)
                    sent = await asyncio.gather(*(sender.publish(START) for _ in range(TIMES)))
                    assert sorted(sent) == [0] * (TIMES - 1) + [number + 1]
                assert all(one.published for one in member.outgoing.unsettled())
        finally:
            await endpoint.close()
