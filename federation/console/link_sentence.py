"""Sentences about links: what a manager states on them, and what communities tell each other."""

from federation.console.people import community_of
from federation.console.sentence import address_of, moment, money, printable, short_id, units_of
from federation.link.typed import format_fee, format_terms
from federation.words import fingerprint
from ledger.errors import ProofInvalid
from ledger.link.entry import (
    DECLINED,
    POSTED_OUTCOME,
    Accepted,
    Answered,
    Content,
    Decided,
    Done,
    Prepared,
    Rejected,
    Released,
    Requested,
    Settled,
    Told,
)
from ledger.link.evidence import verify_reading
from ledger.link.reading import Reading
from ledger.link.terms import Fee, Terms
from ledger.operation import (
    AddLink,
    ForceRelease,
    LimitLink,
    NetLinks,
    RateLink,
    SetLinkStatus,
)
from ledger.saying import said
from ledger.state import State
from ledger.unit import Unit

LinkStatement = AddLink | LimitLink | RateLink | SetLinkStatus | ForceRelease | NetLinks
_DONE = {
    "active": "resume the link to {name}",
    "suspended": "suspend the link to {name}",
    "closed": "close the link to {name}",
}


def describe_link_statement(state: State, operation: LinkStatement) -> str:
    """Return what a manager's statement about links does, in one line."""
    match operation:
        case AddLink():
            terms = describe_terms(operation.terms, operation.fee)
            limits = describe_limits(operation.terms, operation)
            return said(
                "link up with {name} as {handle}, fingerprint {words}: {terms}; {limits}",
                name=printable(operation.name),
                handle=operation.handle,
                words=fingerprint(operation.key),
                terms=terms,
                limits=limits,
            )
        case LimitLink(key=key):
            link = state.links.get(key)
            limits = describe_limits(link.terms if link else None, operation)
            return said("link to {name}: {limits}", name=community_of(state, key), limits=limits)
        case RateLink(key=key, terms=terms, fee=fee):
            told = describe_terms(terms, fee)
            return said("link to {name}: {terms}", name=community_of(state, key), terms=told)
        case SetLinkStatus(key=key, status=status, reason=reason):
            what = said(_DONE[status], name=community_of(state, key))
            return said("{what}: {text}", what=what, text=printable(reason)) if reason else what
        case ForceRelease(payment=payment, reason=reason):
            return said(
                "let go of the payment {id}: {why}", id=short_id(payment), why=printable(reason)
            )
        case NetLinks(hops=hops):
            around = " -> ".join(community_of(state, hop.community) for hop in hops[:-1])
            amount = money(units_of(state), hops[-1].amount, hops[-1].unit)
            return said(
                "take {amount} off each debt around {around} and back", amount=amount, around=around
            )


def describe_terms(terms: Terms, fee: Fee) -> str:
    """Return terms and fee as people read them."""
    taken = format_fee(fee, terms.unit, terms.scale)
    return said("in {terms}, fee {fee}", terms=format_terms(terms), fee=taken)


def unit_of(terms: Terms) -> Unit:
    """Return a link's unit."""
    return Unit(terms.unit, terms.scale, terms.unit, 0, 0)


def describe_limits(terms: Terms | None, limits: AddLink | LimitLink | Told) -> str:
    """Return both limits of a side of a link as that side reads them."""
    units = {} if terms is None else {terms.unit: unit_of(terms)}
    code = terms.unit if terms else ""
    trust = money(units, limits.credit_limit, code)
    most = money(units, limits.maximum_balance, code)
    return said("they may owe us {trust}, we may owe them {most}", trust=trust, most=most)


def describe_entry(state: State, content: Content) -> str:
    """Return what a community tells a linked one, in one line."""
    match content:
        case Told(status=status, terms=terms, fee=fee):
            return f"the link is {status}, {describe_terms(terms, fee)}"
        case Prepared(instruction=asked):
            whom = address_of(state, asked.payee, asked.hops[-1].community)
            amount = money(units_of(state), asked.amount, asked.unit)
            return f"payment {short_id(asked.payment)} of {amount} to {whom} is held here"
        case Requested():
            return _describe_request(state, content)
        case Answered(request=request, how=how):
            what = "declined" if how == DECLINED else "taken back"
            return f"request {short_id(request)} was {what}"
        case _:
            return f"payment {short_id(content.payment)} {_describe_step(content)}"


def describe_reading(state: State, reading: Reading) -> str:
    """Return what was read of another community's journal, in one line."""
    whose = community_of(state, reading.community)
    try:
        entries = verify_reading(reading.community, reading).entries
    except ProofInvalid:
        return f"read {len(reading.entries)} records of {whose}, which do not hold"
    told = "; ".join(describe_entry(state, one.record.entry.content) for one in entries)
    return f"read of {whose}: {told}"


def _describe_request(state: State, asked: Requested) -> str:
    amount = money(units_of(state), asked.amount, asked.unit)
    whom = address_of(state, asked.debtor, asked.path[-1])
    return (
        f"request {short_id(asked.request)} of {amount} to {whom}, open until "
        f"{moment(asked.expires)}"
    )


def _describe_step(
    content: Rejected | Accepted | Decided | Settled | Released | Done,
) -> str:
    match content:
        case Rejected(code=code):
            return f"is rejected ({code})"
        case Accepted():
            return "is accepted"
        case Decided(outcome=outcome):
            return "is decided: " + ("paid" if outcome == POSTED_OUTCOME else "not paid")
        case Settled():
            return "is settled"
        case Released():
            return "is let go"
        case Done():
            return "is final everywhere behind"
