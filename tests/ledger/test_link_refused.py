"""Payments that a ledger on the way refuses, and what a dishonest one cannot do."""

import pytest

from ledger.link.entry import Accepted, Decided, Done, Prepared, Rejected, Settled
from ledger.link.instruction import Hop, instruction_hash
from ledger.link.machine import Stage
from ledger.operation import Close, ForceRelease, LinkCancel, SetLinkStatus, Suspend
from ledger.refusal import Code
from ledger.rule.transit import OPEN_TRANSITS_MAX
from tests.support.realm import Shire, ask_pay, link, order, pay, read, settle
from tests.support.township import DAY_S, START
from tests.support.trickster import altered, forge


def three() -> tuple[Shire, Shire, Shire]:
    lake, river, hill = Shire("lake", "anna"), Shire("river", "carla"), Shire("hill", "bakery")
    link(lake, river)
    link(river, hill)
    return lake, river, hill


def prepared(here: Shire, peer: Shire) -> Prepared:
    """Return the newest payment that one community told another of."""
    found = [one.entry.content for _, one in here.told(peer)]
    return next(one for one in reversed(found) if isinstance(one, Prepared))


def stage(here: Shire, payment: bytes) -> Stage:
    found = here.transit(payment)
    assert found is not None
    return found.stage


def answers(here: Shire, peer: Shire) -> list[object]:
    return [one.entry.content for _, one in here.told(peer)]


def test_somebody_unknown_there_gets_nothing() -> None:
    lake, river, hill = three()
    for payee in ("nobody", "commons", "river", "exchange"):
        payment = pay((lake, "anna"), payee, 10, river, hill)
        settle(lake, river, hill)
        assert stage(lake, payment) is Stage.VOIDED
        assert lake.found(payment).code in {"unknown_account", "link_account"}
        assert stage(river, payment) is Stage.RELEASED
        assert hill.transit(payment) is None
    assert lake.posted("anna") == (0,)


def test_somebody_suspended_or_closed_there_gets_nothing() -> None:
    lake, river, hill = three()
    hill.manage(Suspend(hill["bakery"].id, "why"))
    hill.join("cem")
    hill.manage(Close(hill["cem"].id, "left", False))
    for payee, code in (("bakery", "account_suspended"), ("cem", "account_closed")):
        payment = pay((lake, "anna"), payee, 10, river, hill)
        settle(lake, river, hill)
        assert lake.found(payment).code == code


def test_a_payee_who_is_suspended_meanwhile_is_paid_what_was_accepted() -> None:
    lake, river, hill = three()
    payment = pay((lake, "anna"), "bakery", 10, river, hill)
    read(river, lake)
    read(hill, river)
    assert stage(hill, payment) is Stage.ACCEPTED
    refused = hill.manage(Close(hill["bakery"].id, "left", True)).refusal
    assert refused is not None
    assert refused.code is Code.ACCOUNT_HAS_HOLDS
    hill.manage(Suspend(hill["bakery"].id, "why"))
    settle(lake, river, hill)
    assert stage(hill, payment) is Stage.SETTLED
    assert hill.posted("bakery") == (10,)


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_what_is_under_way_ends_on_a_link_that_was_stopped(status: str) -> None:
    lake, river, hill = three()
    payment = pay((lake, "anna"), "bakery", 10, river, hill)
    read(river, lake)
    for here, peer in ((lake, river), (river, lake), (river, hill)):
        here.manage(SetLinkStatus(peer.key, status, "why"))  # type: ignore[arg-type]
    settle(lake, river, hill)
    told = stage(lake, payment)
    assert told is (Stage.VOIDED if hill.transit(payment) is None else Stage.POSTED)
    assert not lake.state.transits
    assert not river.state.transits


def test_what_was_accepted_ends_on_a_link_that_was_stopped() -> None:
    lake, river, hill = three()
    payment = pay((lake, "anna"), "bakery", 10, river, hill)
    read(river, lake)
    read(hill, river)
    for here, peer in ((lake, river), (river, lake), (river, hill), (hill, river)):
        here.manage(SetLinkStatus(peer.key, "closed", "why"))
    settle(lake, river, hill)
    assert stage(lake, payment) is Stage.POSTED
    assert stage(hill, payment) is Stage.SETTLED
    assert (river.owes(lake), river.owes(hill)) == (-10, 10)


