"""What files of other programs say, line by line."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from member.exchange.item import (
    Item,
    Kind,
    Misfit,
    index_names,
    parse_day,
    parse_decimal,
    split_names,
)
from member.exchange.shape import PEOPLE_MAX, SHAPES, Read, read_items
from member.exchange.sheet import (
    CELL_CHARS_MAX,
    COLUMNS_MAX,
    FILE_BYTES_MAX,
    ROWS_MAX,
    ImportInvalid,
    read_sheet,
)
from tests.support.files import COSPEND, IHATEMONEY, SPLIIT, SPLITWISE


def read(text: str, payers: dict[int, str] | None = None) -> Read:
    return read_items(read_sheet(text.encode()), payers)


def amounts(item: Item) -> tuple[dict[str, str], dict[str, str]]:
    paid, owed = ({one.name: str(one.amount) for one in each} for each in (item.paid, item.owed))
    return paid, owed


def test_splitwise_lines_keep_what_everybody_gains_or_owes() -> None:
    found = read(SPLITWISE)
    assert found.shape == "Splitwise"
    dinner, boat, back, nothing = found.items
    assert (dinner.day, dinner.what) == (date(2026, 1, 3), "Dinner, with wine")
    assert (dinner.category, dinner.currency, dinner.kind) == ("Dining out", "EUR", Kind.BILL)
    assert amounts(dinner) == (
        {"Anna": "30.00"},
        {"Anna": "10.00", "Bert M.": "10.00", "Carla": "10.00"},
    )
    assert amounts(boat)[0] == {"Bert M.": "100.00"}
    assert back.kind is Kind.SETTLEMENT
    assert amounts(back) == ({"Bert M.": "10.00"}, {"Anna": "10.00"})
    assert nothing.left_out


def test_several_who_paid_for_splitwise_keep_their_balances() -> None:
    (item,) = read(SPLITWISE_HEADER + "2026-01-03,Both,,100,EUR,30,20,-50\n").items
    paid, owed = amounts(item)
    nets = {name: Decimal(paid.get(name, "0")) - Decimal(owed.get(name, "0")) for name in owed}
    assert {**nets, "Bert M.": Decimal(paid["Bert M."])} == {
        "Anna": 30,
        "Bert M.": 20,
        "Carla": -50,
    }
    assert sum(map(Decimal, paid.values())) == 100


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("2026-01-03,X,,30,EUR,20,-10,-9", "do not add up to nothing"),
        ("2026-01-03,X,,10,EUR,20,-10,-10", "more than it cost"),
        ("2026-01-03,Deposit back,,-30,EUR,10,10,-20", "an income"),
        ("2026-01-03,X,,x,EUR,20,-10,-10", "'x' is no amount"),
        ("2026-01-03,X,,1.000.00,EUR,20,-10,-10", "no amount such as 12.50"),
        ("2026-02-30,X,,30,EUR,20,-10,-10", "no day of the calendar"),
        ("01/02/2026,X,,30,EUR,20,-10,-10", "may be two different days"),
        ("today,X,,30,EUR,20,-10,-10", "no day such as"),
        (",X,,30,EUR,20,-10,-10", "no day such as"),
        ("2026-01-03,X", "no amount"),
        ("2026-01-03,Total balance,,,EUR,1,2,3", "a line is missing or was changed"),
        ("2026-01-03,Total balance,,,EUR,a,2,3", "a line is missing or was changed"),
    ],
)
def test_lines_that_do_not_fit_splitwise_say_why(line: str, problem: str) -> None:
    (item,) = read(SPLITWISE_HEADER + line + "\n").items
    assert item.number == 2
    assert problem in item.problem
    assert not item.paid


def test_splitwise_has_a_total_for_each_currency() -> None:
    found = read(
        "Note: does not include group expenses\n\n"
        + SPLITWISE_HEADER
        + "\n2026-01-03,Dinner,,30,EUR,20,-10,-10\n2026-01-04,Cab,,30,USD,-10,20,-10\n\n"
        + "2026-02-01,Total balance, , ,EUR,20,-10,-10\n"
        + "2026-02-01,TOTAL BALANCE, , ,USD,-10,20,-10\n"
    )
    assert [(item.what, item.currency) for item in found.items] == [
        ("Dinner", "EUR"), ("Cab", "USD"),
    ]  # fmt: skip
    assert not any(item.problem for item in found.items)
    wrong = read(SPLITWISE_HEADER + "2026-01-03,X,,30,EUR,20,-10,-10\n,Total balance,,,USD,1,-1,0")
    assert "a line is missing" in wrong.items[1].problem


def test_splitwise_shares_that_do_not_divide_are_rounded_to_the_cost() -> None:
    (item,) = read(
        "Date,Description,Category,Cost,Currency,Anna,Bert,Carla,Dora\n"
        "2026-08-26,Car Rental,Car,1231.46,EUR,923.595,-307.865,-307.865,-307.865\n"
    ).items
    paid, owed = amounts(item)
    assert paid == {"Anna": "1231.46"}
    assert owed == {"Anna": "307.87", "Bert": "307.87", "Carla": "307.86", "Dora": "307.86"}
    assert sum(map(Decimal, owed.values())) == Decimal("1231.46")


@given(
    st.lists(st.decimals(0, 1_000, places=4), min_size=1, max_size=6),
    st.lists(st.decimals(0, 1_000, places=4), min_size=1, max_size=6),
)
def test_splitwise_lines_add_up_however_they_were_rounded(
    above: list[Decimal], below: list[Decimal]
) -> None:
    # Whoever is last of each side makes both the same.
    left, right = sum(above, Decimal()), sum(below, Decimal())
    total = max(left, right) + 1
    nets = [*above, total - left, *(-one for one in (*below, total - right))]
    people = [f"P{place}" for place in range(len(nets))]
    cost = total.quantize(Decimal("0.01")) + 7
    header = "Date,Description,Category,Cost,Currency," + ",".join(people)
    (item,) = read(f"{header}\n2026-01-03,X,,{cost},EUR," + ",".join(map(str, nets))).items
    assert not item.problem
    paid, owed = (sum(one.amount for one in each) for each in (item.paid, item.owed))
    assert paid == owed == cost
    for one in (*item.paid, *item.owed):
        assert one.amount == one.amount.quantize(Decimal("0.01"))


def test_spliit_shares_add_up_to_the_cost() -> None:
    found = read(SPLIIT)
    assert found.shape == "Spliit"
    dinner, boat, back = found.items
    assert dinner.weighted
    assert amounts(dinner) == ({"Anna": "10.00"}, {"Anna": "1", "Bert M.": "1", "Carla": "1"})
    assert boat.what == "=Boat"
    assert amounts(boat) == (
        {"Bert M.": "100.00"},
        {"Anna": "20.00", "Bert M.": "40.0", "Carla": "40.0"},
    )
    assert "does not say who paid" in back.problem
    assert f'--paid "{back.number}=NAME"' in back.problem


def test_spliit_is_told_who_paid_without_a_share() -> None:
    back = read(SPLIIT, {4: "Carla"}).items[2]
    assert back.kind is Kind.SETTLEMENT
    assert amounts(back) == ({"Carla": "10.00"}, {"Anna": "1"})


SPLITWISE_HEADER = "Date,Description,Category,Cost,Currency,Anna,Bert M.,Carla\n"
SPLIIT_TWO = "Date,Description,Category,Currency,Cost,Is Reimbursement,Split mode,Anna,Bert\n"


@pytest.mark.parametrize(
    ("line", "paid", "owed"),
    [
        ("2026-01-03,Back,,EUR,10,Yes,Evenly,-10,0", {"Bert": "10.0"}, {"Anna": "1"}),
        (
            "2026-01-03,X,,EUR,10,No,Unevenly \u2013 By shares,3.33,-6.66",
            {"Anna": "10.0"},
            {"Anna": "3.34", "Bert": "6.66"},
        ),
    ],
)
def test_older_spliit_files_read_too(line: str, paid: object, owed: object) -> None:
    (item,) = read(SPLIIT_TWO + line + "\n").items
    assert amounts(item) == (paid, owed)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("2026-01-03,X,,EUR,-10,No,Evenly,-5,5", "an income"),
        ("2026-01-03,X,,EUR,10,No,Evenly,0,0", "nobody has a share"),
        ("2026-01-03,X,,EUR,10,No,Evenly,5,5", "several people are above zero"),
        ("2026-01-03,X,,EUR,10,No,Evenly,-5,-5", "does not say who paid"),
        ("2026-01-03,X,,EUR,10,No,Unevenly \u2013 By amount,5,-4.5", "add up to 9.5"),
        ("2026-01-03,X,,EUR,10,No,Unevenly \u2013 By amount,0.01,-10.02", "add up to 10.03"),
    ],
)
def test_lines_that_do_not_fit_spliit_say_why(line: str, problem: str) -> None:
    (item,) = read(SPLIIT_TWO + line + "\n").items
    assert problem in item.problem


def test_cospend_has_weights_categories_and_a_bin() -> None:
    found = read(COSPEND)
    assert found.shape == "Cospend or IHateMoney"
    dinner, rent, back, oops = found.items
    assert amounts(dinner) == ({"Anna": "45.0"}, {"Anna": "1.0", "Bert, M.": "2.0", "Carla": "1.5"})
    assert (dinner.what, dinner.category) == ("Dinner, pizza & wine", "Food")
    assert amounts(rent) == ({"Bert, M.": "99.99"}, {"Anna": "1.0", "Carla": "1.5"})
    assert "commontab recurring" in rent.notes[0]
    assert (back.kind, oops.left_out) == (Kind.SETTLEMENT, "it was deleted there")


def test_ihatemoney_has_no_currency_and_defused_cells() -> None:
    dinner, boat, back = read(IHATEMONEY).items
    assert (dinner.currency, boat.what) == ("", "=Boat")
    assert amounts(boat) == ({"Bert M.": "12.5"}, {"Anna": "1.0", "Bert M.": "1.5"})
    assert back.kind is Kind.SETTLEMENT


def test_columns_of_no_shape_name_the_nearest_and_what_is_missing() -> None:
    with pytest.raises(ImportInvalid) as caught:
        read("Date,Description,Category,Price\n1,2,3,4\n")
    assert "line 1 is nearest to Splitwise, which also has the columns Cost, Currency" in str(
        caught.value
    )


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "the file is empty"),
        (b"a,b,c\n1,2,3\n", "no line has columns that are known"),
        (b"Date\0", "no CSV file in UTF-8"),
        ("Date,Description".encode("utf-16"), "no CSV file in UTF-8"),
        (b'Date,"Description\n', "is not CSV"),
        (b"x," * COLUMNS_MAX + b"x\n", "at most 256 fit"),
        (b"x" * (CELL_CHARS_MAX + 1), "at most 4,000 fit"),
        (b"x\n" * (ROWS_MAX + 1), "over 20,000 rows"),
        (b"x" * (FILE_BYTES_MAX + 1), "at most 4,194,304"),
        (b"Date,Description,Category,Cost,Currency,Anna,Anna\n", "'Anna' twice"),
    ],
)
def test_files_that_cannot_be_read_say_what_fits(data: bytes, complaint: str) -> None:
    with pytest.raises(ImportInvalid, match=complaint):
        read_items(read_sheet(data))


def test_latin_1_and_semicolons_are_read_and_said() -> None:
    text = SPLITWISE.replace("Anna", "Anäis").replace("Dinner, with", "Dinner with")
    text = text.replace(".00", ",00").replace(",", ";").replace(";00", ",00")
    found = read_items(read_sheet(text.encode("latin-1")))
    assert found.said == (
        "it is not in UTF-8 and was read as Latin-1",
        "its cells stand between semicolons",
    )
    assert amounts(found.items[0])[0] == {"Anäis": "30.00"}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-01-31", date(2026, 1, 31)),
        ("2026-01-31T10:00:00Z", date(2026, 1, 31)),
        ("31.1.2026", date(2026, 1, 31)),
        ("31/1/2026", date(2026, 1, 31)),
        ("1/31/2026", date(2026, 1, 31)),
        ("2/2/2026", date(2026, 2, 2)),
    ],
)
def test_days_are_read_where_they_are_certain(text: str, day: date) -> None:
    assert parse_day(text) == day


@pytest.mark.parametrize("text", ["", "1 000", "1,000.00", "1e9", "--1", "\u0661", "nan", "1" * 16])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(Misfit):
        parse_decimal(text)


def test_names_with_commas_are_found_where_they_are_known() -> None:
    known = index_names(["Bert", "Bert, M.", "Bert, M., jun."])
    assert split_names("Anna,Bert, M.,Cleo", known) == ["Anna", "Bert, M.", "Cleo"]
    assert split_names("Bert, M., jun.,Bert,Anna", known) == ["Bert, M., jun.", "Bert", "Anna"]


def test_a_file_of_too_many_people_is_refused() -> None:
    names = [f"n{number}" for number in range(PEOPLE_MAX + 1)]
    text = "what,amount,date,payer_name,payer_weight,owers\n"
    text += "".join(f"x,1,2026-01-03,{name},1,n0\n" for name in names)
    with pytest.raises(ImportInvalid, match="over 2,000 people"):
        read(text)


@settings(deadline=None)
@given(data=st.binary(max_size=2_000))
@example(data=b",\r,\n\xef\xbb\xbf")
def test_any_bytes_are_read_or_refused_with_the_one_error(data: bytes) -> None:
    try:
        read_items(read_sheet(data))
    except ImportInvalid:
        return


CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["Anna", "Yes", "Evenly", "10", "-5.5", "0", "2026-01-03", "Payment", "EUR"]),
)


@settings(deadline=None)
@given(
    columns=st.sampled_from([shape.columns for shape in SHAPES]),
    rows=st.lists(st.lists(CELLS, max_size=16), max_size=6),
    further=st.lists(st.text(max_size=5), max_size=3),
)
def test_any_rows_under_known_columns_give_items(
    columns: tuple[str, ...], rows: list[list[str]], further: list[str]
) -> None:
    quoted = [
        ",".join('"' + cell.replace('"', '""').replace("\0", "") + '"' for cell in row)
        for row in ([*columns, *further], *rows)
    ]
    try:
        found = read("\n".join(quoted))
    except ImportInvalid:
        return
    for item in found.items:
        assert item.number >= 2
        assert not (item.problem and item.paid)
        assert all(one.amount >= 0 for one in (*item.paid, *item.owed)) or item.weighted
