"""The endpoint on real sockets: with libtorrent's nodes, with itself, and with liars."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Container, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import pytest

from federation.dht import krpc
from federation.dht.contact import Address, Contact, pack_nodes
from federation.dht.endpoint import Endpoint
from federation.dht.settings import NEAR, DhtSettings
from federation.errors import ItemInvalid, NetworkUnreachable
from federation.item import MutableItem, SlotName, sign_item
from ledger.crypto import public_key
from tests.support.dht import (
    PrivateDht,
    private_dht,
    put_string,
    read_item,
)
from tests.support.fakenode import ID, Manner, fake_node, mute, polite

SEED = bytes(range(32))
DICTIONARY = b"d1:c4:note1:vi1ee"
QUICK = replace(NEAR, timeout_first_s=0.2, timeout_min_s=0.2)
PATIENCE_S = 20.0


@pytest.fixture(scope="module")
def libtorrent_dht() -> Iterator[PrivateDht]:
    with private_dht(10) as dht:
        yield dht


@asynccontextmanager
async def endpoint(
    *bootstrap: Address, settings: DhtSettings = NEAR, node_id: bytes | None = None
) -> AsyncIterator[Endpoint]:
    opened = Endpoint("127.0.0.1", 0, bootstrap, settings=settings, node_id=node_id)
    try:
        yield opened
    finally:
        await opened.close()


@asynccontextmanager
async def crowd(count: int) -> AsyncIterator[list[Endpoint]]:
    """Give endpoints that all know each other, with no libtorrent among them."""
    members = [Endpoint("127.0.0.1", 0, settings=QUICK) for _ in range(count)]
    for member in members:
        member.add_nodes(other.address for other in members if other is not member)
        assert await member.nodes()
    try:
        yield members
    finally:
        for member in members:
            await member.close()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await holds():  # noqa: ASYNC110 -- the endpoint tells nobody
            await asyncio.sleep(0)


def signed(seq: int, value: bytes = DICTIONARY, salt: bytes = b"endpoint") -> MutableItem:
    return sign_item(SEED, salt, seq, value)


async def test_libtorrent_and_we_read_what_the_other_put(libtorrent_dht: PrivateDht) -> None:
    ours_item = signed(1_700_000_000, salt=b"for libtorrent")
    theirs, slot = libtorrent_dht.sessions[0], SlotName(public_key(SEED), b"by libtorrent")
    async with endpoint(*libtorrent_dht.nodes[:2]) as ours:
        assert (await ours.put(ours_item)).accepted == 8
        assert await asyncio.to_thread(read_item, theirs, ours_item.slot) == ours_item
        await asyncio.to_thread(put_string, theirs, SEED, b"hello", slot.salt)
        item = (await ours.get(slot)).item
        assert item is not None
        assert item.value == b"5:hello"
        assert (await ours.put(item)).accepted == 8  # without their key
        assert await ours.stored_copies(slot, item.seq) == 8


async def test_copies_are_counted_by_reading_back(libtorrent_dht: PrivateDht) -> None:
    async with endpoint(*libtorrent_dht.nodes[:2]) as ours:
        await ours.put(signed(5, b"5:first", b"copies"))
        await ours.put(signed(5, b"6:second", b"copies"))  # acknowledged, and dropped
        slot = signed(5, salt=b"copies").slot
        assert (await ours.get(slot)).item == signed(5, b"5:first", b"copies")
        assert await ours.stored_copies(slot, 5) == 8
        assert await ours.stored_copies(slot, 6) == 0


async def test_a_peer_that_was_announced_is_found(libtorrent_dht: PrivateDht) -> None:
    infohash, found = b"\x2a" * 20, set[Address]()
    async with endpoint(libtorrent_dht.nodes[0]) as one, endpoint(libtorrent_dht.nodes[9]) as two:
        assert (await one.announce_peer(infohash, 6881)).accepted
        await two.find_peers(infohash, found.update)
        await two.find_peers(b"\x2b" * 20, found.update)
    assert found == {("127.0.0.1", 6881)}


async def test_peers_that_a_stranger_may_not_aim_us_at_are_left_out() -> None:
    def spiteful(query: krpc.Query) -> Iterable[krpc.Message]:
        peers = (("0.1.2.3", 6881), ("127.0.0.1", 0), ("127.0.0.1", 6881))
        return (krpc.Reply(query.transaction, krpc.Answer(ID, peers=peers)),)

    found: list[Address] = []
    async with fake_node(spiteful) as node, endpoint(node.address, settings=QUICK) as reader:
        await reader.find_peers(bytes(20), found.extend)
    assert found == [("127.0.0.1", 6881)]


async def test_a_node_that_is_gone_is_waited_for_once_though_others_go_on_naming_it() -> None:
    async with fake_node(mute) as gone:

        def naming(query: krpc.Query) -> Iterable[krpc.Message]:
            named = pack_nodes([Contact(b"\x11" * 20, gone.address)])
            return (krpc.Reply(query.transaction, krpc.Answer(ID, nodes=named, token=b"token")),)

        async with fake_node(naming) as node, endpoint(node.address, settings=QUICK) as reader:
            await reader.get(signed(1).slot)

            async def pinged() -> bool:
                return any(isinstance(query.question, krpc.Ping) for query in gone.queries)

            await until(pinged)
            asked = len([one for one in gone.queries if not isinstance(one.question, krpc.Ping)])
            assert asked
            for seq in range(2, 6):
                await reader.get(signed(seq, salt=bytes((seq,))).slot)
            later = [one for one in gone.queries if not isinstance(one.question, krpc.Ping)]
            assert len(later) <= asked + 4, (
                "asked once in each lookup: what is waited for is asked again"
            )


async def test_a_node_that_was_only_busy_is_met_again() -> None:
    async with fake_node(mute) as busy:

        def naming(query: krpc.Query) -> Iterable[krpc.Message]:
            named = pack_nodes([Contact(b"\x11" * 20, busy.address)])
            return (krpc.Reply(query.transaction, krpc.Answer(ID, nodes=named, token=b"token")),)

        def back(query: krpc.Query) -> Iterable[krpc.Message]:
            return (krpc.Reply(query.transaction, krpc.Answer(b"\x11" * 20, token=b"token")),)

        async with fake_node(naming) as node, endpoint(node.address, settings=QUICK) as reader:
            await reader.get(signed(1).slot)
            assert busy.address not in await reader.nodes()
            busy.manner = back

            async def is_met() -> bool:
                await reader.get(signed(1).slot)
                return busy.address in await reader.nodes()

            await until(is_met)


async def test_the_steady_state_costs_one_datagram_and_takes_turns() -> None:
    async with crowd(9) as members:
        item = signed(3)
        await members[0].put(item)
        reader = members[1]
        assert (await reader.get(item.slot)).item == item
        for _ in range(8):  # the writer is among the closest, stores nothing, and is asked once
            assert (await reader.get(item.slot, newer_than=3)).unchanged
        before, heard = reader.traffic.asked, [member.traffic.received for member in members]
        for _ in range(7):
            got = await reader.get(item.slot, newer_than=3)
            assert (got.item, got.unchanged, got.answered) == (None, True, 1)
        assert reader.traffic.asked - before == 7
        asked = [
            member.traffic.received - before for member, before in zip(members, heard, strict=True)
        ]
        assert sorted(asked[:1] + asked[2:])[-2:] == [1, 1]


async def test_a_slot_never_seen_is_polled_with_one_datagram_too() -> None:
    async with crowd(9) as members:
        item, reader = signed(0), members[1]
        assert (await reader.get(item.slot, newer_than=-1)).item is None
        asked = reader.traffic.asked
        got = await reader.get(item.slot, newer_than=-1)
        assert (got.item, got.unchanged, reader.traffic.asked - asked) == (None, False, 1)
        await members[0].put(item)
        # The writer is one of the nodes remembered, and the only one that does not store it.
        polled = [(await reader.get(item.slot, newer_than=-1)).item for _ in range(2)]
        assert item in polled


async def test_storing_nodes_that_left_lead_to_a_full_lookup() -> None:
    async with crowd(14) as members:
        item, reader = signed(3), members[0]
        await members[1].put(item)
        await reader.get(item.slot)
        for member in members[2:9]:
            await member.close()
        await members[1].put(signed(4))
        for _ in range(3):
            got = await reader.get(item.slot, newer_than=3)
            if got.item:
                break
        assert got.item == signed(4)


@asynccontextmanager
async def keepers(
    held: list[MutableItem], away: Container[int] = (), settings: DhtSettings = NEAR
) -> AsyncIterator[Endpoint]:
    """Give a reader that knows a node for each item of a list, which keeps that, or is away."""

    def keeper(place: int) -> Manner:
        def answer(query: krpc.Query) -> Iterable[krpc.Message]:
            one, own_id = held[place], bytes([place + 1]) * 20
            told = krpc.Answer(own_id, b"", b"t", one.slot.key, one.signature, one.seq, one.value)
            return () if place in away else (krpc.Reply(query.transaction, told),)

        return answer

    async with AsyncExitStack() as stack:
        nodes = [await stack.enter_async_context(fake_node(keeper(at))) for at in range(len(held))]
        addresses = [node.address for node in nodes]
        yield await stack.enter_async_context(endpoint(*addresses, settings=settings))


async def test_a_version_that_missed_the_first_holder_of_the_one_before_is_found() -> None:
    held, slot = [signed(3), signed(2), signed(2)], signed(3).slot  # a put is under way
    async with keepers(held) as reader:
        assert (await reader.get(slot)).item == signed(3)
        held[1:] = [signed(4)] * 2
        polled = [(await reader.get(slot, newer_than=3)).item for _ in range(3)]
        assert signed(4) in polled


async def test_nodes_beyond_a_wire_that_was_cut_are_asked_again() -> None:
    held, slot, away = [signed(3)] * 4, signed(3).slot, set[int]()
    async with keepers(held, away, replace(QUICK, asked_again_s=0.3)) as reader:
        assert (await reader.get(slot)).item == signed(3)
        away |= {2, 3}
        for _ in held:
            assert (await reader.get(slot, newer_than=3)).unchanged
        away.clear()
        held[2:] = [signed(4)] * 2

        async def is_read() -> bool:
            return (await reader.get(slot, newer_than=3)).item == signed(4)

        await until(is_read)


async def test_a_restarted_endpoint_starts_warm() -> None:
    async with crowd(9) as members:
        item = signed(3)
        await members[0].put(item)
        saved = members[0].save_holders()
        async with endpoint(members[1].address) as again:
            again.load_holders(saved)
            assert (await again.get(item.slot, newer_than=2)).item == item
            assert again.traffic.asked == 1


async def test_endpoints_alone_are_a_dht() -> None:
    async with endpoint() as first, endpoint(first.address) as second:
        assert (await second.put(signed(1))).accepted == 1
        assert (await second.get(signed(1).slot)).copies == 1
        assert (await second.put(signed(3), cas=2)).accepted == 0
        assert (await second.put(signed(3), cas=1)).accepted == 1
        assert (await second.put(signed(2))).accepted == 0


async def test_a_node_that_asked_us_becomes_known_once_it_answers_us() -> None:
    async with endpoint() as first, endpoint(first.address) as second:
        await second.get(signed(1).slot)

        async def known() -> bool:
            try:
                return second.address in await first.nodes()
            except NetworkUnreachable:
                return False

        await until(known)


async def test_a_reply_from_another_address_or_transaction_is_ignored() -> None:
    item = signed(9)
    lie = krpc.Answer(ID, b"", b"t", item.slot.key, item.signature, 9, item.value)

    def answer(query: krpc.Query) -> Iterable[krpc.Message]:
        spoofer.say(krpc.Reply(query.transaction, lie), reader.address)
        return krpc.Reply(b"0000", lie), krpc.Reply(query.transaction, krpc.Answer(ID))

    async with (
        fake_node(mute) as spoofer,
        fake_node(answer) as node,
        endpoint(node.address) as reader,
    ):
        got = await reader.get(item.slot)
        assert (got.item, got.answered) == (None, 1)
        assert reader.traffic.dropped > 0


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param(replace(signed(9), signature=bytes(64)), id="unsigned"),
        pytest.param(replace(signed(9), seq=10), id="raised seq"),
        pytest.param(sign_item(bytes(32), b"endpoint", 9, DICTIONARY), id="another key"),
        pytest.param(sign_item(SEED, b"other", 9, DICTIONARY), id="another salt"),
        pytest.param(replace(signed(9), value=b"1100:" + bytes(1_100)), id="too long"),
    ],
)
async def test_items_that_do_not_verify_are_nobodys(forged: MutableItem) -> None:
    lie = krpc.Answer(ID, b"", b"t", forged.slot.key, forged.signature, forged.seq, forged.value)

    def answer(query: krpc.Query) -> Iterable[krpc.Message]:
        return (krpc.Reply(query.transaction, lie),)

    async with fake_node(answer) as liar, endpoint(liar.address) as reader:
        for newer_than in (None, -1, 3):
            got = await reader.get(signed(9).slot, newer_than)
            assert (got.item, got.copies, got.unchanged) == (None, 0, False)
        assert await reader.get_immutable(bytes(20)) is None


async def test_an_older_seq_is_never_told_as_news() -> None:
    old = signed(3)
    answer_old = krpc.Answer(ID, b"", b"t", old.slot.key, old.signature, old.seq, old.value)

    def answer(query: krpc.Query) -> Iterable[krpc.Message]:
        return (krpc.Reply(query.transaction, answer_old),)

    async with fake_node(answer) as stale, endpoint(stale.address) as reader:
        for _ in range(2):
            assert (await reader.get(old.slot, newer_than=7)).item is None


async def test_garbage_neither_stops_nor_answers() -> None:
    garbage = [b"\x00" * 1_400, b"d1:y1:qe", b"x" * 3_000, b"l" * 1_000, b"\xff" * 65_000]
    async with endpoint() as target, fake_node(mute) as sender:
        for datagram in garbage:
            sender.say(datagram, target.address)
        ping = krpc.Query(b"p", ID, krpc.Ping())
        sender.say(ping, target.address)
        answered: krpc.Message = ping
        while isinstance(answered, krpc.Query):  # it pings the newcomer too
            answered = krpc.decode(await asyncio.wait_for(sender.heard.get(), PATIENCE_S))
        assert answered == krpc.Reply(b"p", krpc.Answer(target.id))
        assert target.traffic.dropped == len(garbage)


@pytest.mark.parametrize(
    "limited",
    [
        pytest.param(replace(NEAR, queries_per_s=0.001, queries_burst=3), id="queries of a host"),
        pytest.param(replace(NEAR, reply_bytes_per_s=150.0), id="bytes of replies"),
    ],
)
async def test_a_flood_of_queries_gets_few_answers(limited: DhtSettings) -> None:
    async with endpoint(settings=limited) as target, fake_node(mute) as flood:
        for number in range(40):
            flood.say(krpc.Query(b"%d" % number, ID, krpc.Ping()), target.address)

        async def all_came() -> bool:
            return target.traffic.received == 40

        await until(all_came)
        assert target.traffic.dropped >= 35


async def test_only_a_few_unknown_askers_are_pinged_back() -> None:
    async with (
        fake_node(mute) as one,
        fake_node(mute) as two,
        endpoint(settings=replace(NEAR, newcomers_max=1)) as target,
    ):
        for node in (one, two):
            node.say(krpc.Query(b"q", ID, krpc.Ping()), target.address)

        async def both_came() -> bool:
            return one.heard.qsize() + two.heard.qsize() == 3

        await until(both_came)
        assert len(one.queries) + len(two.queries) == 1


async def test_a_lost_put_is_sent_again() -> None:
    said: list[krpc.Question] = []

    def forgetful(query: krpc.Query) -> Iterable[krpc.Message]:
        said.append(query.question)
        first = isinstance(query.question, krpc.PutItem) and said.count(query.question) == 1
        return () if first else polite(query)

    async with fake_node(forgetful) as node, endpoint(node.address, settings=QUICK) as writer:
        assert (await writer.put(signed(1))).accepted == 1


async def test_a_put_that_is_refused_or_lacks_a_token_is_not_counted() -> None:
    def refusing(query: krpc.Query) -> Iterable[krpc.Message]:
        if isinstance(query.question, krpc.PutItem):
            return (krpc.Failure(query.transaction, krpc.SEQ_TOO_LOW, "too low"),)
        return polite(query)

    def tokenless(query: krpc.Query) -> Iterable[krpc.Message]:
        return (krpc.Reply(query.transaction, krpc.Answer(ID)),)

    for manner in (refusing, tokenless):
        async with fake_node(manner) as node, endpoint(node.address) as writer:
            assert (await writer.put(signed(1))).accepted == 0


@pytest.mark.parametrize("value", [b"i01e", b"d1:bi1e1:ai1ee", b"1:a1:b", b"nonsense"])
async def test_a_value_that_is_not_canonical_is_not_put(value: bytes) -> None:
    async with endpoint() as writer:
        with pytest.raises(ItemInvalid):
            await writer.put(sign_item(SEED, b"", 1, value))
        with pytest.raises(ItemInvalid):
            await writer.put_immutable(value)


async def test_nobody_there_says_who_was_asked() -> None:
    async with (
        fake_node(mute) as node,
        endpoint(node.address, ("nowhere.invalid", 1), settings=QUICK) as alone,
    ):
        with pytest.raises(NetworkUnreachable, match="no DHT node answered") as failed:
            await alone.get(signed(1).slot)
        assert f"127.0.0.1:{node.address[1]}" in str(failed.value)
        assert "nowhere.invalid:1" in str(failed.value)
        with pytest.raises(NetworkUnreachable):
            await alone.nodes()


async def test_nodes_that_come_back_are_found_again() -> None:
    async with fake_node(mute) as node, endpoint(node.address, settings=QUICK) as reader:
        with pytest.raises(NetworkUnreachable):
            await reader.get(signed(1).slot)
        node.manner = polite
        assert (await reader.get(signed(1).slot)).answered == 1
        node.manner = mute
        with pytest.raises(NetworkUnreachable):
            await reader.get(signed(1).slot)
        node.manner = polite
        assert (await reader.get(signed(1).slot)).answered == 1


async def test_a_port_that_is_taken_says_so() -> None:
    async with endpoint() as first:
        with pytest.raises(NetworkUnreachable, match="choose another port"):
            Endpoint("127.0.0.1", first.address[1])


async def test_closing_ends_what_runs_and_what_comes_later() -> None:
    async with fake_node(mute) as node:
        closing = Endpoint("127.0.0.1", 0, [node.address], settings=NEAR)
        running = asyncio.create_task(closing.get(signed(1).slot))
        await asyncio.wait_for(node.heard.get(), PATIENCE_S)
        await closing.close()
        await closing.close()
        with pytest.raises(NetworkUnreachable):
            await running
        with pytest.raises(NetworkUnreachable, match="closed"):
            await closing.get(signed(1).slot)


async def test_upkeep_meets_nodes_and_pings_quiet_ones() -> None:
    watchful = replace(QUICK, upkeep_s=0.01, quiet_s=0.0)
    async with fake_node(polite) as node, endpoint(node.address, settings=watchful):

        async def pinged() -> bool:
            await asyncio.wait_for(node.heard.get(), PATIENCE_S)
            return any(isinstance(query.question, krpc.Ping) for query in node.queries)

        await until(pinged)