@pytest.mark.parametrize(
    ("way", "code"),
    [
        (("river", "lake"), Code.PATH_INVALID),
        (("river", "hill", "river"), Code.PATH_INVALID),
        (("hill",), Code.UNKNOWN_LINK),
    ],
    ids=str,
)
def test_a_way_that_turns_back_or_begins_nowhere_is_refused_at_home(
    way: tuple[str, ...], code: Code
) -> None:
    lake, river, hill = three()
    by_name = {"lake": lake, "river": river, "hill": hill}
    refused = ask_pay(lake, "anna", order("bakery", 10, *(by_name[one] for one in way)))[1].refusal
    assert refused is not None
    assert refused.code is code


def test_a_way_that_ends_nowhere_is_refused_where_it_ends() -> None:
    lake, river, hill = three()
    sea = Shire("sea", "bakery")
    payment = pay((lake, "anna"), "bakery", 10, river, hill, sea)
    settle(lake, river, hill)
    assert lake.found(payment).code == "unknown_link"
    assert (stage(lake, payment), stage(river, payment)) == (Stage.VOIDED, Stage.RELEASED)


def test_a_way_that_does_not_lead_here_is_refused() -> None:
    lake, river, hill = three()
    pay((lake, "anna"), "bakery", 10, river, hill)
    read(river, lake)
    told = prepared(lake, river)
    first, last = told.instruction.hops
    for number, hops in enumerate(
        (
            (last,),
            (last, first),
            (first, first),
            (Hop(lake.key, "EUR", 10), first, last),
            (Hop(river.key, "HOUR", 10), last),
        )
    ):
        payment = bytes((number,)) * 16
        river.merge(forge(lake, river, altered(told, payment=payment, hops=hops)))
        assert river.transit(payment) is None
        assert answers(river, lake)[-1] == Rejected(payment, "path_invalid", whole=True)


def test_a_payment_of_one_name_is_taken_once() -> None:
    lake, river = Shire("lake", "anna"), Shire("river", "bakery")
    link(lake, river)
    payment = pay((lake, "anna"), "bakery", 10, river)
    told = prepared(lake, river)
    settle(lake, river)
    twice = forge(lake, river, altered(told, deadline=START + 2 * DAY_S))
    river.merge(twice)
    assert answers(river, lake)[-1] == Rejected(payment, "duplicate_payment", whole=True)
    assert river.posted("bakery") == (10,)


def test_a_payment_whose_time_is_over_is_not_taken() -> None:
    lake, river = Shire("lake", "anna"), Shire("river", "bakery")
    link(lake, river)
    pay((lake, "anna"), "bakery", 10, river)
    river.now = START + DAY_S
    read(river, lake)
    assert not river.state.transits
    lake.now = START + DAY_S
    settle(lake, river)
    assert not lake.state.transits
    assert lake.posted("anna") == (0,)


def test_a_payer_takes_back_what_nobody_has_accepted() -> None:
    lake, river, hill = three()
    payment = pay((lake, "anna"), "bakery", 10, river, hill)
    read(river, lake)
    read(hill, river)
    lake.join("otto")
    for name, named in (("otto", payment), ("anna", bytes(16))):
        refused = lake.ask(name, LinkCancel(named)).refusal
        assert refused is not None
        assert refused.code is Code.UNKNOWN_PAYMENT
    assert lake.ask("anna", LinkCancel(payment)).refusal is None
    refused = lake.ask("anna", LinkCancel(payment)).refusal
    assert refused is not None
    assert refused.code is Code.PAYMENT_DECIDED
    settle(lake, river, hill)
    assert stage(hill, payment) is Stage.RELEASED
    assert hill.posted("bakery") == (0,)


def test_a_ledger_on_the_way_cannot_pass_on_other_amounts_under_the_same_name() -> None:
    lake, river, hill = three()
    payment = pay((lake, "anna"), "bakery", 1_000, river, hill)
    read(river, lake)
    told = prepared(river, hill)
    hop = Hop(hill.key, "EUR", 1)
    liar = river.twin()
    liar.entries_by_peer[hill.key].pop()
    hill.merge(forge(liar, hill, altered(told, amount=1, hops=(told.instruction.hops[0], hop))))
    assert stage(hill, payment) is Stage.ACCEPTED
    lake.merge(forge(liar, lake, Accepted(payment)))
    assert stage(lake, payment) is Stage.POSTED
    hill.merge(*lake.decision(payment))
    assert stage(hill, payment) is Stage.RELEASED
    assert hill.posted("bakery") == (0,)


