"""Introducing oneself: the cards that a member shows, and taking in the community's."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from federation.card import STANDING, CommunityCard, MemberCard, RequestCard
from federation.card_frame import HINTS_MAX, Hints
from federation.console.people import find_unit
from federation.console.typed import check_memo
from federation.home import Home, meet
from federation.settings import Network, Settings, save_settings
from federation.sheet import CardText, TentText
from federation.words import fingerprint
from ledger.entry import ENTRY_ID_BYTES
from ledger.store.database import Database
from ledger.unit import Unit, format_amount, parse_amount
from member.ask import REQUEST_S, end_of
from member.membership import Membership, join, joined, open_membership, open_own, own_name

OPEN_AMOUNT = "any"
"""Typed in place of an amount: the payer chooses."""
REQUEST_S_MAX = 365 * 86_400
STANDING_S = 180 * 86_400
"""How long a request stands on a table unless its payee says otherwise, seconds."""


@dataclass(frozen=True, slots=True)
class TypedRequest:
    """What a member typed about a payment request.

    Attributes:
        amount: Such as 12.50, or ``any``.
        unit: Code of the unit; None where there is one only.
        memo: What it is for.
        expires: How long it lasts, such as 7d; None for ``REQUEST_S`` or ``STANDING_S``.
        standing: Anybody may pay it, any number of times: for a table or a stall.
    """

    amount: str
    unit: str | None = None
    memo: str = ""
    expires: str | None = None
    standing: bool = False


def member_card(home: Home, now: int) -> MemberCard:
    """Return the card by which a manager admits this home's key.

    Args:
        home: The member's.
        now: Unix seconds.
    """
    with open_own(home) as own:
        name = own_name(own) or _name_in_ledger(home, own)
    return MemberCard(home.read_key().key, name, now, _hints(home.settings()))


def request_card(member: Membership, typed: TypedRequest, now: int) -> RequestCard:
    """Return a card that asks whoever reads it to pay.

    Args:
        member: Who is to be paid.
        typed: As a person typed it.
        now: Unix seconds.

    Raises:
        UsageInvalid: No such unit, or a duration that does not read or is too long.
        AmountInvalid: Not an amount of the unit.
    """
    own, of = member.account, find_unit(member.state, typed.unit)
    amount = None if typed.amount == OPEN_AMOUNT else parse_amount(typed.amount, of)
    end = end_of(typed.expires, STANDING_S if typed.standing else REQUEST_S, REQUEST_S_MAX, now)
    entry = STANDING if typed.standing else secrets.token_bytes(ENTRY_ID_BYTES)
    memo = check_memo(typed.memo)
    return RequestCard(
        member.key, member.card.key, own.id, own.handle, own.name, entry, amount, of.code, memo, end
    )  # fmt: skip


def sheet_words(card: MemberCard, _: Callable[[str], str] = str) -> CardText:
    """Return what stands on the printed card of a member.

    Args:
        card: The card.
        _: Gives a text in the reader's language.
    """
    return CardText(
        kind=_("Card of a member"),
        name=card.name,
        fingerprint=fingerprint(card.key),
        compare=_("Compare these six words with those on the manager's page."),
        steps=(
            _("Give this page to the manager of your community, or send a picture of it."),
            _("The manager scans the code, reads the six words to you, and admits you."),
            _("Then scan the community's card under Join."),
        ),
    )


def tent_words(
    member: Membership,
    card: RequestCard,
    until: str,
    _: Callable[[str], str] = str,
    write: Callable[[int, Unit], str] = format_amount,
) -> TentText:
    """Return what stands on a payment request for the table.

    Args:
        member: The payee's home.
        card: The request.
        until: The day of its end, as people write it.
        _: Gives a text in the reader's language.
        write: Gives an amount in it.
    """
    unit = find_unit(member.state, card.unit)
    amount = _("any amount") if card.amount is None else write(card.amount, unit)
    community = member.community.name
    return TentText(
        amount=amount,
        memo=card.memo,
        to=_("to {handle} in {community}").format(handle=card.handle, community=community),
        scan=_("Open Scan on your Commontab page, and scan this code."),
        until=_("Holds until {day}.").format(day=until),
    )


def join_by_card(home: Home, community: CommunityCard, text: str, now: int) -> None:
    """Keep a community's card, and take its network and its nodes on.

    Args:
        home: The member's.
        community: Verified; its words were compared by a person.
        text: The same as it was signed.
        now: Unix seconds.

    Raises:
        UsageInvalid: This home belongs to another community.
    """
    with open_own(home) as own:
        first = joined(own) is None
        join(own, community, text, now)
    settings = home.settings()
    if first and settings.network.kind != community.network:
        network = Network(community.network, settings.network.nodes)
        save_settings(home.path, replace(settings, network=network))
    meet(home, community.hints)


def _name_in_ledger(home: Home, own: Database) -> str:
    """Return what the ledger calls a member whose home came from paper words."""
    if joined(own) is None or not home.ledger.exists():
        return "unnamed"
    with open_membership(home) as member:
        return member.account.name


def _hints(settings: Settings) -> Hints:
    """Return the nodes near this home; on the public network everybody knows the first ones."""
    if settings.network.kind == "public":
        return ()
    return tuple((host.lower(), port) for host, port in settings.network.nodes[:HINTS_MAX])
