"""The manager's operations on links: beginning, limiting, rating, stopping, letting go."""

from ledger import crypto
from ledger.draft import Act, Draft
from ledger.errors import TermsInvalid
from ledger.link.entry import Told
from ledger.link.link import Link, clearing_id
from ledger.link.machine import Event, Role
from ledger.link.terms import Side, Terms
from ledger.operation import AddLink, ForceRelease, LimitLink, RateLink, SetLinkStatus
from ledger.refusal import Code, Refusal
from ledger.rule.legs import open_exchange
from ledger.rule.manager import UNITS_MAX, handle_free
from ledger.rule.name_book import note_word
from ledger.rule.tell import clearing, tell
from ledger.rule.transit import learn
from ledger.state import Account, UnitBalance, replace
from ledger.unit import Unit

LINKS_MAX = 256
"""Links of one community: each is a slot to poll."""


def add_link(draft: Draft, _act: Act, operation: AddLink) -> Refusal | None:
    """Link up with another community; its clearing account begins, and what it needs."""
    refusal = _peer_fits(draft, operation) or _terms_fit(
        draft, operation.terms, converts=operation.converts
    )
    if refusal is not None:
        return refusal
    known = draft.links.get(operation.key)
    if known is not None:
        return _go_on(draft, known, operation)
    refusal = handle_free(draft, operation.handle)
    if refusal is not None:
        return refusal
    account = clearing_id(operation.key)
    if draft.accounts.get(account) is not None:
        return Refusal(Code.ACCOUNT_EXISTS)
    opened = Account(
        account, operation.handle, operation.name, "active", draft.now, (), (), draft.size
    )
    draft.accounts.set(account, opened)
    draft.handles.set(operation.handle, account)
    note_word(draft, operation.handle)
    draft.links.set(
        operation.key,
        Link(
            operation.key,
            account,
            operation.handle,
            "active",
            operation.own_key,
            operation.link_key,
            operation.terms,
            operation.converts,
            operation.fee,
            0,
            b"",
            0,
            b"",
            0,
            b"",
            None,
            0,
            0,
        ),
    )
    _set_limits(draft, operation.key, operation.credit_limit, operation.maximum_balance)
    _tell_standing(draft, operation.key)
    return None


def limit_link(draft: Draft, _act: Act, operation: LimitLink) -> Refusal | None:
    """Set both trust limits of a link, for new payments."""
    if draft.links.get(operation.key) is None:
        return Refusal(Code.UNKNOWN_LINK)
    _set_limits(draft, operation.key, operation.credit_limit, operation.maximum_balance)
    _tell_standing(draft, operation.key)
    return None


def rate_link(draft: Draft, _act: Act, operation: RateLink) -> Refusal | None:
    """Change a link's rate and fee; its unit stays, as its balance is in it."""
    link = draft.links.get(operation.key)
    if link is None:
        return Refusal(Code.UNKNOWN_LINK)
    before, after = link.terms, operation.terms
    if (before.unit, before.scale) != (after.unit, after.scale):
        return Refusal(Code.UNIT_MISMATCH, {"unit": before.unit, "scale": before.scale})
    refusal = _terms_fit(draft, after, converts=link.converts)
    if refusal is not None:
        return refusal
    draft.links.set(link.key, replace(link, terms=after, fee=operation.fee))
    _tell_standing(draft, link.key)
    return None


def set_link_status(draft: Draft, _act: Act, operation: SetLinkStatus) -> Refusal | None:
    """Stop new payments, for a while or for good, or let them go on."""
    link = draft.links.get(operation.key)
    if link is None:
        return Refusal(Code.UNKNOWN_LINK)
    if link.status == "closed":
        return Refusal(Code.LINK_CLOSED, {"link": link.name})
    drift = 0 if operation.status == "active" else link.drift
    draft.links.set(link.key, replace(link, status=operation.status, drift=drift))
    _tell_standing(draft, link.key)
    return None


