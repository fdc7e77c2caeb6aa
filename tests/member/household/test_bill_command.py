"""Bills as people type them: made, answered, corrected, and told as one story."""

from tests.support.flat import Flat


def bill_id(flat: Flat, who: str) -> str:
    (one,) = flat.read(who, "bills")
    return str(one["id"])[:8]


def test_a_bill_is_shared_and_each_part_is_answered(flat: Flat) -> None:
    said = flat.type("anna", "bill", "10", "pizza", "--category", "eating out")
    assert "pizza" in said.out
    flat.merge()
    assert flat.town.posted("anna", "ben", "cleo") == (0, 0, 0)
    held = flat.read("ben", "bills")[0]
    assert held["you_owe"] == "3.33 EUR"
    assert (held["author"], held["category"]) == ("anna", "eating out")
    said = flat.type("ben", "accept", bill_id(flat, "ben"))
    assert "anna's bill of 10.00 EUR, pizza: your part is 3.33 EUR to anna" in said.out
    flat.type("cleo", "decline", bill_id(flat, "cleo"), "I was away")
    flat.merge()
    assert flat.town.posted("anna", "ben", "cleo") == (333, -333, 0)
    assert flat.read("anna", "bills") == []
    (ended,) = flat.read("anna", "bills", "--ended")
    assert [part["state"] for part in ended["parts"]] == ["accepted", "declined"]


def test_several_payers_and_weights(flat: Flat) -> None:
    flat.type("anna", "bill", "--paid", "ben=30", "--paid", "anna=10", "shopping",
              "--shares", "anna=1,cleo=3")  # fmt: skip
    flat.merge()
    (held,) = flat.read("cleo", "bills")
    assert held["you_owe"] == "30.00 EUR"
    assert held["parts"][0]["to"] == ["ben"]
    assert "you 30.00 EUR to ben: open" in flat.say("cleo", "bills")


def test_what_does_not_add_up_is_a_mistake_in_what_was_typed(flat: Flat) -> None:
    said = flat.try_("anna", "bill", "10", "--exact", "ben=5,cleo=4")
    assert said.code == 2
    assert "1.00 EUR is missing" in said.err
    said = flat.try_("anna", "bill", "10", "--among", "ben", "--percent", "ben=100")
    assert said.code == 2
    assert "split one way" in said.err


def test_one_answers_only_what_one_owes(flat: Flat) -> None:
    flat.type("anna", "bill", "10", "--among", "anna,ben")
    flat.merge()
    typed = bill_id(flat, "anna")
    assert flat.try_("cleo", "accept", typed).code == 1
    assert flat.try_("anna", "accept", typed).code == 1
    assert flat.try_("ben", "cancel", typed).code == 2
    assert flat.cli("bills", typed, "--home", flat.homes["cleo"].path).code == 2


def test_a_bill_is_taken_back(flat: Flat) -> None:
    flat.type("anna", "bill", "10", "--among", "anna,ben")
    flat.merge()
    flat.type("anna", "cancel", bill_id(flat, "anna"))
    flat.merge()
    assert flat.read("ben", "bills") == []
    said = flat.try_("ben", "accept", flat.read("ben", "bills", "--ended")[0]["id"])
    assert said.code == 1


def test_a_part_that_ones_limits_do_not_allow_is_refused_before_it_is_signed(flat: Flat) -> None:
    flat.type("anna", "bill", "150", "--among", "ben")
    flat.merge()
    said = flat.try_("ben", "accept", bill_id(flat, "ben"))
    assert said.code == 1
    assert "Nothing was signed" in said.err


