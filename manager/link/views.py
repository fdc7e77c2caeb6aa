"""Views of links: how each stands here and there, what is owed, what is under way."""

from federation.console.link_sentence import describe_entry, unit_of
from federation.console.people import community_of
from federation.console.sentence import address_of, moment, money, printable, units_of
from federation.console.views import View
from federation.link.own import books_of, room_in, room_out
from federation.link.typed import format_fee, format_terms
from federation.words import fingerprint
from ledger.link.entry import Told
from ledger.link.evidence import verify_reading
from ledger.link.link import Link
from ledger.link.machine import Role
from ledger.link.mirror import mirror
from ledger.link.transit import Transit
from ledger.record import ReadingRecord
from ledger.state import UnitBalance
from ledger.store.link import LinkStore
from ledger.store.link_door import LinkDoorStore
from ledger.unit import format_amount
from manager.link.health import LinkHealth, attend_links, view_health
from manager.office import Office

HISTORY_READ = 1_000
"""Newest records of a link among which the entry is looked for at which the books part."""


def view_links(office: Office, now: int) -> list[View]:
    """Return how every link stands, by its name; see ``view_link``."""
    return [_view_link(office, one) for one in attend_links(office, now)]


def view_link(office: Office, link: Link, now: int) -> View:
    """Return how a link stands, on both sides as far as the other one has said.

    Args:
        office: Opened.
        link: Of its ledger.
        now: Unix seconds.
    """
    health = next(one for one in attend_links(office, now) if one.link.key == link.key)
    return _view_link(office, health)


def _view_link(office: Office, health: LinkHealth) -> View:
    link, state = health.link, office.state
    books, unit = books_of(state, link), unit_of(link.terms)
    under_way = [
        view_transit(office, one)
        for one in state.transits.values()
        if link.key in {one.upstream, one.downstream}
    ]
    return view_health(health) | {
        "community": printable(state.accounts[link.account].name),
        "key": link.key.hex(),
        "fingerprint": fingerprint(link.key),
        "status": link.status,
        "unit": link.terms.unit,
        "ours": _view_side(link, _own_side(link, books)),
        "theirs": None if link.told is None else _view_side(link, link.told),
        "agreed": link.agreed,
        "balance": tell_balance(link, books.posted),
        "balance_minor": books.posted,
        "can_leave": format_amount(room_out(state, link), unit),
        "can_leave_minor": room_out(state, link),
        "can_come": format_amount(room_in(state, link), unit),
        "can_come_minor": room_in(state, link),
        "under_way": under_way,
        "mirror": _view_mirror(office, link, books),
        "entries_sent": link.sent,
        "entries_taken": link.taken,
        "acknowledged": health.door.taken,
        "problem": find_problem(office, link) or health.door.problem or None,
    }


def view_transit(office: Office, transit: Transit) -> View:
    """Return a payment that passes through this ledger."""
    asked, state = transit.instruction, office.state
    return {
        "id": transit.id.hex(),
        "role": transit.role.value,
        "stage": transit.stage.value,
        "from": address_of(state, asked.payer, asked.origin),
        "to": address_of(state, asked.payee, asked.hops[-1].community),
        "amount": money(units_of(state), asked.amount, asked.unit),
        "amount_minor": asked.amount,
        "unit": asked.unit,
        "deadline": asked.deadline,
        "upstream": community_of(state, transit.upstream) if transit.upstream else None,
        "downstream": community_of(state, transit.downstream) if transit.downstream else None,
        "code": transit.code or None,
    }


def tell_balance(link: Link, posted: int) -> str:
    """Return what a link's balance means, in words: who owes whom."""
    amount = format_amount(abs(posted), unit_of(link.terms))
    if posted == 0:
        return f"{link.name} and we are even"
    return f"we owe {link.name} {amount}" if posted > 0 else f"{link.name} owes us {amount}"


