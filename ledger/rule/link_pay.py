"""Payments that leave this ledger by a link: paying, giving back, clearing rounds."""

from ledger.draft import Act, Draft
from ledger.errors import AmountTooLarge
from ledger.link.instruction import GIVEN_BACK, LINK_REQUEST, NETTING, About, Instruction
from ledger.link.link import Link
from ledger.link.machine import Event, Role, Stage
from ledger.link.terms import fee_on, least_input, outward
from ledger.link.transit import Transit
from ledger.operation import LinkCancel, LinkPay, NetLinks
from ledger.record import Transfer
from ledger.refusal import Code, Money, Refusal
from ledger.rule.hold import expiry_in_range
from ledger.rule.legs import Leg, lay, trusted
from ledger.rule.tell import clearing, usable
from ledger.rule.transit import begin_transit, find_transit, learn, reversible

_NO_ID = bytes(16)


def link_pay(draft: Draft, act: Act, operation: LinkPay) -> Refusal | None:
    """Hold what somebody in another community is to get, and tell the first ledger on the way."""
    instruction = _instruct(draft, act, operation)
    link = _first_link(draft, instruction)
    if isinstance(link, Refusal):
        return link
    leaves = _leaving(link, instruction, operation)
    if isinstance(leaves, Refusal):
        return leaves
    refusal = _about(draft, act.account, instruction, Money(leaves, operation.pays_unit))
    if refusal is not None:
        return refusal
    first = instruction.hops[0]
    fee = Leg(draft.commons, fee_on(link.fee, first.amount), first.unit)
    into = Leg(link.account, first.amount, first.unit)
    transfers = lay(draft, Leg(act.account, leaves, operation.pays_unit), (into, fee))
    transit = _leave(instruction, act.account, link, transfers)
    return trusted(draft, link, first.amount) or begin_transit(draft, transit, act.cause)


def link_cancel(draft: Draft, act: Act, operation: LinkCancel) -> Refusal | None:
    """Take a payment back that nobody has accepted yet, by its payer."""
    found = draft.transits.get(operation.payment)
    if found is None or found.role is not Role.ORIGIN or found.account != act.account:
        return Refusal(Code.UNKNOWN_PAYMENT)
    if not learn(draft, found, Event.CANCELLED, reason="taken back by its payer"):
        return Refusal(Code.PAYMENT_DECIDED)
    return None


def net(draft: Draft, act: Act, operation: NetLinks) -> Refusal | None:
    """Propose a clearing round.

    It takes the same off what we owe the last ledger on the way and what the first one owes us.
    """
    hops = operation.hops
    back = draft.links.get(hops[-2].community) if len(hops) > 1 else None
    if back is None or hops[-1].community != draft.key or back.key == hops[0].community:
        return Refusal(Code.PATH_INVALID)
    ending = hops[-1]
    instruction = Instruction(
        act.entry_id,
        draft.key,
        back.own_key,
        operation.deadline,
        hops,
        draft.held(draft.commons).handle,
        ending.unit,
        ending.amount,
        draft.held(draft.commons).handle,
        "",
        b"",
        About(NETTING, _NO_ID),
    )
    link = _first_link(draft, instruction)
    if isinstance(link, Refusal):
        return link
    refusal = clears(draft, back, link, instruction, len(hops) - 1)
    if refusal is not None:
        return refusal
    into = Leg(link.account, hops[0].amount, hops[0].unit)
    transfers = lay(draft, Leg(back.account, ending.amount, ending.unit), (into,))
    transit = _leave(instruction, back.account, link, transfers)
    return begin_transit(draft, transit, act.cause)


def clears(
    draft: Draft, came: Link, goes: Link, instruction: Instruction, place: int
) -> Refusal | None:
    """Refuse a clearing round that does not make this ledger's two debts smaller.

    Args:
        draft: The batch in the making.
        came: The link the round comes by; we owe it the amount at least.
        goes: The link it goes on by; it owes us the amount at least.
        instruction: The round.
        place: Index of this ledger's hop in it.
    """
    amounts = {(hop.unit, hop.amount) for hop in instruction.hops}
    owed, due = clearing(draft, came), clearing(draft, goes)
    unit, amount = instruction.hops[place].unit, instruction.hops[place].amount
    same = len(amounts) == 1 and came.terms.unit == goes.terms.unit == unit
    ours = owed.posted - owed.pending_debit >= amount
    theirs = -(due.posted + due.pending_credit) >= amount
    if same and ours and theirs:
        return None
    return Refusal(Code.CLEARS_NOTHING, {"amount": Money(amount, unit)})


def _leave(
    instruction: Instruction, account: bytes, link: Link, transfers: tuple[Transfer, ...]
) -> Transit:
    """Return a payment that begins here, from an account, by a link."""
    return Transit(
        Role.ORIGIN,
        Stage.PREPARED,
        False,
        instruction,
        account,
        b"",
        link.key,
        transfers,
        "",
        0,
    )