def test_a_hop_lets_go_by_force_what_it_has_not_promised_and_says_so() -> None:
    lake, river, hill = three()
    payment = pay((lake, "anna"), "bakery", 10, river, hill)
    read(river, lake)
    assert river.manage(ForceRelease(payment, "hill is silent")).refusal is None
    refused = river.manage(ForceRelease(payment, "hill is silent")).refusal
    assert refused is not None
    assert refused.code is Code.PAYMENT_DECIDED
    settle(lake, river, hill)
    assert lake.found(payment).code == "let_go"
    assert not any(one.state.transits for one in (lake, river, hill))


def test_only_what_waits_for_another_ledger_is_let_go_by_force() -> None:
    lake, river = Shire("lake", "anna"), Shire("river", "bakery")
    link(lake, river)
    payment = pay((lake, "anna"), "bakery", 10, river)
    for named in (payment, bytes(16)):
        refused = lake.manage(ForceRelease(named, "why")).refusal
        assert refused is not None
        assert refused.code is Code.UNKNOWN_PAYMENT


def test_words_from_somebody_who_is_not_on_the_way_change_nothing() -> None:
    lake, river, hill = three()
    sea = Shire("sea")
    link(lake, sea)
    payment = pay((lake, "anna"), "bakery", 10, river, hill)
    decided = Decided(payment, 0, instruction_hash(lake.found(payment).instruction))
    before = lake.transit(payment)
    for content in (
        Accepted(payment), Rejected(payment, "path_invalid", True), Settled(payment, True),
        Done(payment), decided,
    ):  # fmt: skip
        lake.merge(forge(sea, lake, content))
    assert lake.transit(payment) == before
    assert not lake.link_to(sea).drift
    read(river, lake)
    read(hill, river)
    before = hill.transit(payment)
    hill.merge(forge(river, hill, decided))
    assert hill.found(payment).stage is Stage.ACCEPTED, "a copy is not the decision"
    assert hill.link_to(river).drift, "and moves nothing by itself"


def test_a_decision_counts_from_the_payers_own_journal_only() -> None:
    lake, river, hill = three()
    payment = pay((lake, "anna"), "bakery", 10, river, hill)
    read(river, lake)
    read(hill, river)
    decided = Decided(payment, 0, instruction_hash(hill.found(payment).instruction))
    before = len(hill.records)
    hill.merge(forge(Shire("sea"), lake, decided))
    assert len(hill.records) == before
    assert stage(hill, payment) is Stage.ACCEPTED


def test_one_linked_community_cannot_fill_a_ledger() -> None:
    lake, river = Shire("lake", "anna"), Shire("river", "bakery")
    link(lake, river)
    pay((lake, "anna"), "bakery", 1, river)
    told = prepared(lake, river)
    read(river, lake)
    for number in range(OPEN_TRANSITS_MAX):
        river.merge(forge(lake, river, altered(told, payment=number.to_bytes(16))))
    assert len(river.state.transits) == OPEN_TRANSITS_MAX
    assert answers(river, lake)[-1] == Rejected(
        (OPEN_TRANSITS_MAX - 1).to_bytes(16), "too_many_transits", whole=True
    )


def test_what_a_person_let_go_of_takes_no_place_of_other_payments() -> None:
    lake, river = Shire("lake", "anna"), Shire("river", "bakery")
    link(lake, river)
    pay((lake, "anna"), "bakery", 1, river)
    told = prepared(lake, river)
    liar = lake.twin()
    read(river, lake)
    names = [number.to_bytes(16) for number in range(OPEN_TRANSITS_MAX - 1)]
    for name in names:
        river.merge(forge(liar, river, altered(told, payment=name)))
    river.merge(forge(liar, river, altered(told, payment=b"one too many now")))
    assert river.transit(b"one too many now") is None
    assert river.manage(ForceRelease(names[0], "never decided")).refusal is None
    river.merge(forge(liar, river, altered(told, payment=b"fits after that.")))
    assert river.found(b"fits after that.").stage is Stage.ACCEPTED
    decided = Decided(names[0], 0, instruction_hash(river.found(names[0]).instruction))
    river.merge(forge(liar, river, decided, moved=1))
    assert river.found(names[0]).stage is Stage.SETTLED
    river.merge(forge(liar, river, altered(told, payment=b"settled and gone")))
    assert river.transit(b"settled and gone") is None