def tell_exposure(office: Office, transit: Transit) -> str:
    """Return what letting go of a payment risks, in one sentence.

    Args:
        office: Opened.
        transit: Held here for another community's decision.
    """
    state = office.state
    link = state.links[transit.upstream or transit.downstream]
    amount = format_amount(transit.amount_from(office.key), unit_of(link.terms))
    limit = format_amount(books_of(state, link).credit_limit, unit_of(link.terms))
    origin = community_of(state, transit.instruction.origin)
    return (
        f"Whether it was paid is for {origin} to say. If it was, {link.name} owes us {amount} that "
        f"our books do not show, and {_left_open(office, transit)}; it is then booked late, within "
        f"the limits. At most {limit} can be at stake with {link.name}: its trust limit."
    )


def _left_open(office: Office, transit: Transit) -> str:
    """Return what else is not booked where a payment was let go of and paid all the same."""
    asked, state = transit.instruction, office.state
    if transit.role is Role.PAYEE:
        whom = address_of(state, asked.payee, asked.hops[-1].community)
        return f"{whom} is not paid here until its word comes"
    following = state.links[transit.downstream]
    due = format_amount(transit.amount_from(following.key), unit_of(following.terms))
    return f"we owe {following.name} {due} that they do not show either"


def find_problem(office: Office, link: Link) -> str | None:
    """Return what stands in the way of payments over a link, or None."""
    contradictions = LinkDoorStore(office.store.database).evidence()
    if any(one.peer == link.key for one in contradictions):
        return f"{link.name} has signed two histories; its notes are kept as evidence"
    if link.drift:
        return _tell_drift(office, link)
    return f"it is {link.status} here" if link.status != "active" else _find_there(link)


def _find_there(link: Link) -> str | None:
    if link.told is None:
        return f"nothing was read of {link.name} yet; its manager has to add the link too"
    if link.told.status != "active":
        return f"it is {link.told.status} there"
    if not link.agreed:
        theirs, ours = format_terms(link.told.terms), format_terms(link.terms)
        return f"the two sides name different terms: here {ours}, there {theirs}"
    return None


def _own_side(link: Link, books: UnitBalance) -> Told:
    return Told(
        link.status, link.terms, link.converts, link.fee, books.credit_limit, books.maximum_balance
    )


def _view_side(link: Link, side: Told) -> View:
    unit = unit_of(link.terms)
    return {
        "status": side.status,
        "terms": format_terms(side.terms),
        "converts": side.converts,
        "fee": format_fee(side.fee, side.terms.unit, side.terms.scale),
        "trust": format_amount(side.credit_limit, unit),
        "trust_minor": side.credit_limit,
        "limit": format_amount(side.maximum_balance, unit),
        "limit_minor": side.maximum_balance,
    }


def _view_mirror(office: Office, link: Link, books: UnitBalance) -> View:
    """Return both books and what explains that they do not add up to zero."""
    unit = unit_of(link.terms)
    found = mirror(office.key, link, books.posted, office.state.transits.values())
    between = sum(one.amount for one in found.under_way)
    return {
        "ours": format_amount(found.ours, unit),
        "ours_minor": found.ours,
        "theirs": format_amount(found.theirs, unit),
        "theirs_minor": found.theirs,
        "under_way": format_amount(between, unit),
        "under_way_minor": between,
        "unexplained": format_amount(found.unexplained, unit),
        "unexplained_minor": found.unexplained,
        "differs_at": link.drift or None,
        "differs": _tell_drift(office, link) if link.drift else None,
    }


def _tell_drift(office: Office, link: Link) -> str:
    """Return the first entry of a peer at which the two books part."""
    found = next(
        (
            one.record.entry
            for stored in LinkStore(office.store.database).link_history(link.key, HISTORY_READ)
            if isinstance(stored.record, ReadingRecord)
            for one in verify_reading(link.key, stored.record.reading).entries
            if one.record.link == office.key and one.record.entry.number == link.drift
        ),
        None,
    )
    start = f"the books differ since entry {link.drift} of {link.name}"
    if found is None:
        return start
    said = describe_entry(office.state, found.content)
    shown = format_amount(found.balance, unit_of(link.terms))
    return f"{start} ({moment(found.time)}: {said}), after which its books show {shown} for us"
