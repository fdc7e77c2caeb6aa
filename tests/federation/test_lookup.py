"""The iterative lookup over simulated networks: it finds the closest living nodes, in bounds."""

from dataclasses import replace

import pytest

from federation.dht.contact import Address, Contact, pack_nodes
from federation.dht.krpc import Answer, Get
from federation.dht.lookup import Lookup
from federation.dht.pace import Pace
from federation.dht.settings import NEAR, PUBLIC, DhtSettings
from federation.dht.silence import Silence
from tests.support.swamp import Swamp, honest, misleading, silent

TARGET = b"\x5a" * 20
OWN_ID = b"\xff" * 20
WIDE = replace(PUBLIC, packets_per_s=0.0)
"""The public network's rules without pacing, for networks of one datagram per node."""


def begin(swamp: Swamp, start: list[Contact], settings: DhtSettings = WIDE) -> Lookup:
    return Lookup(TARGET, Get(TARGET), start, Pace(settings), own_id=OWN_ID, now=swamp.now)


@pytest.mark.parametrize("seed", range(5))
def test_it_finds_the_eight_closest_nodes(seed: int) -> None:
    swamp = Swamp(seed)
    nodes = swamp.populate(150, honest)
    lookup = begin(swamp, [swamp.contact(node) for node in nodes[:3]])
    took_s = swamp.run(lookup)
    found = [contact.address for contact in lookup.closest()]
    assert found == swamp.closest(TARGET, nodes)[:8]
    assert lookup.tried < 40
    assert took_s < 2


def test_it_starts_from_an_address_whose_id_it_does_not_know() -> None:
    swamp = Swamp(1)
    nodes = swamp.populate(100, honest)
    lookup = begin(swamp, [Contact(b"", nodes[0])])
    swamp.run(lookup)
    assert [contact.address for contact in lookup.closest()] == swamp.closest(TARGET, nodes)[:8]


@pytest.mark.parametrize("seed", range(5))
def test_lost_datagrams_are_asked_again(seed: int) -> None:
    swamp = Swamp(seed, loss=0.25)
    nodes = swamp.populate(150, honest)
    lookup = begin(swamp, [swamp.contact(node) for node in nodes[:8]])
    swamp.run(lookup)
    found = {contact.address for contact in lookup.closest()}
    assert len(found & set(swamp.closest(TARGET, nodes)[:8])) >= 5
    assert max(swamp.asked.values()) == WIDE.tries


@pytest.mark.parametrize("seed", range(5))
def test_silent_nodes_are_passed_over_and_reported(seed: int) -> None:
    swamp = Swamp(seed)
    nodes = swamp.populate(150, honest)
    dead = swamp.random.sample(nodes[8:], 60)
    swamp.manners.update(dict.fromkeys(dead, silent))
    lookup = begin(swamp, [swamp.contact(node) for node in nodes[:8]])
    took_s = swamp.run(lookup)
    living = [node for node in nodes if node not in dead]
    found = {contact.address for contact in lookup.closest()}
    # A node names eight, dead ones among them, so a few of the living stay unheard of.
    assert len(found & set(swamp.closest(TARGET, living)[:8])) >= 5
    assert len(found) == 8
    assert lookup.lost
    assert set(lookup.lost) <= set(dead)
    assert took_s < 30


@pytest.mark.parametrize("seed", range(5))
def test_silent_nodes_that_others_go_on_naming_cost_no_time_again(seed: int) -> None:
    swamp = Swamp(seed)
    nodes = swamp.populate(150, honest)
    dead = swamp.random.sample(nodes[8:], 60)
    swamp.manners.update(dict.fromkeys(dead, silent))
    silence = Silence()
    took_s, lost = [], list[list[Address]]()
    for _ in range(2):
        start = [swamp.contact(node) for node in nodes[:8]]
        pace = Pace(WIDE)
        lookup = Lookup(
            TARGET, Get(TARGET), start, pace, own_id=OWN_ID, now=swamp.now, silence=silence
        )
        took_s.append(swamp.run(lookup))
        lost.append(lookup.lost)
        for address in lookup.lost:
            silence.note(address, swamp.now + 60)
    assert len(lookup.closest()) == 8
    assert lost[0]
    assert not set(lost[0]) & set(lost[1])
    assert took_s[1] < took_s[0]


