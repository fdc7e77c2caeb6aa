"""Bills: each debtor pays his own part, whole and once, and nothing moves before."""

from collections.abc import Callable

import pytest

from ledger.entry import part_payment_id
from ledger.operation import Accept, Annotate, Cancel, Close, Decline, Operation, Reverse, Suspend
from ledger.record import POSTED, ChangeSetRecord, RefusalRecord, TransactionRecord, Transfer
from ledger.refusal import Code
from ledger.rule.bill import OPEN_BILLS_MAX
from ledger.state import ACCEPTED, CANCELLED, DECLINED, EXPIRED, OPEN, Mention, replace
from tests.support.household import bill, code, dinner, found_bill, house, propose, stages
from tests.support.township import DAY_S, RULES, Town


def billed_house() -> tuple[Town, bytes]:
    """A house in which bert and cleo owe anna 30 EUR each for a dinner; and the bill's id."""
    town = house()
    return town, propose(town, "anna", dinner(town))


def test_a_bill_moves_nothing_and_is_in_the_chains_of_all_whom_it_names() -> None:
    town, entry = billed_house()
    (record, _) = town.last.records
    assert isinstance(record, ChangeSetRecord)
    assert {one.account for one in record.concerns} == {
        town[name].id for name in ("anna", "bert", "cleo")
    }
    made = town.state.bills[entry]
    assert [(part.account, part.amount, part.stage) for part in made.parts] == [
        (town["bert"].id, 3_000, OPEN),
        (town["cleo"].id, 3_000, OPEN),
    ]
    assert (made.author, made.merged) == (town["anna"].id, town.now)
    assert town.posted("anna", "bert", "cleo") == (0, 0, 0)


def test_accepting_pays_the_own_part_and_no_other() -> None:
    town, entry = billed_house()
    assert code(town, "bert", Accept(entry)) is None
    record = town.last.records[1]
    assert isinstance(record, TransactionRecord)
    assert (record.state, record.refers, record.memo) == (POSTED, entry, "dinner")
    assert record.id == part_payment_id(entry, town["bert"].id)
    assert town.posted("anna", "bert", "cleo") == (3_000, -3_000, 0)
    assert stages(town, entry) == [ACCEPTED, OPEN]


def test_a_part_with_several_creditors_is_one_transaction() -> None:
    town = house()
    asked = bill(town, {"anna": 60, "bert": 40}, {"cleo": 90, "anna": 10})
    entry = propose(town, "dora", asked)
    assert code(town, "cleo", Accept(entry)) is None
    record = town.last.records[1]
    assert isinstance(record, TransactionRecord)
    anna, bert, cleo = (town[name].id for name in ("anna", "bert", "cleo"))
    assert record.transfers == (Transfer(cleo, anna, 50, "EUR"), Transfer(cleo, bert, 40, "EUR"))
    assert town.posted("anna", "bert", "cleo") == (50, 40, -90)
    assert entry not in town.state.bills


def test_a_part_is_paid_whole_or_not_at_all() -> None:
    town = house()
    asked = bill(town, {"anna": 9_000, "bert": 9_000}, {"cleo": 18_000})
    entry = propose(town, "anna", asked)
    assert code(town, "cleo", Accept(entry)) is Code.INSUFFICIENT_CREDIT
    assert stages(town, entry) == [OPEN]
    assert town.posted("anna", "bert", "cleo") == (0, 0, 0)


def test_the_authors_own_part_is_paid_by_his_signature() -> None:
    town = house()
    asked = bill(town, {"anna": 100}, {"bert": 60, "cleo": 40})
    entry = propose(town, "bert", asked)
    assert stages(town, entry) == [ACCEPTED, OPEN]
    assert town.posted("anna", "bert", "cleo") == (60, -60, 0)


def test_a_bill_is_refused_whole_where_its_author_cannot_pay_his_part() -> None:
    town = house()
    asked = bill(town, {"anna": 10_001}, {"bert": 10_001})
    assert code(town, "bert", asked) is Code.INSUFFICIENT_CREDIT
    assert not town.state.bills
    assert not town.state.past_bills


