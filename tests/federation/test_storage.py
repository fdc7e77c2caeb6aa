"""What we keep for others and what we answer: BEP 44's rules, and every bound."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from federation.dht import krpc
from federation.dht.contact import Address, Contact, distance, unpack_nodes
from federation.dht.responder import Responder
from federation.dht.routing import RoutingTable
from federation.dht.settings import NEAR, PUBLIC, DhtSettings
from federation.dht.storage import Storage, Tokens
from federation.item import MutableItem, SlotName, immutable_target, sign_item

OWN_ID = b"\x00" * 20
ASKER: Address = ("60.0.0.1", 6881)
STRANGER: Address = ("60.0.0.2", 6881)
REPLY_BYTES_MAX = 1_472
"""What fits an Ethernet frame behind the headers of IP and UDP."""


def signed(seq: int, value: bytes = b"1:a", salt: bytes = b"s") -> MutableItem:
    return sign_item(bytes(range(32)), salt, seq, value)


def make_random() -> Callable[[int], bytes]:
    numbers = iter(range(10_000))
    return lambda size: next(numbers).to_bytes(size)


class Asked:
    """A responder with its storage, asked by one node at a time."""

    def __init__(self, settings: DhtSettings = NEAR) -> None:
        self.table = RoutingTable(OWN_ID, settings)
        self.storage = Storage(OWN_ID, settings)
        tokens = Tokens(make_random(), settings)
        self.responder = Responder(self.table, self.storage, tokens, settings)
        self.now = 1_000.0

    def ask(self, question: krpc.Question, sender: Address = ASKER) -> krpc.Answer | int:
        query = krpc.Query(b"t", b"q" * 20, question)
        reply = self.responder.respond(query, sender, self.now)
        assert reply.transaction == b"t"
        assert len(krpc.encode(reply)) <= REPLY_BYTES_MAX
        return reply.code if isinstance(reply, krpc.Failure) else reply.answer

    def answer(self, question: krpc.Question, sender: Address = ASKER) -> krpc.Answer:
        said = self.ask(question, sender)
        assert isinstance(said, krpc.Answer), f"error {said}"
        return said

    def put(self, item: MutableItem, cas: int | None = None) -> int:
        token = self.answer(krpc.Get(item.slot.target)).token
        said = self.ask(krpc.PutItem(token, item, cas))
        return said if isinstance(said, int) else 0


def test_a_mutable_item_comes_back_as_it_was_put() -> None:
    asked, item = Asked(), signed(5, b"d1:ai1ee")
    assert asked.put(item) == 0
    answer = asked.answer(krpc.Get(item.slot.target))
    assert (answer.key, answer.seq, answer.value) == (item.slot.key, 5, b"d1:ai1ee")
    assert answer.signature == item.signature
    assert answer.token


def test_an_immutable_value_comes_back_as_it_was_put() -> None:
    asked, value = Asked(), b"l1:ai2ee"
    target = immutable_target(value)
    token = asked.answer(krpc.Get(target)).token
    asked.answer(krpc.PutValue(token, value))
    answer = asked.answer(krpc.Get(target))
    assert (answer.value, answer.seq, answer.key) == (value, None, b"")


@pytest.mark.parametrize(("known", "given"), [(4, True), (5, False), (6, False)])
def test_a_conditional_get_leaves_out_what_is_not_newer(known: int, given: bool) -> None:
    asked, item = Asked(), signed(5)
    asked.put(item)
    answer = asked.answer(krpc.Get(item.slot.target, known))
    assert answer.seq == 5
    assert bool(answer.value) == bool(answer.key) == bool(answer.signature) == given


@pytest.mark.parametrize(
    ("item", "cas", "code"),
    [
        pytest.param(signed(6), None, 0, id="higher seq"),
        pytest.param(signed(5), None, 0, id="the same again"),
        pytest.param(signed(6), 5, 0, id="cas fits"),
        pytest.param(signed(6), 4, krpc.CAS_MISMATCH, id="cas does not fit"),
        pytest.param(signed(4), None, krpc.SEQ_TOO_LOW, id="lower seq"),
        pytest.param(signed(5, b"1:b"), None, krpc.SEQ_TOO_LOW, id="another value of this seq"),
        pytest.param(
            replace(signed(6), signature=bytes(64)), None, krpc.SIGNATURE_WRONG, id="unsigned"
        ),
        pytest.param(replace(signed(6), value=bytes(1_000)), None, krpc.VALUE_TOO_BIG, id="big"),
        pytest.param(
            MutableItem(SlotName(bytes(32), bytes(65)), 1, b"1:a", bytes(64)),
            None,
            krpc.SALT_TOO_BIG,
            id="long salt",
        ),
    ],
)
def test_a_put_over_seq_5_follows_bep44(item: MutableItem, cas: int | None, code: int) -> None:
    asked = Asked()
    asked.put(signed(5))
    assert asked.put(item, cas) == code
    held = asked.storage.item(signed(5).slot.target, asked.now)
    assert held == (item if code == 0 else signed(5))


def test_cas_over_nothing_stores() -> None:
    assert Asked().put(signed(1), cas=7) == 0


def test_an_immutable_value_too_big_is_refused() -> None:
    asked = Asked()
    token = asked.answer(krpc.Get(bytes(20))).token
    assert asked.ask(krpc.PutValue(token, bytes(1_000))) == krpc.VALUE_TOO_BIG


def test_a_token_fits_only_the_address_it_was_given_to() -> None:
    asked = Asked()
    token = asked.answer(krpc.Get(bytes(20))).token
    for question in (
        krpc.PutItem(token, signed(1)),
        krpc.PutValue(token, b"1:a"),
        krpc.AnnouncePeer(bytes(20), token),
    ):
        assert asked.ask(question, STRANGER) == krpc.PROTOCOL_ERROR
    assert len(asked.storage) == 0


@pytest.mark.parametrize(("age_s", "fits"), [(0, True), (299, True), (301, True), (601, False)])
def test_a_token_lives_five_to_ten_minutes(age_s: float, fits: bool) -> None:
    asked = Asked()
    token = asked.answer(krpc.Get(bytes(20))).token
    asked.now += age_s
    assert isinstance(asked.ask(krpc.PutItem(token, signed(1))), krpc.Answer) == fits


def test_an_item_is_forgotten_two_hours_after_its_last_put() -> None:
    asked, item = Asked(), signed(1)
    asked.put(item)
    asked.now += 7_000
    asked.put(item)
    asked.now += 7_000
    assert asked.answer(krpc.Get(item.slot.target)).value
    asked.now += 300
    assert not asked.answer(krpc.Get(item.slot.target)).value
    assert len(asked.storage) == 0


def test_expired_items_leave_room_without_being_asked_for() -> None:
    asked = Asked()
    asked.put(signed(1))
    asked.storage.expire(asked.now + 7_201)
    assert len(asked.storage) == 0


def test_a_full_storage_keeps_what_is_closest_to_its_own_id() -> None:
    storage = Storage(OWN_ID, replace(NEAR, items_max=5))
    values = [b"2:%02d" % number for number in range(30)]
    for value in values:
        storage.put_value(value, "60.0.0.1", 0.0)
    nearest = sorted(values, key=lambda value: distance(immutable_target(value), OWN_ID))
    held = [value for value in values if storage.value(immutable_target(value), 0.0)]
    assert len(storage) == 5
    assert set(held) == set(nearest[:5])


def test_one_host_does_not_fill_the_storage() -> None:
    storage = Storage(OWN_ID, replace(PUBLIC, items_per_host_max=2))
    codes = [storage.put_value(b"1:%d" % number, "60.0.0.1", 0.0) for number in range(3)]
    assert codes == [0, 0, krpc.SERVER_ERROR]
    assert storage.put_value(b"1:2", "60.0.0.2", 0.0) == 0
    assert storage.put_value(b"1:0", "60.0.0.1", 1.0) == 0


def test_questions_about_nodes_are_answered_with_the_closest() -> None:
    asked = Asked()
    contacts = [Contact(bytes([number]) * 20, (f"60.0.{number}.1", 1)) for number in range(1, 60)]
    for contact in contacts:
        asked.table.heard(contact, asked.now)
    target = b"\x07" * 20
    for question in (krpc.FindNode(target), krpc.GetPeers(target), krpc.Get(target)):
        nodes = unpack_nodes(asked.answer(question).nodes)
        assert len(nodes) == 8
        assert nodes[0].id == target


def test_the_smallest_questions_are_answered() -> None:
    asked = Asked()
    assert asked.answer(krpc.Ping()) == krpc.Answer(OWN_ID)
    assert asked.ask(krpc.Unknown(b"vote")) == krpc.METHOD_UNKNOWN
    token = asked.answer(krpc.GetPeers(bytes(20))).token
    assert asked.answer(krpc.AnnouncePeer(bytes(20), token)) == krpc.Answer(OWN_ID)
