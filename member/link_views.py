"""Views of payments and requests across links: how each stands, in the words that people read."""

from collections.abc import Iterable

from federation.console.people import community_of
from federation.console.sentence import NameOf, address, foreign, moment, money, units_of
from federation.console.views import View
from ledger.advice import ADVICE
from ledger.link.instruction import GIVEN_BACK
from ledger.link.machine import Role, Stage
from ledger.link.transit import LinkedRequest, Transit
from ledger.refusal import Code
from ledger.saying import said
from ledger.state import State
from ledger.store.meta import ValueStore

_NAME = "community/"
"""Values of the home: what communities were called when somebody there was paid, UTF-8."""
_BY_PAYEE = frozenset(
    (
        Code.UNKNOWN_ACCOUNT,
        Code.ACCOUNT_SUSPENDED,
        Code.ACCOUNT_CLOSED,
        Code.EXCEEDS_MAXIMUM_BALANCE,
        Code.ALREADY_PAID,
        Code.UNKNOWN_REQUEST,
        Code.NOT_PAYEE,
        Code.NOT_REVERSIBLE,
        Code.ALREADY_REVERTED,
    )
)
"""Refusals that only the payee's community has a reason for; the others come from any."""


def name_communities(state: State, values: ValueStore) -> NameOf:
    """Return what gives each community its name: the link's, or what a quote called it."""

    def name_of(community: bytes) -> str:
        kept = None if community in state.links else values.get(_NAME + community.hex())
        return community_of(state, community) if kept is None else kept.decode()

    return name_of


def keep_name(values: ValueStore, community: bytes, name: str) -> None:
    """Keep what a quote called a community, for what is told later."""
    values.set(_NAME + community.hex(), name.encode())


def other_of(transit: Transit, name_of: NameOf) -> str:
    """Return who a payment is with, from the member's side: ``bakery@river``."""
    asked = transit.instruction
    if transit.role is Role.PAYEE:
        return address(asked.payer, name_of(asked.origin))
    return address(asked.payee, name_of(asked.hops[-1].community))


def view_payment(state: State, transit: Transit, name_of: NameOf) -> View:
    """Return how a payment of a member stands.

    Args:
        state: The own replica's.
        transit: Whose payer or payee is the member.
        name_of: From ``name_communities``.
    """
    asked, units = transit.instruction, units_of(state)
    pays = transit.role is Role.ORIGIN
    leaves = [move for move in transit.transfers if move.debit == transit.account]
    paid = sum(move.amount for move in leaves)
    return {
        "id": transit.id.hex(),
        "direction": "you pay" if pays else "you are paid",
        "with": other_of(transit, name_of),
        "community": (asked.hops[-1].community if pays else asked.origin).hex(),
        "amount": money(units, asked.amount, asked.unit),
        "amount_minor": asked.amount,
        "unit": asked.unit,
        "pays": money(units, paid, leaves[0].unit) if pays else None,
        "pays_minor": paid if pays else None,
        "pays_unit": leaves[0].unit if pays else None,
        "memo": asked.memo,
        "gives_back": asked.about is not None and asked.about.kind == GIVEN_BACK,
        "deadline": asked.deadline,
        "hops": len(asked.hops),
        "state": transit.stage.value,
        "settled": is_settled(transit),
        "final": is_decided(transit),
        "code": transit.code or None,
        "told": tell_payment(transit, name_of),
    }


def view_payments(state: State, transits: Iterable[Transit], name_of: NameOf) -> list[View]:
    """Return how payments stand, in the order given."""
    return [view_payment(state, one, name_of) for one in transits]


def view_under_way(state: State, own: bytes, name_of: NameOf) -> list[View]:
    """Return the payments of a member that are not decided yet, by the end of their time."""
    mine = [one for one in state.transits.values() if one.account == own and not is_decided(one)]
    ordered = sorted(mine, key=lambda one: (one.instruction.deadline, one.id))
    return view_payments(state, ordered, name_of)


