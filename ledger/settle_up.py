"""Settling up: few payments that bring balances to zero, and that stay as they are.

Among few people the number of payments is the smallest there is. Where several ways have that
number, the one is taken that avoids the last pair of people in order, then the last but one, and so
on. That makes it stable: whoever makes one of the payments changes nothing for anybody else. (If
there were a better way for the rest, that way and this payment would have been the better way
before.) Among many people it lays debts and credits side by side in the order of the people; there,
too, a payment only takes its own piece out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

EXACT_PEOPLE_MAX = 10
"""Among so many the smallest number of payments is looked for: a table of 2**10 groups."""


@dataclass(frozen=True, slots=True)
class Payment:
    """Who should pay whom how many minor units, more than 0."""

    payer: bytes
    payee: bytes
    amount: int


def settle_up(balances: Mapping[bytes, int]) -> tuple[Payment, ...]:
    """Return the payments that bring every balance to zero.

    Who is below zero only pays, who is above it is only paid; there are fewer payments than people.

    Args:
        balances: By account id, in minor units of one unit; their sum is zero.

    Returns:
        By payer and payee. The same for the same balances, in whatever order they are given.
    """
    assert sum(balances.values()) == 0, "what somebody is owed, others owe"
    people = sorted(who for who, balance in balances.items() if balance)
    held = [balances[who] for who in people]
    pairs = _fewest(held) if len(people) <= EXACT_PEOPLE_MAX else _side_by_side(held)
    made = [Payment(people[payer], people[payee], amount) for payer, payee, amount in pairs]
    return tuple(sorted(made, key=lambda one: (one.payer, one.payee)))


_Flow = tuple[int, int, int]
"""Places of a payer and a payee, and an amount."""


def _side_by_side(held: Sequence[int]) -> list[_Flow]:
    """Lay all debts on a line, all credits on another, and let each pay what lies beside it."""
    debtors = [place for place, balance in enumerate(held) if balance < 0]
    creditors = [place for place, balance in enumerate(held) if balance > 0]
    flows, left = [], [abs(balance) for balance in held]
    while debtors:
        payer, payee = debtors[0], creditors[0]
        amount = min(left[payer], left[payee])
        flows.append((payer, payee, amount))
        left[payer] -= amount
        left[payee] -= amount
        debtors = debtors if left[payer] else debtors[1:]
        creditors = creditors if left[payee] else creditors[1:]
    return flows


def _fewest(held: Sequence[int]) -> list[_Flow]:
    """Return the smallest number of payments, of several such ways the first in order.

    A group of people whose balances add up to zero, and none of whose parts do, needs one payment
    less than it has people. So the fewest payments come from the most groups.

    Source:
        T. Verhoeff, "Settling multiple debts efficiently", 2004.
    """
    sums = _sums(held)
    atoms = {group: _tree(held, group) for group in _atoms(sums)}
    weights = {group: sum(1 << rank for rank in tree) for group, tree in atoms.items()}
    # For each group with sum zero: how many atoms it falls into, their trees' weight, the last.
    best: dict[int, tuple[int, int, int]] = {0: (0, 0, 0)}
    for group in range(1, len(sums)):
        if sums[group]:
            continue
        first = group & -group
        ways = [
            (best[group ^ atom][0] - 1, best[group ^ atom][1] + weights[atom], atom)
            for atom in atoms
            if atom & first and atom & group == atom
        ]
        best[group] = min(ways)
    flows, group = [], len(sums) - 1
    while group:
        atom = best[group][2]
        flows += _amounts(held, atoms[atom])
        group ^= atom
    return flows


def _sums(held: Sequence[int]) -> list[int]:
    """Return what each group's balances add up to; a group is a number with a bit a person."""
    sums = [0]
    for balance in held:
        sums += [before + balance for before in sums]
    return sums


def _atoms(sums: Sequence[int]) -> list[int]:
    """Return the groups with sum zero of which no part but themselves has that."""
    atoms: list[int] = []
    for group in range(1, len(sums)):
        # A part of a group is a smaller number, so it was looked at before.
        if not sums[group] and not any(atom & group == atom for atom in atoms):
            atoms.append(group)
    return atoms


def _tree(held: Sequence[int], group: int) -> list[int]:
    """Return the pairs of an atom's payments, as ranks: payer's place * people + payee's place.

    From the last pair to the first, each is left out that can be. What stays carries the debts, and
    nothing can be left out of it: a tree.
    """
    people = len(held)
    inside = [place for place in range(people) if group >> place & 1]
    payers = [place for place in inside if held[place] < 0]
    payees = [place for place in inside if held[place] > 0]
    kept = {(payer, payee) for payer in payers for payee in payees}
    for pair in sorted(kept, reverse=True):
        if _carries(held, payers, payees, kept - {pair}):
            kept.remove(pair)
    return [payer * people + payee for payer, payee in sorted(kept)]


def _carries(
    held: Sequence[int],
    payers: Sequence[int],
    payees: Sequence[int],
    pairs: set[tuple[int, int]],
) -> bool:
    """Return whether payments between these pairs alone can settle everything.

    They can where no group of payers owes more than those are owed whom they reach.

    Source:
        D. Gale, "A theorem on flows in networks", 1957.
    """
    reach = [sum(1 << at for at, payee in enumerate(payees) if (payer, payee) in pairs)
             for payer in payers]  # fmt: skip
    owed = _sums([held[payee] for payee in payees])
    owes, reached = [0], [0]
    for place, payer in enumerate(payers):
        owes += [before - held[payer] for before in owes]
        reached += [before | reach[place] for before in reached]
    return all(debt <= owed[whom] for debt, whom in zip(owes, reached, strict=True))


def _amounts(held: Sequence[int], tree: Sequence[int]) -> list[_Flow]:
    """Return what flows along a tree's pairs: whoever has one pair left pays or gets all by it."""
    left = [abs(balance) for balance in held]
    pairs = [divmod(rank, len(held)) for rank in tree]
    flows = []
    while pairs:
        ends = [place for pair in pairs for place in pair]
        payer, payee = next(one for one in pairs if 1 in {ends.count(one[0]), ends.count(one[1])})
        amount = left[payer] if ends.count(payer) == 1 else left[payee]
        flows.append((payer, payee, amount))
        left[payer] -= amount
        left[payee] -= amount
        pairs.remove((payer, payee))
    return flows
