"""Payments across links, from consent to settled, in two and three ledgers."""

from ledger.link.machine import Stage
from ledger.link.transit import Transit
from tests.support.realm import Shire, link, pay, read, settle


def test_a_payment_over_one_link_is_prepared_accepted_posted_and_settled() -> None:
    lake, river = Shire("lake", "anna"), Shire("river", "bakery")
    link(lake, river)
    payment = pay((lake, "anna"), "bakery", 1_250, river)
    assert _at(lake, payment).stage is Stage.PREPARED
    read(river, lake)
    assert _at(river, payment).stage is Stage.ACCEPTED
    read(lake, river)
    assert _at(lake, payment).stage is Stage.POSTED
    read(river, lake)
    assert _at(river, payment).stage is Stage.SETTLED
    read(lake, river)
    assert _at(lake, payment).below
    assert (lake.owes(river), river.owes(lake)) == (1_250, -1_250)
    assert not lake.state.transits
    assert not river.state.transits
    assert lake.link_to(river).mirror == -1_250
    assert river.link_to(lake).mirror == 1_250


def test_a_payment_over_two_links_settles_everywhere() -> None:
    lake, river, hill = Shire("lake", "anna"), Shire("river"), Shire("hill", "bakery")
    link(lake, river)
    link(river, hill)
    payment = pay((lake, "anna"), "bakery", 700, river, hill)
    settle(lake, river, hill)
    for one in (lake, river, hill):
        assert _at(one, payment).below
        assert not one.state.transits
    assert river.owes(lake) + river.owes(hill) == 0
    assert hill.owes(river) == -700


def _at(here: Shire, payment: bytes) -> Transit:
    found = here.transit(payment)
    assert found is not None
    return found
