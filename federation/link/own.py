"""A community's own links, as its ledger has them, for adverts and for finding ways."""

from federation.link.advert import AdvertLink
from federation.link.graph import Barred, OwnLink
from ledger.link.link import Link
from ledger.state import State, UnitBalance


def own_links(state: State) -> tuple[OwnLink, ...]:
    """Return all links of a ledger, by the peer's key; those that take no payments say why."""
    return tuple(_own_link(state, state.links[peer]) for peer in sorted(state.links))


def books_of(state: State, link: Link) -> UnitBalance:
    """Return a link's clearing account in the link's unit: below zero, the peer owes us."""
    balances = state.accounts[link.account].balances
    return next(one for one in balances if one.unit == link.terms.unit)


def room_out(state: State, link: Link) -> int:
    """Return how much can leave by a link now, in minor units of its unit: both sides' limits."""
    books = books_of(state, link)
    allowed = min(link.told.credit_limit if link.told else 0, books.maximum_balance)
    return max(allowed - books.posted - books.pending_credit, 0)


def room_in(state: State, link: Link) -> int:
    """Return how much can come by a link now, in minor units of its unit: both sides' limits."""
    books = books_of(state, link)
    ours = books.available
    theirs = link.told.maximum_balance + books.posted - books.pending_debit if link.told else 0
    return max(min(ours, theirs), 0)


def _own_link(state: State, link: Link) -> OwnLink:
    posted, room = books_of(state, link).posted, room_out(state, link)
    seen = AdvertLink(
        link.key, link.name, link.terms, link.converts, link.fee, room, max(posted, 0)
    )
    converts = link.told is not None and link.told.converts
    return OwnLink(seen, max(-posted, 0), converts, _barred(link))


def _barred(link: Link) -> Barred | None:
    if link.told is None:
        return Barred.ONE_SIDED
    if link.drift or {link.status, link.told.status} != {"active"}:
        return Barred.SUSPENDED
    return None if link.agreed else Barred.MISMATCHED
