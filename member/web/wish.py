"""Wishes: what a person filled in on a page or sent to the API becomes one operation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from federation.card import RequestCard, read_card
from federation.card_frame import SCHEME
from federation.console.people import find_id, find_unit
from federation.console.sentence import units_of
from federation.console.terminal import UsageInvalid
from federation.console.typed import check_memo, check_name, check_reason
from federation.link.reach import DEADLINE_S, Reach
from ledger.link.machine import Role, Stage
from ledger.link.transit import Transit
from ledger.operation import (
    Accept,
    Cancel,
    Decline,
    LinkCancel,
    LinkRequest,
    Operation,
    Post,
    Profile,
    Reverse,
    Void,
)
from ledger.saying import said
from ledger.unit import Unit, parse_amount
from member.ask import (
    HOLD_S,
    REQUEST_S,
    Typed,
    ask_card,
    ask_hold,
    ask_pay,
    ask_request,
    end_of,
)
from member.household.bills import answerable, cancellable_bills
from member.link_ask import (
    Purpose,
    Quoted,
    TypedPay,
    ask_linked,
    check_card_in_time,
    quote_back,
    quote_card,
    quote_request,
    quote_typed,
)
from member.link_views import keep_name
from member.membership import Membership
from member.past import find_entry

ID_DIGITS = 32
"""Hex digits of an entry's id; pages name entries whole."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for, as typed.

    Attributes:
        verb: A key of ``VERBS``.
        who: Handle, ``name@community``, or a payment request card's text.
        amount: A decimal number; empty for all of it, or where a card says it.
        unit: Code, or empty for the only one.
        memo: What it is for.
        entry: Id of what it is about, hex digits.
        reason: Why; everybody can read it.
        lasts: Such as ``7d``; empty for the usual time.
        sealing: Only payer and payee may read the memo.
    """

    verb: str
    who: str = ""
    amount: str = ""
    unit: str = ""
    memo: str = ""
    entry: str = ""
    reason: str = ""
    lasts: str = ""
    sealing: bool = False


def crosses(member: Membership, wish: Wish) -> bool:
    """Return whether a wish has to be carried out across links, which takes a look around."""
    match wish.verb:
        case "pay" if _is_card(wish.who):
            return _card(wish).community not in {member.state.key, *member.state.former}
        case "pay" | "request":
            return "@" in wish.who.strip()[1:]
        case "accept":
            return _bytes(wish.entry) in member.state.linked_requests
        case "reverse":
            return _received(member, wish) is not None
        case _:
            return False


def ask(member: Membership, wish: Wish, now: int) -> Operation:
    """Return the operation that a wish at home comes to.

    Args:
        member: Whose.
        wish: As typed.
        now: Unix seconds.

    Raises:
        UsageInvalid: Nobody, no unit or no entry is called that, or a text is too long.
        AmountInvalid: Not an amount of the unit.
        CardInvalid: A card that does not read, is another community's, or has expired.
    """
    if wish.verb not in VERBS:
        raise UsageInvalid(
            said("got {verb!r}; one can {listed}", verb=wish.verb, listed=", ".join(VERBS))
        )
    if wish.sealing and not wish.memo:
        raise UsageInvalid("there is no memo to seal; write one, or leave it open")
    return VERBS[wish.verb](member, wish, now)


def ask_across(
    member: Membership, reach: Reach, wish: Wish, now: int
) -> tuple[Operation, Quoted | None]:
    """Return the operation of a wish across links, with the quote where it is a payment.

    Args:
        member: Whose.
        reach: What can be reached from here.
        wish: For which ``crosses`` holds.
        now: Unix seconds.

    Raises:
        AddressInvalid: No such community, or several.
        UsageInvalid: The unit or the amount does not do, or the memo is to be sealed.
        AmountInvalid: Not an amount of the unit.
        CardInvalid: An expired card.
        Refused: No way leads there that can bear it.
    """
    if wish.sealing:
        raise UsageInvalid("a memo across links is open to all on the way; leave it unsealed")
    typed = TypedPay(wish.amount, wish.unit or None, check_memo(wish.memo))
    rules = member.community.rules
    if wish.verb == "request":
        address = reach.book.parse(wish.who)
        end = end_of(wish.lasts or None, REQUEST_S, rules.request_s_max, now)
        asked: LinkRequest = ask_linked(member.state, reach, address, typed, end)
        keep_name(member.values, address.community, reach.name_of(address.community))
        return asked, None
    usual = DEADLINE_S[member.home.settings().network.kind]
    end = end_of(wish.lasts or None, usual, rules.hold_s_max, now)
    quoted = _quote(member, reach, wish, typed, end, now=now)
    target = quoted.quote.route.wanted.target
    keep_name(member.values, target, reach.name_of(target))
    return quoted.operation, quoted


def _quote(
    member: Membership, reach: Reach, wish: Wish, typed: TypedPay, end: int, *, now: int
) -> Quoted:
    if wish.verb == "accept":
        found = member.state.linked_requests[_bytes(wish.entry)]
        return quote_request(member.state, reach, found, end)
    if wish.verb == "reverse":
        received = _received(member, wish)
        assert received is not None, "that is why it crosses"
        part = _part(wish.amount, units_of(member.state)[received.instruction.unit])
        return quote_back(reach, received, part, Purpose(check_reason(wish.reason), end))
    if _is_card(wish.who):
        card = _card(wish)
        check_card_in_time(card, now)
        return quote_card(member.state, reach, card, wish.amount or None, end)
    return quote_typed(member.state, reach, reach.book.parse(wish.who), typed, end)


def _pay(member: Membership, wish: Wish, now: int) -> Operation:
    if _is_card(wish.who):
        return ask_card(member.state, _card(wish), wish.amount or None, now)
    return ask_pay(member.state, _typed(wish))


def _hold(member: Membership, wish: Wish, now: int) -> Operation:
    longest = member.community.rules.hold_s_max
    return ask_hold(member.state, _typed(wish), end_of(wish.lasts or None, HOLD_S, longest, now))


def _request(member: Membership, wish: Wish, now: int) -> Operation:
    longest = member.community.rules.request_s_max
    end = end_of(wish.lasts or None, REQUEST_S, longest, now)
    return ask_request(member.state, _typed(wish), end)


def _accept(member: Membership, wish: Wish, _now: int) -> Operation:
    return Accept(_asked_of(member, wish.entry))


def _decline(member: Membership, wish: Wish, _now: int) -> Operation:
    return Decline(_asked_of(member, wish.entry), check_reason(wish.reason))


def _cancel(member: Membership, wish: Wish, _now: int) -> Operation:
    state, own = member.state, member.account.id
    paid = [
        one.id
        for one in state.transits.values()
        if one.role is Role.ORIGIN and one.account == own and one.stage is Stage.PREPARED
    ]
    mine = [one.id for one in state.requests.values() if one.creditor == own]
    mine += cancellable_bills(state, member.account)
    mine += [
        one.asked.request
        for one in state.linked_requests.values()
        if one.account == own and not one.upstream
    ]
    found = find_id([*mine, *paid], wish.entry, said("open request, bill or payment of yours"))
    return LinkCancel(found) if found in paid else Cancel(found)


def _post(member: Membership, wish: Wish, _now: int) -> Operation:
    own, holds = member.account.id, member.state.holds
    mine = [one.id for one in holds.values() if own in {one.payer, one.payee}]
    found = holds[find_id(mine, wish.entry, said("open hold of yours"))]
    return Post(found.id, _part(wish.amount, find_unit(member.state, found.unit)))


def _void(member: Membership, wish: Wish, _now: int) -> Operation:
    own = member.account.id
    mine = [one.id for one in member.state.holds.values() if one.payee == own]
    return Void(find_id(mine, wish.entry, said("open hold for you")), check_reason(wish.reason))


def _reverse(member: Membership, wish: Wish, _now: int) -> Operation:
    found = member.lookup.find_transaction(wish.entry.strip().lower())
    entry = find_id(found, wish.entry, said("transaction that moved something"))
    moved = member.state.transactions[entry].transfers[0]
    part = _part(wish.amount, find_unit(member.state, moved.unit))
    return Reverse(entry, part, check_reason(wish.reason))


def _profile(_member: Membership, wish: Wish, _now: int) -> Operation:
    return Profile(check_name(wish.who))


VERBS: Mapping[str, Callable[[Membership, Wish, int], Operation]] = {
    "pay": _pay,
    "request": _request,
    "hold": _hold,
    "accept": _accept,
    "decline": _decline,
    "cancel": _cancel,
    "post": _post,
    "void": _void,
    "reverse": _reverse,
    "profile": _profile,
}
"""What a page can ask for of one operation at home."""


def _asked_of(member: Membership, typed: str) -> bytes:
    """Return the id of an open request to the member, or of a bill with an open part of his."""
    own, state = member.account.id, member.state
    mine = [one.id for one in state.requests.values() if one.debtor == own]
    mine += answerable(state, member.account)
    mine += [
        one.asked.request
        for one in state.linked_requests.values()
        if one.account == own and one.upstream
    ]
    return find_id(mine, typed, said("open request or bill for you"))


def _received(member: Membership, wish: Wish) -> Transit | None:
    """Return the payment that came by a link and is meant, by its id or its transaction's."""
    entry = _bytes(wish.entry)
    stored = find_entry(member.lookup, entry)
    refers = getattr(stored.record, "refers", None) if stored else None
    for one in filter(None, (entry, refers)):
        found = member.state.finished.get(one) or member.state.transits.get(one)
        if found is not None and found.account == member.account.id:
            return found if found.role is Role.PAYEE else None
    return None


def _is_card(text: str) -> bool:
    return text.strip().upper().startswith(f"{SCHEME}:")


def _card(wish: Wish) -> RequestCard:
    return read_card(wish.who.strip(), RequestCard)


def _typed(wish: Wish) -> Typed:
    if not wish.amount.strip():
        raise UsageInvalid(
            said("how much is it for {who}? write an amount", who=wish.who or "them")
        )
    return Typed(wish.who, wish.amount, wish.unit or None, wish.memo)


def _bytes(entry: str) -> bytes:
    """Return an entry's id, or nothing for what is none."""
    digits = entry.strip().lower()
    known = len(digits) == ID_DIGITS and set(digits) <= set("0123456789abcdef")
    return bytes.fromhex(digits) if known else b""


def _part(amount: str, unit: Unit) -> int | None:
    return parse_amount(amount, unit) if amount.strip() else None
