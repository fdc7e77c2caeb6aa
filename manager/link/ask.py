"""Links as a manager sets them up: from what was typed to statements, checked before signing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from federation.card_frame import Hints
from federation.console.link_sentence import unit_of
from federation.console.people import find_id, find_unit, own_units
from federation.console.terminal import Refused, UsageInvalid
from federation.link.card import LinkCard, prove_link_key
from federation.link.key import link_seed
from federation.link.typed import format_terms, parse_fee, parse_terms
from ledger import crypto
from ledger.link.link import Link
from ledger.link.machine import Role
from ledger.link.terms import NO_FEE, Terms
from ledger.link.transit import Transit
from ledger.names import CANDIDATES_MAX, parse_handle
from ledger.operation import AddLink, LimitLink, RateLink
from ledger.refusal import ADVICE, Code
from ledger.saying import said
from ledger.state import State
from manager.ask import SCALE, parse_limit, propose_handle, taken_words
from manager.office import Office

_CODE = re.compile(r"[A-Z][A-Z0-9]{1,7}")


@dataclass(frozen=True, slots=True)
class TypedTerms:
    """What a manager typed about a link's terms; None where it was left out.

    Attributes:
        unit: The link's unit, where both communities have it.
        rate: What some of it is worth in another unit, such as ``1 HOUR = 15 EUR``.
        scale: Decimals of a unit that this community does not have.
    """

    unit: str | None = None
    rate: str | None = None
    scale: int | None = None


@dataclass(frozen=True, slots=True)
class TypedLink:
    """What a manager typed about a new link.

    Attributes:
        name: What the peer is to be called here; None makes one of its own name.
        trust: How much they may owe us.
        limit: How much we may owe them.
        fee: What the commons takes on what leaves by it; None for nothing.
        terms: See there.
    """

    name: str | None
    trust: str
    limit: str
    fee: str | None
    terms: TypedTerms


def ask_terms(state: State, typed: TypedTerms, known: Mapping[str, int]) -> Terms:
    """Return the terms that were typed; without any, the community's only unit.

    Args:
        state: The present.
        typed: As typed.
        known: Decimals of units that this community does not have, by code.

    Raises:
        UsageInvalid: Both a unit and a rate were typed, no rate, or there are several units.
        TermsInvalid: They do not read, or contradict themselves.
        AmountInvalid: A side of the rate is not an amount of its unit.
    """
    if typed.unit is not None and typed.rate is not None:
        raise UsageInvalid("a rate names the link's unit already; type --unit or --rate, not both")
    if typed.rate is not None and "=" not in typed.rate:
        raise UsageInvalid(
            said("got {rate!r}; a rate is such as '1 HOUR = 15 EUR'", rate=typed.rate[:40])
        )
    units = state.community.units if state.community else ()
    text = (typed.rate or typed.unit or find_unit(state, None).code).upper()
    guessed = dict.fromkeys(_CODE.findall(text), SCALE if typed.scale is None else typed.scale)
    return parse_terms(text, {**guessed, **known} | {unit.code: unit.scale for unit in units})


def is_converting(state: State, terms: Terms) -> bool:
    """Return whether this community converts: its members have the other unit, not the link's.

    Raises:
        UsageInvalid: They have neither.
        Refused: They have it with other decimals.
    """
    units = {unit.code: unit for unit in own_units(state)}
    for code, scale, converts in (
        (terms.unit, terms.scale, False),
        (terms.other, terms.other_scale, True),
    ):
        if code not in units:
            continue
        if units[code].scale != scale:
            raise Refused(
                said(
                    "unit_mismatch: {code} has {here} decimals here and {scale} there; two "
                    "communities link in a unit that both write alike, so agree on another one",
                    code=code,
                    here=units[code].scale,
                    scale=scale,
                )
            )
        return converts
    codes = ", ".join(units) or "no unit yet"
    raise UsageInvalid(
        said(
            "the link is in {terms}, and this community has {codes}; agree on one of its "
            "units, or on a rate to one: --rate '1 HOUR = 15 EUR'",
            terms=format_terms(terms),
            codes=codes,
        )
    )


def make_card(office: Office, seed: bytes, hints: Hints, terms: Terms, now: int) -> LinkCard:
    """Return the card that shows this community to a manager who wants to link.

    Args:
        office: Opened.
        seed: The community's 32 bytes.
        hints: DHT nodes to begin with.
        terms: What it proposes.
        now: Unix seconds.
    """
    newest = office.store.newest_checkpoint()
    size, root = (newest.size, newest.root) if newest else (0, b"")
    own, network = link_seed(seed), office.home.settings().network
    return LinkCard(
        office.key, crypto.public_key(own), office.name, now, size, root, network.kind,
        hints, "", terms, prove_link_key(own, office.key),
    )  # fmt: skip


def ask_link(state: State, card: LinkCard, own_key: bytes, typed: TypedLink) -> AddLink:
    """Return the statement that links up with the community that a card shows.

    Args:
        state: The present.
        card: Verified, and linkable here and now.
        own_key: The own link key, public, 32 bytes.
        typed: As typed.

    Raises:
        UsageInvalid: The terms or limits do not fit this community.
        Refused: The two sides want different terms, there is a link already, or the name is taken.
        TermsInvalid: The terms or the fee do not read.
        AmountInvalid: A limit is not an amount of the link's unit.
        NameInvalid: The name breaks a rule.
    """
    theirs = card.terms
    known = {theirs.unit: theirs.scale, theirs.other: theirs.other_scale}
    terms = ask_terms(state, typed.terms, known)
    check_same(terms, theirs)
    converts, unit = is_converting(state, terms), unit_of(terms)
    fee = NO_FEE if typed.fee is None else parse_fee(typed.fee, terms.unit, terms.scale)
    return AddLink(
        card.key, card.link_key, own_key, _name(state, card, typed.name), card.name, terms,
        converts, fee, parse_limit(typed.trust, unit), parse_limit(typed.limit, unit),
    )  # fmt: skip


def check_same(ours: Terms, theirs: Terms) -> None:
    """Accept terms that both sides name alike.

    Raises:
        Refused: They differ; the message names both.
    """
    if ours == theirs:
        return
    one, two = format_terms(ours), format_terms(theirs)
    if one == two:
        one, two = _with_decimals(ours), _with_decimals(theirs)
    raise Refused(
        said(
            "{code}: you want a link in {one}, and their card says {two}; agree with the "
            "other manager, then type the same on both sides (--unit or --rate) and swap "
            "new cards",
            code=Code.TERMS_MISMATCH.value,
            one=one,
            two=two,
        )
    )


def ask_limits(link: Link, trust: str | None, limit: str | None, now: tuple[int, int]) -> LimitLink:
    """Return the statement that sets a link's limits; one that was left out stays.

    Args:
        link: Which.
        trust: How much they may owe us, as typed, or None.
        limit: How much we may owe them, as typed, or None.
        now: Both, as they are.

    Raises:
        UsageInvalid: None was typed.
        AmountInvalid: One is not an amount of the link's unit.
    """
    if trust is None and limit is None:
        raise UsageInvalid("type the new limits: --trust A, --limit A, or both")
    unit = unit_of(link.terms)
    return LimitLink(
        link.key,
        now[0] if trust is None else parse_limit(trust, unit),
        now[1] if limit is None else parse_limit(limit, unit),
    )


def ask_rate(state: State, link: Link, rate: str | None, fee: str | None) -> RateLink:
    """Return the statement that changes a link's rate or fee; one that was left out stays.

    Raises:
        UsageInvalid: None was typed, or the rate does not fit this community.
        Refused: The rate is of another unit than the link's.
        TermsInvalid: It does not read.
        AmountInvalid: A part is not an amount of its unit.
    """
    if rate is None and fee is None:
        raise UsageInvalid("type what changes: --rate '1 HOUR = 15 EUR', --fee '1 %', or both")
    before = link.terms
    known = {before.unit: before.scale, before.other: before.other_scale}
    terms = before if rate is None else ask_terms(state, TypedTerms(rate=rate), known)
    if (terms.unit, terms.scale) != (before.unit, before.scale):
        raise Refused(
            said(
                "{code}: the link to {name} is in {unit}, in which its balance is; type a "
                "rate of {unit}, which comes first",
                code=Code.UNIT_MISMATCH.value,
                name=link.name,
                unit=before.unit,
            )
        )
    taken = link.fee if fee is None else parse_fee(fee, terms.unit, terms.scale)
    return RateLink(link.key, terms, taken)


def find_link(state: State, typed: str) -> Link:
    """Return the link of this name.

    Raises:
        UsageInvalid: There is none; the message names those who may be meant.
    """
    named = {link.name: link for link in state.links.values()}
    text = typed.strip().lower()
    if text in named:
        return named[text]
    near = ", ".join(get_close_matches(text, named, CANDIDATES_MAX, 0.6))
    lists = said("`commontab-manager link list` shows all")
    hint = said("did you mean {near}?", near=near) if near else lists
    raise UsageInvalid(said("no link here is called {typed!r}; {hint}", typed=typed, hint=hint))


def find_held(state: State, typed: str) -> Transit:
    """Return a payment that waits here for another community's decision, by its id's beginning.

    Raises:
        UsageInvalid: Fewer than 4 digits, none, or several that fit.
    """
    held = [one.id for one in state.transits.values() if one.role is not Role.ORIGIN]
    found = find_id(held, typed, "payment that waits for another community")
    return state.transits[found]


def _name(state: State, card: LinkCard, typed: str | None) -> str:
    """Return what the peer is to be called here.

    Raises:
        Refused: It is linked already, or the name is somebody else's.
    """
    known = state.links.get(card.key)
    if known is not None and known.status == "closed":
        return known.name
    if known is not None:
        step = ADVICE[Code.LINK_EXISTS].step
        raise Refused(
            said(
                "{code}: it is linked already, as {known}. {step}",
                code=Code.LINK_EXISTS.value,
                known=known.name,
                step=step,
            )
        )
    if typed is None:
        return propose_handle(card.name, taken_words(state))
    name = parse_handle(typed)
    if name in taken_words(state):
        raise Refused(
            said(
                "{code}: {name} is somebody here already; choose another --name",
                code=Code.NAME_TAKEN.value,
                name=name,
            )
        )
    return name


def _with_decimals(terms: Terms) -> str:
    sides = [f"{terms.unit} with {terms.scale} decimals"]
    if terms.other:
        sides.append(f"{terms.other} with {terms.other_scale}")
    return " and ".join(sides)
