"""What an import makes of a file in one community."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.console.terminal import UsageInvalid
from federation.export.formats import EXPORTS
from federation.export.walk import Source, Window
from ledger.bill import legs
from ledger.operation import EQUAL, EXACT, SHARES, Bill, Pay, Request
from ledger.unit import Unit
from member.exchange.make import Author
from member.exchange.plan import OPERATIONS_MAX, Choices, Plan, make_plan, rows_of
from member.exchange.shape import Read, read_items
from member.exchange.sheet import read_sheet
from member.exchange.who import match_people, parse_pairs, parse_payers
from tests.support.files import COSPEND, IHATEMONEY, SPLIIT, SPLITWISE
from tests.support.township import DAY_S, EUR, HOUR, Town

NOW = 1_800_000_000
BERT = {"Bert M.": "bert"}
HEADER = "Date,Description,Category,Cost,Currency,Anna,Bert,Carla\n"


@pytest.fixture(scope="module")
def town() -> Town:
    return Town("anna", "bert", "carla")


def read(text: str) -> Read:
    return read_items(read_sheet(text.encode()))


def plan(
    town: Town, text: str, choices: Choices | None = None, *, who: str = "anna", known: object = ()
) -> Plan:
    author = Author(town.state, town.account(who), NOW)
    return make_plan(author, read(text), choices or Choices(), set(known))  # type: ignore[call-overload]


def nets(bill: Bill) -> dict[bytes, int]:
    found: dict[bytes, int] = {}
    for debtor, creditor, amount in legs(bill.paid, bill.shares):
        found[debtor] = found.get(debtor, 0) - amount
        found[creditor] = found.get(creditor, 0) + amount
    return found


def test_a_splitwise_file_becomes_bills_and_a_payment(town: Town) -> None:
    made = plan(town, SPLITWISE, Choices(BERT))
    assert [line.fate for line in made.lines] == ["made", "made", "made", "nothing"]
    (dinner,), (boat,), (back,) = (line.operations for line in made.lines[:3])
    a, b, c = (town[name].id for name in ("anna", "bert", "carla"))
    assert isinstance(dinner, Bill)
    assert nets(dinner) == {a: 2_000, b: -1_000, c: -1_000}
    assert (dinner.memo, dinner.category, dinner.method) == (
        "Dinner, with wine", "Dining out", EXACT,
    )  # fmt: skip
    assert dinner.spent == 1_767_441_600
    assert isinstance(boat, Bill)
    assert nets(boat) == {a: -2_000, b: 6_000, c: -4_000}
    assert back == Pay(b, 1_000, "EUR", "Bert M. paid Anna (2026-01-05)", b"", None)


def test_what_somebody_gave_me_back_before_is_a_request_of_who_gave_it(town: Town) -> None:
    (back,) = plan(town, SPLITWISE, Choices(BERT), who="bert").lines[2].operations
    assert isinstance(back, Request)
    assert (back.debtor, back.amount) == (town["anna"].id, 1_000)
    (theirs,) = plan(town, SPLITWISE, Choices(BERT), who="carla").lines[2].operations
    assert isinstance(theirs, Bill)


def test_weights_are_split_by_the_remainder_rule(town: Town) -> None:
    choices = Choices({"Bert, M.": "bert"})
    dinner, rent, back, _ = (line.operations for line in plan(town, COSPEND, choices).lines)
    assert isinstance(dinner[0], Bill)
    assert [part.amount for part in dinner[0].shares] == [1_000, 2_000, 1_500]
    assert dinner[0].method == SHARES
    assert isinstance(rent[0], Bill)
    assert [part.amount for part in rent[0].shares] == [4_000, 5_999]
    assert back == (Pay(town["carla"].id, 500, "EUR", "Back (2026-01-05)", b"", None),)
    three = plan(town, IHATEMONEY, Choices(BERT)).lines[0].operations[0]
    assert isinstance(three, Bill)
    assert [part.amount for part in three.shares] == [857, 1_286, 857]


def test_rounding_of_an_even_split_is_ours(town: Town) -> None:
    dinner = plan(town, SPLIIT, Choices(BERT)).lines[0].operations[0]
    assert isinstance(dinner, Bill)
    assert [part.amount for part in dinner.shares] == [334, 333, 333]
    assert dinner.method == EQUAL


def test_people_are_found_or_named_with_who_may_be_meant(town: Town) -> None:
    people = match_people(town.state, ["Anna", "ANNA", "Bert M.", "Karla", "Zoe"], {})
    assert [people[name].handle for name in ("Anna", "ANNA")] == ["anna", "anna"]
    assert people["Bert M."].candidates[0] == "bert"
    assert "carla" in people["Karla"].candidates
    assert people["Zoe"].candidates == ()
    line = plan(town, SPLITWISE).lines[0]
    assert line.fate == "misfit"
    assert "nobody here is called 'Bert M.', perhaps bert" in line.told
    assert '--who "Bert M.=HANDLE"' in line.told


@pytest.mark.parametrize(
    ("who", "complaint"),
    [
        ({"Zoe": "anna"}, "who is not in the file"),
        ({"Anna": "zoe"}, "zoe"),
        ({"Anna": "ana"}, "anna"),
    ],
)
def test_choices_that_name_nobody_are_refused(
    town: Town, who: dict[str, str], complaint: str
) -> None:
    with pytest.raises(UsageInvalid, match=complaint):
        plan(town, SPLITWISE, Choices(who))


@pytest.mark.parametrize("pair", ["Anna", "=anna", "Anna=", "Anna=a"])
def test_pairs_are_typed_with_a_sign(pair: str) -> None:
    if pair == "Anna=a":
        assert parse_pairs([pair, "x=y=z"], "--who", "A=b") == {"Anna": "a", "x=y": "z"}
        with pytest.raises(UsageInvalid, match="twice"):
            parse_pairs([pair, pair], "--who", "A=b")
        return
    with pytest.raises(UsageInvalid, match="typed as --who"):
        parse_pairs([pair], "--who", "A=b")


@pytest.mark.parametrize("pair", ["Anna", "x=Anna", "7=", "-7=Anna", "\u0667=Anna"])
def test_payers_are_typed_with_a_line(pair: str) -> None:
    assert parse_payers(["7=Anna M"]) == {7: "Anna M"}
    with pytest.raises(UsageInvalid, match="--paid"):
        parse_payers([pair])


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("2026-01-03,X,,30,USD,20,-10,-10", "it is in USD, and this community has EUR, HOUR"),
        ("2026-01-03,X,,30,,20,-10,-10", "it names no unit"),
        ("2026-01-03,X,,30.001,EUR,20.001,-10,-10.001", "more decimals than EUR"),
        ("2026-01-03,X,,0.001,EUR,0.001,0,-0.001", "more decimals than EUR"),
        ("1969-12-30,X,,30,EUR,20,-10,-10", "before 1970"),
        ("2099-12-30,X,,30,EUR,20,-10,-10", "in the future"),
        ("2026-01-03,X,,999999999999999,EUR,999999999999999,-999999999999999,0", "is not from 0"),
    ],
)
def test_lines_that_do_not_fit_the_community_say_why(line: str, problem: str) -> None:
    two = Town("anna", "bert", "carla", units=(EUR, HOUR))
    (planned,) = plan(two, HEADER + line).lines
    assert (planned.fate, planned.operations) == ("misfit", ())
    assert problem in planned.told


def test_a_unit_is_taken_where_the_file_has_one_of_its_own() -> None:
    two = Town("anna", "bert", "carla", units=(EUR, HOUR))
    hours = HEADER + "2026-01-03,X,,30,h,20,-10,-10\n"
    (line,) = plan(two, hours, Choices(unit="HOUR")).lines
    assert line.fate == "made"
    mixed = plan(two, hours + "2026-01-03,X,,30,USD,20,-10,-10\n", Choices(unit="HOUR"))
    assert mixed.count("misfit") == 2
    signed = plan(two, hours.replace(",h,", ",\u20ac,")).lines[0].operations[0]
    assert isinstance(signed, Bill)
    assert signed.unit == "EUR"


def test_a_line_is_known_again_whoever_is_meant_by_its_people(town: Town) -> None:
    rows = rows_of(read(SPLITWISE))
    again = plan(town, SPLITWISE, Choices({"Bert M.": "carla"}), known=rows)
    assert again.count("known") == 4
    later = SPLITWISE.replace("\n\n2026-02-01", "\n2026-01-07,Tea,,3,EUR,2,-1,-1\n\n2026-02-01")
    assert plan(town, later, Choices(BERT), known=rows).count("made") == 1


def test_two_lines_that_say_the_same_are_two(town: Town) -> None:
    coffee = "2026-01-03,Coffee,,3,EUR,2,-1,-1\n"
    one, two = (rows_of(read(HEADER + coffee * times)) for times in (1, 2))
    assert two[0] == one[0]
    assert two[1] not in one
    assert plan(town, HEADER + coffee * 2, known=one).count("made") == 1


def test_a_file_with_more_than_fits_is_left_for_another_time(town: Town) -> None:
    lines = "".join(f"2026-01-03,{n},,3,EUR,2,-1,-1\n" for n in range(OPERATIONS_MAX + 3))
    made = plan(town, HEADER + lines)
    assert (made.count("made"), made.count("later")) == (OPERATIONS_MAX, 3)


def test_an_opening_is_what_all_lines_add_up_to(town: Town) -> None:
    choices = Choices(BERT, opening=True)
    made = plan(town, SPLITWISE, choices, who="carla")
    assert [(one.handle, one.amount) for one in made.opening] == [
        ("anna", -1_000), ("bert", 6_000), ("carla", -5_000),
    ]  # fmt: skip
    assert made.operations == (Pay(town["bert"].id, 5_000, "EUR", "opening balance", b"", None),)
    assert plan(town, SPLITWISE, choices, who="bert").operations == ()


def test_an_opening_of_somebody_unknown_is_none(town: Town) -> None:
    made = plan(town, SPLITWISE, Choices(opening=True))
    assert (made.operations, made.opening) == ((), ())
    assert "Bert M." in made.problem


def test_a_long_text_is_cut_and_control_characters_go(town: Town) -> None:
    line = f'2026-01-03,"a\x1b{"x" * 300}",{"c" * 40},3,EUR,2,-1,-1\n'
    (made,) = plan(town, HEADER + line).lines[0].operations
    assert isinstance(made, Bill)
    assert (len(made.memo), len(made.category)) == (200, 32)
    assert made.memo.startswith("a\ufffdxx")
    assert made.memo.endswith("\u2026")


def test_an_export_of_this_very_ledger_makes_nothing(town: Town) -> None:
    own = Town("anna", "bert")
    own.ask("anna", own.payment("bert", 100))
    own.now += DAY_S
    own.ask("anna", own.payment("bert", 200))
    for name in ("postings", "transactions"):
        for since in (None, own.now):
            source = Source(own.state, lambda: own.records, Window(since))
            text = "".join(EXPORTS[name](source))
            for opening in (False, True):
                made = plan(own, text, Choices(opening=opening))
                assert made.count("known") == len(made.lines) > 0
                assert made.operations == ()
            assert plan(town, text).count("known") == 0


def test_a_bill_that_is_open_already_is_not_made_again() -> None:
    shared = Town("anna", "bert", "carla")
    shared.now = NOW
    bills = plan(shared, SPLITWISE, Choices(BERT), who="bert").lines[:2]
    assert shared.ask("bert", *(line.operations[0] for line in bills)).refusal is None
    mine = plan(shared, SPLITWISE, Choices(BERT), who="anna")
    assert [line.fate for line in mine.lines] == ["nothing", "nothing", "made", "nothing"]
    assert mine.lines[0].told == "this very bill is open already"


MONEY = st.integers(0, 10**7)


@settings(max_examples=40, deadline=None)
@given(lines=st.lists(st.tuples(MONEY, MONEY, st.booleans()), min_size=1, max_size=8))
def test_an_opening_brings_everybody_to_the_file_s_balances(
    lines: list[tuple[int, int, bool]],
) -> None:
    town = Town("anna", "bert", "carla", units=(Unit("EUR", 2, "Euro", 10**9, 10**9),))
    text, sums = HEADER, dict.fromkeys(("anna", "bert", "carla"), 0)
    for bert, carla, turned in lines:
        sign = -1 if turned else 1
        each = {"anna": sign * (bert + carla), "bert": -sign * bert, "carla": -sign * carla}
        cells = ",".join(str(Decimal(amount) / 100) for amount in each.values())
        text += f"2026-01-03,x,,{Decimal(bert + carla) / 100},EUR,{cells}\n"
        for name, amount in each.items():
            sums[name] += amount
    signed = []
    for who in sums:
        made = plan(town, text, Choices(opening=True), who=who)
        if made.operations:
            signed.append(town[who].sign(*made.operations))
    town.now += DAY_S
    town.merge(*signed)
    for name, amount in sums.items():
        assert (town.books(name).posted if any(sums.values()) else 0) == amount
