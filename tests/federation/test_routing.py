"""The routing table, remembered holders, paces: small, bounded, and forgetting the right ones."""

import pytest

from federation import bencode
from federation.dht.contact import Address, Contact, name_addresses, pack_nodes, unpack_nodes
from federation.dht.gather import Gather
from federation.dht.holders import NODES_MAX, Holders
from federation.dht.krpc import Answer
from federation.dht.pace import Buckets, RoundTrip
from federation.dht.routing import RoutingTable
from federation.dht.settings import NEAR, PUBLIC, DhtSettings
from federation.errors import ItemInvalid
from federation.item import MutableItem, SlotName, sign_item

OWN_ID = bytes(20)
FAR = [Contact(b"\xf0" + bytes([n]) * 19, (f"60.0.0.{n}", 6881)) for n in range(1, 20)]
TARGET = b"\x11" * 20
NODES: list[Address] = [(f"60.0.{number}.1", 6881) for number in range(5)]


def full_table() -> RoutingTable:
    table = RoutingTable(OWN_ID, NEAR)
    for contact in FAR:
        table.heard(contact, 0.0)
    return table


def test_a_bucket_keeps_the_eight_it_met_first() -> None:
    table = full_table()
    assert len(table) == 8
    assert sorted(table.good()) == sorted(FAR[:8])
    assert not table.has_room(FAR[9].id)


def test_a_failing_node_makes_room_and_one_that_answers_again_stays() -> None:
    table = full_table()
    table.failed(FAR[0].address)
    table.failed(FAR[1].address)
    table.heard(FAR[1], 1.0)
    table.heard(FAR[9], 2.0)
    assert FAR[0].address not in table
    assert FAR[1].address in table
    assert FAR[9].address in table


def test_a_node_that_fails_twice_leaves() -> None:
    table = full_table()
    for _ in range(NEAR.failures_max):
        table.failed(FAR[0].address)
    assert FAR[0].address not in table
    table.failed(FAR[0].address)


def test_a_new_id_at_a_known_address_replaces_the_old_one() -> None:
    table = full_table()
    moved = Contact(b"\x01" * 20, FAR[0].address)
    table.heard(moved, 1.0)
    assert table.closest(moved.id, 1) == [moved]
    assert len(table) == 8


def test_it_never_holds_itself() -> None:
    table = RoutingTable(OWN_ID, NEAR)
    table.heard(Contact(OWN_ID, FAR[0].address), 0.0)
    assert len(table) == 0


def test_quiet_and_failing_nodes_are_the_ones_to_ping() -> None:
    table = full_table()
    table.heard(FAR[0], 1_000.0)
    table.failed(FAR[0].address)
    table.heard(FAR[1], 1_000.0)
    assert FAR[0] in table.quiet(1_000.0)
    assert FAR[1] not in table.quiet(1_000.0)
    assert len(table.quiet(1_000.0)) == 7


def test_good_nodes_are_named_with_the_last_heard_first() -> None:
    table = full_table()
    table.heard(FAR[3], 5.0)
    assert table.good()[0] == FAR[3]


def test_compact_nodes_come_back_as_they_were() -> None:
    assert unpack_nodes(pack_nodes(FAR)) == FAR


def test_addresses_for_a_person_are_a_few_and_a_count() -> None:
    assert name_addresses([]) == "none"
    assert name_addresses(NODES[:1]) == "60.0.0.1:6881"
    assert name_addresses(NODES * 2).endswith("60.0.4.1:6881 and 5 more")


def test_remembered_nodes_take_turns() -> None:
    holders = Holders(NEAR)
    holders.remember(TARGET, NODES, 0.0)
    firsts = [holders.next(TARGET, 1.0)[0] for _ in NODES]
    assert sorted(firsts) == sorted(NODES)
    assert len(holders.next(TARGET, 1.0)) == NEAR.inquiry_nodes_max


def test_remembered_nodes_are_looked_for_anew_after_a_while() -> None:
    holders = Holders(NEAR)
    holders.remember(TARGET, NODES, 0.0)
    assert holders.next(TARGET, NEAR.remembered_s + 1) == []


def test_few_that_are_left_are_not_trusted_to_know() -> None:
    holders = Holders(NEAR)
    holders.remember(TARGET, NODES, 0.0)
    half = len(NODES) // 2
    for node in NODES[:half]:
        holders.forget_node(TARGET, node)
    assert holders.next(TARGET, 1.0)
    for node in NODES[half : half + 1]:
        holders.forget_node(TARGET, node)
    assert holders.next(TARGET, 1.0) == []


def test_a_silent_node_is_asked_once_more_and_then_no_more() -> None:
    holders, again_s = Holders(NEAR), NEAR.asked_again_s
    holders.remember(TARGET, NODES, 0.0)
    holders.miss_node(TARGET, NODES[0], 1.0)
    assert all(NODES[0] not in holders.next(TARGET, again_s) for _ in NODES)
    assert holders.next(TARGET, 1.0 + again_s)[0] == NODES[0]
    holders.miss_node(TARGET, NODES[0], 1.0 + again_s)
    assert all(NODES[0] not in holders.next(TARGET, 3 * again_s) for _ in NODES)


def test_a_silent_node_that_answers_takes_turns_again() -> None:
    holders, later = Holders(NEAR), NEAR.asked_again_s + 1
    holders.remember(TARGET, NODES, 0.0)
    holders.miss_node(TARGET, NODES[0], 1.0)
    assert holders.next(TARGET, later)[0] == NODES[0]
    holders.confirm_node(TARGET, NODES[0])
    holders.confirm_node(TARGET, NODES[0])
    assert sorted(holders.next(TARGET, later)[0] for _ in NODES) == sorted(NODES)