def test_a_bill_that_only_its_author_owes_is_over_at_once() -> None:
    town = house()
    entry = propose(town, "bert", bill(town, {"anna": 50}, {"bert": 50}))
    assert not town.state.bills
    assert stages(town, entry) == [ACCEPTED]
    assert not town.last.changes.bills.get(entry)


@pytest.mark.parametrize(
    ("name", "operation", "expected"),
    [
        pytest.param("bert", Accept, None, id="debtor accepts"),
        pytest.param("bert", Decline, None, id="debtor declines"),
        pytest.param("anna", Cancel, None, id="author cancels"),
        pytest.param("anna", Accept, Code.NOT_DEBTOR, id="creditor accepts"),
        pytest.param("dora", Accept, Code.NOT_DEBTOR, id="stranger accepts"),
        pytest.param("dora", Decline, Code.NOT_DEBTOR, id="stranger declines"),
        pytest.param("bert", Cancel, Code.NOT_AUTHOR, id="debtor cancels"),
    ],
)
def test_who_may_answer_a_bill(
    name: str, operation: type[Accept | Decline | Cancel], expected: Code | None
) -> None:
    town, entry = billed_house()
    answer = Decline(entry, "no") if operation is Decline else operation(entry)  # type: ignore[call-arg]
    assert code(town, name, answer) is expected
    assert (stages(town, entry)[0] == OPEN) is (expected is not None)


def test_a_part_is_answered_once() -> None:
    town, entry = billed_house()
    assert code(town, "bert", Accept(entry), Accept(entry)) is Code.PART_ENDED
    assert code(town, "bert", Decline(entry, "not mine")) is None
    assert code(town, "bert", Accept(entry)) is Code.PART_ENDED
    assert stages(town, entry) == [DECLINED, OPEN]
    assert code(town, "cleo", Accept(entry)) is None
    assert code(town, "cleo", Accept(entry)) is Code.PART_ENDED
    assert code(town, "anna", Cancel(entry)) is Code.PART_ENDED
    assert town.posted("anna", "bert", "cleo") == (3_000, 0, -3_000)


def test_taking_a_bill_back_leaves_what_was_paid() -> None:
    town, entry = billed_house()
    town.ask("bert", Accept(entry))
    assert code(town, "anna", Cancel(entry)) is None
    assert stages(town, entry) == [ACCEPTED, CANCELLED]
    assert entry in town.state.past_bills
    assert town.posted("anna", "bert", "cleo") == (3_000, -3_000, 0)


def test_an_expired_bill_cannot_be_accepted_and_its_end_writes_nothing() -> None:
    town, entry = billed_house()
    town.now += 30 * DAY_S
    assert town.try_merge().records == ()
    assert code(town, "bert", Accept(entry)) is Code.REQUEST_EXPIRED
    assert code(town, "bert", Accept(entry)) is Code.REQUEST_EXPIRED
    assert stages(town, entry) == [EXPIRED, EXPIRED]


def _without_sum(town: Town) -> Operation:
    return bill(town, {"anna": 5}, {"bert": 4})


def _in_hours(town: Town) -> Operation:
    return replace(dinner(town), unit="HOUR")


def _over(town: Town) -> Operation:
    return bill(town, {"anna": 5}, {"bert": 5}, life_s=0)


def _for_ever(town: Town) -> Operation:
    return bill(town, {"anna": 5}, {"bert": 5}, life_s=RULES.request_s_max + 1)


def _of_a_stranger(town: Town) -> Operation:
    one = dinner(town)
    return replace(one, shares=(replace(one.shares[0], account=b"x" * 16), *one.shares[1:]))


