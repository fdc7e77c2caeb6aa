"""Asking nodes one after another, and delivering to each its own question."""

from dataclasses import replace

from federation.dht.contact import Address
from federation.dht.delivery import Delivery
from federation.dht.inquiry import Inquiry
from federation.dht.krpc import Answer, Ping, Question
from federation.dht.pace import Pace
from federation.dht.settings import NEAR, PUBLIC
from tests.support.swamp import Swamp, silent

NODES: list[Address] = [(f"60.0.{number}.1", 6881) for number in range(3)]
YES, NO = Answer(b"y" * 20), Answer(b"n" * 20)


def yes(_swamp: Swamp, _address: Address, _question: Question) -> Answer:
    return YES


def no(_swamp: Swamp, _address: Address, _question: Question) -> Answer:
    return NO


def inquire(nodes: list[Address], pace: Pace | None = None, now: float = 0.0) -> Inquiry:
    settles = lambda _address, answer: answer is YES  # noqa: E731 -- one word for the cases below
    return Inquiry(nodes, Ping(), settles, pace or Pace(NEAR), now)


def test_the_first_answer_that_settles_it_costs_one_datagram() -> None:
    swamp = Swamp(1, manners=dict.fromkeys(NODES, yes))
    inquiry = inquire(NODES)
    swamp.run(inquiry)
    assert inquiry.settled == NODES[0]
    assert swamp.asked == {NODES[0]: 1}
    assert inquiry.silent == []


def test_an_answer_that_does_not_settle_it_leads_to_the_next_node_at_once() -> None:
    swamp = Swamp(1, manners={NODES[0]: no, NODES[1]: yes})
    inquiry = inquire(NODES)
    took_s = swamp.run(inquiry)
    assert inquiry.settled == NODES[1]
    assert took_s < 1
    assert list(inquiry.answers) == NODES[:2]


def test_a_silent_node_leads_to_the_next_after_a_timeout() -> None:
    swamp = Swamp(1, manners={NODES[0]: silent, NODES[1]: yes})
    inquiry = inquire(NODES)
    took_s = swamp.run(inquiry)
    assert inquiry.settled == NODES[1]
    assert inquiry.silent == [NODES[0]]
    assert NEAR.timeout_first_s < took_s < NEAR.timeout_first_s + 1


def test_a_late_answer_settles_it_too() -> None:
    inquiry = inquire(NODES)
    assert inquiry.step(0.0) == [(NODES[0], Ping())]
    assert inquiry.step(inquiry.wake_at) == [(NODES[1], Ping())]
    inquiry.heard(NODES[0], YES, 1.5)
    assert inquiry.done
    assert inquiry.settled == NODES[0]


def test_a_refusal_leads_to_the_next_node() -> None:
    inquiry = inquire(NODES)
    inquiry.step(0.0)
    inquiry.failed(NODES[0], 0.1)
    assert inquiry.step(0.1) == [(NODES[1], Ping())]


def test_it_ends_unsettled_when_no_node_is_left() -> None:
    inquiry = inquire(NODES)
    Swamp(1).run(inquiry)
    assert inquiry.settled is None
    assert inquiry.silent == NODES


def test_a_stranger_settles_nothing() -> None:
    inquiry = inquire(NODES)
    inquiry.step(0.0)
    inquiry.heard(NODES[2], YES, 0.1)
    assert not inquiry.done


def test_without_nodes_it_is_done() -> None:
    assert inquire([]).done


def test_a_host_out_of_pace_is_asked_last_and_later() -> None:
    pace = Pace(PUBLIC)
    for _ in range(PUBLIC.packets_burst):
        pace.take(NODES[0], 0.0)
    assert inquire(NODES, pace).step(0.0) == [(NODES[1], Ping())]
    alone = inquire(NODES[:1], pace)
    assert alone.step(0.0) == []
    assert alone.wake_at > 0
    assert alone.step(alone.wake_at) == [(NODES[0], Ping())]


def test_a_delivery_asks_all_at_once_and_the_late_once_more() -> None:
    swamp = Swamp(1, manners={NODES[0]: yes, NODES[1]: silent, NODES[2]: yes})
    delivery = Delivery([(node, Ping()) for node in NODES], Pace(NEAR), 0.0)
    swamp.run(delivery)
    assert sorted(delivery.accepted) == [NODES[0], NODES[2]]
    assert swamp.asked == {NODES[0]: 1, NODES[1]: NEAR.tries, NODES[2]: 1}


def test_a_delivery_counts_refusals_apart_and_strangers_not_at_all() -> None:
    delivery = Delivery([(node, Ping()) for node in NODES[:2]], Pace(NEAR), 0.0)
    delivery.step(0.0)
    delivery.failed(NODES[0], 0.1)
    delivery.heard(NODES[2], YES, 0.1)
    delivery.heard(NODES[1], YES, 0.2)
    delivery.heard(NODES[1], YES, 0.3)
    assert delivery.done
    assert (delivery.accepted, delivery.refused) == ([NODES[1]], [NODES[0]])


def test_a_delivery_keeps_the_pace_of_each_host() -> None:
    pace = Pace(replace(PUBLIC, packets_burst=1))
    ports: list[Address] = [("60.0.0.1", 6881 + number) for number in range(3)]
    delivery = Delivery([(node, Ping()) for node in ports], pace, 0.0)
    assert len(delivery.step(0.0)) == 1
    assert 0 < delivery.wake_at < 1
    assert len(delivery.step(delivery.wake_at)) == 1
