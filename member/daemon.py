"""The member's processes: the daemon, and what commands do in its place where none runs."""

import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from federation.blob_transfer import Progress, tell_nobody
from federation.doorbell import Ringer
from federation.errors import NetworkUnreachable
from federation.home import Home
from federation.schedule import Schedule
from federation.station import SystemClock, open_endpoint, open_station
from federation.witness.halt import check_not_halted, go_on
from ledger import crypto
from ledger.crypto import BOX_NONCE_BYTES
from ledger.store.lock import hold_lock
from ledger.store.meta import ValueStore
from member.app import Member, Synced, Tell
from member.membership import joined, need_joined, open_own
from member.sender import Sender
from member.vigil import PROGRAM

if TYPE_CHECKING:
    from federation.web.start import Place

WATCH_S = 0.25
"""How soon the running daemon notices what another command of its home signed, seconds."""

GATHER_AFTER_S = 1.0
"""How long after the start attached files are looked for first: the ledger comes before them."""
ISSUE_S = 60.0
"""How often the daemon looks whether something that comes again is due, seconds."""

NAMES_AFTER_S = 2.0
"""How long after the start names of linked communities are followed, seconds: the own ledger, which
says who they are, comes first."""


@asynccontextmanager
async def open_member(
    home: Home, seed: bytes, tell: Tell, *, confirmed: bool = False
) -> AsyncIterator[Member]:
    """Give a member in the real network, the only daemon in its home.

    Args:
        home: The member's.
        seed: The 32 bytes of its key.
        tell: Gets a line about whatever happened.
        confirmed: A person goes on with this home's history in spite of a split view.

    Raises:
        Halted: This home met a split view, and nobody has decided.
        StoreBusy: Another process publishes for this home.
        UsageInvalid: No community was joined.
        NetworkUnreachable: An address cannot be bound.
    """
    with open_own(home) as own, hold_lock(home.lock):
        card = need_joined(own)
        if confirmed:
            go_on(ValueStore(own))
        check_not_halted(ValueStore(own), PROGRAM)
        ringer = Ringer(card.http, crypto.public_key(seed))
        async with open_station(home, home.settings()) as station:
            member = Member(
                home=home,
                seed=seed,
                card=card,
                own=own,
                dht=station.dht,
                swarm=station.swarm,
                clock=SystemClock(),
                choose=secrets.SystemRandom().sample,
                tell=tell,
                ring=ringer.ring,
            )
            try:
                yield member
            finally:
                await ringer.close()
                member.close()


async def serve(
    home: Home,
    seed: bytes,
    tell: Tell,
    *,
    confirmed: bool = False,
    place: "Place | None" = None,
) -> None:
    """Run until SIGTERM: publish, follow, witness and keep alive, each in its rhythm.

    A home without a community shows only the pages by which one comes in, and goes on by itself.
    The other arguments are those of ``open_member``.

    Args:
        home: The member's.
        seed: The 32 bytes of its key.
        tell: Gets a line about whatever happened.
        confirmed: A person goes on with this home's history in spite of a split view.
        place: Where the page in the browser is; None for no page.

    Raises:
        UsageInvalid: There is no page to join a community by, and none was joined.
        Halted: This home met a split view before, and nobody has decided.
        SplitView: The community's key signed two histories.
        HistoryMismatch: What the community published breaks its own rules.
    """
    async with AsyncExitStack() as opened:
        listening = None if place is None else _bind(opened, place, tell)
        if place is not None and listening is not None and not _has_joined(home):
            from member.web.serve import wait_for_arrival  # noqa: PLC0415 -- as below

            if not await wait_for_arrival(home, seed, place, listening, tell):
                return
        member = await opened.enter_async_context(
            open_member(home, seed, tell, confirmed=confirmed)
        )
        if place is not None and listening is not None:
            from member.web.serve import keep_page  # noqa: PLC0415 -- the web takes long to import

            await opened.enter_async_context(keep_page(home, seed, place, listening, tell))
        settings, schedule = home.settings(), Schedule()
        schedule.every("look", settings.interval_s, member.look)
        schedule.every("watch", WATCH_S, member.watch)
        schedule.every("attachments", settings.interval_s, member.gather, after_s=GATHER_AFTER_S)
        schedule.every("issue", ISSUE_S, member.issue, after_s=settings.interval_s)
        schedule.every("names", settings.interval_s, member.follow_names, after_s=NAMES_AFTER_S)
        schedule.every("keep-alive", settings.keep_alive_s, member.keep_alive, after_s=60)
        await schedule.run()


def _bind(opened: AsyncExitStack, place: "Place", tell: Tell) -> socket.socket | None:
    """Return the socket of the page; without a free port the program runs all the same."""
    from federation.web.server import bind  # noqa: PLC0415 -- as above

    try:
        return opened.enter_context(bind(place.listen, place.port))
    except NetworkUnreachable as error:
        tell(f"{error}; the program runs without its page")
        return None


def _has_joined(home: Home) -> bool:
    with open_own(home) as own:
        return joined(own) is not None


async def sync_once(home: Home, seed: bytes, tell: Tell) -> Synced:
    """Publish what waits and follow once; raises as ``Member.follow``."""
    async with open_member(home, seed, tell) as member:
        return await member.sync()


async def publish_once(home: Home, seed: bytes, carry: Progress = tell_nobody) -> int:
    """Publish what waits without a torrent node; return how many change-sets went out.

    Args:
        home: The member's.
        seed: The 32 bytes of its key.
        carry: Told how many of how many items of an attached file have been put.

    Raises:
        StoreBusy: The daemon runs and publishes itself.
        NetworkUnreachable: Nobody answered; the change waits for the next time.
    """
    with open_own(home) as own, hold_lock(home.lock):
        card = need_joined(own)
        async with open_endpoint(home, home.settings()) as dht:
            sender = Sender(
                seed=seed,
                community=card.key,
                own=own,
                dht=dht,
                nonces=lambda: secrets.token_bytes(BOX_NONCE_BYTES),
                carry=carry,
            )
            return await sender.publish(SystemClock().now())
