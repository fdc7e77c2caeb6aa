"""Payments that come by a link: held for the payee here, or for the next ledger on the way."""

from ledger.draft import Draft
from ledger.entry import card_payment_id, unsigned_cause
from ledger.errors import AmountTooLarge, TermsInvalid
from ledger.link.entry import Accepted, Rejected
from ledger.link.instruction import GIVEN_BACK, LINK_REQUEST, PAYEE_CARD, Instruction
from ledger.link.link import Link
from ledger.link.machine import Role, Stage, is_held
from ledger.link.terms import across, converted, fee_on, inward, least_input
from ledger.link.transit import Transit
from ledger.refusal import Code, Refusal
from ledger.rule.hold import expiry_in_range
from ledger.rule.legs import Leg, lay, trusted, trusts
from ledger.rule.link_pay import clears
from ledger.rule.name_book import find_named
from ledger.rule.tell import tell, usable
from ledger.rule.transit import begin_transit, find_transit, reversible
from ledger.state import replace


def arrive(draft: Draft, link: Link, asked: Instruction) -> None:
    """Take a payment in, or tell the ledger before why not; either way nothing is lost."""
    if asked.nets and asked.origin == draft.key:
        _come_round(draft, link, asked)
        return
    refusal = _take_in(draft, link, asked)
    if refusal is not None:
        tell(draft, link.key, Rejected(asked.payment, refusal.code.value, whole=True))


def _take_in(draft: Draft, link: Link, asked: Instruction) -> Refusal | None:
    place = _place(draft, link, asked)
    if place is None:
        return Refusal(Code.PATH_INVALID)
    came = usable(draft, link.key)
    if isinstance(came, Refusal):
        return came
    refusal = _in_time(draft, asked) or trusts(draft, came, asked.hops[place].amount)
    if refusal is not None:
        return refusal
    try:
        last = place + 1 == len(asked.hops)
        return _hold_for_payee(draft, came, asked) if last else _pass_on(draft, came, asked, place)
    except AmountTooLarge:
        return Refusal(Code.BALANCE_OUT_OF_RANGE)
    except TermsInvalid:
        return Refusal(Code.UNKNOWN_UNIT, {"unit": asked.hops[place].unit})


def _in_time(draft: Draft, asked: Instruction) -> Refusal | None:
    assert draft.community is not None
    if find_transit(draft, asked.payment):
        return Refusal(Code.DUPLICATE_PAYMENT)
    if asked.deadline <= draft.now:
        return Refusal(Code.PENDING_EXPIRED)
    return expiry_in_range(draft, asked.deadline, draft.community.rules.hold_s_max)


def _place(draft: Draft, link: Link, asked: Instruction) -> int | None:
    """Return this ledger's place on the way, where the payment comes from the one before."""
    path = [asked.origin, *(hop.community for hop in asked.hops)]
    distinct = path[:-1] if asked.nets else path
    if len(set(distinct)) < len(distinct) or (asked.nets and path[0] != path[-1]):
        return None
    place = asked.place(draft.key)
    if place is None or path[place] != link.key:
        return None
    return place if asked.hops[place].unit == link.terms.unit else None


def _hold_for_payee(draft: Draft, came: Link, asked: Instruction) -> Refusal | None:
    enters = asked.hops[-1]
    payee = find_named(draft, asked.payee)
    if payee is None or payee == draft.commons:
        return Refusal(Code.UNKNOWN_ACCOUNT)
    refusal = draft.taking_part(payee) or _about(draft, payee, asked)
    if refusal is not None:
        return refusal
    if asked.unit not in {enters.unit, came.side.local[0]}:
        return Refusal(Code.UNKNOWN_UNIT, {"unit": asked.unit})
    becomes = (
        enters.amount if asked.unit == enters.unit else converted(enters.amount, inward(came.side))
    )
    if becomes < asked.amount:
        return Refusal(Code.QUOTE_OUTDATED)
    source = Leg(came.account, enters.amount, enters.unit)
    transfers = lay(draft, source, (Leg(payee, asked.amount, asked.unit),))
    transit = Transit(
        Role.PAYEE, Stage.ACCEPTED, True, asked, payee, came.key, b"", transfers, "", 0
    )
    refusal = begin_transit(draft, transit, unsigned_cause(asked.payment))
    if refusal is None:
        tell(draft, came.key, Accepted(asked.payment))
    return refusal