def test_a_node_is_left_alone_until_its_time_or_until_it_says_something() -> None:
    silence, node = Silence(), ("127.0.0.1", 1)
    assert not silence.covers(node, 0.0)
    silence.note(node, 15.0)
    assert silence.covers(node, 14.9)
    assert not silence.covers(node, 15.0)
    silence.note(node, 600.0)
    silence.heard(node)
    assert not silence.covers(node, 20.0)


@pytest.mark.parametrize("seed", range(5))
def test_nodes_that_were_only_busy_are_found_again_at_once(seed: int) -> None:
    swamp = Swamp(seed)
    nodes = swamp.populate(150, honest)
    silence = Silence()
    for node in swamp.random.sample(nodes[8:], 60):
        silence.note(node, swamp.now + 600)
    start = [swamp.contact(node) for node in nodes[:8]]
    found = []
    for known in (Silence(), silence):
        pace = Pace(WIDE)
        lookup = Lookup(
            TARGET, Get(TARGET), start, pace, own_id=OWN_ID, now=swamp.now, silence=known
        )
        swamp.run(lookup)
        found.append(set(lookup.closest()))
    assert len(found[0] & found[1]) >= 6


def test_a_lookup_that_knows_only_doubted_nodes_waits_for_them() -> None:
    swamp = Swamp(1)
    nodes = swamp.populate(20, honest)
    silence = Silence()
    for node in nodes:
        silence.note(node, swamp.now + 600)
    start = [swamp.contact(node) for node in nodes[:8]]
    pace = Pace(WIDE)
    lookup = Lookup(TARGET, Get(TARGET), start, pace, own_id=OWN_ID, now=swamp.now, silence=silence)
    swamp.run(lookup)
    assert lookup.closest()


@pytest.mark.parametrize("seed", range(5))
def test_nodes_that_name_nodes_that_are_not_there_cost_time_and_nothing_else(seed: int) -> None:
    swamp = Swamp(seed)
    nodes = swamp.populate(150, honest)
    liars = swamp.random.sample(nodes[8:], 10)
    swamp.manners.update(dict.fromkeys(liars, misleading))
    settings = replace(WIDE, timeout_max_s=1.0)
    lookup = begin(swamp, [swamp.contact(node) for node in nodes[:8]], settings)
    took_s = swamp.run(lookup)
    found = {contact.address for contact in lookup.closest()}
    assert len(found & set(swamp.closest(TARGET, nodes)[:8])) >= 7
    assert lookup.tried <= settings.lookup_questions_max + 8
    assert took_s <= settings.lookup_s_max


def test_a_network_of_liars_ends_it_within_its_bounds() -> None:
    swamp = Swamp(1)
    nodes = swamp.populate(20, misleading)
    lookup = begin(swamp, [swamp.contact(node) for node in nodes])
    took_s = swamp.run(lookup)
    assert took_s <= WIDE.lookup_s_max
    assert swamp.asked.total() <= 2 * WIDE.lookup_questions_max


def test_nobody_there_ends_it_with_no_answer() -> None:
    swamp = Swamp(1)
    lookup = begin(swamp, [Contact(b"", ("10.0.0.1", 1_024)), Contact(b"", ("10.0.0.2", 1_024))])
    took_s = swamp.run(lookup)
    assert not lookup.answers
    assert lookup.tried_addresses() == [("10.0.0.1", 1_024), ("10.0.0.2", 1_024)]
    assert took_s == 3 * WIDE.timeout_first_s


def test_without_any_node_it_is_done_at_once() -> None:
    lookup = begin(Swamp(1), [])
    assert lookup.step(0.0) == []
    assert lookup.done


