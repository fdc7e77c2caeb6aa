"""Commands about members: admit, limit, suspend, reinstate, close; and reverse."""

from pathlib import Path
from typing import Annotated

import typer

from federation.card import MemberCard, read_card
from federation.card_file import read_card_picture, read_card_text
from federation.console.people import ID_CHARS_MIN, find_id
from federation.console.terminal import UsageInvalid
from federation.console.typed import check_reason
from federation.home import meet
from federation.words import fingerprint
from ledger.operation import Close, Reinstate, Suspend
from manager.ask import ask_limit, ask_reverse, member_of, taken_words
from manager.bulk import COLUMNS
from manager.cli.bulk import admit_many
from manager.cli.options import (
    CreditOption,
    HomeOption,
    How,
    MaximumOption,
    PassphraseOption,
    ReasonOption,
    UnitOption,
    WhoArgument,
    YesOption,
    open_home,
    say,
)
from manager.cli.sign import carry_out
from manager.introduce import NOTHING_TYPED, TypedAdmission, ask_admission
from manager.office import open_office


def admit(
    given: Annotated[
        str | None, typer.Argument(metavar="CARD", help="The member's card: text or a file.")
    ] = None,
    *,
    image: Annotated[Path | None, typer.Option("--image", help="A picture of its QR code.")] = None,
    handle: Annotated[
        str | None, typer.Option("--handle", help="Unique here; made of the name by default.")
    ] = None,
    credit_limit: CreditOption = None,
    maximum_balance: MaximumOption = None,
    unit: UnitOption = None,
    folder: Annotated[
        Path | None,
        typer.Option("--folder", metavar="DIR", help="Admit all whose cards are in there."),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option("--csv", metavar="FILE", help=f"Who, and limits: {', '.join(COLUMNS)}."),
    ] = None,
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    yes: YesOption = False,
) -> None:
    """Admit a member by the card, after comparing its fingerprint; or many at once."""
    if [given, image, folder or table].count(None) != 2:  # noqa: PLR2004 -- one of the three
        raise UsageInvalid("admit takes either a CARD or --image FILE, or --folder and --csv")
    how = How(open_home(home), passphrase_file, yes)
    typed = TypedAdmission(handle, unit, credit_limit, maximum_balance)
    if folder is not None or table is not None:
        if typed != NOTHING_TYPED:
            raise UsageInvalid("the table names handles and limits; leave the options out")
        admit_many(how, folder, table)
        return
    card = read_card(read_card_picture(image) if image else read_card_text(given or ""), MemberCard)
    with open_office(how.home, write=True) as office:
        assert office.community, "an unopened ledger is refused here"
        operations = ask_admission(office.state, card, typed, taken_words(office.state))
        say(f"Compare with what {card.name} shows: {fingerprint(card.key)}")
        carry_out(how, office, operations)
    meet(how.home, card.hints)


def limit(
    who: WhoArgument,
    unit: Annotated[str | None, typer.Argument(metavar="[UNIT]", help="Such as EUR.")] = None,
    *,
    credit_limit: CreditOption = None,
    maximum_balance: MaximumOption = None,
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    yes: YesOption = False,
) -> None:
    """Change how far below and above zero a member may go, for new transfers."""
    how = How(open_home(home), passphrase_file, yes)
    with open_office(how.home, write=True) as office:
        assert office.community, "an unopened ledger is refused here"
        account = member_of(office.state, who)
        asked = ask_limit(office.state, account.handle, unit, credit_limit, maximum_balance)
        carry_out(how, office, [asked])


def suspend(
    who: WhoArgument,
    reason: ReasonOption,
    *,
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    yes: YesOption = False,
) -> None:
    """Stop a member from paying, being paid and reading on, until reinstated."""
    how = How(open_home(home), passphrase_file, yes)
    with open_office(how.home, write=True) as office:
        account = member_of(office.state, who)
        carry_out(how, office, [Suspend(account.id, check_reason(reason))])


def reinstate(
    who: WhoArgument,
    *,
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    yes: YesOption = False,
) -> None:
    """Let a suspended member take part again."""
    how = How(open_home(home), passphrase_file, yes)
    with open_office(how.home, write=True) as office:
        carry_out(how, office, [Reinstate(member_of(office.state, who).id)])


def close(
    who: WhoArgument,
    reason: ReasonOption,
    *,
    write_off: Annotated[
        bool, typer.Option("--write-off", help="Move what is left to or from the commons.")
    ] = False,
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    yes: YesOption = False,
) -> None:
    """Close a member's account for good; its handle stays taken."""
    how = How(open_home(home), passphrase_file, yes)
    with open_office(how.home, write=True) as office:
        account = member_of(office.state, who)
        carry_out(how, office, [Close(account.id, check_reason(reason), write_off)])


def reverse(
    transaction: Annotated[
        str, typer.Argument(metavar="TRANSACTION", help=f"{ID_CHARS_MIN} digits of its id or more.")
    ],
    reason: ReasonOption,
    *,
    amount: Annotated[
        str | None, typer.Option("--amount", metavar="A", help="A part of it; without one, all.")
    ] = None,
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    yes: YesOption = False,
) -> None:
    """Undo a transaction, once and in public, by a mirror transaction."""
    how = How(open_home(home), passphrase_file, yes)
    with open_office(how.home, write=True) as office:
        matches = office.lookup.find_transaction(transaction.strip().lower())
        entry = find_id(matches, transaction, "transaction")
        moved = office.state.transactions[entry]
        asked = ask_reverse(office.state, moved, amount, check_reason(reason))
        carry_out(how, office, [asked])


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    for command in (admit, limit, suspend, reinstate, close, reverse):
        app.command()(command)
