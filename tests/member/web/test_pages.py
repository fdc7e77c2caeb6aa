"""The pages of a member, over a real server: what they show and what they do."""

from federation.home import Home
from ledger.entry import entry_id
from ledger.operation import EQUAL, Accept, Bill, Part
from tests.support.hamlet import refresh, signed
from tests.support.township import START, Town
from tests.support.visitor import Visitor


def bill(town: Town, author: str, amount: int) -> bytes:
    """Merge a bill that all three share equally, and return its id."""
    shares = tuple(Part(town[name].id, amount // 3) for name in ("anna", "bert", "carla"))
    paid = (Part(town[author].id, amount),)
    asked = Bill("EUR", paid, shares, EQUAL, START, "household", "paint", START + 86_400, None)
    signed_bill = town[author].sign(asked)
    town.merge(signed_bill)
    return entry_id(signed_bill.hash, 0)


PLACES = (
    "/", "/pay", "/request", "/hold", "/history", "/charts", "/people", "/person/bert",
    "/person/anna", "/proof", "/outbox", "/profile", "/bills", "/bill/new", "/settle", "/recurring",
    "/mandates", "/statement", "/names",
)  # fmt: skip


async def test_every_place_opens(visitor: Visitor, home: Home, town: Town) -> None:
    town.merge(town.pay("bert", "anna", 1_234))
    refresh(home, town)
    for place in PLACES:
        seen = await visitor.open(place)
        assert (seen.status, seen.path) == (200, place), seen.words


async def test_home_shows_balance_limits_and_what_happened(
    visitor: Visitor, home: Home, town: Town
) -> None:
    town.merge(town.pay("bert", "anna", 1_234))
    refresh(home, town)
    seen = await visitor.open("/")
    assert "€12.34" in seen.words
    assert "€112.34" in seen.words  # left to spend
    assert "received" in seen.words
    assert "bert" in seen.words


async def test_paying_shows_whom_how_much_and_what_is_left_then_signs_once(
    visitor: Visitor, home: Home
) -> None:
    form = (await visitor.open("/pay?who=bert")).form("/pay")
    shown = await visitor.send(form, amount="12.50", memo="bread")
    assert shown.status == 200
    assert "Pay €12.50 to bert: bread" in shown.words
    assert "\N{MINUS SIGN}€12.50" in shown.words
    consent = shown.form("/sign")
    first, again = await visitor.send(consent), await visitor.send(consent)
    assert first.path.startswith("/change/")
    assert again.path == first.path
    (one,) = signed(home)
    assert one.change_set.change_set.number == 1


async def test_a_bill_is_split_while_one_types_then_accepted_by_the_other(
    visitor: Visitor, home: Home, town: Town
) -> None:
    form = (await visitor.open("/bill/new")).form("/bill/new")
    form.fields |= {"amount": "10", "memo": "firewood"}
    split = await visitor.post("/bill/preview", form.fields)
    assert "€3.34" in split.words
    assert "bert owes anna €3.33" in split.words
    shown = await visitor.send(form)
    done = await visitor.send(shown.form("/sign"))
    assert done.path.startswith("/change/")
    (made,) = signed(home)
    town.merge(made.change_set)
    refresh(home, town)
    bills = await visitor.open("/bills")
    assert "firewood" in bills.words
    assert "you are owed €6.66" in bills.words


async def test_an_own_part_of_a_bill_is_accepted_with_one_tap(
    visitor: Visitor, home: Home, town: Town
) -> None:
    bill(town, "bert", 900)
    refresh(home, town)
    seen = await visitor.open("/")
    assert "your balance afterwards" in seen.words
    done = await visitor.send(seen.form("/sign"))
    assert done.path.startswith("/change/")
    town.merge(signed(home)[0].change_set)
    refresh(home, town)
    assert "\N{MINUS SIGN}€3.00" in (await visitor.open("/")).words


async def test_a_bill_is_told_as_one_story_with_what_was_said(
    visitor: Visitor, home: Home, town: Town
) -> None:
    made = bill(town, "bert", 900)
    refresh(home, town)
    seen = await visitor.open(f"/bill/{made.hex()}")
    assert "bert made a bill of €9.00" in seen.words
    said = await visitor.send(seen.form(f"/comment/{made.hex()}"), text="was it not 8?")
    assert said.path == f"/bill/{made.hex()}"
    town.merge(signed(home)[0].change_set)
    refresh(home, town)
    assert "was it not 8?" in (await visitor.open(f"/bill/{made.hex()}")).words
    declined = await visitor.send(
        (await visitor.open(f"/decline/{made.hex()}")).form(f"/decline/{made.hex()}"),
        reason="it was 8",
    )
    await visitor.send(declined.form("/sign"))
    town.merge(signed(home)[0].change_set)
    refresh(home, town)
    assert "declined" in (await visitor.open(f"/bill/{made.hex()}")).words


async def test_settling_up_suggests_and_signs(visitor: Visitor, home: Home, town: Town) -> None:
    town.merge(town.pay("bert", "anna", 2_000))
    refresh(home, town)
    seen = await visitor.open("/settle")
    assert "I got it" in seen.words
    shown = await visitor.send(seen.form("/settle"))
    assert "Pay €20.00 to bert: settled up in cash" in shown.words
    await visitor.send(shown.form("/sign"))
    assert len(signed(home)) == 1


async def test_what_comes_again_is_kept_paused_and_stopped(visitor: Visitor) -> None:
    form = (await visitor.open("/recurring")).form("/recurring")
    kept = await visitor.send(form, who="bert", amount="5", memo="rent", every="monthly")
    assert "Pay €5.00 to bert: rent" in kept.words
    paused = await visitor.send(kept.form("/recurring/1/pause"))
    assert "paused" in paused.words
    going = await visitor.send(paused.form("/recurring/1/resume"))
    stopped = await visitor.send(going.form("/recurring/1/stop"))
    assert "stopped" in stopped.words


async def test_a_mandate_is_given_and_ended(visitor: Visitor, home: Home, town: Town) -> None:
    form = (await visitor.open("/mandates")).form("/mandates")
    shown = await visitor.send(form, creditor="bert", each="5", month="20")
    await visitor.send(shown.form("/sign"))
    town.merge(signed(home)[0].change_set)
    refresh(home, town)
    seen = await visitor.open("/mandates")
    assert "You let bert be paid" in seen.words
    (mandate,) = town.state.mandates
    ended = await visitor.open(f"/mandates/{mandate.hex()}/end")
    await visitor.send(ended.form("/sign"))
    town.merge(signed(home)[0].change_set)
    refresh(home, town)
    assert "You let bert" not in (await visitor.open("/mandates")).words


async def test_a_statement_adds_up_and_names_categories(
    visitor: Visitor, home: Home, town: Town
) -> None:
    town.merge(town.pay("bert", "anna", 2_000))
    town.merge(town.pay("anna", "bert", 500))
    refresh(home, town)
    seen = await visitor.open("/statement?month=2023-11")
    assert "€15.00" in seen.words
    assert "not filed" in seen.words
    wrong = await visitor.open("/statement?month=november")
    assert (wrong.status, "a month is typed as 2026-11" in wrong.words) == (400, True)


async def test_the_past_is_searched_and_filtered(visitor: Visitor, home: Home, town: Town) -> None:
    town.merge(town.pay("bert", "anna", 1_234))
    town.merge(town.pay("anna", "carla", 55))
    made = bill(town, "bert", 900)
    town.ask("anna", Accept(made))
    refresh(home, town)
    for query, shown, hidden in (
        ("kind=received", "€12.34", "€0.55"),
        ("who=carla", "€0.55", "€12.34"),
        ("category=household", "paint", "€12.34"),
        ("text=PAINT", "€3.00", "€0.55"),
        ("since=2023-11-15", "Nothing fits.", "€12.34"),
        ("state=waiting", "Nothing fits.", "€12.34"),
        ("state=merged&until=2023-11-14", "€0.55", "Nothing fits."),
    ):
        seen = await visitor.open(f"/history?{query}")
        assert seen.status == 200, seen.words
        assert shown in seen.words, query
        assert hidden not in seen.words, query
    form = (await visitor.open("/pay?who=bert")).form("/pay")
    await visitor.send((await visitor.send(form, amount="1.11")).form("/sign"))
    waiting = await visitor.open("/history?state=waiting")
    assert "€1.11" in waiting.words
    assert "waiting" in waiting.words
