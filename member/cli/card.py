"""Commands that swap cards: card shows one's own, join reads the community's."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from federation.card import CommunityCard, MemberCard, RequestCard, read_card, sign_card
from federation.card_file import read_card_picture, read_card_text
from federation.console.handout import (
    hand_out_card,
    write_card_sheet,
    write_pictures,
    write_tent_sheet,
)
from federation.console.terminal import UsageInvalid, confirm, out, show
from federation.home import Home
from federation.words import fingerprint
from member.cli.options import (
    HomeOption,
    JsonOption,
    PassphraseOption,
    UnitOption,
    YesOption,
    now,
    open_home,
    unlock,
)
from member.cli.pay import ExpiresOption
from member.introduce import (
    TypedRequest,
    join_by_card,
    member_card,
    request_card,
    sheet_words,
    tent_words,
)
from member.membership import check_joins, open_membership, open_own

SheetOption = Annotated[
    Path | None, typer.Option("--sheet", help="A page to print: FILE.pdf or FILE.svg.")
]
TentOption = Annotated[
    Path | None,
    typer.Option("--tent", help="A standing request to fold and put on a table: FILE.pdf or .svg."),
]
StandingOption = Annotated[
    bool, typer.Option("--standing", help="The request may be paid any number of times.")
]


def card(
    request: Annotated[
        str | None,
        typer.Option("--request", metavar="AMOUNT|any", help="Ask whoever reads it to pay once."),
    ] = None,
    unit: UnitOption = None,
    memo: Annotated[str, typer.Option("--memo", help="What the request is for.")] = "",
    expires: ExpiresOption = None,
    png: Annotated[Path | None, typer.Option("--png", help="Write the QR code there.")] = None,
    *,
    svg: Annotated[Path | None, typer.Option("--svg", help="The same for paper.")] = None,
    sheet: SheetOption = None,
    tent: TentOption = None,
    standing: StandingOption = False,
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show your card, as a QR code and as text; or a payment request."""
    where = open_home(home)
    made: MemberCard | RequestCard
    if request is None:
        _check_no_request(tent, standing=standing)
        made = member_card(where, now())
    else:
        typed = TypedRequest(request, unit, memo, expires, standing or tent is not None)
        with open_membership(where) as member:
            made = request_card(member, typed, now())
    text = sign_card(unlock(where, passphrase_file), made)
    write_pictures(text, made.name, png, svg)
    _write_sheets(where, made, text, sheet, tent)
    held = {"card": text, "key": made.key.hex(), "fingerprint": fingerprint(made.key)}
    drawn = (png, svg, sheet, tent) == (None,) * 4
    show(held, as_json, lambda: _show_card(text, held, drawn=drawn))


def join_community(
    given: Annotated[
        str | None, typer.Argument(metavar="CARD", help="The community's card: text or a file.")
    ] = None,
    image: Annotated[Path | None, typer.Option("--image", help="A picture of its QR code.")] = None,
    home: HomeOption = None,
    yes: YesOption = False,
) -> None:
    """Join a community by its card, after comparing its fingerprint."""
    if (given is None) == (image is None):
        raise UsageInvalid("join takes either a CARD or --image FILE")
    text = read_card_picture(image) if image else read_card_text(given or "")
    community = read_card(text, CommunityCard)
    where = open_home(home)
    with open_own(where) as own:
        check_joins(own, community)
    _show_community(community)
    confirm("Are these the words that the manager shows?", yes=yes)
    join_by_card(where, community, text, now())
    out.print(f"Joined {community.name}.", markup=False)
    out.print("Next: show `commontab card` to its manager, then run `commontab sync`.")


def _check_no_request(tent: Path | None, *, standing: bool) -> None:
    if tent is not None or standing:
        raise UsageInvalid("only a request stands on a table; add --request AMOUNT, or any")


def _write_sheets(
    home: Home, made: MemberCard | RequestCard, text: str, sheet: Path | None, tent: Path | None
) -> None:
    """Write a card's pages for the printer.

    Raises:
        UsageInvalid: A request on a card's page, or a file that is no .pdf or .svg.
    """
    if sheet is not None:
        if isinstance(made, RequestCard):
            raise UsageInvalid("a request is printed with --tent FILE")
        write_card_sheet(sheet, text, sheet_words(made))
    if tent is not None:
        assert isinstance(made, RequestCard), "refused above"
        until = datetime.fromtimestamp(made.expires, UTC).date().isoformat()
        with open_membership(home) as member:
            write_tent_sheet(tent, text, tent_words(member, made, until))


def _show_card(text: str, held: dict[str, Any], *, drawn: bool) -> None:
    if drawn:
        hand_out_card(text, held["fingerprint"])
    else:
        out.print(f"Fingerprint: {held['fingerprint']}")
        out.print(text, markup=False)


def _show_community(community: CommunityCard) -> None:
    out.print(f"Community: {community.name}", markup=False)
    out.print(f"Fingerprint: {fingerprint(community.key)}")
    nodes = ", ".join(f"{host}:{port}" for host, port in community.hints) or "the well-known nodes"
    out.print(f"Network: {community.network}, through {nodes}", markup=False)


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    app.command()(card)
    app.command("join")(join_community)
