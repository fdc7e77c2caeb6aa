"""Names as addresses across links: whoever owns one is paid and asked by it."""

from ledger.link.entry import Rejected
from ledger.link.instruction import GIVEN_BACK, LINK_REQUEST, About
from ledger.link.machine import Stage
from ledger.name.operation import Claim, Offer, Reserve, Take
from ledger.name.state import FREE_RULES
from ledger.operation import LinkRequest
from tests.support.realm import Shire, ask_pay, link, order, pay, settle
from tests.support.township import DAY_S, START


def two() -> tuple[Shire, Shire]:
    lake, hill = Shire("lake", "anna"), Shire("hill", "carla", "dora")
    link(lake, hill)
    assert hill.ask("carla", Claim("bakery", 0, None)).refusal is None
    return lake, hill


def test_whoever_owns_a_name_is_paid_by_it() -> None:
    lake, hill = two()
    first = pay((lake, "anna"), "bakery", 30, hill)
    settle(lake, hill)
    assert lake.found(first).stage is Stage.POSTED
    hill.ask("carla", Offer("bakery", hill["dora"].id))
    hill.ask("dora", Take("bakery"))
    pay((lake, "anna"), "bakery", 12, hill)
    settle(lake, hill)
    assert hill.posted("carla", "dora") == (30, 12)


def test_a_handle_comes_before_a_name() -> None:
    lake, hill = two()
    pay((lake, "anna"), "carla", 30, hill)
    settle(lake, hill)
    assert hill.posted("carla") == (30,)


def test_names_that_nobody_owns_now_are_nobody() -> None:
    lake, hill = two()
    hill.manage(Reserve("mayor", held=True, reason=""))
    payments = [pay((lake, "anna"), name, 5, hill) for name in ("mayor", "ghost")]
    settle(lake, hill)
    lake.now = hill.now = START + FREE_RULES.term_s
    late = START + FREE_RULES.term_s + DAY_S
    payments.append(pay((lake, "anna"), "bakery", 5, hill, deadline=late))
    settle(lake, hill)
    assert [lake.found(payment).code for payment in payments] == ["unknown_account"] * 3
    assert isinstance(hill.last_word(lake), Rejected)
    assert hill.posted("carla") == (0,)


def test_what_was_paid_to_a_name_is_given_back_under_it() -> None:
    lake, hill = two()
    payment = pay((lake, "anna"), "bakery", 30, hill)
    settle(lake, hill)
    back = order("anna", 30, lake, about=About(GIVEN_BACK, payment))
    assert ask_pay(hill, "carla", back)[1].refusal is None
    settle(lake, hill)
    assert (lake.posted("anna"), hill.posted("carla")) == ((0,), (0,))
    first, second = sorted(lake.state.transactions.values(), key=lambda one: one.index)
    assert first.reverted_by == second.id


def test_a_name_is_asked_for_an_amount() -> None:
    lake, hill = two()
    asked = LinkRequest((hill.key,), "bakery", "EUR", 40, "rolls", START + DAY_S)
    assert lake.ask("anna", asked).refusal is None
    settle(lake, hill)
    (request,) = hill.state.linked_requests
    answer = order("anna", 40, lake, about=About(LINK_REQUEST, request))
    assert ask_pay(hill, "carla", answer)[1].refusal is None
    settle(lake, hill)
    assert (lake.posted("anna"), hill.posted("carla")) == ((40,), (-40,))
