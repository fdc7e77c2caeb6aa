"""Introducing a community and taking people in: its card, and what admits a member's."""

import json
from collections.abc import Callable, Container
from dataclasses import dataclass
from pathlib import Path

from federation.card import CommunityCard, MemberCard
from federation.card_frame import HINTS_MAX, Hints
from federation.console.people import find_unit
from federation.console.terminal import Refused, UsageInvalid
from federation.doorbell import read_origin
from federation.home import Home
from federation.settings import Settings
from federation.sheet import CardText
from federation.words import fingerprint
from ledger.names import parse_handle
from ledger.operation import Admit, ManagerOperation, SetLimit
from ledger.refusal import ADVICE, Code
from ledger.saying import said
from ledger.state import State
from manager.ask import parse_limit, propose_handle
from manager.office import Office, check_succeeded


@dataclass(frozen=True, slots=True)
class TypedAdmission:
    """What a manager typed about a new member; None where it was left out.

    Attributes:
        handle: Unique here; made of the card's name where it is left out.
        unit: Code of the unit of both limits.
        credit_limit: How far below zero.
        maximum_balance: How far above.
    """

    handle: str | None = None
    unit: str | None = None
    credit_limit: str | None = None
    maximum_balance: str | None = None


HTTP = "http"
"""Value of the home: the address by which members' programs ring, ASCII."""
HTTP_CHARS_MAX = 120
NOTHING_TYPED = TypedAdmission()


def community_card(office: Office) -> CommunityCard:
    """Return the card by which people join.

    Raises:
        Refused: The home waits for its members' word before it speaks for the community.
    """
    check_succeeded(office.state, office.key)
    newest = office.store.newest_checkpoint()
    size, root = (newest.size, newest.root) if newest else (0, b"")
    settings = office.home.settings()
    hints = known_hints(office.home, settings)
    http = (office.values.get(HTTP) or b"").decode()
    return CommunityCard(office.key, office.name, size, root, settings.network.kind, hints, http)


def sheet_words(card: CommunityCard, _: Callable[[str], str] = str) -> CardText:
    """Return what stands on the printed card of a community.

    Args:
        card: The card.
        _: Gives a text in the reader's language.
    """
    return CardText(
        kind=_("Card of a community"),
        name=card.name,
        fingerprint=fingerprint(card.key),
        compare=_("Compare these six words with those on your own page."),
        steps=(
            _("Start `commontab run` at home, and open Join."),
            _("Scan this code with the camera, or take a picture of it and choose that."),
            _("Show your own card to the manager: it is under My card."),
        ),
    )


def keep_http(office: Office, address: str) -> None:
    """Keep the address that later cards name for the doorbell; an empty one names none.

    Raises:
        UsageInvalid: Not an http(s) address, or longer than a card holds.
    """
    fits = len(address) <= HTTP_CHARS_MAX and address.isascii() and address.isprintable()
    if address and (not fits or read_origin(address) is None):
        raise UsageInvalid(
            said(
                "got {address!r}; type the address of your page as others reach it, such as "
                "https://bank.example",
                address=address,
            )
        )
    office.values.set(HTTP, address.encode())


def known_hints(home: Home, settings: Settings) -> Hints:
    """Return nodes to begin with: those given, and near ones that this home met.

    On the public network everybody knows the first nodes, and others come and go.
    """
    known = list(settings.network.nodes)
    if settings.network.kind != "public":
        known += _met(home.path / "nodes.json")
    hints = dict.fromkeys((host.lower(), port) for host, port in known)
    return tuple(hints)[:HINTS_MAX]


def check_new(state: State, card: MemberCard) -> None:
    """Refuse a key that has an account.

    Raises:
        Refused: As said.
    """
    known = state.keys.get(card.key)
    if known is not None:
        handle = state.accounts[known.account].handle
        step = ADVICE[Code.KEY_KNOWN].step
        raise Refused(
            said(
                "key_known: the key of this card belongs to {handle} already. {step}",
                handle=handle,
                step=step,
            )
        )


def ask_admission(
    state: State, card: MemberCard, typed: TypedAdmission, taken: Container[str]
) -> list[ManagerOperation]:
    """Return the statements that admit a member: one, and a second where limits were typed.

    Args:
        state: The present.
        card: Verified.
        typed: What the manager chose.
        taken: Handles that nobody can have any more.

    Raises:
        Refused: The key has an account.
        NameInvalid: The typed handle breaks a rule.
        UsageInvalid: No handle can be made of the name, or there is no such unit.
        AmountInvalid: A limit is not an amount.
    """
    check_new(state, card)
    handle = parse_handle(typed.handle) if typed.handle else propose_handle(card.name, taken)
    admission = Admit(card.key, handle, card.name)
    if typed.credit_limit is None and typed.maximum_balance is None:
        return [admission]
    unit = find_unit(state, typed.unit)
    credit, most = typed.credit_limit, typed.maximum_balance
    return [
        admission,
        SetLimit(
            card.key[:16],
            unit.code,
            unit.credit_limit if credit is None else parse_limit(credit, unit),
            unit.maximum_balance if most is None else parse_limit(most, unit),
        ),
    ]


def _met(path: Path) -> list[tuple[str, int]]:
    if not path.exists():
        return []
    try:
        return [(str(host), int(port)) for host, port in json.loads(path.read_text("utf-8"))]
    except (ValueError, TypeError):
        # Only a hint: the settings name nodes too.
        return []
