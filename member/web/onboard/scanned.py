"""What was scanned, what it means here, and what to do next."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from federation.card import (
    Card,
    CommunityCard,
    MemberCard,
    RequestCard,
    read_any_card,
)
from federation.console.terminal import Refused, UsageInvalid
from federation.errors import CardInvalid
from federation.home import Home
from federation.link.address import format_key
from federation.names.code import read_code
from federation.web.language import _, moment_words
from federation.web.scan import check_length, explain_scan
from member.membership import Membership, check_joins, joined, open_membership, open_own

What = Literal["join", "pay", "no"]


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scan leads to.

    Attributes:
        what: Join a community, go and pay, or neither.
        why: Where it is neither: what was scanned, in a sentence, and what to do.
        path: A page that goes on from here, or empty.
        label: What the link to it says.
        card: The community's, where it can be joined.
        text: The card as text.
    """

    what: What
    why: str = ""
    path: str = ""
    label: str = ""
    card: CommunityCard | None = None
    text: str = ""


def judge(home: Home, text: str, now: int) -> Scanned:
    """Return what a scanned text means in a member's home.

    Args:
        home: The member's.
        text: Untrusted.
        now: Unix seconds.
    """
    try:
        whole = check_length(text)
        named = read_code(whole)
        if named is not None:
            return _judge_name(home, *named)
        card = read_any_card(whole)
    except CardInvalid as error:
        return Scanned("no", explain_scan(error, text.strip()))
    if isinstance(card, CommunityCard):
        return _judge_community(home, card, whole)
    if isinstance(card, RequestCard):
        return _judge_request(home, card, whole, now)
    return _judge_person(home, card)


def _judge_name(home: Home, name: str, community: bytes) -> Scanned:
    with open_own(home) as own:
        known = joined(own)
    if known is None:
        why = _("This is a name. Join your community first, then scan it again.")
        return Scanned("no", why, "/card", _("Show my card"))
    why = _("This is the name %(name)s.") % {"name": name}
    if known.key == community:
        return Scanned("no", why, f"/names/{quote(name, safe='')}", _("See whose it is"))
    who = quote(f"{name}@{format_key(community)}", safe="")
    return Scanned("no", why, f"/pay?who={who}", _("Pay %(who)s") % {"who": name})


def _judge_community(home: Home, card: CommunityCard, text: str) -> Scanned:
    with open_own(home) as own:
        known = joined(own)
        try:
            check_joins(own, card)
        except UsageInvalid:
            assert known is not None, "a home without a community may join any"
            return Scanned(
                "no",
                _(
                    "This is the card of %(other)s, and this home has joined %(own)s. A home has "
                    "one community: join the other one from another home."
                )
                % {"other": card.name, "own": known.name},
            )
    if known is not None and card.size <= known.size:
        why = _("You have joined %(name)s already.") % {"name": known.name}
        return Scanned("no", why, "/welcome", _("See how far it is"))
    return Scanned("join", card=card, text=text)


def _judge_request(home: Home, card: RequestCard, text: str, now: int) -> Scanned:
    with open_own(home) as own:
        known = joined(own)
    if known is None:
        why = _("This is a request to be paid. Join your community first, then scan it again.")
        return Scanned("no", why, "/card", _("Show my card"))
    if card.key == home.read_key().key:
        why = _("This is your own request. Show it to whoever is to pay you.")
        return Scanned("no", why)
    if now > card.expires:
        why = _("This request by %(name)s ended on %(when)s. Ask for a new one.") % {
            "name": card.name,
            "when": moment_words(card.expires),
        }
        return Scanned("no", why)
    return Scanned("pay", path=f"/pay?who={quote(text, safe='')}")


def _judge_person(home: Home, card: Card) -> Scanned:
    if not isinstance(card, MemberCard):
        why = _("This is a card for linking two communities. It is for managers.")
        return Scanned("no", why)
    if card.key == home.read_key().key:
        why = _(
            "This is your own card. Show it to your community's manager; scan the community's card "
            "here."
        )
        return Scanned("no", why, "/card", _("Show my card"))
    why = _("This is the card of %(name)s, a person.") % {"name": card.name}
    handle = _handle_of(home, card.key)
    if handle:
        return Scanned("no", why, f"/pay?who={quote(handle)}", _("Pay %(who)s") % {"who": handle})
    return Scanned(
        "no", why + " " + _("Only a manager admits people. To join, scan the community's card.")
    )


def _handle_of(home: Home, key: bytes) -> str:
    """Return what the ledger calls somebody, or nothing where it does not know the key."""
    try:
        with open_membership(home) as member:
            return _handle_in(member, key)
    except (Refused, UsageInvalid):
        return ""


def _handle_in(member: Membership, key: bytes) -> str:
    known = member.state.keys.get(key)
    return member.state.accounts[known.account].handle if known is not None else ""
