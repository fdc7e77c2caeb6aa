"""Quotes: what a payment across links costs, hop by hop, before anybody consents to it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from federation.console.views import View
from federation.link.graph import Barred
from federation.link.no_route import NoRoute, Reason
from federation.link.route import Route, Step
from federation.link.typed import format_fee, format_terms
from federation.words import fingerprint
from ledger.link.instruction import HOPS_MAX
from ledger.link.terms import Side, Terms
from ledger.saying import said
from ledger.unit import Unit, format_amount

NameOf = Callable[[bytes], str]
"""What a community is called here; ``AddressBook.name_of``."""

_BARRED = {
    Barred.SUSPENDED: "one of the two has suspended or closed it",
    Barred.MISMATCHED: "the two say different terms; their managers have to agree",
    Barred.ONE_SIDED: "only one of the two advertises it",
    Barred.STALE: "what one of the two advertises is over a day old, or ahead of this clock",
    Barred.CROWDED: "more links are advertised than this program looks at",
    Barred.UNREAD: "nothing could be read of what one of the two advertises; try again",
}


@dataclass(frozen=True, slots=True)
class Quote:
    """What a person is shown.

    Attributes:
        route: The way, with all amounts.
        payee: Handle in the last community.
    """

    route: Route
    payee: str

    @property
    def pays(self) -> str:
        """What leaves the payer."""
        return _amount(self.route.pays, self.route.steps[0].edge.goes.local)

    @property
    def gets(self) -> str:
        """What the payee gets."""
        return _amount(self.route.wanted.amount, self.route.steps[-1].edge.comes.local)

    @property
    def rate(self) -> str:
        """At what rate the last community converts; empty where it does not."""
        last = self.route.steps[-1].edge.comes
        return _rate(_unit(last), self.route.rate, last.local)


def view_quote(quote: Quote, name_of: NameOf) -> View:
    """Return a quote as plain values."""
    wanted = quote.route.wanted
    return {
        "pays": quote.pays,
        "pays_minor": quote.route.pays,
        "pays_unit": wanted.payer_unit,
        "gets": quote.gets,
        "gets_minor": wanted.amount,
        "gets_unit": wanted.unit,
        "payee": quote.payee,
        "community": wanted.target.hex(),
        "community_name": name_of(wanted.target),
        "community_fingerprint": fingerprint(wanted.target),
        "rate": quote.rate or None,
        "hops": [
            _view_step(step, rate, name_of)
            for step, rate in zip(quote.route.steps, _rates(quote.route), strict=True)
        ],
    }


def tell_quote(quote: Quote, name_of: NameOf) -> Iterator[str]:
    """Give a quote in sentences, a line each."""
    target = quote.route.wanted.target
    yield f"{quote.pays} leave you; {quote.payee} at {name_of(target)} gets {quote.gets}."
    yield f"{name_of(target)} has the fingerprint {fingerprint(target)}."
    steps = zip(quote.route.steps, _rates(quote.route), strict=True)
    for number, (step, rate) in enumerate(steps, 1):
        giver = "your community" if number == 1 else name_of(step.edge.source)
        parts = [f"{_money(step, step.amount)} to {name_of(step.edge.peer)}"]
        if rate:
            parts.append(f"{giver} converts at {rate}")
        if step.fee:
            parts.append(f"{giver} takes {_money(step, step.fee)} for it ({_fee(step)})")
        can = "can" if step.edge.exact else "can, as it says,"
        parts.append(f"then {_money(step, step.remaining)} {can} still leave by this link")
        yield f"{number}. {'; '.join(parts)}."
    if quote.rate:
        yield f"{name_of(target)} converts at {quote.rate}."


def view_no_route(none: NoRoute, name_of: NameOf) -> View:
    """Return why there is no route as plain values."""
    return {
        "reason": none.reason.value,
        "barred": none.barred.value if none.barred else None,
        "community": none.wanted.target.hex(),
        "from": none.pair[0].hex() if none.pair else None,
        "to": none.pair[1].hex() if none.pair else None,
        "short": _amount(none.short, _unit(none.terms)) if none.terms else None,
        "short_minor": none.short if none.terms else None,
        "units": list(none.units),
        "hops": none.hops or None,
        "sentence": tell_no_route(none, name_of),
    }


def tell_no_route(none: NoRoute, name_of: NameOf) -> str:
    """Return why there is no route, and what to do, in one sentence."""
    target = name_of(none.wanted.target)
    sentence: str
    match none.reason:
        case Reason.HOME:
            sentence = said("that is your own community; leave out the @ and what follows it")
        case Reason.UNKNOWN:
            sentence = said(
                "nobody reached from here has a link with {target}; ask your manager for one",
                target=target,
            )
        case Reason.CAPACITY:
            sentence = _tell_short(none, name_of)
        case Reason.TOO_LARGE:
            sentence = said(
                "with rates and fees the amount is larger than any ledger can hold; pay less"
            )
        case Reason.UNIT:
            sentence = _tell_units(none, name_of)
        case Reason.BARRED:
            assert none.barred is not None
            why = said(_BARRED[none.barred])
            link = _link(none, name_of)
            sentence = said("{link} cannot be used now: {why}", link=link, why=why)
        case Reason.TOO_FAR:
            sentence = said(
                "{target} is {hops} links away; a payment goes over {most} at most",
                target=target,
                hops=none.hops,
                most=HOPS_MAX,
            )
        case Reason.NO_PATH:
            sentence = said(
                "no links lead from here to {target}; ask your manager for one", target=target
            )
    return sentence


def _tell_short(none: NoRoute, name_of: NameOf) -> str:
    assert none.terms is not None
    short = _amount(none.short, _unit(none.terms))
    link = _link(none, name_of)
    return said(
        "too little can leave now by {link}: {short} are missing; pay less, or later",
        link=link,
        short=short,
    )


def _tell_units(none: NoRoute, name_of: NameOf) -> str:
    wanted, units = none.wanted, " or ".join(none.units)
    if none.at == wanted.target:
        return said(
            "{target} pays its members in {units}, not in {unit}",
            target=name_of(wanted.target),
            units=units,
            unit=wanted.unit,
        )
    if none.at is not None:
        return said(
            "your community's links take {units} from you, not {unit}",
            units=units,
            unit=wanted.payer_unit,
        )
    return said(
        "links lead to {target}, but no way turns {unit} into {other}; try another unit",
        target=name_of(wanted.target),
        unit=wanted.payer_unit,
        other=wanted.unit,
    )


def _link(none: NoRoute, name_of: NameOf) -> str:
    assert none.pair is not None
    source, peer = none.pair
    return said("the link from {source} to {peer}", source=name_of(source), peer=name_of(peer))


def _view_step(step: Step, rate: str, name_of: NameOf) -> View:
    peer = step.edge.peer
    return {
        "community": peer.hex(),
        "name": name_of(peer),
        "fingerprint": fingerprint(peer),
        "unit": step.edge.goes.terms.unit,
        "enters": _money(step, step.amount),
        "enters_minor": step.amount,
        "rate": rate or None,
        "fee": _money(step, step.fee),
        "fee_minor": step.fee,
        "fee_terms": _fee(step),
        "remaining": _money(step, step.remaining),
        "remaining_minor": step.remaining,
        "exact": step.edge.exact,
    }


def _rates(route: Route) -> Iterator[str]:
    """Give at what rate the community before each link converts, nothing where it does not."""
    came = route.steps[0].edge.goes.local
    for step in route.steps:
        yield _rate(came, step.rate, _unit(step.edge.goes))
        came = _unit(step.edge.goes)


def _rate(came: tuple[str, int], rate: Fraction, goes: tuple[str, int]) -> str:
    """Return a rate as terms are written: the least whole number of the first unit."""
    if came == goes:
        return ""
    return format_terms(Terms(*came, *goes, rate.denominator, rate.numerator))


def _fee(step: Step) -> str:
    return format_fee(step.edge.fee, *_unit(step.edge.goes))


def _money(step: Step, amount_minor: int) -> str:
    return _amount(amount_minor, _unit(step.edge.goes))


def _amount(amount_minor: int, unit: tuple[str, int]) -> str:
    code, scale = unit
    return format_amount(amount_minor, Unit(code, scale, code, 0, 0))


def _unit(side: Side) -> tuple[str, int]:
    return side.terms.unit, side.terms.scale
