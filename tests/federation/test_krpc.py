"""KRPC: BEP 5's examples, round trips, and nothing but MessageInvalid for anything else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.dht import krpc
from federation.errors import MessageInvalid
from federation.item import SlotName, sign_item

ID = b"abcdefghij0123456789"
OTHER = b"mnopqrstuvwxyz123456"
ITEM = sign_item(bytes(range(32)), b"salt", 7, b"d1:ai1ee")
BARE = sign_item(bytes(range(32)), b"", 0, b"0:")


@pytest.mark.parametrize(
    ("datagram", "message"),
    [
        pytest.param(
            b"d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe",
            krpc.Query(b"aa", ID, krpc.Ping()),
            id="ping",
        ),
        pytest.param(
            b"d1:rd2:id20:mnopqrstuvwxyz123456e1:t2:aa1:y1:re",
            krpc.Reply(b"aa", krpc.Answer(OTHER)),
            id="pong",
        ),
        pytest.param(
            b"d1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz123456e1:q9:find_node"
            b"1:t2:aa1:y1:qe",
            krpc.Query(b"aa", ID, krpc.FindNode(OTHER)),
            id="find_node",
        ),
        pytest.param(
            b"d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz123456e1:q9:get_peers"
            b"1:t2:aa1:y1:qe",
            krpc.Query(b"aa", ID, krpc.GetPeers(OTHER)),
            id="get_peers",
        ),
        pytest.param(
            b"d1:eli201e23:A Generic Error Ocurrede1:t2:aa1:y1:ee",
            krpc.Failure(b"aa", krpc.GENERIC_ERROR, "A Generic Error Ocurred"),
            id="error",
        ),
    ],
)
def test_the_examples_of_bep5_read_and_write(datagram: bytes, message: krpc.Message) -> None:
    assert krpc.decode(datagram) == message
    assert krpc.encode(message) == datagram


@pytest.mark.parametrize(
    "question",
    [
        krpc.Get(OTHER),
        krpc.Get(OTHER, 0),
        krpc.Get(OTHER, 2**63 - 1),
        krpc.PutItem(b"token", ITEM),
        krpc.PutItem(b"token", ITEM, 6),
        krpc.PutItem(b"token", BARE),
        krpc.PutValue(b"token", b"l4:spami1ee"),
        krpc.AnnouncePeer(OTHER, b"token"),
        krpc.AnnouncePeer(OTHER, b"token", 6881),
        krpc.Unknown(b"vote"),
    ],
    ids=repr,
)
def test_every_query_comes_back_as_it_was(question: krpc.Question) -> None:
    query = krpc.Query(b"\x00\xff", ID, question)
    assert krpc.decode(krpc.encode(query)) == query


@pytest.mark.parametrize(
    "answer",
    [
        krpc.Answer(ID, bytes(52), b"token"),
        krpc.Answer(ID, b"", b"token", ITEM.slot.key, ITEM.signature, ITEM.seq, ITEM.value),
        krpc.Answer(ID, seq=7),
        krpc.Answer(ID, value=b"i-5e"),
        krpc.Answer(ID, value=b"999:" + bytes(999)),
        krpc.Answer(ID, bytes(26), b"token", peers=(("127.0.0.1", 6881), ("10.0.0.9", 1))),
    ],
    ids=["nodes", "mutable", "nothing newer", "immutable", "long value", "peers"],
)
def test_every_answer_comes_back_as_it_was(answer: krpc.Answer) -> None:
    reply = krpc.Reply(b"t", answer)
    assert krpc.decode(krpc.encode(reply)) == reply


def test_a_value_that_came_unsorted_is_read_canonically() -> None:
    datagram = b"d1:rd2:id20:" + ID + b"1:vd1:bi1e1:ai2eee1:t1:x1:y1:re"
    message = krpc.decode(datagram)
    assert isinstance(message, krpc.Reply)
    assert message.answer.value == b"d1:ai2e1:bi1ee"


def test_peers_are_read_as_far_as_they_are_ipv4_and_not_too_many() -> None:
    many = b"".join(b"6:\x0a\x00\x00\x01" + port.to_bytes(2) for port in range(1, 200))
    datagram = (
        b"d1:rd2:id20:" + ID + b"6:valuesl18:" + bytes(18) + b"i7e" + many + b"ee1:t1:x1:y1:re"
    )
    message = krpc.decode(datagram)
    assert isinstance(message, krpc.Reply)
    assert message.answer.peers == tuple(("10.0.0.1", port) for port in range(1, 101))


def test_a_read_only_node_is_told_apart() -> None:
    datagram = b"d1:ad2:id20:" + ID + b"e1:q4:ping2:roi1e1:t2:aa1:y1:qe"
    message = krpc.decode(datagram)
    assert isinstance(message, krpc.Query)
    assert message.read_only


def test_a_salt_too_long_still_reads_so_that_its_error_can_be_told() -> None:
    item = sign_item(bytes(range(32)), b"", 7, b"0:")
    long = krpc.PutItem(b"t", type(item)(SlotName(ITEM.slot.key, bytes(65)), 7, b"0:", bytes(64)))
    assert krpc.decode(krpc.encode(krpc.Query(b"t", ID, long))) == krpc.Query(b"t", ID, long)


def reply(fields: bytes) -> bytes:
    return b"d1:rd2:id20:" + ID + fields + b"e1:t1:x1:y1:re"


def query(method: bytes, fields: bytes) -> bytes:
    named = b"%d:%b" % (len(method), method)
    return b"d1:ad2:id20:" + ID + fields + b"e1:q" + named + b"1:t1:x1:y1:qe"


@pytest.mark.parametrize(
    "datagram",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"GET / HTTP/1.1\r\n", id="another protocol"),
        pytest.param(b"d1:rd2:id20:" + ID + b"e1:y1:re", id="no transaction"),
        pytest.param(b"d1:rd2:id20:" + ID + b"e1:t33:" + bytes(33) + b"1:y1:re", id="long t"),
        pytest.param(b"d1:rd2:id20:" + ID + b"e1:t1:x1:y1:ze", id="unknown kind"),
        pytest.param(b"d1:rd2:id20:" + ID + b"e1:t1:xe", id="no kind"),
        pytest.param(b"d1:t1:x1:y1:re", id="no answer"),
        pytest.param(b"d1:ri1e1:t1:x1:y1:re", id="answer is a number"),
        pytest.param(b"d1:rde1:t1:x1:y1:re", id="answer without id"),
        pytest.param(b"d1:rd2:id19:" + ID[1:] + b"e1:t1:x1:y1:re", id="short id"),
        pytest.param(reply(b"5:nodes25:" + bytes(25)), id="cut nodes"),
        pytest.param(reply(b"5:nodes858:" + bytes(858)), id="too many nodes"),
        pytest.param(reply(b"5:nodesi7e"), id="nodes are a number"),
        pytest.param(reply(b"5:token129:" + bytes(129)), id="long token"),
        pytest.param(reply(b"1:k31:" + bytes(31)), id="short key"),
        pytest.param(reply(b"3:sig65:" + bytes(65)), id="long signature"),
        pytest.param(reply(b"3:seqi-1e"), id="negative seq"),
        pytest.param(reply(b"3:seq1:1"), id="seq is a string"),
        pytest.param(b"d1:t1:x1:y1:qe", id="query without arguments"),
        pytest.param(b"d1:ad2:id20:" + ID + b"e1:t1:x1:y1:qe", id="query without method"),
        pytest.param(query(b"get", b""), id="get without target"),
        pytest.param(query(b"find_node", b"6:target3:abc"), id="short target"),
        pytest.param(query(b"put", b"5:token1:t"), id="put without value"),
        pytest.param(query(b"put", b"1:k32:" + bytes(32) + b"1:v1:x"), id="mutable without seq"),
        pytest.param(
            query(b"put", b"1:k32:" + bytes(32) + b"3:seqi1e1:v1:x"), id="mutable unsigned"
        ),
        pytest.param(b"d1:e4:oops1:t1:x1:y1:ee", id="error is a string"),
        pytest.param(b"d1:eli1ee1:t1:x1:y1:ee", id="error without text"),
        pytest.param(b"l" * 900 + b"e" * 900, id="deep"),
        pytest.param(b"2045:" + bytes(2_045), id="too long"),
    ],
)
def test_anything_else_is_refused(datagram: bytes) -> None:
    with pytest.raises(MessageInvalid):
        krpc.decode(datagram)


KEYS = st.sampled_from([
    b"t", b"y", b"q", b"a", b"r", b"e", b"id", b"nodes", b"token", b"k", b"sig", b"seq",
    b"v", b"salt", b"cas", b"target", b"info_hash", b"ro",
])  # fmt: skip
STRINGS = st.sampled_from([b"q", b"r", b"e", b"get", b"put", b"ping", ID, bytes(32), bytes(64)])
FIELDS = st.recursive(
    st.integers(-5, 2**64) | STRINGS | st.binary(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=8),
    max_leaves=20,
)
MESSAGES = st.fixed_dictionaries(
    {b"t": st.binary(max_size=4), b"y": STRINGS},
    optional={b"q": STRINGS, b"a": FIELDS, b"r": FIELDS, b"e": FIELDS},
)


def spell(value: object) -> bytes:
    """Bencode anything, whether libtorrent would or not."""
    match value:
        case int():
            return b"i%de" % value
        case bytes():
            return b"%d:%b" % (len(value), value)
        case list():
            return b"l" + b"".join(map(spell, value)) + b"e"
        case dict():
            parts = (spell(key) + spell(entry) for key, entry in value.items())
            return b"d" + b"".join(parts) + b"e"
    raise TypeError(value)


@settings(max_examples=400)
@given(st.binary(max_size=200) | MESSAGES.map(spell) | FIELDS.map(spell))
def test_hostile_bytes_raise_message_invalid_only(datagram: bytes) -> None:
    try:
        message = krpc.decode(datagram)
    except MessageInvalid:
        return
    assert krpc.decode(krpc.encode(message)) == message


@settings(max_examples=200)
@given(st.data())
def test_a_damaged_datagram_raises_message_invalid_only(data: st.DataObject) -> None:
    whole = bytearray(krpc.encode(krpc.Query(b"aa", ID, krpc.PutItem(b"token", ITEM, 6))))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(whole) - 1))
        whole[place] = data.draw(st.integers(0, 255))
    try:
        krpc.decode(bytes(whole[: data.draw(st.integers(0, len(whole)))]))
    except MessageInvalid:
        return
