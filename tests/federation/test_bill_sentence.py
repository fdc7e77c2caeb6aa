"""Bills, mandates and notes in the words that people read."""

from collections.abc import Callable

import pytest

from federation.console.record_sentence import describe_record
from federation.console.sentence import describe, other_party
from ledger.operation import (
    Accept,
    Annotate,
    Bill,
    Cancel,
    Decline,
    EndMandate,
    Operation,
    Part,
    Request,
)
from ledger.state import replace
from tests.support.household import bill, dinner, house, mandate, propose
from tests.support.township import DAY_S, RULES, Town

ENTRY = bytes.fromhex("abcdef0123456789" * 2)


def _dinner(town: Town) -> Bill:
    return dinner(town)


def _for_two(town: Town) -> Bill:
    return bill(town, {"anna": 5, "bert": 5}, {"cleo": 10}, replaces=ENTRY)


def _for_many(town: Town) -> Bill:
    many = tuple(Part(bytes((number,)) * 16, 1) for number in range(9))
    return replace(dinner(town), shares=many, memo="")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (_dinner, "split 90.00 EUR, paid by anna, among anna, bert and cleo: dinner"),
        (_for_two, ("split 0.10 EUR, paid by anna and bert, among cleo, "
                   "instead of the bill abcdef01: dinner")),
        (_for_many, "split 90.00 EUR, paid by anna, among 9 people"),
        (lambda town: mandate(town, "anna"), ("let anna be paid up to 50.00 EUR at a time and "
         "100.00 EUR a month until 2024-11-13 22:13 UTC: rent")),
        (mandate, ("let anybody be paid up to 50.00 EUR at a time and 100.00 EUR a month until "
                  "2024-11-13 22:13 UTC: rent")),
        (lambda _: EndMandate(ENTRY), "end the mandate abcdef01"),
        (lambda _: Annotate(None, "", "thanks"), "note on it: thanks"),
        (lambda _: Annotate(ENTRY, "food", ""), "file abcdef01 under food"),
        (lambda _: Annotate(ENTRY, "food", "two\x1bcrates"),
         "file abcdef01 under food: two\ufffdcrates"),
        (lambda _: Annotate(ENTRY, "", ""), "file abcdef01 under nothing"),
    ],
)  # fmt: skip
def test_what_is_asked_for_is_said(make: Callable[[Town], Operation], said: str) -> None:
    town = house()

    assert describe(town.state, make(town)) == said


def test_answers_say_whether_they_are_about_a_bill() -> None:
    town = house()
    entry = propose(town, "anna", dinner(town))
    name = entry.hex()[:8]
    answers: list[tuple[Operation, str]] = [
        (Accept(entry), f"accept the bill {name}"),
        (Decline(entry, "no"), f"decline the bill {name}: no"),
        (Cancel(entry), f"cancel the bill {name}"),
        (Accept(ENTRY), "accept the request abcdef01"),
    ]
    for operation, said in answers:
        assert describe(town.state, operation) == said
    town.ask("anna", Cancel(entry))
    assert describe(town.state, Accept(entry)) == f"accept the bill {name}"


def test_the_only_one_who_is_paid_by_a_part_is_shown() -> None:
    town = house()
    one = propose(town, "anna", dinner(town))
    two = propose(town, "anna", bill(town, {"anna": 5, "cleo": 5}, {"bert": 10}))
    anna, bert = town.account("anna"), town.account("bert")
    assert other_party(town.state, bert.id, Accept(one)) == anna
    assert other_party(town.state, bert.id, Accept(two)) is None
    assert other_party(town.state, bert.id, Accept(ENTRY)) is None
    assert other_party(town.state, bert.id, mandate(town, "anna")) == anna


def test_what_a_mandate_paid_names_it() -> None:
    town = house()
    given = propose(town, "bert", mandate(town))
    asked = Request(town["bert"].id, 500, "EUR", "rent", b"", town.now + 30 * DAY_S)
    entry = propose(town, "anna", asked)
    town.now += RULES.objection_s
    assert describe_record(town.state, town.merge().records[0]) == (
        f"paid 5.00 EUR from bert to anna ({entry.hex()[:8]}) "
        f"by the mandate {given.hex()[:8]}: rent"
    )