def _correcting_nothing(town: Town) -> Operation:
    return bill(town, {"anna": 5}, {"bert": 5}, replaces=bytes(16))


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (_without_sum, Code.BILL_INVALID),
        (_in_hours, Code.UNKNOWN_UNIT),
        (_over, Code.EXPIRY_OUT_OF_RANGE),
        (_for_ever, Code.EXPIRY_OUT_OF_RANGE),
        (_of_a_stranger, Code.UNKNOWN_ACCOUNT),
        (_correcting_nothing, Code.UNKNOWN_BILL),
    ],
)
def test_a_bill_is_refused(make: Callable[[Town], Operation], expected: Code) -> None:
    town = house()
    assert code(town, "anna", make(town)) is expected
    assert isinstance(town.last.records[0], RefusalRecord)


def test_nobody_is_billed_who_cannot_take_part() -> None:
    town = house()
    town.manage(Suspend(town["cleo"].id, "away"))
    assert code(town, "anna", dinner(town)) is Code.ACCOUNT_SUSPENDED


def test_a_suspended_creditor_is_not_paid() -> None:
    town, entry = billed_house()
    town.manage(Suspend(town["anna"].id, "away"))
    assert code(town, "bert", Accept(entry)) is Code.ACCOUNT_SUSPENDED
    assert code(town, "bert", Decline(entry, "")) is None


def test_a_bill_that_corrects_another_ends_what_was_open_of_it() -> None:
    town, entry = billed_house()
    town.ask("bert", Accept(entry))
    asked = bill(town, {"anna": 60}, {"bert": 30, "cleo": 30}, replaces=entry)
    assert code(town, "bert", asked) is Code.NOT_AUTHOR
    again = propose(town, "anna", asked)
    assert stages(town, entry) == [ACCEPTED, CANCELLED]
    assert stages(town, again) == [OPEN, OPEN]
    assert found_bill(town, again).replaces == entry


def test_what_was_paid_by_a_bill_is_reversed_like_a_payment() -> None:
    town, entry = billed_house()
    town.ask("bert", Accept(entry))
    assert code(town, "anna", Reverse(part_payment_id(entry, town["bert"].id), None, "")) is None
    assert town.posted("anna", "bert") == (0, 0)
    assert code(town, "bert", Accept(entry)) is Code.PART_ENDED


@pytest.mark.parametrize(
    ("closed", "left"),
    [("anna", []), ("bert", [CANCELLED, OPEN]), ("dora", [OPEN, OPEN])],
)
def test_closing_an_account_ends_what_it_billed_and_owes(closed: str, left: list[int]) -> None:
    town, entry = billed_house()
    town.manage(Close(town[closed].id, "moved", write_off=False))
    assert stages(town, entry) == (left or [CANCELLED, CANCELLED])
    assert (entry in town.state.bills) is bool(left)


def test_closing_a_creditors_account_ends_what_it_is_owed_by_others_bills() -> None:
    town = house()
    entry = propose(town, "dora", bill(town, {"anna": 60, "bert": 40}, {"cleo": 60, "dora": 40}))
    town.manage(Close(town["anna"].id, "moved", write_off=False))
    assert stages(town, entry) == [CANCELLED, ACCEPTED]


def test_an_author_has_a_bounded_number_of_open_bills() -> None:
    town = house()
    one = bill(town, {"anna": 5}, {"bert": 5})
    assert code(town, "anna", *[one] * OPEN_BILLS_MAX) is None
    assert code(town, "anna", one) is Code.TOO_MANY_BILLS
    assert code(town, "anna", Cancel(min(town.state.bills)), one) is None


def test_whoever_tells_of_a_bill_finds_all_records_about_it() -> None:
    town, entry = billed_house()
    at = len(town.records)
    assert town.last.changes.mentions == {Mention(entry, at - 2, 0)}
    town.ask("bert", Decline(entry, ""), Annotate(entry, "", "I was not there"))
    assert town.last.changes.mentions == {Mention(entry, at, 0), Mention(entry, at, 1)}


def test_an_acceptance_is_in_the_authors_chain_even_where_he_is_not_paid() -> None:
    town = house()
    entry = propose(town, "dora", bill(town, {"anna": 5}, {"bert": 5}))
    town.ask("bert", Accept(entry))
    record = town.last.records[0]
    assert isinstance(record, ChangeSetRecord)
    assert town["dora"].id in {one.account for one in record.concerns}
