"""What payments across links settle: cards, requests, and payments that are given back."""

import pytest

from ledger.link.entry import (
    CANCELLED,
    DECLINED,
    Accepted,
    Answered,
    Decided,
    Prepared,
    Rejected,
)
from ledger.link.instruction import (
    GIVEN_BACK,
    LINK_REQUEST,
    NETTING,
    PAYEE_CARD,
    About,
    instruction_hash,
)
from ledger.link.machine import Stage
from ledger.operation import Accept, Cancel, Close, Decline, LinkPay, LinkRequest, Operation
from ledger.refusal import Code
from ledger.rule.request import OPEN_REQUESTS_MAX
from ledger.state import replace
from tests.support.realm import Shire, ask_pay, link, order, pay, read, settle
from tests.support.township import DAY_S, EUR, START
from tests.support.trickster import altered, forge

CARD = bytes(range(16))
ON_CARD = About(PAYEE_CARD, CARD)


def three() -> tuple[Shire, Shire, Shire]:
    lake, river, hill = Shire("lake", "anna"), Shire("river", "carla"), Shire("hill", "bakery")
    link(lake, river)
    link(river, hill)
    return lake, river, hill


def refused(here: Shire, name: str, operation: Operation) -> Code | None:
    refusal = here.ask(name, operation).refusal
    return None if refusal is None else refusal.code


def asks(hill: Shire, *way: Shire, amount: int = 40, debtor: str = "anna") -> bytes:
    """Let the bakery ask somebody for an amount; return the request's id."""
    path = tuple(one.key for one in way)
    asked = LinkRequest(path, debtor, "EUR", amount, "rolls", START + DAY_S)
    before = set(hill.state.linked_requests)
    assert refused(hill, "bakery", asked) is None
    (request,) = set(hill.state.linked_requests) - before
    return request


def pays(request: bytes, *way: Shire, amount: int = 40) -> LinkPay:
    return order("bakery", amount, *way, about=About(LINK_REQUEST, request))


def test_a_card_is_paid_once_across_links() -> None:
    lake, river, hill = three()
    first = pay((lake, "anna"), "bakery", 10, river, hill, about=ON_CARD)
    twice = ask_pay(lake, "anna", order("bakery", 10, river, hill, about=ON_CARD))[1].refusal
    assert twice is not None
    assert twice.code is Code.ALREADY_PAID
    settle(lake, river, hill)
    assert lake.found(first).stage is Stage.POSTED
    again = pay((river, "carla"), "bakery", 10, hill, about=ON_CARD)
    settle(lake, river, hill)
    assert river.found(again).code == "already_paid"
    assert hill.posted("bakery") == (10,)


def test_a_card_whose_payment_was_refused_can_be_paid_again() -> None:
    lake, river, hill = three()
    lost = pay((lake, "anna"), "bakery", 10, river, hill, about=ON_CARD, deadline=START + 60)
    lake.now = START + 60
    lake.merge()
    assert lake.found(lost).stage is Stage.EXPIRED
    settle(lake, river, hill)
    pay((lake, "anna"), "bakery", 10, river, hill, about=ON_CARD)
    settle(lake, river, hill)
    assert hill.posted("bakery") == (10,)


def test_a_card_of_one_payee_does_not_stop_anothers_of_the_same_name() -> None:
    lake, river, hill = three()
    hill.join("cem")
    for payee in ("bakery", "cem"):
        pay((lake, "anna"), payee, 10, river, hill, about=ON_CARD)
    settle(lake, river, hill)
    assert hill.posted("bakery", "cem") == (10, 10)


def test_a_card_that_was_paid_at_home_is_not_paid_across() -> None:
    lake, river, hill = three()
    hill.join("cem")
    at_home = replace(hill.payment("bakery", 10), card=CARD)
    payment = pay((lake, "anna"), "bakery", 10, river, hill, about=ON_CARD)
    assert refused(hill, "cem", at_home) is None
    settle(lake, river, hill)
    assert lake.found(payment).code == "already_paid"
    assert hill.posted("bakery") == (10,)