def _pass_on(draft: Draft, came: Link, asked: Instruction, place: int) -> Refusal | None:
    enters, following = asked.hops[place], asked.hops[place + 1]
    goes = usable(draft, following.community)
    if isinstance(goes, Refusal):
        return goes
    if following.unit != goes.terms.unit:
        return Refusal(Code.UNKNOWN_UNIT, {"unit": following.unit})
    fee = 0 if asked.nets else fee_on(goes.fee, following.amount)
    if least_input(following.amount + fee, across(came.side, goes.side)) > enters.amount:
        return Refusal(Code.QUOTE_OUTDATED)
    refusal = trusted(draft, goes, following.amount)
    if asked.nets:
        refusal = clears(draft, came, goes, asked, place)
    if refusal is not None:
        return refusal
    source = Leg(came.account, enters.amount, enters.unit)
    into = Leg(goes.account, following.amount, following.unit)
    transfers = lay(draft, source, (into, Leg(draft.commons, fee, following.unit)))
    transit = Transit(
        Role.HOP,
        Stage.PREPARED,
        False,
        asked,
        came.account,
        came.key,
        goes.key,
        transfers,
        "",
        0,
    )
    return begin_transit(draft, transit, unsigned_cause(asked.payment))


def _about(draft: Draft, payee: bytes, asked: Instruction) -> Refusal | None:
    """Refuse to be paid twice, or for what this payee never asked."""
    about = asked.about
    if about is None:
        return None
    if any(
        one.instruction.about == about and one.account == payee and is_held(one.stage)
        for one in draft.transits.values()
    ):
        return Refusal(Code.ALREADY_PAID)
    if about.kind == PAYEE_CARD:
        paid = draft.transactions.get(card_payment_id(payee, about.id))
        return None if paid is None else Refusal(Code.ALREADY_PAID)
    if about.kind == LINK_REQUEST:
        found = draft.linked_requests.get(about.id)
        fits = (
            found is not None
            and not found.upstream
            and (found.account, found.asked.unit, found.asked.amount)
            == (payee, asked.unit, asked.amount)
        )
        return None if fits else Refusal(Code.UNKNOWN_REQUEST)
    assert about.kind == GIVEN_BACK, "a clearing round has no payee"
    return _comes_back(draft, payee, asked, about.id)


def _comes_back(draft: Draft, payee: bytes, asked: Instruction, payment: bytes) -> Refusal | None:
    """Refuse to be given back what this payee did not get from here, or gave back before."""
    original = find_transit(draft, payment)
    if original is None or original.role is not Role.ORIGIN or original.account != payee:
        return Refusal(Code.UNKNOWN_PAYMENT)
    paid = original.instruction
    if (asked.origin, asked.payer) != (paid.hops[-1].community, paid.payee):
        return Refusal(Code.NOT_PAYEE)
    return reversible(draft, original)


def _come_round(draft: Draft, link: Link, asked: Instruction) -> None:
    """Answer the last ledger of one's own clearing round."""
    found = find_transit(draft, asked.payment)
    ours = found is not None and found.instruction == asked and found.role is Role.ORIGIN
    last = asked.hops[-2].community if len(asked.hops) > 1 else b""
    if found is None or not ours or last != link.key:
        tell(draft, link.key, Rejected(asked.payment, Code.PATH_INVALID.value, whole=True))
    elif found.stage is Stage.PREPARED:
        draft.transits.set(found.id, replace(found, upstream=link.key))
        tell(draft, link.key, Accepted(asked.payment))
    else:
        tell(draft, link.key, Rejected(asked.payment, Code.PAYMENT_DECIDED.value, whole=True))
