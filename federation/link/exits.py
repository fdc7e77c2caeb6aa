"""Ways out of a community towards a payee, and the best one for whoever enters by a link."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from federation.link.graph import Edge
from ledger.errors import AmountTooLarge
from ledger.link.terms import NO_FEE, Side, fee_on

Need: TypeAlias = Fraction | int
"""What is needed before it is rounded up to minor units."""
Trail: TypeAlias = tuple[bytes, Need, "Trail | None"]
_Unit: TypeAlias = tuple[str, int]
"""Code and scale."""


class Label(NamedTuple):
    """The least that has to leave by a link, and the way on from there.

    Attributes:
        amount: Minor units of the link's unit.
        trail: For each hop from here the community and what it needs by the link, in that link's
            unit; of equal ways the one with the smallest trail is taken.
        edge: The link.
        next: The label after it, None at the payee's community.
        passed: Which of the communities that are told apart it comes through.
    """

    amount: int
    trail: Trail
    edge: Edge
    next: "Label | None"
    passed: frozenset[bytes]


def leaving(label: Label) -> int:
    """Return what goes out with the fee, in minor units of the link's unit.

    Raises:
        AmountTooLarge: 2**53 minor units or more.
    """
    fee = label.edge.fee
    return label.amount if fee == NO_FEE else label.amount + fee_on(fee, label.amount)


def labels_of(first: Label) -> Iterator[Label]:
    """Give the labels of a way, from the payer's community on."""
    label: Label | None = first
    while label is not None:
        yield label
        label = label.next


class Exit(NamedTuple):
    """A way out of a community, ordered by what it needs there, then by trail.

    Attributes:
        need: In the unit in which it is compared.
        trail: The label's.
        leaves: The label's amount and the fee.
        label: The link's.
    """

    need: Need
    trail: Trail
    leaves: int
    label: Label


class Exits:
    """The ways out of a community, by what they need in each unit.

    Between links of one unit nothing is converted; between others all goes through the unit of the
    community's members. So whoever enters leaves best by the best link of his unit or by the best
    of another unit, and nobody compares every link in with every link out.
    """

    def __init__(self, labels: Iterable[Label]) -> None:
        self._all: list[Exit] = []
        self._straight: dict[_Unit, Exit] = {}
        self._by_local: dict[_Unit, list[Exit]] | None = None
        for label in labels:
            try:
                leaves = leaving(label)
            except AmountTooLarge:
                continue
            out = Exit(leaves, label.trail, leaves, label)
            self._all.append(out)
            _put_best(self._straight, _unit(label.edge.goes), out)

    def choose(self, came: Side) -> Exit | None:
        """Return the best way out for what enters by a link with these terms, if there is one."""
        unit = _unit(came)
        straight = self._straight.get(unit)
        if len(self._straight) == (straight is not None):
            return straight
        for out in self._ranked(came.local):
            if _unit(out.label.edge.goes) != unit:
                changed = out._replace(need=out.need / came.worth)
                return changed if straight is None else min(straight, changed, key=_order)
        return straight

    def _ranked(self, local: _Unit) -> list[Exit]:
        """Return the best way out by each unit, what it needs in members' units, best first."""
        if self._by_local is None:
            found: dict[_Unit, dict[_Unit, Exit]] = defaultdict(dict)
            for out in self._all:
                side = out.label.edge.goes
                inside = out._replace(need=out.leaves * side.worth)
                _put_best(found[side.local], _unit(side), inside)
            self._by_local = {one: sorted(by.values(), key=_order) for one, by in found.items()}
        return self._by_local.get(local, [])


def _put_best(best: dict[_Unit, Exit], unit: _Unit, out: Exit) -> None:
    if unit not in best or _order(out) < _order(best[unit]):
        best[unit] = out


def _order(out: Exit) -> tuple[Need, Trail]:
    return out.need, out.trail


def _unit(side: Side) -> _Unit:
    return side.terms.unit, side.terms.scale
