"""Sending, while the daemon's other jobs send too."""

import asyncio

from federation.dht.endpoint import Endpoint
from federation.dht.settings import NEAR
from federation.home import Home
from ledger.crypto import BOX_NONCE_BYTES
from ledger.operation import Profile
from member.membership import open_membership
from member.sender import Sender
from member.sign import sign
from tests.support.fakenode import fake_node, polite
from tests.support.township import START, Town

TIMES = 8


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
