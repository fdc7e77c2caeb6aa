"""Commands that move or promise amounts: pay, hold, post, void, reverse."""

from typing import Annotated

import typer

from federation.card import RequestCard, read_card
from federation.card_file import is_picture, read_card_text
from federation.card_frame import SCHEME
from federation.console.people import ID_CHARS_MIN, find_id, find_unit
from federation.console.terminal import UsageInvalid
from federation.console.typed import check_reason
from ledger.operation import Operation, Post, Reverse, Void
from ledger.store.lookup import Lookup
from ledger.unit import Unit, parse_amount
from member.ask import HOLD_S, Typed, ask_card, ask_hold, ask_pay, end_of
from member.cli.how import How, SealOption, signing
from member.cli.options import UnitOption, now
from member.cli.sign import carry_out
from member.membership import Membership

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
    to: Annotated[str, typer.Argument(help="Handle, or a payment request: text or picture.")],
    amount: Annotated[str | None, typer.Argument(help="Such as 12.50.")] = None,
    memo: Annotated[str, typer.Argument(help="What it is for.")] = "",
    *,
    unit: UnitOption = None,
    seal: SealOption = False,
) -> None:
    """Pay somebody, by handle or by payment request card."""

    def ask(member: Membership) -> Operation:
        if to.upper().startswith(f"{SCHEME}:") or is_picture(to):
            if memo:
                raise UsageInvalid("a payment request brings its own memo; leave yours out")
            card = read_card(read_card_text(to), RequestCard)
            return ask_card(member.state, card, amount, now())
        if amount is None:
            raise UsageInvalid(f"how much should {to} get? type the amount after the handle")
        return ask_pay(member.state, Typed(to, amount, unit, memo))

    carry_out(how, ask, sealing=seal)


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
) -> None:
    """Reserve an amount for a payee until it is posted, voided or expires."""

    def ask(member: Membership) -> Operation:
        end = end_of(expires, HOLD_S, member.community.rules.hold_s_max, now())
        return ask_hold(member.state, Typed(to, amount, unit, memo), end)

    carry_out(how, ask, sealing=seal)


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


def _part(amount: str | None, unit: Unit) -> int | None:
    return None if amount is None else parse_amount(amount, unit)


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    for command in (pay, hold, post, void, reverse):
        app.command()(command)
