"""The pages of a member, over a real server: what they show and what they do."""

from federation.home import Home
from tests.support.hamlet import refresh, signed
from tests.support.township import Town
from tests.support.visitor import Visitor

PLACES = (
    "/", "/pay", "/request", "/hold", "/history", "/charts", "/people", "/person/bert",
    "/person/anna", "/proof", "/outbox", "/profile", "/bills", "/bill/new", "/settle", "/recurring",
    "/mandates", "/statement",
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
    assert "Pay 12.50 EUR to bert: bread" in shown.words
    assert "\N{MINUS SIGN}€12.50" in shown.words
    consent = shown.form("/sign")
    first, again = await visitor.send(consent), await visitor.send(consent)
    assert first.path.startswith("/change/")
    assert again.path == first.path
    (one,) = signed(home)
    assert one.change_set.change_set.number == 1
