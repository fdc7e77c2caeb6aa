"""Annotations: the parties of an entry say something about it, and nothing moves."""

from collections.abc import Callable

import pytest

from ledger.concern import CONCERNED_MAX
from ledger.entry import card_payment_id, entry_id, part_payment_id
from ledger.operation import (
    BILL_SHARES_MAX,
    Accept,
    Annotate,
    Cancel,
    Decline,
    Hold,
    Operation,
    Pay,
    Profile,
    Request,
)
from ledger.record import ChangeSetRecord
from ledger.refusal import Code
from ledger.state import Mention
from tests.support.household import bill, code, dinner, house, mandate, propose
from tests.support.township import DAY_S, Town

NOTE = Annotate(None, "food", "two crates")


def _pay(town: Town) -> Operation:
    return town.payment("bert", 5)


def _pay_card(town: Town) -> Operation:
    return Pay(town["bert"].id, 5, "EUR", "", b"", b"c" * 16)


def _request(town: Town) -> Operation:
    return Request(town["bert"].id, 5, "EUR", "", b"", town.now + DAY_S)


def _hold(town: Town) -> Operation:
    return Hold(town["bert"].id, 5, "EUR", "", b"", town.now + DAY_S)


def _bill(town: Town) -> Operation:
    return bill(town, {"bert": 5}, {"anna": 5})


def _mandate(town: Town) -> Operation:
    return mandate(town, "bert")


@pytest.mark.parametrize("make", [_pay, _pay_card, _request, _hold, _bill, _mandate])
def test_a_note_is_about_what_the_operation_before_makes(make: Callable[[Town], Operation]) -> None:
    town = house()
    made = make(town)
    at = len(town.records)
    outcome = town.ask("anna", Profile("Anna"), made, NOTE, NOTE)
    assert outcome.refusal is None
    about = entry_id(outcome.hash, 1)
    if make is _pay_card:
        about = card_payment_id(town["bert"].id, b"c" * 16)
    assert {Mention(about, at, 2), Mention(about, at, 3)} <= town.last.changes.mentions
    record = town.last.records[0]
    assert isinstance(record, ChangeSetRecord)
    assert town["bert"].id in {one.account for one in record.concerns}


def test_a_note_is_about_the_part_that_is_accepted_before() -> None:
    town = house()
    entry = propose(town, "anna", dinner(town))
    assert code(town, "bert", Accept(entry), NOTE) is None
    paid = part_payment_id(entry, town["bert"].id)
    assert paid in {one.about for one in town.last.changes.mentions}


def test_both_parties_write_about_a_payment_and_strangers_do_not() -> None:
    town = house()
    paid = entry_id(town.ask("anna", town.payment("bert", 5)).hash, 0)
    for name in ("anna", "bert"):
        assert code(town, name, Annotate(paid, "", "thanks")) is None
        record = town.last.records[0]
        assert isinstance(record, ChangeSetRecord)
        concerned = {one.account for one in record.concerns}
        assert concerned == {town["anna"].id, town["bert"].id}
    assert code(town, "cleo", Annotate(paid, "", "hm")) is Code.NOT_CONCERNED
    assert not town.last.changes.mentions


@pytest.mark.parametrize(
    "operations",
    [
        pytest.param((NOTE,), id="nothing before"),
        pytest.param((Profile("Anna"), NOTE), id="made nothing"),
        pytest.param((Annotate(bytes(16), "", "?"),), id="no such entry"),
    ],
)
def test_a_note_about_nothing_is_refused(operations: tuple[Operation, ...]) -> None:
    assert code(house(), "anna", *operations) is Code.UNKNOWN_ENTRY


def test_a_note_after_an_answer_that_makes_nothing_is_refused() -> None:
    town = house()
    asked = propose(town, "bert", Request(town["anna"].id, 5, "EUR", "", b"", town.now + 1))
    refused = code(town, "anna", town.payment("bert", 1), Decline(asked, ""), NOTE)
    assert refused is Code.UNKNOWN_ENTRY
    assert asked in town.state.requests


def test_a_change_that_concerns_more_accounts_than_a_record_holds_is_refused() -> None:
    names = [f"member-{number}" for number in range(CONCERNED_MAX)]
    town = Town("anna", *names)
    bills = []
    for at in range(0, CONCERNED_MAX, BILL_SHARES_MAX):
        shares = dict.fromkeys(names[at : at + BILL_SHARES_MAX], 1)
        asked = bill(town, {"anna": len(shares)}, shares)
        bills.append(propose(town, "anna", asked))
    notes = [Annotate(entry, "", "all of you") for entry in bills]
    assert code(town, "anna", *notes) is Code.TOO_MANY_CONCERNED
    assert code(town, "anna", *map(Cancel, bills)) is Code.TOO_MANY_CONCERNED
    assert code(town, "anna", *notes[1:]) is None
    record = town.last.records[0]
    assert isinstance(record, ChangeSetRecord)
    assert len(record.concerns) == 1 + CONCERNED_MAX - BILL_SHARES_MAX


def test_a_bill_that_is_over_is_still_written_about() -> None:
    town = house()
    entry = propose(town, "bert", bill(town, {"anna": 5}, {"bert": 5}))
    assert entry in town.state.past_bills
    assert code(town, "anna", Annotate(entry, "rent", "")) is None
    assert code(town, "dora", Annotate(entry, "rent", "")) is Code.NOT_CONCERNED
