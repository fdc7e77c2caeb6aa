"""The desk behind a page is closed only when nobody reads with it any more."""

import asyncio
from threading import Event

import pytest

from federation.home import Home
from ledger.errors import StoreBusy
from member.membership import Membership
from member.web.desk import Desk
from tests.support.township import seed_of

READS = 300


async def test_closing_waits_for_what_still_reads_and_lets_nothing_else_begin(
    home: Home,
) -> None:
    desk = Desk(home, seed_of("anna"))
    assert (await desk.version())[0] > 0
    reading, closing = Event(), Event()
    order: list[str] = []

    def look(_member: Membership) -> None:
        reading.set()
        closing.wait()
        for _again in range(READS):
            desk.member()
        order.append("read")

    def close() -> None:
        closing.set()
        desk.close()
        order.append("closed")

    asked = asyncio.create_task(desk.read(look))
    await asyncio.to_thread(reading.wait)
    asked.cancel()
    await asyncio.to_thread(close)
    assert order == ["read", "closed"]
    with pytest.raises(StoreBusy, match="is being closed"):
        await desk.version()