def is_settled(transit: Transit) -> bool:
    """Return whether a payment was made: the payee has it."""
    if transit.role is Role.PAYEE:
        return transit.stage is Stage.SETTLED
    return transit.stage is Stage.POSTED and transit.below


def is_decided(transit: Transit) -> bool:
    """Return whether nothing changes for the member any more: made, or not made for good."""
    if transit.role is Role.PAYEE:
        return transit.stage in {Stage.SETTLED, Stage.RELEASED}
    return is_settled(transit) or transit.stage in {Stage.VOIDED, Stage.EXPIRED}


def tell_payment(transit: Transit, name_of: NameOf) -> str:
    """Return how a payment stands, as one sentence for its payer or payee."""
    stand = name_stand(transit, name_of)
    if transit.role is Role.ORIGIN and transit.stage is Stage.PREPARED:
        ends = moment(transit.instruction.deadline)
        return said("{stand}, at the latest until {ends}", stand=stand, ends=ends)
    if transit.role is Role.ORIGIN and transit.stage is Stage.VOIDED and transit.code:
        known = Code(transit.code) if transit.code in set(Code) else None
        why = said(ADVICE[known].sentence) if known else f"{transit.code}."
        return said("{stand}: {why} Nothing was taken", stand=stand, why=why)
    return stand


def name_stand(transit: Transit, name_of: NameOf) -> str:
    """Return the same in a few words, as a table has room for."""
    if transit.role is Role.PAYEE:
        return _name_payee_stand(transit, name_of(transit.instruction.origin))
    there = name_of(transit.instruction.hops[-1].community)
    match transit.stage:
        case Stage.PREPARED:
            return said("held until {there} accepts", there=there)
        case Stage.POSTED:
            return _name_posted_stand(transit, there)
        case Stage.EXPIRED:
            return said("expired, nothing was taken")
        case _ if transit.code:
            return said("rejected by {who}", who=_who_rejected(transit, name_of))
        case _:
            return said("taken back, nothing was taken")


def view_linked_request(state: State, own: bytes, request: LinkedRequest, name_of: NameOf) -> View:
    """Return an open request across links, as its creditor or debtor sees it."""
    asked = request.asked
    asks = not request.upstream and request.account == own
    other = (
        address(asked.debtor, name_of(asked.path[-1]))
        if asks
        else address(asked.creditor, name_of(asked.origin))
    )
    return {
        "id": asked.request.hex(),
        "amount": money(units_of(state), asked.amount, asked.unit),
        "amount_minor": asked.amount,
        "unit": asked.unit,
        "memo": asked.memo,
        "sealed": False,
        "expires": asked.expires,
        "direction": "you ask" if asks else "you are asked",
        "with": other,
    }


def _name_posted_stand(transit: Transit, there: str) -> str:
    if not transit.below:
        return said("paid; accepted by {there}, which books it at its next merge", there=there)
    payee = foreign(transit.instruction.payee)
    return said("paid; {payee} at {there} has it", payee=payee, there=there)


def _name_payee_stand(transit: Transit, origin: str) -> str:
    match transit.stage:
        case Stage.ACCEPTED:
            return said("held for you until {origin} says that it is paid", origin=origin)
        case Stage.SETTLED:
            payer = foreign(transit.instruction.payer)
            return said("received from {payer} at {origin}", payer=payer, origin=origin)
        case Stage.FORCED:
            return said(
                "let go by your manager before {origin} said whether it is paid", origin=origin
            )
        case _:
            return said("not paid: {origin} took it back or let it expire", origin=origin)


def _who_rejected(transit: Transit, name_of: NameOf) -> str:
    """Return the community that said no, as far as the reason tells."""
    hops = transit.instruction.hops
    if len(hops) == 1 or transit.code in _BY_PAYEE:
        return name_of(hops[-1].community)
    near = name_of(hops[0].community)
    return said("{near} or a community behind it", near=near)
