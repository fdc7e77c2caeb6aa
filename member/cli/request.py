"""Commands that ask and answer, and the own name: request, accept, decline, cancel, profile."""

from typing import Annotated

import typer

from federation.console.people import find_id
from federation.console.sentence import printable
from federation.console.terminal import Refused, UsageInvalid, out, show
from federation.console.typed import check_memo, check_name, check_reason
from federation.console.views import View
from ledger.operation import (
    Accept,
    Cancel,
    Decline,
    LinkCancel,
    LinkRequest,
    Operation,
    Profile,
)
from member.ask import REQUEST_S, Typed, ask_request, end_of
from member.cli.how import How, SealOption, signing
from member.cli.link import (
    DeadlineOption,
    cancellable,
    check_open,
    is_address,
    pay_request_across,
    request_across,
)
from member.cli.name_show import tell_named
from member.cli.options import JsonOption, UnitOption, now
from member.cli.pay import ExpiresOption, ReasonArgument
from member.cli.sign import AttachOption, carry_out, with_files
from member.household.bills import answerable, cancellable_bills, view_bill
from member.link_ask import TypedPay
from member.membership import Membership, open_membership
from member.standing import describe_stand, describe_standing, view_profile

RequestArgument = Annotated[
    str, typer.Argument(metavar="ID", help="Start of the request's or bill's id.")
]


@signing
def request(
    how: How,
    debtor: Annotated[
        str, typer.Argument(metavar="FROM", help="Handle of who should pay, or anna@lake.")
    ],
    amount: Annotated[str, typer.Argument(help="Such as 12.50.")],
    memo: Annotated[str, typer.Argument(help="What it is for.")] = "",
    *,
    unit: UnitOption = None,
    expires: ExpiresOption = None,
    seal: SealOption = False,
    attach: AttachOption = None,
) -> None:
    """Ask somebody for an amount; nothing moves before they accept."""

    def ask(member: Membership) -> Operation:
        end = end_of(expires, REQUEST_S, member.community.rules.request_s_max, now())
        whom = debtor
        if is_address(debtor):
            check_open(sealing=seal)
            typed = TypedPay(amount, unit, check_memo(memo))
            found = request_across(how, member, debtor, typed, end)
            if isinstance(found, LinkRequest):
                return found
            whom = found
        tell_named(member.state, whom)
        return ask_request(member.state, Typed(whom, amount, unit, memo), end)

    carry_out(how, with_files(ask, attach), sealing=seal)


@signing
def accept(how: How, request_id: RequestArgument, deadline: DeadlineOption = None) -> None:
    """Pay a request that you were sent, or your part of a bill."""

    def ask(member: Membership) -> Operation:
        asked = _asked_of(member, request_id)
        linked = member.state.linked_requests.get(asked)
        if linked is not None:
            return pay_request_across(how, member, linked, deadline)
        if deadline is not None:
            raise UsageInvalid("a payment at home is not held; leave --deadline out")
        _tell_part(member, asked)
        return Accept(asked)

    carry_out(how, ask)


@signing
def decline(how: How, request_id: RequestArgument, reason: ReasonArgument = "") -> None:
    """Say no to a request that you were sent, or to your part of a bill."""

    def ask(member: Membership) -> Operation:
        asked = _asked_of(member, request_id)
        _tell_part(member, asked)
        return Decline(asked, check_reason(reason))

    carry_out(how, ask)


@signing
def cancel(
    how: How,
    entry_id: Annotated[
        str, typer.Argument(metavar="ID", help="Start of the request's, bill's or payment's id.")
    ],
) -> None:
    """Take back a request or bill of yours, or a payment to others before it is accepted."""

    def ask(member: Membership) -> Operation:
        state, own = member.state, member.account.id
        mine = [one.id for one in state.requests.values() if one.creditor == own]
        mine += [
            one.asked.request
            for one in state.linked_requests.values()
            if one.account == own and not one.upstream
        ]
        mine += cancellable_bills(state, member.account)
        paid = cancellable(member)
        found = find_id([*mine, *paid], entry_id, "open request, bill or payment of yours")
        return LinkCancel(found) if found in paid else Cancel(found)

    carry_out(how, ask)


@signing
def profile(
    how: How,
    name: Annotated[
        str | None, typer.Argument(help="What people should call you; leave it out to look.")
    ] = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Show how others see you, or change the name that they see beside your handle."""
    if name is None:
        with open_membership(how.home) as member:
            held = view_profile(member, now())
        show(held, as_json, lambda: _show_profile(held))
        return
    checked = check_name(name)
    carry_out(how, lambda _: Profile(checked))


def _show_profile(held: View) -> None:
    out.print(f"{held['handle']}: {printable(held['name'])}, {held['status']}", markup=False)
    for words in held["fingerprints"]:
        out.print(f"fingerprint: {words}")
    out.print(f"Your newest record is {describe_standing(held)}.")
    for sentence in describe_stand(held["ledger"]):
        out.print(sentence, markup=False)


def _tell_part(member: Membership, asked: bytes) -> None:
    """Say what is owed by a bill and to whom, where one is answered."""
    bill = member.state.bills.get(asked)
    if bill is None:
        return
    held = view_bill(member.state, member.account, bill)
    mine = next(part for part in held["parts"] if part["you"])
    memo = f", {printable(held['memo'])}" if held["memo"] else ""
    out.print(
        f"{held['author']}'s bill of {held['amount']}{memo}: your part is {mine['amount']} to "
        f"{' and '.join(mine['to'])}",
        markup=False,
    )


def _asked_of(member: Membership, typed: str) -> bytes:
    """Return the id of an open request or bill that the member may answer."""
    own = member.account.id
    mine = [one.id for one in member.state.requests.values() if one.debtor == own]
    mine += [
        one.asked.request
        for one in member.state.linked_requests.values()
        if one.account == own and one.upstream
    ]
    mine += answerable(member.state, member.account)
    if not mine:
        raise Refused(
            "nobody asks you for anything; `commontab requests` and `commontab bills` show what is "
            "open"
        )
    return find_id(mine, typed, "open request or bill to you")


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    for command in (request, accept, decline, cancel, profile):
        app.command()(command)
