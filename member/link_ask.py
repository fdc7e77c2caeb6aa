"""Asking across links: what a person typed becomes a payment or a request by the cheapest way."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from federation.card import RequestCard
from federation.console.people import own_units
from federation.console.terminal import Refused, UsageInvalid
from federation.errors import CardInvalid
from federation.link.address import Address
from federation.link.graph import Graph
from federation.link.no_route import explain
from federation.link.quote import Quote, tell_no_route
from federation.link.reach import Reach
from federation.link.route import Route, find_route
from federation.link.search import Wanted
from ledger.link.instruction import GIVEN_BACK, LINK_REQUEST, PAYEE_CARD, About
from ledger.link.transit import LinkedRequest, Transit
from ledger.operation import LinkPay, LinkRequest
from ledger.saying import said
from ledger.state import State
from ledger.unit import Unit, parse_amount


class TypedPay(NamedTuple):
    """What a person typed about an amount for somebody in another community.

    Attributes:
        amount: A decimal number of what the payee is to get.
        unit: Code of the unit that the payee is paid in; None for the own one.
        memo: What it is for, checked; everybody on the way can read it.
    """

    amount: str
    unit: str | None
    memo: str


@dataclass(frozen=True, slots=True)
class Quoted:
    """A payment as it would be signed, and what it costs."""

    operation: LinkPay
    quote: Quote


class UnitWanted(UsageInvalid):
    """The unit that a payee in another community is to be paid in has to be said.

    Attributes:
        called: What the community is called.
        codes: The units that its members are paid in.
    """

    def __init__(self, message: str, called: str, codes: tuple[str, ...]) -> None:
        super().__init__(message)
        self.called = called
        self.codes = codes


class Purpose(NamedTuple):
    """What a payment is for.

    Attributes:
        memo: What all on the way can read.
        deadline: Unix seconds.
        about: What it settles, or None.
    """

    memo: str
    deadline: int
    about: About | None = None


def quote_typed(state: State, reach: Reach, to: Address, typed: TypedPay, deadline: int) -> Quoted:
    """Return a payment to somebody in another community.

    Args:
        state: The own replica's.
        reach: What can be reached from here.
        to: Who gets it.
        typed: As typed.
        deadline: Unix seconds.

    Raises:
        UsageInvalid: The unit is unknown, or has to be chosen.
        AmountInvalid: Not an amount of the unit.
        Refused: No way leads there that can bear it; the message says what is in the way.
    """
    unit = _unit_there(state, reach, to, typed.unit)
    amount = parse_amount(typed.amount, unit)
    return _quote(state, reach, to, (unit.code, amount), Purpose(typed.memo, deadline))


def quote_card(
    state: State, reach: Reach, card: RequestCard, amount: str | None, deadline: int
) -> Quoted:
    """Return the one payment that another community's payment request card asks for.

    Args:
        state: The own replica's.
        reach: What can be reached from here.
        card: Verified.
        amount: As typed, where the card leaves it open.
        deadline: Unix seconds.

    Raises:
        UsageInvalid: The amount is missing or another than the card's, or the unit is unknown.
        AmountInvalid: Not an amount of the unit.
        Refused: No way leads there that can bear it.
    """
    to = Address(card.handle, card.community)
    if card.amount is None and amount is None:
        raise UsageInvalid("this card leaves the amount to you; type it after the card")
    asked = card.amount
    if amount is not None:
        asked = parse_amount(amount, _unit_there(state, reach, to, card.unit))
    assert asked is not None, "one of the two says the amount"
    if card.amount not in {None, asked}:
        raise UsageInvalid("the card asks for another amount than you typed; leave it out")
    about = None if card.paid_as is None else About(PAYEE_CARD, card.paid_as)
    purpose = Purpose(card.memo, deadline, about)
    return _quote(state, reach, to, (card.unit, asked), purpose)


def quote_request(state: State, reach: Reach, found: LinkedRequest, deadline: int) -> Quoted:
    """Return the payment that a request across links asks for.

    Raises:
        UsageInvalid: There are several own units, and none of them is asked for.
        Refused: No way leads there that can bear it.
    """
    asked = found.asked
    to = Address(asked.creditor, asked.origin)
    purpose = Purpose(asked.memo, deadline, About(LINK_REQUEST, asked.request))
    return _quote(state, reach, to, (asked.unit, asked.amount), purpose)


def quote_back(reach: Reach, received: Transit, part: int | None, purpose: Purpose) -> Quoted:
    """Return the payment that gives back what came across links, as much as gets through.

    Fees and rates of the way back come off it, so that no more leaves than came.

    Args:
        reach: What can be reached from here.
        received: The payment that came.
        part: The most that is to leave, in minor units of what came; None for all of it.
        purpose: Its memo and deadline.

    Raises:
        UsageInvalid: The part is larger than what came.
        Refused: No way leads back that can bear it.
    """
    original = received.instruction
    most = original.amount if part is None else part
    if most > original.amount:
        raise UsageInvalid("that is more than you received; give back at most what came")
    to = Address(original.payer, original.origin)
    units = _units_there(reach.graph, to.community) or {original.unit: 0}
    code = original.unit if original.unit in units else min(units)
    wanted = Wanted(original.unit, to.community, code, 1)
    route = _most_for(reach.graph, wanted, most)
    if route is None:
        raise _no_route(reach, wanted)
    about = About(GIVEN_BACK, received.id)
    return _quoted(route, to, purpose._replace(about=about))


def ask_linked(
    state: State, reach: Reach, debtor: Address, typed: TypedPay, expires: int
) -> LinkRequest:
    """Return a request to somebody in another community, by the way a payment would come.

    Args:
        state: The own replica's.
        reach: What can be reached from here.
        debtor: Who is asked.
        typed: The amount that the author wants to get, in a unit of his own.
        expires: Unix seconds.

    Raises:
        UsageInvalid: No such unit here, or several to choose from.
        AmountInvalid: Not an amount of the unit.
        Refused: No way leads there.
    """
    unit = _own_unit(state, typed.unit)
    amount = parse_amount(typed.amount, unit)
    path = _way_of_request(reach, debtor.community, unit.code, amount)
    return LinkRequest(path, debtor.handle, unit.code, amount, typed.memo, expires)


def check_card_in_time(card: RequestCard, now: int) -> None:
    """Accept another community's payment request that has not expired.

    Raises:
        CardInvalid: It has.
    """
    if now > card.expires:
        raise CardInvalid(
            said(
                "got a payment request that expired {seconds} s ago; ask for a new one",
                seconds=now - card.expires,
            )
        )


def _quote(
    state: State, reach: Reach, to: Address, gets: tuple[str, int], purpose: Purpose
) -> Quoted:
    """Return a payment by the cheapest way, in an own unit that leads there."""
    code, amount = gets
    own = [unit.code for unit in own_units(state)]
    units = [code] if code in own else own
    ways = [Wanted(unit, to.community, code, amount) for unit in units]
    assert ways, "a member's community has a unit"
    found = [route for route in (find_route(reach.graph, one) for one in ways) if route]
    if not found:
        raise _no_route(reach, ways[0])
    if len(found) > 1:
        listed = ", ".join(route.wanted.payer_unit for route in found)
        raise UsageInvalid(
            said(
                "{code} can be paid there from your {listed}; ask the payee for an amount in "
                "one of them and type that --unit",
                code=code,
                listed=listed,
            )
        )
    return _quoted(found[0], to, purpose)


def _quoted(route: Route, to: Address, purpose: Purpose) -> Quoted:
    wanted = route.wanted
    operation = LinkPay(
        route.hops, to.handle, wanted.unit, wanted.amount, wanted.payer_unit, route.pays,
        purpose.memo, b"", purpose.deadline, purpose.about,
    )  # fmt: skip
    return Quoted(operation, Quote(route, to.handle))


def _most_for(graph: Graph, wanted: Wanted, most: int) -> Route | None:
    """Return the route by which the payee gets as much as a payer can bring about with an amount.

    What has to leave grows with what arrives, so the largest amount is found by halving.
    """

    def way(amount: int) -> Route | None:
        route = find_route(graph, replace(wanted, amount=amount))
        return route if route is not None and route.pays <= most else None

    best = way(1)
    if best is None:
        return None
    low, high = 1, 2
    while (route := way(high)) is not None:
        best, low, high = route, high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        route = way(middle)
        if route is None:
            high = middle
        else:
            best, low = route, middle
    return best


def _way_of_request(reach: Reach, debtor: bytes, unit: str, amount: int) -> tuple[bytes, ...]:
    """Return the communities from here to a debtor's, by the way that its payment would come."""
    graph = reach.graph
    back = Graph(debtor, graph.leaving, graph.entering, graph.barred, graph.known)
    for payer_unit in sorted({edge.goes.local[0] for edge in graph.leaving.get(debtor, ())}):
        for limited in (True, False):
            route = find_route(back, Wanted(payer_unit, graph.own, unit, amount), limited=limited)
            if route is not None:
                return tuple(step.edge.source for step in reversed(route.steps))
    if any(edge.peer == debtor for edge in graph.leaving.get(graph.own, ())):
        return (debtor,)
    raise _no_route(reach, Wanted(unit, debtor, unit, amount))