def test_a_corrected_bill_gives_back_what_was_paid_and_is_one_story(flat: Flat) -> None:
    flat.type("anna", "bill", "12", "food")
    flat.merge()
    first = bill_id(flat, "anna")
    flat.type("ben", "accept", first)
    flat.type("cleo", "comment", first, "it was 9, I think")
    flat.merge()
    assert flat.town.posted("anna", "ben") == (400, -400)
    said = flat.type("anna", "bill", "9", "food", "--edit", first)
    assert "give back" in said.out.lower()
    merged = flat.merge()
    assert flat.town.posted("anna", "ben", "cleo") == (0, 0, 0)
    assert [one.fate.name for one in merged.outcomes].count("MERGED") == 1
    (held,) = flat.read("cleo", "bills")
    assert (held["replaces"][:8], held["you_owe"]) == (first, "3.00 EUR")
    for typed in (first, held["id"]):
        story = flat.read("cleo", "bills", typed)
        assert story["amount"] == "9.00 EUR"
        assert [event["kind"] for event in story["story"]].count("bill") == 2
        kinds = {event["kind"] for event in story["story"]}
        assert kinds == {"bill", "paid", "reversed", "comment"}
    told = flat.say("ben", "bills", first)
    for words in ("anna made a bill of 12.00 EUR", "ben paid 4.00 EUR to anna",
                  "cleo: it was 9, I think", "4.00 EUR went back to ben",
                  "anna corrected it to 9.00 EUR"):  # fmt: skip
        assert words in told


def test_a_correction_keeps_what_it_does_not_name(flat: Flat) -> None:
    flat.type("anna", "bill", "12", "food", "--paid", "ben", "--among", "cleo,ben",
              "--category", "groceries", "--date", "2026-01-31")  # fmt: skip
    flat.merge()
    (before,) = flat.read("anna", "bills")
    flat.type("anna", "bill", "10", "--edit", before["id"])
    flat.merge()
    (after,) = flat.read("cleo", "bills")
    same = ("memo", "category", "spent", "unit", "method")
    assert [after[name] for name in same] == [before[name] for name in same]
    assert [(part["who"], part["amount"]) for part in after["shares"]] == [
        ("cleo", "5.00 EUR"),
        ("ben", "5.00 EUR"),
    ]
    assert after["paid"][0]["who"] == "ben"
    flat.type("anna", "bill", "dinner", "--exact", "cleo=6,ben=4", "--edit", after["id"])
    flat.merge()
    (newest,) = flat.read("cleo", "bills")
    assert (newest["memo"], newest["amount"], newest["you_owe"]) == (
        "dinner",
        "10.00 EUR",
        "6.00 EUR",
    )
    said = flat.try_("anna", "bill", "9", "--edit", newest["id"])
    assert (said.code, "name the shares again" in said.err) == (2, True)


def test_a_bill_is_corrected_once_and_by_its_author(flat: Flat) -> None:
    flat.type("anna", "bill", "12")
    flat.merge()
    first = bill_id(flat, "anna")
    said = flat.try_("ben", "bill", "9", "--edit", first)
    assert said.code == 2
    assert "only anna can correct it" in said.err
    flat.type("anna", "bill", "9", "--edit", first)
    flat.merge()
    said = flat.try_("anna", "bill", "8", "--edit", first)
    assert said.code == 2
    assert "corrected already" in said.err


def test_what_others_were_paid_only_they_give_back(flat: Flat) -> None:
    flat.type("anna", "bill", "12", "--paid", "cleo", "--among", "ben,cleo")
    flat.merge()
    first = bill_id(flat, "anna")
    flat.type("ben", "accept", first)
    flat.merge()
    said = flat.try_("anna", "bill", "10", "--paid", "cleo", "--among", "ben", "--edit", first)
    assert said.code == 1
    assert "ask cleo" in said.err
    flat.type("cleo", "reverse", flat.read("cleo", "history")[0]["id"], "--reason", "too much")
    flat.merge()
    flat.type("anna", "bill", "10", "--paid", "cleo", "--among", "ben", "--edit", first)
    flat.merge()
    assert flat.read("ben", "bills")[0]["you_owe"] == "10.00 EUR"
