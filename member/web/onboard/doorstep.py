"""The doorstep: what the pages of cards work with, in a home with or without a community."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from aiohttp import web

from federation.card import Card, CommunityCard, MemberCard, sign_card
from federation.console.terminal import Refused
from federation.home import Home
from federation.web.app import DESK
from federation.web.invite import Invitations
from member.introduce import join_by_card, member_card
from member.membership import joined, open_membership, open_own
from member.web.onboard.scanned import Scanned, judge


@dataclass(frozen=True, slots=True)
class Arrival:
    """How far somebody has come in.

    Attributes:
        community: The card that was joined by, or None.
        fetched_bytes: What came of the ledger so far.
        records: How many records were checked and taken in.
        handle: What the person is called in the ledger; empty before the admission.
    """

    community: CommunityCard | None
    fetched_bytes: int = 0
    records: int = 0
    handle: str = ""


@dataclass(frozen=True, slots=True)
class Reached:
    """Where the household's network reaches the page; only where TLS is on.

    Attributes:
        url: With the port, without a path.
        fingerprint: SHA-256 of the certificate, hex pairs with colons.
    """

    url: str
    fingerprint: str


class Doorstep:
    """One member's home, as far as cards are concerned.

    Args:
        home: The member's.
        seed: The 32 bytes of its key.
        clock: Gives Unix seconds.

    Attributes:
        invitations: Of telephones.
        reached: Where they reach this page, or None where only this computer does.
        came_in: Set when a community was joined.
    """

    def __init__(self, home: Home, seed: bytes, clock: Callable[[], float]) -> None:
        self.home = home
        self.key = home.read_key().key
        self.invitations = Invitations()
        self.reached: Reached | None = None
        self.came_in = asyncio.Event()
        self._seed = seed
        self._clock = clock

    def now(self) -> int:
        """Return Unix seconds."""
        return int(self._clock())

    def sign(self, card: Card) -> str:
        """Return a card of this home as text."""
        return sign_card(self._seed, card)

    async def my_card(self) -> tuple[MemberCard, str]:
        """Return the card that the manager scans, and the same signed."""
        made = await asyncio.to_thread(member_card, self.home, self.now())
        return made, self.sign(made)

    async def judge(self, text: str) -> Scanned:
        """Return what a scanned text means here."""
        return await asyncio.to_thread(judge, self.home, text, self.now())

    async def join(self, card: CommunityCard, text: str) -> None:
        """Join a community, whose six words were compared.

        Raises:
            UsageInvalid: This home belongs to another one.
        """
        await asyncio.to_thread(join_by_card, self.home, card, text, self.now())
        self.came_in.set()

    async def arrival(self) -> Arrival:
        """Return how far this home has come in."""
        return await asyncio.to_thread(self._arrival)

    def _arrival(self) -> Arrival:
        with open_own(self.home) as own:
            community = joined(own)
        if community is None:
            return Arrival(None)
        came = Arrival(community, _bytes_below(self.home.snapshots))
        if not self.home.ledger.exists():
            return came
        try:
            with open_membership(self.home) as member:
                size = member.state.tree.size
                known = member.state.keys.get(member.key)
                handle = member.account.handle if known is not None else ""
        except Refused:
            return came  # revoked, or the ledger is only just being made
        return Arrival(community, came.fetched_bytes, size, handle)


class WithDoorstep(Protocol):
    """A desk that has one."""

    @property
    def doorstep(self) -> Doorstep:
        """What its pages of cards work with."""


def doorstep_of(request: web.Request) -> Doorstep:
    """Return the doorstep of the program that serves a request.

    Before a community is joined it is all the desk there is.
    """
    desk = request.app[DESK]
    return desk if isinstance(desk, Doorstep) else cast("WithDoorstep", desk).doorstep


def _bytes_below(folder: Path) -> int:
    found = 0
    for path in folder.rglob("*"):
        try:
            found += path.stat().st_blocks * 512  # what is there, not what has room reserved
        except FileNotFoundError:
            continue  # renamed while we look
    return found
