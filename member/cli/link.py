"""Across links: quotes before consent, waiting until paid, and the commands quote and payments."""

from collections.abc import Callable
from typing import Annotated

import typer

from federation.card import RequestCard
from federation.console.people import ID_CHARS_MIN, find_id
from federation.console.sentence import moment, printable
from federation.console.terminal import Refused, UsageInvalid, out, progress
from federation.link.quote import tell_quote
from federation.link.reach import DEADLINE_S, Reach, reach_of, read_adverts
from federation.words import fingerprint
from ledger.link.machine import Role, Stage
from ledger.link.transit import LinkedRequest, Transit
from ledger.operation import LinkPay, LinkRequest
from ledger.store.link import LinkStore
from member.ask import end_of
from member.cli.deliver import watch
from member.cli.how import How
from member.cli.options import now
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
from member.link_views import is_decided, is_settled, keep_name, tell_payment
from member.membership import Membership

PAYMENTS_SHOWN = 20
DeadlineOption = Annotated[
    str | None,
    typer.Option(
        "--deadline", help="Across links: how long it may take before it expires, such as 10m."
    ),
]
Quoting = Callable[[Reach, int], Quoted]
"""Makes a quote from what can be reached and the deadline."""


def is_address(typed: str) -> bool:
    """Return whether somebody in a community is named: ``bakery@river``."""
    return "@" in typed.strip()[1:]


def check_open(*, sealing: bool) -> None:
    """Accept a memo that is not to be sealed.

    Raises:
        UsageInvalid: It is: nobody here knows the keys of another community's members.
    """
    if sealing:
        raise UsageInvalid("a memo across links is open to all on the way; leave --seal out")


def pay_across(
    how: How, member: Membership, to: str, typed: TypedPay, deadline: str | None
) -> LinkPay | str:
    """Show the quote of a payment to an address and return it; a handle where it is at home.

    Raises:
        AddressInvalid: No such community, or several.
        NetworkUnreachable: Nobody told what communities advertise.
        Refused: No way leads there that can bear it.
        UsageInvalid: The unit does not do.
        AmountInvalid: Not an amount of the unit.
    """
    reach = look_around(how, member)
    address = reach.book.parse(to)
    if address.community == member.state.key:
        return address.handle
    end = deadline_of(how, member, deadline)
    return _consent(member, reach, quote_typed(member.state, reach, address, typed, end))


def pay_card_across(
    how: How, member: Membership, card: RequestCard, amount: str | None, deadline: str | None
) -> LinkPay:
    """Show the quote of another community's payment request card, and return the payment.

    Raises:
        CardInvalid: It has expired.
        NetworkUnreachable: Nobody told what communities advertise.
        Refused: No way leads there that can bear it.
        UsageInvalid: The amount or the unit does not do.
    """
    check_card_in_time(card, now())
    reach, end = look_around(how, member), deadline_of(how, member, deadline)
    quoted = quote_card(member.state, reach, card, amount, end)
    out.print(f"The card was signed with the fingerprint {fingerprint(card.key)}.")
    return _consent(member, reach, quoted)


def pay_request_across(
    how: How, member: Membership, found: LinkedRequest, deadline: str | None
) -> LinkPay:
    """Show the quote of a request that came by a link, and return the payment; raises as above."""
    reach, end = look_around(how, member), deadline_of(how, member, deadline)
    return _consent(member, reach, quote_request(member.state, reach, found, end))


def give_back_across(
    how: How, member: Membership, received: Transit, part: int | None, reason: str
) -> LinkPay:
    """Show the quote of giving a payment back that came by a link, and return it.

    Raises:
        UsageInvalid: The part is larger than what came.
        NetworkUnreachable: Nobody told what communities advertise.
        Refused: No way leads back that can bear it.
    """
    reach = look_around(how, member)
    purpose = Purpose(reason, deadline_of(how, member, None))
    return _consent(member, reach, quote_back(reach, received, part, purpose))


def request_across(
    how: How, member: Membership, debtor: str, typed: TypedPay, expires: int
) -> LinkRequest | str:
    """Return a request to an address; a handle where it is at home.

    Raises:
        AddressInvalid: No such community, or several.
        NetworkUnreachable: Nobody told what communities advertise.
        Refused: No way leads there.
        UsageInvalid: The unit does not do.
        AmountInvalid: Not an amount of the unit.
    """
    reach = look_around(how, member)
    address = reach.book.parse(debtor)
    if address.community == member.state.key:
        return address.handle
    asked = ask_linked(member.state, reach, address, typed, expires)
    called = reach.name_of(address.community)
    keep_name(member.values, address.community, called)
    words = fingerprint(address.community)
    out.print(f"{called} has the fingerprint {words}.", markup=False)
    return asked


def find_payment(member: Membership, typed: str) -> Transit | None:
    """Return the member's own payment across links whose id begins so, None where there is none.

    Raises:
        UsageInvalid: Several fit.
    """
    prefix = typed.strip().lower()
    if len(prefix) < ID_CHARS_MIN:
        return None
    fits = LinkStore(member.store.database).transit(prefix)
    mine = {one.id: one for one in fits if one.account == member.account.id}
    return mine[find_id(mine, prefix, "payment of yours")] if mine else None


def cancellable(member: Membership) -> list[bytes]:
    """Return the ids of own payments across links that nobody has accepted yet."""
    own = member.account.id
    return [
        one.id
        for one in member.state.transits.values()
        if one.role is Role.ORIGIN and one.account == own and one.stage is Stage.PREPARED
    ]


def await_payment(how: How, member: Membership, seed: bytes, payment: bytes, wait_s: float) -> None:
    """Wait until a payment is made or will not be, and say so.

    Raises:
        Refused: It was rejected, taken back or has expired, or nothing is known in time.
    """
    store = LinkStore(member.store.database)

    def look() -> Transit | None:
        found = next(iter(store.transit(payment.hex())), None)
        return found if found is not None and is_decided(found) else None

    each_s = how.home.settings().link_interval_s
    found = watch(how, seed, store.database, look, wait_s=wait_s, each_s=each_s)
    if found is None:
        raise Refused(
            f"not settled within {wait_s:g} s; `commontab payments` shows what becomes of it"
        )
    told = tell_payment(found, member.name_of)
    if not is_settled(found):
        raise Refused(told)
    out.print(f"{told[:1].upper()}{told[1:]}.", markup=False)


def look_around(how: How, member: Membership) -> Reach:
    """Return what can be reached; without a network the linked communities alone."""
    assert member.community, "an empty replica is refused here"
    at = now()
    if how.offline:
        return reach_of(member.state, {}, at)
    with progress("reading what communities advertise") as tell:
        adverts = read_adverts(how.home, member.state, at, tell)
    return reach_of(member.state, adverts, at)


def deadline_of(how: How, member: Membership, typed: str | None) -> int:
    """Return the Unix time at which a payment expires unless it is accepted before.

    Raises:
        UsageInvalid: Not a duration.
    """
    usual = DEADLINE_S[how.home.settings().network.kind]
    return end_of(typed, usual, member.community.rules.hold_s_max, now())


def _consent(member: Membership, reach: Reach, quoted: Quoted) -> LinkPay:
    """Show a quote, and keep what it calls the payee's community."""
    for line in tell_quote(quoted.quote, reach.name_of):
        out.print(printable(line), markup=False)
    out.print(f"It expires {moment(quoted.operation.deadline)} unless it is accepted before.")
    target = quoted.quote.route.wanted.target
    keep_name(member.values, target, reach.name_of(target))
    return quoted.operation