def _instruct(draft: Draft, act: Act, operation: LinkPay) -> Instruction:
    link = draft.links.get(operation.hops[0].community)
    return Instruction(
        act.entry_id,
        draft.key,
        draft.key if link is None else link.own_key,
        operation.deadline,
        operation.hops,
        operation.payee,
        operation.unit,
        operation.amount,
        _called(draft, act.account, operation.about),
        operation.memo,
        operation.sealed,
        operation.about,
    )


def _called(draft: Draft, account: bytes, about: About | None) -> str:
    """Return what a payer is called: who gives back is called as he was when he was paid."""
    if about is not None and about.kind == GIVEN_BACK:
        found = find_transit(draft, about.id)
        if found is not None and (found.role, found.account) == (Role.PAYEE, account):
            return found.instruction.payee
    return draft.held(account).handle


def _first_link(draft: Draft, instruction: Instruction) -> Link | Refusal:
    """Return the link a payment leaves by, or why it cannot leave."""
    assert draft.community is not None
    keys = [hop.community for hop in instruction.hops]
    before = keys[:-1] if instruction.nets else keys
    if draft.key in before or len(set(keys)) < len(keys):
        return Refusal(Code.PATH_INVALID)
    link = usable(draft, keys[0])
    if isinstance(link, Refusal):
        return link
    if instruction.hops[0].unit != link.terms.unit:
        return Refusal(Code.UNKNOWN_UNIT, {"unit": instruction.hops[0].unit})
    refusal = expiry_in_range(draft, instruction.deadline, draft.community.rules.hold_s_max)
    return refusal or link


def _leaving(link: Link, instruction: Instruction, operation: LinkPay) -> int | Refusal:
    """Return what leaves the payer, in his unit: what enters the first ledger, and our fee."""
    if operation.pays_unit not in {link.terms.unit, link.side.local[0]}:
        return Refusal(Code.UNKNOWN_UNIT, {"unit": operation.pays_unit})
    amount = instruction.hops[0].amount
    try:
        leaves = amount + fee_on(link.fee, amount)
        if operation.pays_unit != link.terms.unit:
            leaves = least_input(leaves, outward(link.side))
    except AmountTooLarge:
        return Refusal(Code.BALANCE_OUT_OF_RANGE)
    if leaves <= operation.pays:
        return leaves
    facts = {
        "asked": Money(leaves, operation.pays_unit),
        "agreed": Money(operation.pays, operation.pays_unit),
    }
    return Refusal(Code.QUOTE_OUTDATED, facts)


def _about(draft: Draft, author: bytes, asked: Instruction, leaves: Money) -> Refusal | None:
    """Refuse to settle what is not there, not the author's, or settled already."""
    about = asked.about
    if about is None:
        return None
    if about.kind == NETTING:
        return Refusal(Code.PATH_INVALID)
    if any(_settles(one, asked) for one in draft.transits.values()):
        return Refusal(Code.ALREADY_PAID)
    if about.kind == LINK_REQUEST:
        return _answers(draft, author, asked, about.id)
    if about.kind == GIVEN_BACK:
        return _gives_back(draft, author, asked, about.id, leaves)
    return None


def _settles(other: Transit, asked: Instruction) -> bool:
    """Return whether another payment of this ledger settles the same, or will when accepted."""
    there = other.instruction
    live = other.role is Role.ORIGIN and other.stage in {Stage.PREPARED, Stage.POSTED}
    payee = there.hops[-1].community, there.payee
    same = there.about == asked.about and payee == (asked.hops[-1].community, asked.payee)
    return live and same


def _answers(draft: Draft, author: bytes, asked: Instruction, request: bytes) -> Refusal | None:
    found = draft.linked_requests.get(request)
    if found is None:
        return Refusal(Code.UNKNOWN_REQUEST)
    if not found.upstream or found.account != author:
        return Refusal(Code.NOT_DEBTOR)
    wanted = found.asked
    told = (wanted.origin, wanted.creditor, wanted.unit, wanted.amount)
    if (asked.hops[-1].community, asked.payee, asked.unit, asked.amount) != told:
        return Refusal(Code.UNKNOWN_REQUEST)
    return None


def _gives_back(
    draft: Draft, author: bytes, asked: Instruction, payment: bytes, leaves: Money
) -> Refusal | None:
    found = find_transit(draft, payment)
    if found is None or found.role is not Role.PAYEE or found.account != author:
        return Refusal(Code.UNKNOWN_PAYMENT)
    refusal = reversible(draft, found)
    if refusal is not None:
        return refusal
    original = found.instruction
    if (asked.hops[-1].community, asked.payee) != (original.origin, original.payer):
        return Refusal(Code.NOT_REVERSIBLE)
    moved_here = Money(original.amount, original.unit)
    if leaves.unit != moved_here.unit or leaves.amount > moved_here.amount:
        return Refusal(Code.REVERSAL_EXCEEDS, {"amount": leaves, "moved": moved_here})
    return None
