"""Who owes whom by a bill: what is clear from the two lists alone."""

from collections import Counter
from itertools import starmap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.bill import Leg, fault, legs
from ledger.operation import BILL_PAID_MAX, BILL_SHARES_MAX, Part

ANNA, BERT, CLEO, DORA = (bytes((number,)) * 16 for number in range(4))
PEOPLE = [bytes((number,)) * 16 for number in range(80)]


@pytest.mark.parametrize(
    ("paid", "shares", "expected"),
    [
        pytest.param([(ANNA, 90)], [(ANNA, 30), (BERT, 30), (CLEO, 30)],
                     [(BERT, ANNA, 30), (CLEO, ANNA, 30)], id="one paid for three"),
        pytest.param([(ANNA, 60), (BERT, 40)], [(ANNA, 25), (BERT, 25), (CLEO, 25), (DORA, 25)],
                     [(CLEO, ANNA, 25), (DORA, ANNA, 10), (DORA, BERT, 15)], id="two paid"),
        pytest.param([(ANNA, 10)], [(BERT, 10)], [(BERT, ANNA, 10)], id="paid for somebody else"),
        pytest.param([(ANNA, 10), (BERT, 90)], [(ANNA, 50), (BERT, 50)],
                     [(ANNA, BERT, 40)], id="paid too little"),
        pytest.param([(ANNA, 5)], [(ANNA, 5)], [], id="paid for himself"),
    ],
)  # fmt: skip
def test_debtors_in_their_order_fill_creditors_in_theirs(
    paid: list[tuple[bytes, int]],
    shares: list[tuple[bytes, int]],
    expected: list[tuple[bytes, bytes, int]],
) -> None:
    found = legs(starmap(Part, paid), starmap(Part, shares))
    assert found == tuple(map(Leg._make, expected))


@pytest.mark.parametrize(
    ("paid", "shares", "said"),
    [
        pytest.param([(ANNA, 5)], [(BERT, 5)], "", id="fits"),
        pytest.param([(ANNA, 5)], [(BERT, 4)], "adds up to 5", id="sums differ"),
        pytest.param([(ANNA, 5), (ANNA, 5)], [(BERT, 10)], "twice", id="payer stands twice"),
        pytest.param([(ANNA, 5)], [(BERT, 2), (BERT, 3)], "twice", id="share stands twice"),
        pytest.param([(ANNA, 5)], [(ANNA, 5)], "nobody owes", id="nobody owes"),
    ],
)
def test_what_is_no_bill_is_said(
    paid: list[tuple[bytes, int]], shares: list[tuple[bytes, int]], said: str
) -> None:
    found = fault(tuple(starmap(Part, paid)), tuple(starmap(Part, shares)))
    assert said in found
    assert bool(found) is bool(said)


@st.composite
def bills(draw: st.DrawFn) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Lists of distinct people with one sum."""
    payers = draw(
        st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=BILL_PAID_MAX, unique=True)
    )
    sharers = draw(
        st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=BILL_SHARES_MAX, unique=True)
    )
    paid = [draw(st.integers(1, 1_000)) for _ in payers]
    shares = [draw(st.integers(1, 1_000)) for _ in sharers]
    short = sum(paid) - sum(shares)
    shares[0] += max(short, 0)
    paid[0] += max(-short, 0)
    return tuple(map(Part, payers, paid)), tuple(map(Part, sharers, shares))


@given(bills())
def test_legs_bring_everybody_to_his_share(
    bill: tuple[tuple[Part, ...], tuple[Part, ...]],
) -> None:
    paid, shares = bill
    laid_out: Counter[bytes] = Counter({part.account: part.amount for part in paid})
    share_of: Counter[bytes] = Counter({part.account: part.amount for part in shares})
    owing: Counter[bytes] = Counter()
    for leg in legs(paid, shares):
        assert leg.amount > 0
        laid_out[leg.debtor] += leg.amount
        laid_out[leg.creditor] -= leg.amount
        owing[leg.debtor] += leg.amount
    assert +laid_out == +share_of
    assert all(amount <= share_of[account] for account, amount in owing.items())
    assert len(legs(paid, shares)) < len(paid) + len(shares)
