"""The mirror equation: whether two linked communities' books explain each other."""

from collections.abc import Iterable
from typing import NamedTuple

from ledger.link.link import Link
from ledger.link.machine import is_ended, is_moved
from ledger.link.transit import BEFORE, BEHIND, Transit


class UnderWay(NamedTuple):
    """A payment that is moved on one side of a link and not yet on the other.

    Attributes:
        payment: Its id, 16 bytes.
        amount: What it adds to both sides' balances together until the other side follows.
        here: Whether it is moved here; else there.
    """

    payment: bytes
    amount: int
    here: bool


class Mirror(NamedTuple):
    """Both sides' books of a link, in minor units of the link's unit.

    Attributes:
        ours: Our clearing account for the peer; above zero we owe it.
        theirs: Its clearing account for us, after its newest entry that we merged.
        under_way: What explains that the two do not add up to zero.
        unexplained: What of their sum nothing explains; anything but 0 is drift.
    """

    ours: int
    theirs: int
    under_way: tuple[UnderWay, ...]
    unexplained: int


def mirror(own: bytes, link: Link, ours: int, transits: Iterable[Transit]) -> Mirror:
    """Return how two communities' books stand to each other.

    Args:
        own: Key of the own community, 32 bytes.
        link: As it stands here.
        ours: What its clearing account has posted, in minor units of the link's unit.
        transits: All payments that are under way here; those of other links count for nothing.

    Source:
        docs/protocol.md, "Links".
    """
    under_way = tuple(
        one for transit in transits for one in _between(own, link, transit) if one.amount
    )
    explained = sum(one.amount for one in under_way)
    return Mirror(ours, link.mirror, under_way, ours + link.mirror - explained)


def _between(own: bytes, link: Link, transit: Transit) -> Iterable[UnderWay]:
    if transit.upstream == link.key:
        yield _one_sided(transit, BEFORE, -transit.amount_from(own))
    if transit.downstream == link.key:
        yield _one_sided(transit, BEHIND, transit.amount_from(link.key))


def _one_sided(transit: Transit, whose: int, amount: int) -> UnderWay:
    """Return what a payment explains, of which ``amount`` is what it adds to our side."""
    here, there = is_moved(transit.stage), bool(transit.shown & whose)
    if here == there or (there and is_ended(transit.stage)):
        # Nothing is to follow here: what the other side shows is its own mistake.
        return UnderWay(transit.id, 0, here)
    return UnderWay(transit.id, amount if here else -amount, here)
