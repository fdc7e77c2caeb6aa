"""The reception: what the manager's pages of cards work with."""

import asyncio
from collections.abc import Callable
from typing import Protocol, cast

from aiohttp import web

from federation.card import CommunityCard, sign_card
from federation.home import Home
from federation.web.app import DESK
from manager.introduce import community_card
from manager.office import open_office


class Reception:
    """One community's home, as far as cards are concerned.

    Args:
        home: The manager's.
        seed: The community's 32 bytes; its card is signed with them.
        clock: Gives Unix seconds.
    """

    def __init__(self, home: Home, seed: bytes, clock: Callable[[], float]) -> None:
        self.home = home
        self._seed = seed
        self._clock = clock

    def now(self) -> int:
        """Return Unix seconds."""
        return int(self._clock())

    async def card(self) -> tuple[CommunityCard, str]:
        """Return the community's card, and the same signed.

        Raises:
            Refused: The home waits for its members' word before it speaks for the community.
        """
        made = await asyncio.to_thread(self._card)
        return made, sign_card(self._seed, made)

    def _card(self) -> CommunityCard:
        with open_office(self.home) as office:
            return community_card(office)


class WithReception(Protocol):
    """A desk that has one."""

    @property
    def reception(self) -> Reception:
        """What its pages of cards work with."""


def reception_of(request: web.Request) -> Reception:
    """Return the reception of the program that serves a request."""
    return cast("WithReception", request.app[DESK]).reception
