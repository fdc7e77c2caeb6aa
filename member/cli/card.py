"""Commands that swap cards: card shows one's own, join reads the community's."""

from pathlib import Path
from typing import Annotated, Any

import typer

from federation.card import CommunityCard, MemberCard, RequestCard, read_card, sign_card
from federation.card_file import read_card_picture, read_card_text
from federation.console.handout import hand_out_card, write_pictures
from federation.console.terminal import UsageInvalid, confirm, out, show
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
from member.introduce import TypedRequest, join_by_card, member_card, request_card
from member.membership import check_joins, open_membership, open_own


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
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show your card, as a QR code and as text; or a payment request."""
    where = open_home(home)
    made: MemberCard | RequestCard
    if request is None:
        made = member_card(where, now())
    else:
        with open_membership(where) as member:
            made = request_card(member, TypedRequest(request, unit, memo, expires), now())
    text = sign_card(unlock(where, passphrase_file), made)
    write_pictures(text, made.name, png, svg)
    held = {"card": text, "key": made.key.hex(), "fingerprint": fingerprint(made.key)}
    show(held, as_json, lambda: _show_card(text, held, drawn=png is None and svg is None))


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