def test_a_card_whose_payment_is_held_is_not_paid_at_home_in_between() -> None:
    lake, river, hill = three()
    hill.join("cem")
    at_home = replace(hill.payment("bakery", 10), card=CARD)
    pay((lake, "anna"), "bakery", 10, river, hill, about=ON_CARD)
    read(river, lake)
    read(hill, river)
    assert refused(hill, "cem", at_home) is Code.ALREADY_PAID
    settle(lake, river, hill)
    assert refused(hill, "cem", at_home) is Code.ALREADY_PAID
    assert hill.posted("bakery") == (10,)


def test_a_request_passes_links_and_is_paid_over_them() -> None:
    lake, river, hill = three()
    request = asks(hill, river, lake)
    settle(lake, river, hill)
    for here in (lake, river, hill):
        assert request in here.state.linked_requests
    assert refused(lake, "anna", Accept(request)) is Code.UNKNOWN_REQUEST
    for wrong in (
        pays(request, river, hill, amount=39),
        replace(pays(request, river, hill), payee="cem"),
        pays(bytes(16), river, hill),
        pays(request, river),
    ):
        assert refused(lake, "anna", wrong) is Code.UNKNOWN_REQUEST
    lake.join("otto")
    assert refused(lake, "otto", pays(request, river, hill)) is Code.NOT_DEBTOR
    assert refused(lake, "anna", pays(request, river, hill)) is None
    assert refused(lake, "anna", pays(request, river, hill)) is Code.ALREADY_PAID
    settle(lake, river, hill)
    assert (lake.posted("anna"), hill.posted("bakery")) == ((-40,), (40,))
    for here in (lake, river, hill):
        assert not here.state.linked_requests
    assert refused(lake, "anna", pays(request, river, hill)) is Code.UNKNOWN_REQUEST


def test_a_request_that_is_declined_ends_everywhere() -> None:
    lake, river, hill = three()
    request = asks(hill, river, lake)
    settle(lake, river, hill)
    lake.join("otto")
    assert refused(lake, "otto", Decline(request, "no")) is Code.NOT_DEBTOR
    assert refused(hill, "bakery", Decline(request, "no")) is Code.NOT_DEBTOR
    assert refused(lake, "anna", Decline(request, "not mine")) is None
    settle(lake, river, hill)
    for here in (lake, river, hill):
        assert not here.state.linked_requests
    assert river.last_word(hill) == Answered(request, DECLINED, "not mine")


def test_a_request_that_is_taken_back_ends_everywhere() -> None:
    lake, river, hill = three()
    request = asks(hill, river, lake)
    settle(lake, river, hill)
    assert refused(lake, "anna", Cancel(request)) is Code.NOT_CREDITOR
    assert refused(hill, "bakery", Cancel(request)) is None
    assert refused(lake, "anna", pays(request, river, hill)) is None
    settle(lake, river, hill)
    for here in (lake, river, hill):
        assert not here.state.linked_requests
        assert not here.state.transits
    assert hill.posted("bakery") == (0,)


def test_a_request_ends_by_its_time_in_each_ledger() -> None:
    lake, river, hill = three()
    asks(hill, river, lake)
    settle(lake, river, hill)
    for here in (lake, river, hill):
        here.now = START + DAY_S
        here.merge(here.new_unit(EUR))
        assert not here.state.linked_requests