def force_release(draft: Draft, _act: Act, operation: ForceRelease) -> Refusal | None:
    """Let go of what is held for a payment that another ledger has not decided.

    Should its decision come after all, it is booked then, within the link's limits.
    """
    found = draft.transits.get(operation.payment)
    if found is None or found.role is Role.ORIGIN:
        return Refusal(Code.UNKNOWN_PAYMENT)
    if not learn(draft, found, Event.FORCED, reason=operation.reason):
        return Refusal(Code.PAYMENT_DECIDED)
    return None


def _peer_fits(draft: Draft, operation: AddLink) -> Refusal | None:
    if operation.key == draft.key or operation.key in draft.former:
        return Refusal(Code.SELF_LINK)
    if operation.own_key in {operation.link_key, operation.key}:
        return Refusal(Code.SELF_LINK)
    if not (crypto.can_seal(operation.link_key) and crypto.can_seal(operation.own_key)):
        return Refusal(Code.KEY_UNUSABLE)
    if draft.links.get(operation.key) is None and len(draft.links.values()) >= LINKS_MAX:
        return Refusal(Code.TOO_MANY_LINKS, {"links": LINKS_MAX})
    return None


def _terms_fit(draft: Draft, terms: Terms, *, converts: bool) -> Refusal | None:
    """Refuse terms that contradict themselves or this ledger's units; begin what they need."""
    try:
        local, scale = Side(terms, converts).local
    except TermsInvalid as error:
        return Refusal(Code.TERMS_INVALID, {"why": f"{error}."})
    known, linked = draft.unit(local), draft.unit(terms.unit)
    if known is None:
        return Refusal(Code.UNKNOWN_UNIT, {"unit": local})
    for unit, digits in ((known, scale), (linked, terms.scale)):
        if unit is not None and unit.scale != digits:
            return Refusal(Code.UNIT_MISMATCH, {"unit": unit.code, "scale": unit.scale})
    if not converts:
        return None
    refusal = _begin_unit(draft, terms)
    if refusal is None:
        open_exchange(draft, (terms.unit, local))
    return refusal


def _begin_unit(draft: Draft, terms: Terms) -> Refusal | None:
    """Begin the link's unit where the ledger lacks it; its members cannot owe or hold any."""
    assert draft.community is not None
    units = draft.community.units
    if draft.unit(terms.unit) is not None:
        return None
    if len(units) >= UNITS_MAX:
        return Refusal(Code.TOO_MANY_UNITS, {"units": len(units)})
    opened = Unit(terms.unit, terms.scale, terms.unit, 0, 0)
    listed = tuple(sorted([*units, opened], key=lambda unit: unit.code))
    draft.community = replace(draft.community, units=listed)
    return None


def _go_on(draft: Draft, known: Link, operation: AddLink) -> Refusal | None:
    """Take up a closed link again, with its balance and its entries as they are."""
    if known.status != "closed":
        return Refusal(Code.LINK_EXISTS, {"link": known.name})
    before, after = known.terms, operation.terms
    if (before.unit, before.scale) != (after.unit, after.scale):
        return Refusal(Code.UNIT_MISMATCH, {"unit": before.unit, "scale": before.scale})
    draft.links.set(
        known.key,
        replace(
            known,
            status="active",
            own_key=operation.own_key,
            link_key=operation.link_key,
            terms=after,
            converts=operation.converts,
            fee=operation.fee,
            drift=0,
        ),
    )
    _set_limits(draft, known.key, operation.credit_limit, operation.maximum_balance)
    _tell_standing(draft, known.key)
    return None


def _set_limits(draft: Draft, peer: bytes, credit_limit: int, maximum_balance: int) -> None:
    link = draft.links.get(peer)
    assert link is not None
    books = replace(
        clearing(draft, link), credit_limit=credit_limit, maximum_balance=maximum_balance
    )
    draft.put_balance(draft.held(link.account), books)


def _tell_standing(draft: Draft, peer: bytes) -> None:
    link = draft.links.get(peer)
    assert link is not None
    books: UnitBalance = clearing(draft, link)
    told = Told(
        link.status,
        link.terms,
        link.converts,
        link.fee,
        books.credit_limit,
        books.maximum_balance,
    )
    tell(draft, peer, told)