def test_one_network_of_many_ids_counts_once_on_the_public_network() -> None:
    swamp = Swamp(1)
    nodes = swamp.populate(100, honest)
    crowd = [(f"99.1.1.{number}", 6881) for number in range(1, 40)]
    for number, address in enumerate(crowd):
        swamp.ids[address] = TARGET[:18] + number.to_bytes(2)
        swamp.known[address] = [swamp.contact(other) for other in crowd[:number]]
        swamp.manners[address] = honest
    for node in nodes:
        swamp.known[node] += [swamp.contact(address) for address in crowd[:4]]
    lookup = begin(swamp, [swamp.contact(node) for node in nodes[:8]])
    swamp.run(lookup)
    assert sum(contact.address in crowd for contact in lookup.closest()) == 1
    assert len(lookup.closest()) == 8


@pytest.mark.parametrize(
    "address",
    [
        pytest.param(("192.168.1.1", 6881), id="private"),
        pytest.param(("127.0.0.1", 6881), id="loopback"),
        pytest.param(("224.0.0.1", 6881), id="multicast"),
        pytest.param(("0.0.0.0", 6881), id="nowhere"),  # noqa: S104 -- as data
        pytest.param(("8.8.8.8", 53), id="name server"),
        pytest.param(("8.8.8.8", 0), id="port 0"),
    ],
)
def test_addresses_that_a_stranger_must_not_aim_us_at_are_not_asked(
    address: tuple[str, int],
) -> None:
    lookup = begin(Swamp(1), [Contact(b"", ("10.0.0.1", 6881))])
    lookup.step(0.0)
    named = pack_nodes([Contact(TARGET, address)])
    lookup.heard(("10.0.0.1", 6881), Answer(OWN_ID[::-1], named), 0.1)
    assert lookup.step(0.1) == []
    assert lookup.done


def test_it_does_not_ask_itself_when_others_name_it() -> None:
    lookup = begin(Swamp(1), [Contact(b"", ("10.0.0.1", 6881))])
    lookup.step(0.0)
    named = pack_nodes([Contact(OWN_ID, ("9.9.9.9", 6881))])
    lookup.heard(("10.0.0.1", 6881), Answer(TARGET, named), 0.1)
    assert lookup.step(0.1) == []


def test_an_answer_nobody_asked_for_is_ignored() -> None:
    lookup = begin(Swamp(1), [Contact(b"", ("10.0.0.1", 6881))])
    lookup.step(0.0)
    lookup.heard(("10.0.0.2", 6881), Answer(TARGET, seq=9), 0.1)
    assert not lookup.answers


def test_a_node_that_refuses_is_left_out() -> None:
    lookup = begin(Swamp(1), [Contact(b"", ("10.0.0.1", 6881))])
    lookup.step(0.0)
    lookup.failed(("10.0.0.1", 6881), 0.1)
    assert lookup.step(0.1) == []
    assert lookup.done
    assert lookup.closest() == []


def test_it_ends_early_when_told_that_it_is_enough() -> None:
    swamp = Swamp(1)
    nodes = swamp.populate(100, honest)
    lookup = Lookup(
        TARGET,
        Get(TARGET),
        [swamp.contact(node) for node in nodes[:8]],
        Pace(NEAR),
        own_id=OWN_ID,
        now=0.0,
        enough=lambda _address, _answer: True,
    )
    swamp.run(lookup)
    assert len(lookup.answers) == 1


def test_one_host_gets_fewer_than_fifty_datagrams_in_ten_seconds() -> None:
    swamp = Swamp(1)
    nodes = swamp.populate(30, honest)
    pace = Pace(PUBLIC)
    for number in range(60):
        target = number.to_bytes(20)
        start = [swamp.contact(node) for node in nodes[:8]]
        lookup = Lookup(target, Get(target), start, pace, own_id=OWN_ID, now=swamp.now)
        swamp.run(lookup)
        assert lookup.answers
    for sent_at in swamp.asked_at.values():
        assert all(sum(at <= later < at + 10 for later in sent_at) < 50 for at in sent_at)
