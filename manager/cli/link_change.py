"""Commands that change links: link limit, rate, suspend, resume, close, force-release."""

from typing import Annotated

import typer

from federation.console.people import ID_CHARS_MIN
from federation.console.typed import check_reason
from federation.link.own import books_of
from ledger.link.entry import LinkStatus
from ledger.operation import ForceRelease, SetLinkStatus
from manager.cli.link_options import FeeOption, LimitOption, RateOption, TrustOption
from manager.cli.options import (
    HomeOption,
    How,
    LinkArgument,
    PassphraseOption,
    ReasonOption,
    YesOption,
    open_home,
    say,
)
from manager.cli.sign import carry_out
from manager.link.ask import ask_limits, ask_rate, find_held, find_link
from manager.link.views import tell_balance, tell_exposure, view_transit
from manager.office import open_office


def limit(
    name: LinkArgument,
    *,
    trust: TrustOption = None,
    limit: LimitOption = None,
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    yes: YesOption = False,
) -> None:
    """Change how much they may owe you, and you them, for new payments."""
    how = How(open_home(home), passphrase_file, yes)
    with open_office(how.home, write=True) as office:
        found = find_link(office.state, name)
        books = books_of(office.state, found)
        before = books.credit_limit, books.maximum_balance
        carry_out(how, office, [ask_limits(found, trust, limit, before)])


def rate(
    name: LinkArgument,
    *,
    rate: RateOption = None,
    fee: FeeOption = None,
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    yes: YesOption = False,
) -> None:
    """Change the rate or the fee; no payment passes until both sides name the same rate."""
    how = How(open_home(home), passphrase_file, yes)
    with open_office(how.home, write=True) as office:
        found = find_link(office.state, name)
        asked = ask_rate(office.state, found, rate, fee)
        if asked.terms != found.terms:
            say(f"Payments stop until {found.name}'s manager has set the same rate.")
        carry_out(how, office, [asked])


def suspend(
    name: LinkArgument,
    reason: ReasonOption,
    *,
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    yes: YesOption = False,
) -> None:
    """Stop new payments over a link, until resumed; what is under way ends as always."""
    _set_status(How(open_home(home), passphrase_file, yes), name, "suspended", reason)


def resume(
    name: LinkArgument,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why, for those who read it.")] = "",
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    yes: YesOption = False,
) -> None:
    """Let a suspended link take payments again, also after its books were found to differ."""
    _set_status(How(open_home(home), passphrase_file, yes), name, "active", reason)


def close(
    name: LinkArgument,
    reason: ReasonOption,
    *,
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    yes: YesOption = False,
) -> None:
    """Close a link; what is owed stays owed, and what is under way ends as always."""
    _set_status(How(open_home(home), passphrase_file, yes), name, "closed", reason)


def force_release(
    payment: Annotated[
        str, typer.Argument(metavar="PAYMENT", help=f"{ID_CHARS_MIN} digits of its id or more.")
    ],
    reason: ReasonOption,
    *,
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    yes: YesOption = False,
) -> None:
    """Let go of what is held for a payment whose payer's community has vanished."""
    how = How(open_home(home), passphrase_file, yes)
    with open_office(how.home, write=True) as office:
        found = find_held(office.state, payment)
        held = view_transit(office, found)
        say(f"Payment of {held['amount']} from {held['from']} to {held['to']}, {held['stage']}.")
        say(tell_exposure(office, found))
        carry_out(how, office, [ForceRelease(found.id, check_reason(reason))])


def _set_status(how: How, name: str, status: LinkStatus, reason: str) -> None:
    with open_office(how.home, write=True) as office:
        found = find_link(office.state, name)
        balance = tell_balance(found, books_of(office.state, found).posted)
        if status == "closed":
            under_way = sum(
                found.key in {one.upstream, one.downstream}
                for one in office.state.transits.values()
            )
            say(f"Balance: {balance}; it stays owed. Payments under way: {under_way}.")
        if status == "active" and found.drift:
            say("Its books were found to differ; agree with its manager on the balance first.")
        carry_out(how, office, [SetLinkStatus(found.key, status, check_reason(reason))])


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    for command in (limit, rate, suspend, resume, close):
        app.command()(command)
    app.command("force-release")(force_release)
