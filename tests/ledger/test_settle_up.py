"""Settling up: everybody at zero, as few payments as there can be, and nobody surprised."""

from collections import Counter
from itertools import combinations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.settle_up import EXACT_PEOPLE_MAX, Payment, settle_up


def who(number: int) -> bytes:
    return bytes([number]) * 16


def balances_of(*amounts: int) -> dict[bytes, int]:
    return {who(number): amount for number, amount in enumerate(amounts)}


@st.composite
def groups(draw: st.DrawFn, people_max: int, most: int = 12) -> dict[bytes, int]:
    amounts = draw(st.lists(st.integers(-most, most), max_size=people_max - 1))
    return balances_of(*amounts, -sum(amounts))


def after(balances: dict[bytes, int], *payments: Payment) -> dict[bytes, int]:
    held = Counter(balances)
    for one in payments:
        held[one.payer] += one.amount
        held[one.payee] -= one.amount
    return dict(held)


def most_groups(amounts: tuple[int, ...]) -> int:
    """Return into how many groups with sum zero amounts fall, the slow and plain way."""
    if not amounts:
        return 0
    first, rest = amounts[0], amounts[1:]
    best = 0
    for size in range(len(rest) + 1):
        for chosen in combinations(range(len(rest)), size):
            if first + sum(rest[at] for at in chosen) == 0:
                left = tuple(one for at, one in enumerate(rest) if at not in chosen)
                best = max(best, 1 + most_groups(left))
    return best


@pytest.mark.parametrize(
    ("balances", "payments"),
    [
        ((), ()),
        ((0, 0), ()),
        ((-5, 5), ((0, 1, 5),)),
        ((-5, -3, 8), ((0, 2, 5), (1, 2, 3))),
        ((8, -3, -5), ((1, 0, 3), (2, 0, 5))),
        # Two pairs, although laid side by side they would be three payments.
        ((-5, -3, 3, 5), ((0, 3, 5), (1, 2, 3))),
        # Two groups of three in four payments.
        ((-10, 4, 6, -7, 5, 2), ((0, 1, 4), (0, 2, 6), (3, 4, 5), (3, 5, 2))),
    ],
)
def test_the_fewest_payments_are_found(
    balances: tuple[int, ...], payments: tuple[tuple[int, int, int], ...]
) -> None:
    expected = tuple(Payment(who(payer), who(payee), amount) for payer, payee, amount in payments)
    assert settle_up(balances_of(*balances)) == expected


@given(groups(30, 10**12))
def test_everybody_ends_at_zero_and_nobody_pays_who_is_owed(balances: dict[bytes, int]) -> None:
    payments = settle_up(balances)
    assert not any(after(balances, *payments).values())
    for one in payments:
        assert balances[one.payer] < 0 < balances[one.payee]
        assert one.amount > 0
    pairs = {(one.payer, one.payee) for one in payments}
    assert len(pairs) == len(payments) < max(len(balances), 1)


@settings(max_examples=60, deadline=None)
@given(groups(8, 6))
def test_no_way_needs_fewer_payments(balances: dict[bytes, int]) -> None:
    amounts = tuple(one for one in balances.values() if one)
    assert len(settle_up(balances)) == len(amounts) - most_groups(amounts)


@settings(max_examples=150, deadline=None)
@given(groups(EXACT_PEOPLE_MAX, 8), st.data())
def test_a_payment_that_is_made_changes_nothing_for_others(
    balances: dict[bytes, int], data: st.DataObject
) -> None:
    payments = settle_up(balances)
    if not payments:
        return
    made = data.draw(st.sampled_from(payments))
    assert settle_up(after(balances, made)) == tuple(one for one in payments if one != made)


@settings(deadline=None)
@given(st.integers(12, 40), st.data())
def test_among_many_a_part_of_a_payment_changes_only_that_payment(
    people: int, data: st.DataObject
) -> None:
    amounts = data.draw(
        st.lists(st.integers(-99, 99).filter(bool), min_size=people, max_size=people)
    )
    balances = balances_of(*amounts, -sum(amounts))
    payments = settle_up(balances)
    made = data.draw(st.sampled_from(payments))
    part = data.draw(st.integers(1, made.amount))
    left = after(balances, Payment(made.payer, made.payee, part))
    if sum(1 for one in left.values() if one) <= EXACT_PEOPLE_MAX:
        return
    rest = Payment(made.payer, made.payee, made.amount - part)
    expected = [rest if one == made else one for one in payments]
    assert settle_up(left) == tuple(one for one in expected if one.amount)


@settings(max_examples=100, deadline=None)
@given(groups(EXACT_PEOPLE_MAX), st.data())
def test_a_part_of_a_payment_never_makes_more_of_them(
    balances: dict[bytes, int], data: st.DataObject
) -> None:
    payments = settle_up(balances)
    if not payments:
        return
    made = data.draw(st.sampled_from(payments))
    part = data.draw(st.integers(1, made.amount))
    left = after(balances, Payment(made.payer, made.payee, part))
    assert len(settle_up(left)) <= len(payments)


@given(groups(EXACT_PEOPLE_MAX), st.randoms(use_true_random=False))
def test_the_order_in_which_people_are_given_does_not_matter(
    balances: dict[bytes, int], chance: Random
) -> None:
    people = list(balances)
    chance.shuffle(people)
    assert settle_up({one: balances[one] for one in people}) == settle_up(balances)


def test_the_worst_group_of_equals_is_worked_out() -> None:
    half = EXACT_PEOPLE_MAX // 2
    assert len(settle_up(balances_of(*[-7] * half, *[7] * half))) == half