def _unit_there(state: State, reach: Reach, to: Address, typed: str | None) -> Unit:
    """Return the unit that a payee is paid in.

    Raises:
        UnitWanted: The own one does not do there, or the typed one is none that is paid there.
        Refused: No usable link leads into the payee's community.
    """
    there = _units_there(reach.graph, to.community)
    own = own_units(state)
    called = reach.name_of(to.community)
    if not there:
        raise _no_route(reach, Wanted(own[0].code, to.community, own[0].code, 1))
    codes = " or ".join(sorted(there))
    if typed is None:
        common = [unit for unit in own if unit.code in there]
        if len(common) != 1:
            why = said(
                "{called} pays its members in {codes}; add --unit", called=called, codes=codes
            )
            raise UnitWanted(why, called, tuple(sorted(there)))
        return common[0]
    code = typed.upper()
    if code not in there:
        why = said(
            "got the unit {typed!r}; {called} pays its members in {codes}",
            typed=typed,
            called=called,
            codes=codes,
        )
        raise UnitWanted(why, called, tuple(sorted(there)))
    return Unit(code, there[code], code, 0, 0)


def _own_unit(state: State, typed: str | None) -> Unit:
    own = {unit.code: unit for unit in own_units(state)}
    if typed is None and len(own) == 1:
        return next(iter(own.values()))
    if typed is None or typed.upper() not in own:
        raise UsageInvalid(said("you are paid in {listed}; add --unit", listed=" or ".join(own)))
    return own[typed.upper()]


def _units_there(graph: Graph, community: bytes) -> dict[str, int]:
    """Return the units that a community's members are paid in across links, with their scales."""
    return dict(side.local for side in graph.entering.get(community, {}))


def _no_route(reach: Reach, wanted: Wanted) -> Refused:
    return Refused(tell_no_route(explain(reach.graph, wanted), reach.name_of))