def test_a_request_for_nobody_or_by_no_way_is_declined() -> None:
    lake, river, hill = three()
    sea = Shire("sea")
    for path, debtor, code in (
        ((river, lake), "nobody", "unknown_account"),
        ((river, lake), "river", "link_account"),
        ((river, sea), "anna", "unknown_link"),
    ):
        asks(hill, *path, debtor=debtor)
        settle(lake, river, hill)
        last = river.last_word(hill)
        assert isinstance(last, Answered)
        assert last.reason == code
        assert not hill.state.linked_requests


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"path": ("hill",)}, Code.PATH_INVALID),
        ({"path": ("river", "river")}, Code.PATH_INVALID),
        ({"path": ("lake",)}, Code.UNKNOWN_LINK),
        ({"unit": "HOUR"}, Code.UNKNOWN_UNIT),
        ({"expires": START}, Code.EXPIRY_OUT_OF_RANGE),
        ({"expires": START + 91 * DAY_S}, Code.EXPIRY_OUT_OF_RANGE),
    ],
    ids=str,
)
def test_a_request_is_refused_at_home(changed: dict[str, object], code: Code) -> None:
    lake, river, hill = three()
    keys = {"lake": lake.key, "river": river.key, "hill": hill.key}
    if "path" in changed:
        changed = {"path": tuple(keys[name] for name in changed["path"])}  # type: ignore[attr-defined]
    asked = LinkRequest((river.key, lake.key), "anna", "EUR", 40, "", START + DAY_S)
    assert refused(hill, "bakery", replace(asked, **changed)) is code


