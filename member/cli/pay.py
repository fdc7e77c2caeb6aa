"""Commands that move or promise amounts: pay, hold, post, void, reverse."""

from typing import Annotated

import typer

from federation.card import RequestCard, read_card
from federation.card_file import is_picture, read_card_text
from federation.card_frame import SCHEME
from federation.console.people import ID_CHARS_MIN, find_id, find_unit
from federation.console.sentence import units_of
from federation.console.terminal import UsageInvalid
from federation.console.typed import check_memo, check_reason
from ledger.link.machine import Role
from ledger.link.transit import Transit
from ledger.operation import LinkPay, Operation, Post, Reverse, Void
from ledger.store.lookup import Lookup
from ledger.unit import Unit, parse_amount
from member.ask import HOLD_S, Typed, ask_card, ask_hold, ask_pay, end_of
from member.cli.how import How, SealOption, signing
from member.cli.link import (
    DeadlineOption,
    check_open,
    find_payment,
    give_back_across,
    is_address,
    pay_across,
    pay_card_across,
)
from member.cli.name_show import tell_named
from member.cli.options import UnitOption, now
from member.cli.sign import AttachOption, carry_out, with_files
from member.link_ask import TypedPay
from member.link_views import other_of
from member.membership import Membership
from member.past import find_entry

ExpiresOption = Annotated[
    str | None, typer.Option("--expires", help="How long it lasts, such as 12h, 7d or 2w.")
]
ReasonArgument = Annotated[str, typer.Argument(help="Why; everybody can read it.")]
PartArgument = Annotated[
    str | None, typer.Argument(metavar="[AMOUNT]", help="A part of it; without one, all.")
]


@signing
def pay(
    how: How,
    to: Annotated[str, typer.Argument(help="Handle, name, or a payment request: text or picture.")],
    amount: Annotated[str | None, typer.Argument(help="Such as 12.50.")] = None,
    memo: Annotated[str, typer.Argument(help="What it is for.")] = "",
    *,
    unit: UnitOption = None,
    seal: SealOption = False,
    deadline: DeadlineOption = None,
    attach: AttachOption = None,
) -> None:
    """Pay somebody, by handle, name or payment request card; in another community: bakery@river."""

    def ask(member: Membership) -> Operation:
        if to.upper().startswith(f"{SCHEME}:") or is_picture(to):
            if memo:
                raise UsageInvalid("a payment request brings its own memo; leave yours out")
            card = read_card(read_card_text(to), RequestCard)
            if card.community not in {member.state.key, *member.state.former}:
                check_open(sealing=seal)
                return pay_card_across(how, member, card, amount, deadline)
            return ask_card(member.state, card, amount, now())
        if amount is None:
            raise UsageInvalid(f"how much should {to} get? type the amount after the handle")
        whom = to
        if is_address(to):
            check_open(sealing=seal)
            typed = TypedPay(amount, unit, check_memo(memo))
            found = pay_across(how, member, to, typed, deadline)
            if isinstance(found, LinkPay):
                return found
            whom = found
        if deadline is not None:
            raise UsageInvalid("a payment at home is not held; leave --deadline out")
        tell_named(member.state, whom)
        return ask_pay(member.state, Typed(whom, amount, unit, memo))

    carry_out(how, with_files(ask, attach), sealing=seal)


@signing
def hold(
    how: How,
    to: Annotated[str, typer.Argument(help="Handle of the payee.")],
    amount: Annotated[str, typer.Argument(help="Such as 12.50.")],
    memo: Annotated[str, typer.Argument(help="What it is for.")] = "",
    *,
    unit: UnitOption = None,
    expires: ExpiresOption = None,
    seal: SealOption = False,
    attach: AttachOption = None,
) -> None:
    """Reserve an amount for a payee until it is posted, voided or expires."""

    def ask(member: Membership) -> Operation:
        end = end_of(expires, HOLD_S, member.community.rules.hold_s_max, now())
        tell_named(member.state, to)
        return ask_hold(member.state, Typed(to, amount, unit, memo), end)

    carry_out(how, with_files(ask, attach), sealing=seal)


@signing
def post(
    how: How,
    hold_id: Annotated[str, typer.Argument(metavar="ID", help="Start of the hold's id.")],
    amount: PartArgument = None,
) -> None:
    """Let a held amount move, or a part of it; the rest goes back."""

    def ask(member: Membership) -> Operation:
        own = member.account.id
        holds = member.state.holds
        mine = [one.id for one in holds.values() if own in {one.payer, one.payee}]
        found = holds[find_id(mine, hold_id, "open hold of yours")]
        return Post(found.id, _part(amount, find_unit(member.state, found.unit)))

    carry_out(how, ask)


@signing
def void(
    how: How,
    hold_id: Annotated[str, typer.Argument(metavar="ID", help="Start of the hold's id.")],
    reason: ReasonArgument = "",
) -> None:
    """Give up an amount that is held for you; it goes back to its payer."""

    def ask(member: Membership) -> Operation:
        own = member.account.id
        mine = [one.id for one in member.state.holds.values() if one.payee == own]
        found = find_id(mine, hold_id, "open hold for you")
        return Void(found, check_reason(reason))

    carry_out(how, ask)


@signing
def reverse(
    how: How,
    transaction: Annotated[
        str, typer.Argument(metavar="ID", help="Start of the transaction's id.")
    ],
    amount: PartArgument = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; everybody can read it.")] = "",
) -> None:
    """Give back what you received in a transaction, or a part of it, once."""

    def ask(member: Membership) -> Operation:
        received = _find_received(member, transaction)
        if received is not None:
            there = units_of(member.state)[received.instruction.unit]
            part, why = _part(amount, there), check_reason(reason)
            return give_back_across(how, member, received, part, why)
        found = find_transaction(member.lookup, transaction)
        moved = member.state.transactions[found].transfers[0]
        unit = find_unit(member.state, moved.unit)
        return Reverse(found, _part(amount, unit), check_reason(reason))

    carry_out(how, ask)


def find_transaction(lookup: Lookup, typed: str) -> bytes:
    """Return the id of the transaction whose id begins with the typed hex digits.

    Raises:
        UsageInvalid: Fewer than 4 digits, none, or several that fit.
    """
    prefix = typed.strip().lower()
    ids = lookup.find_transaction(prefix) if len(prefix) >= ID_CHARS_MIN else []
    return find_id(ids, prefix, "transaction that moved something")


def _find_received(member: Membership, typed: str) -> Transit | None:
    """Return the payment that came by a link and is meant, by its id or its transaction's.

    Raises:
        UsageInvalid: It went out by a link: only its payee gives it back.
    """
    found = find_payment(member, typed)
    if found is None:
        ids = member.lookup.find_transaction(typed.strip().lower())
        stored = find_entry(member.lookup, ids[0]) if len(ids) == 1 else None
        refers = getattr(stored.record, "refers", b"") if stored else b""
        found = find_payment(member, refers.hex()) if refers else None
    if found is not None and found.role is not Role.PAYEE:
        whom = other_of(found, member.name_of)
        raise UsageInvalid(f"you paid that to {whom}; only who was paid gives it back: ask them")
    return found


def _part(amount: str | None, unit: Unit) -> int | None:
    return None if amount is None else parse_amount(amount, unit)


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    for command in (pay, hold, post, void, reverse):
        app.command()(command)
