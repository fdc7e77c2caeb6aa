"""Looking into a home without typing: so that waiting costs no program start."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeVar

from federation.console.terminal import Refused
from federation.home import Home
from ledger.errors import StoreMissing
from member.membership import Membership, open_membership

T = TypeVar("T")


def has_account(home: Path) -> bool:
    """Return whether a member's replica knows his account."""
    return bool(_ask(home, lambda member: member.key in member.state.keys))


def has_request(home: Path) -> bool:
    """Return whether a member's replica has an open request."""
    return bool(_ask(home, lambda member: member.state.requests))


def has_hold(home: Path) -> bool:
    """Return whether a member's replica has an open hold."""
    return bool(_ask(home, lambda member: member.state.holds))


def has_links(home: Path, count: int) -> bool:
    """Return whether a member's replica has so many links on whose terms both sides agreed."""
    return bool(
        _ask(home, lambda member: sum(one.agreed for one in member.state.links.values()) >= count)
    )


def has_transit(home: Path) -> bool:
    """Return whether a payment across links is under way in a member's replica."""
    return bool(_ask(home, lambda member: member.state.transits))


def is_quiet(home: Path) -> bool:
    """Return whether nothing crosses a link, by a member's replica."""
    return bool(_ask(home, lambda member: member.state.links and not member.state.transits))


def is_settled(home: Path) -> bool:
    """Return whether nothing of a member waits any more."""
    return bool(_ask(home, lambda member: not member.outgoing.unsettled()))


def has_bills(home: Path, count: int) -> bool:
    """Return whether a member's replica has so many open bills."""
    return bool(_ask(home, lambda member: len(member.state.bills) >= count))


def bill_of(home: Path, memo: str) -> str:
    """Return the start of the id of the open bill with this memo."""
    bills = _ask(home, lambda member: tuple(member.state.bills.values()))
    return next(one.id.hex()[:12] for one in bills or () if one.memo == memo)


def has_records(home: Path, count: int) -> bool:
    """Return whether a member's replica has so many records."""
    return bool(_ask(home, lambda member: member.state.tree.size >= count))


def _ask(home: Path, question: Callable[[Membership], T]) -> T | Literal[0]:
    try:
        with open_membership(Home(home)) as member:
            return question(member)
    except (Refused, StoreMissing):
        return 0