def test_an_account_asks_a_bounded_number_of_times() -> None:
    lake, river, hill = three()
    asked = LinkRequest((river.key, lake.key), "anna", "EUR", 40, "", START + DAY_S)
    for _ in range(OPEN_REQUESTS_MAX // 64):
        assert hill.ask("bakery", *[asked] * 64).refusal is None
    assert refused(hill, "bakery", asked) is Code.TOO_MANY_REQUESTS


def test_closing_an_account_ends_what_it_asks_and_is_asked_for() -> None:
    lake, river, hill = three()
    asks(hill, river, lake)
    settle(lake, river, hill)
    lake.manage(Close(lake["anna"].id, "left", False))
    settle(lake, river, hill)
    assert not any(one.state.linked_requests for one in (lake, river, hill))
    request = asks(hill, river, debtor="carla")
    settle(lake, river, hill)
    hill.manage(Close(hill["bakery"].id, "left", False))
    settle(lake, river, hill)
    assert not any(one.state.linked_requests for one in (lake, river, hill))
    assert hill.last_word(river) == Answered(request, CANCELLED, "account_closed")


def test_a_payment_to_another_community_does_not_end_a_request_on_its_way() -> None:
    lake, river, hill = three()
    sea = Shire("sea", "pirate")
    link(river, sea)
    request = asks(hill, river, lake)
    settle(lake, river, hill, sea)
    pay((lake, "anna"), "pirate", 1, river, sea)
    read(river, lake)
    told = lake.last_word(river)
    assert isinstance(told, Prepared)
    forged = altered(told, payment=CARD, about=About(LINK_REQUEST, request))
    liar = lake.twin()
    river.merge(forge(liar, river, forged))
    assert river.found(CARD).stage is Stage.PREPARED
    river.merge(forge(sea.twin(), river, Accepted(CARD)))
    posted = Decided(CARD, 0, instruction_hash(forged.instruction))
    river.merge(forge(liar, river, posted, moved=1))
    assert river.found(CARD).stage is Stage.SETTLED
    assert request in river.state.linked_requests


def test_requests_end_in_an_order_that_does_not_depend_on_how_a_ledger_keeps_them() -> None:
    lake, river, hill = three()
    for amount in range(1, 9):
        asks(hill, river, lake, amount=amount)
    twin = hill.twin()
    kept = reversed(list(hill.state.linked_requests.items()))
    twin.state.linked_requests = dict(kept)
    closing = Close(hill["bakery"].id, "left", False)
    for here in (hill, twin):
        assert here.manage(closing).refusal is None
    assert hill.records == twin.records


def test_a_payment_for_what_was_never_asked_is_not_taken() -> None:
    lake, river, hill = three()
    hill.join("cem")
    asks(hill, river, debtor="carla", amount=40)
    settle(lake, river, hill)
    (request,) = river.state.linked_requests
    settle(lake, river, hill)
    pay((lake, "anna"), "cem", 40, river, hill, about=ON_CARD)
    read(river, lake)
    told = river.last_word(hill)
    assert isinstance(told, Prepared)
    about = About(LINK_REQUEST, request)
    instruction = replace(told.instruction, payment=bytes(16), about=about)
    read(hill, river)
    hill.merge(forge(river, hill, Prepared(instruction)))
    assert hill.last_word(river) == Rejected(bytes(16), "unknown_request", True)


def paid(lake: Shire, river: Shire, hill: Shire) -> bytes:
    payment = pay((lake, "anna"), "bakery", 100, river, hill)
    settle(lake, river, hill)
    return payment


@pytest.mark.parametrize("amount", [100, 30], ids=["whole", "in part"])
def test_a_payee_gives_back_once(amount: int) -> None:
    lake, river, hill = three()
    about = About(GIVEN_BACK, paid(lake, river, hill))
    back = order("anna", amount, river, lake, about=about)
    assert refused(hill, "bakery", back) is None
    assert refused(hill, "bakery", back) is Code.ALREADY_PAID
    settle(lake, river, hill)
    assert (lake.posted("anna"), hill.posted("bakery")) == ((amount - 100,), (100 - amount,))
    assert refused(hill, "bakery", back) is Code.ALREADY_REVERTED
    for here in (lake, hill):
        first, second = sorted(here.state.transactions.values(), key=lambda one: one.index)
        assert (first.reverted_by, second.reverts) == (second.id, first.id)
    for one in river.state.transactions.values():
        assert one.reverts is None
        assert one.reverted_by is None


def test_only_what_came_is_given_back_and_to_whom_it_came_from() -> None:
    lake, river, hill = three()
    payment = paid(lake, river, hill)
    about = About(GIVEN_BACK, payment)
    hill.join("cem")
    lake.join("otto")
    assert refused(hill, "bakery", order("anna", 101, river, lake, about=about)) is (
        Code.REVERSAL_EXCEEDS
    )
    assert refused(hill, "bakery", order("otto", 9, river, lake, about=about)) is (
        Code.NOT_REVERSIBLE
    )
    assert refused(hill, "cem", order("anna", 9, river, lake, about=about)) is Code.UNKNOWN_PAYMENT
    assert refused(lake, "anna", order("bakery", 9, river, hill, about=about)) is (
        Code.UNKNOWN_PAYMENT
    )
    assert refused(lake, "anna", order("bakery", 9, river, hill, about=About(NETTING, CARD))) is (
        Code.PATH_INVALID
    )


def test_nobody_else_can_say_that_he_gives_a_payment_back() -> None:
    lake, river, hill = three()
    payment = paid(lake, river, hill)
    pay((river, "carla"), "anna", 1, lake)
    told = river.last_word(lake)
    assert isinstance(told, Prepared)
    settle(lake, river, hill)
    forged = altered(told, payment=CARD, about=About(GIVEN_BACK, payment))
    lake.merge(forge(river, lake, forged))
    assert lake.last_word(river) == Rejected(CARD, "not_payee", whole=True)


def test_what_was_given_back_can_arrive_before_it_is_known_to_be_settled() -> None:
    lake, river, hill = three()
    payment = pay((lake, "anna"), "bakery", 100, river, hill)
    for here, other in ((river, lake), (hill, river), (river, hill), (lake, river)):
        read(here, other)
    hill.merge(*lake.decision(payment))
    river.merge(*lake.decision(payment))
    read(hill, river)
    assert payment in lake.state.transits
    link(hill, lake)
    direct = order("anna", 100, lake, about=About(GIVEN_BACK, payment))
    assert refused(hill, "bakery", direct) is None
    read(lake, hill)
    read(hill, lake)
    assert lake.posted("anna") == (-100,)
    settle(lake, river, hill)
    assert (lake.posted("anna"), hill.posted("bakery")) == ((0,), (0,))
