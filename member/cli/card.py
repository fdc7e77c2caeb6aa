"""Commands that swap cards: card shows one's own, join reads the community's."""

import secrets
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from federation.card import (
    CommunityCard,
    MemberCard,
    RequestCard,
    read_card,
    sign_card,
)
from federation.card_file import read_card_picture, read_card_text
from federation.card_frame import HINTS_MAX, Hints
from federation.console.handout import hand_out_card, write_pictures
from federation.console.people import find_unit
from federation.console.terminal import UsageInvalid, confirm, out, show
from federation.console.typed import check_memo
from federation.home import Home, meet
from federation.settings import Network, Settings, save_settings
from federation.words import fingerprint
from ledger.entry import ENTRY_ID_BYTES
from ledger.store.database import Database
from ledger.unit import parse_amount
from member.ask import REQUEST_S, end_of
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
from member.membership import Membership, join, joined, open_membership, open_own, own_name

OPEN_AMOUNT = "any"
REQUEST_S_MAX = 365 * 86_400


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
        made = _member_card(where)
    else:
        with open_membership(where) as member:
            made = _request_card(member, request, unit, check_memo(memo), expires)
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
        before = joined(own)
        _show_community(community)
        confirm("Are these the words that the manager shows?", yes=yes)
        join(own, community, text, now())
    _meet(where, community, first=before is None)
    out.print(f"Joined {community.name}.", markup=False)
    out.print("Next: show `commontab card` to its manager, then run `commontab sync`.")


def _member_card(home: Home) -> MemberCard:
    with open_own(home) as own:
        name = own_name(own) or _name_in_ledger(home, own)
    return MemberCard(home.read_key().key, name, now(), _hints(home.settings()))


def _name_in_ledger(home: Home, own: Database) -> str:
    """Return what the ledger calls a member whose home came from paper words."""
    if joined(own) is None or not home.ledger.exists():
        return "unnamed"
    with open_membership(home) as member:
        return member.account.name


def _request_card(
    member: Membership, request: str, unit: str | None, memo: str, expires: str | None
) -> RequestCard:
    own, of = member.account, find_unit(member.state, unit)
    amount = None if request == OPEN_AMOUNT else parse_amount(request, of)
    end = end_of(expires, REQUEST_S, REQUEST_S_MAX, now())
    entry = secrets.token_bytes(ENTRY_ID_BYTES)
    return RequestCard(
        member.key, member.card.key, own.id, own.handle, own.name, entry, amount, of.code, memo, end
    )  # fmt: skip


def _hints(settings: Settings) -> Hints:
    """Return the nodes near this home; on the public network everybody knows the first ones."""
    if settings.network.kind == "public":
        return ()
    return tuple((host.lower(), port) for host, port in settings.network.nodes[:HINTS_MAX])


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


def _meet(home: Home, community: CommunityCard, *, first: bool) -> None:
    """Take the community's network on with the first card, and its nodes with every one."""
    settings = home.settings()
    if first and settings.network.kind != community.network:
        network = Network(community.network, settings.network.nodes)
        save_settings(home.path, replace(settings, network=network))
    meet(home, community.hints)


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    app.command()(card)
    app.command("join")(join_community)