def test_nodes_that_a_new_lookup_missed_are_asked_once_more() -> None:
    holders, again_s = Holders(NEAR), NEAR.asked_again_s
    holders.remember(TARGET, NODES, 0.0)
    holders.miss_node(TARGET, NODES[0], 1.0)
    holders.remember(TARGET, NODES[2:], 2.0)
    assert holders.next(TARGET, 1.0 + again_s)[0] == NODES[0]
    assert holders.next(TARGET, 2.0 + again_s)[0] == NODES[1]
    assert set(holders.next(TARGET, 2.0 + again_s)) <= set(NODES[2:])


def test_only_so_many_silent_nodes_are_asked_again() -> None:
    holders = Holders(NEAR)
    for number in range(200):
        holders.remember(TARGET, [(f"60.1.{number}.1", 6881)], float(number))
    again = [holders.next(TARGET, 210.0)[0] for _ in range(100)]
    assert len(set(again)) == NODES_MAX + 1


def test_a_node_that_proved_useless_is_not_asked_again() -> None:
    holders = Holders(NEAR)
    holders.remember(TARGET, NODES[:1], 0.0)
    holders.forget_node(TARGET, NODES[0])
    holders.forget_node(TARGET, NODES[0])
    assert holders.next(TARGET, 0.0) == []
    assert len(holders) == 0


def test_remembered_nodes_survive_a_restart() -> None:
    holders, warm = Holders(NEAR), Holders(NEAR)
    holders.remember(TARGET, NODES, 0.0)
    warm.load(holders.save(), 50.0)
    assert sorted(warm.next(TARGET, 50.0)) == sorted(holders.next(TARGET, 0.0))


@pytest.mark.parametrize(
    "saved",
    [
        b"not bencoding",
        b"le",
        bencode.encode({b"short": b"abcdef"}),
        bencode.encode({TARGET: 7}),
        bencode.encode({TARGET: b"abcde"}),
    ],
)
def test_damaged_memory_is_refused(saved: bytes) -> None:
    with pytest.raises(ItemInvalid):
        Holders(NEAR).load(saved, 0.0)


def test_what_was_found_longest_ago_is_forgotten_first() -> None:
    settings = DhtSettings(remembered_max=2)
    holders = Holders(settings)
    for number in range(3):
        holders.remember(bytes([number]) * 20, NODES, 0.0)
    assert len(holders) == 2
    assert holders.next(bytes(20), 0.0) == []


def test_timeouts_follow_the_measured_round_trips() -> None:
    round_trip = RoundTrip(PUBLIC)
    assert round_trip.timeout_s == PUBLIC.timeout_first_s
    for _ in range(50):
        round_trip.measure(0.4)
    assert round_trip.timeout_s == PUBLIC.timeout_min_s
    for sample_s in (1.0, 2.0, 0.5, 2.5) * 10:
        round_trip.measure(sample_s)
    assert 2.5 < round_trip.timeout_s <= PUBLIC.timeout_max_s


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    buckets = Buckets(per_s=2, burst=3, names_max=10)
    assert [buckets.allows("a", 0.0) for _ in range(4)] == [True, True, True, False]
    assert buckets.wait_s("a", 0.0) == 0.5
    assert buckets.allows("b", 0.0)
    assert buckets.allows("a", 0.5)
    assert not buckets.allows("a", 0.5)


def test_buckets_forget_the_longest_untouched_name() -> None:
    buckets = Buckets(per_s=1, burst=1, names_max=2)
    for name in "abc":
        buckets.take(name, 0.0)
    assert buckets.allows("a", 0.0)
    assert not buckets.allows("c", 0.0)


def test_a_rate_of_zero_is_no_limit() -> None:
    buckets = Buckets(per_s=0, burst=1, names_max=2)
    assert all(buckets.allows("a", 0.0) for _ in range(100))


SEED = bytes(range(32))


def said(item: MutableItem) -> Answer:
    return Answer(bytes(20), b"", b"t", item.slot.key, item.signature, item.seq, item.value)


def test_the_newest_valid_item_is_gathered_and_its_copies_counted() -> None:
    old, new = sign_item(SEED, b"s", 1, b"1:a"), sign_item(SEED, b"s", 2, b"1:b")
    forged = Answer(bytes(20), b"", b"t", new.slot.key, new.signature, 3, new.value)
    foreign = said(sign_item(bytes(32), b"s", 9, b"1:z"))
    elsewhere = said(sign_item(SEED, b"t", 9, b"1:z"))
    gather = Gather(new.slot)
    answers = [said(old), said(new), forged, foreign, elsewhere, Answer(bytes(20)), said(new)]
    for number, answer in enumerate(answers):
        gather.take(("60.0.0.1", number), answer)
    assert gather.newest == new
    assert gather.holders() == [("60.0.0.1", 1), ("60.0.0.1", 6)]
    assert [gather.copies(seq) for seq in (1, 2, 3, 9)] == [1, 2, 0, 0]


def test_of_two_items_with_one_seq_every_reader_takes_the_same() -> None:
    one, two = sign_item(SEED, b"", 1, b"1:a"), sign_item(SEED, b"", 1, b"1:b")
    for order in ([one, two], [two, one]):
        gather = Gather(SlotName(one.slot.key))
        for number, item in enumerate(order):
            gather.take(("60.0.0.1", number), said(item))
        assert gather.newest == two
