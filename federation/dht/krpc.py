"""KRPC messages: the datagrams of the DHT as values, strictly decoded, without any I/O.

A message need not be canonical bencoding, for many clients write it unsorted. The parts that are
signed or hashed are: ``value`` is always the canonical bencoding of what came.

Source:
    BEP 5, "KRPC Protocol"; BEP 44, "Messages"; BEP 43 for ``ro``.
"""

from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct

from federation import bencode
from federation.dht.contact import (
    COMPACT_ADDRESS_BYTES,
    COMPACT_BYTES,
    ID_BYTES,
    Address,
    pack_address,
    unpack_address,
)
from federation.errors import ItemInvalid, MessageInvalid
from federation.item import SEQ_MAX, MutableItem, SlotName

DATAGRAM_BYTES_MAX = 2_048
"""A reply with a value of 1,000 bytes, 16 nodes and every other field fits."""
TRANSACTION_BYTES_MAX = 32
"""BEP 5: two are enough; clients are seen to send up to 20."""
TOKEN_BYTES_MAX = 128
"""libtorrent's are 4, others up to 20 bytes."""
NODES_MAX = 32
PEERS_MAX = 100
"""Of one answer; more do not fit into a datagram with everything else."""
PORT_MAX = 65_535
METHOD_BYTES_MAX = 32
ERROR_CHARS_MAX = 200
KEY_BYTES = 32
SIGNATURE_BYTES = 64

GENERIC_ERROR, SERVER_ERROR, PROTOCOL_ERROR, METHOD_UNKNOWN = 201, 202, 203, 204
VALUE_TOO_BIG, SIGNATURE_WRONG, SALT_TOO_BIG, CAS_MISMATCH, SEQ_TOO_LOW = 205, 206, 207, 301, 302
"""Error codes of BEP 5, "Errors", and BEP 44, "Error codes"."""


class Ping(Struct, frozen=True):
    """Are you there?"""


class FindNode(Struct, frozen=True):
    """Which nodes do you know close to this id?"""

    target: bytes


class GetPeers(Struct, frozen=True):
    """Who has this torrent?"""

    infohash: bytes


class AnnouncePeer(Struct, frozen=True):
    """I have this torrent; peers reach me at this TCP port, 0 for the one this was sent from."""

    infohash: bytes
    token: bytes
    port: int = 0


class Get(Struct, frozen=True):
    """What is stored under this target? With ``seq``: only if it is newer."""

    target: bytes
    seq: int | None = None


class PutItem(Struct, frozen=True):
    """Store this mutable item; with ``cas`` only over the version it names."""

    token: bytes
    item: MutableItem
    cas: int | None = None


class PutValue(Struct, frozen=True):
    """Store this immutable value."""

    token: bytes
    value: bytes


class Unknown(Struct, frozen=True):
    """A method that nobody told us of."""

    method: bytes


Question: TypeAlias = Ping | FindNode | GetPeers | AnnouncePeer | Get | PutItem | PutValue | Unknown


class Query(Struct, frozen=True):
    """A question with its transaction; ``read_only`` nodes answer no queries (BEP 43)."""

    transaction: bytes
    id: bytes
    question: Question
    read_only: bool = False


class Answer(Struct, frozen=True):
    """What a node replied; a field that was not there is empty or None.

    Attributes:
        id: Of the node, 20 bytes.
        nodes: Compact node info, a multiple of 26 bytes.
        token: For a later put.
        key: Public key of a mutable item.
        signature: Of a mutable item, not verified yet.
        seq: Version of a mutable item; alone where nothing is newer than what was asked.
        value: Canonical bencoding.
        peers: Who has the torrent that was asked for, by IPv4.
    """

    id: bytes
    nodes: bytes = b""
    token: bytes = b""
    key: bytes = b""
    signature: bytes = b""
    seq: int | None = None
    value: bytes = b""
    peers: tuple[Address, ...] = ()


class Reply(Struct, frozen=True):
    """An answer with the transaction it belongs to."""

    transaction: bytes
    answer: Answer


class Failure(Struct, frozen=True):
    """An error with the transaction it belongs to."""

    transaction: bytes
    code: int
    text: str


Judge: TypeAlias = Callable[[Address, Answer], bool]
"""Told of a node's answer; says whether no more are needed."""
Message: TypeAlias = Query | Reply | Failure
_Fields: TypeAlias = dict[bytes, bencode.Value]


def encode(message: Message) -> bytes:
    """Return the datagram of a message."""
    transaction = _string(message.transaction)
    match message:
        case Query(_, node_id, question):
            name, arguments = _arguments(node_id, question)
            return b"d1:ad%be1:q%b1:t%b1:y1:qe" % (arguments, _string(name), transaction)
        case Reply(_, answer):
            return b"d1:rd%be1:t%b1:y1:re" % (_answer(answer), transaction)
        case Failure(_, code, text):
            said = _string(text.encode())
            return b"d1:eli%de%be1:t%b1:y1:ee" % (code, said, transaction)


def decode(datagram: bytes) -> Message:
    """Return the message of a datagram from anybody.

    Raises:
        MessageInvalid: Too long, not bencoding, or a field is missing, of a wrong kind or size.
    """
    if len(datagram) > DATAGRAM_BYTES_MAX:
        raise MessageInvalid(f"got {len(datagram)} bytes; at most {DATAGRAM_BYTES_MAX} fit")
    try:
        fields = bencode.decode_lenient(datagram)
    except ItemInvalid as error:
        raise MessageInvalid(str(error)) from error
    if type(fields) is not dict:
        raise MessageInvalid("got a datagram that is not a dictionary; KRPC messages are")
    transaction = _bytes(fields, b"t", 1, TRANSACTION_BYTES_MAX)
    match fields.get(b"y"):
        case b"r":
            return Reply(transaction, _read_answer(_dictionary(fields, b"r")))
        case b"q":
            arguments = _dictionary(fields, b"a")
            question = _read_question(_bytes(fields, b"q", 1, METHOD_BYTES_MAX), arguments)
            return Query(transaction, _id(arguments, b"id"), question, fields.get(b"ro") == 1)
        case b"e":
            return _read_failure(transaction, fields.get(b"e"))
    raise MessageInvalid("got a message that is no query, reply or error")


def _arguments(node_id: bytes, question: Question) -> tuple[bytes, bytes]:
    """Return a question's method and its arguments, sorted, without the d and e around them."""
    own = b"2:id20:" + node_id
    match question:
        case Get(target, seq):
            asked = b"" if seq is None else b"3:seqi%de" % seq
            said = b"get", b"%b%b6:target20:%b" % (own, asked, target)
        case FindNode(target):
            said = b"find_node", b"%b6:target20:%b" % (own, target)
        case PutItem(token, item, cas):
            said = b"put", _put_arguments(own, token, item, cas)
        case PutValue(token, value):
            said = b"put", b"%b5:token%b1:v%b" % (own, _string(token), value)
        case GetPeers(infohash):
            said = b"get_peers", b"%b9:info_hash20:%b" % (own, infohash)
        case AnnouncePeer(infohash, token, port):
            # BEP 5, "announce_peer": with implied_port the port is ignored, but must be there.
            where = (not port, infohash, port or 1)
            named = b"12:implied_porti%de9:info_hash20:%b4:porti%de" % where
            said = b"announce_peer", b"%b%b5:token%b" % (own, named, _string(token))
        case Unknown(method):
            said = method, own
        case Ping():
            said = b"ping", own
    return said


def _put_arguments(own: bytes, token: bytes, item: MutableItem, cas: int | None) -> bytes:
    return b"".join([
        b"" if cas is None else b"3:casi%de" % cas,
        own,
        b"1:k32:" + item.slot.key,
        b"4:salt" + _string(item.slot.salt) if item.slot.salt else b"",
        b"3:seqi%de3:sig64:%b" % (item.seq, item.signature),
        b"5:token%b1:v%b" % (_string(token), item.value),
    ])  # fmt: skip


def _answer(answer: Answer) -> bytes:
    return b"".join([
        b"2:id20:" + answer.id,
        b"1:k32:" + answer.key if answer.key else b"",
        b"5:nodes" + _string(answer.nodes) if answer.nodes else b"",
        b"" if answer.seq is None else b"3:seqi%de" % answer.seq,
        b"3:sig64:" + answer.signature if answer.signature else b"",
        b"5:token" + _string(answer.token) if answer.token else b"",
        b"1:v" + answer.value if answer.value else b"",
        b"6:valuesl%be" % b"".join(_peer(one) for one in answer.peers) if answer.peers else b"",
    ])  # fmt: skip


def _peer(address: Address) -> bytes:
    return _string(pack_address(address))


def _string(data: bytes) -> bytes:
    return b"%d:%b" % (len(data), data)


def _read_answer(fields: _Fields) -> Answer:
    nodes = _bytes(fields, b"nodes", 0, NODES_MAX * COMPACT_BYTES)
    if len(nodes) % COMPACT_BYTES:
        raise MessageInvalid(f"got {len(nodes)} bytes of nodes; each takes {COMPACT_BYTES}")
    return Answer(
        _id(fields, b"id"),
        nodes,
        _bytes(fields, b"token", 0, TOKEN_BYTES_MAX),
        _sized(fields, b"k", KEY_BYTES) if b"k" in fields else b"",
        _sized(fields, b"sig", SIGNATURE_BYTES) if b"sig" in fields else b"",
        _seq(fields, b"seq"),
        _value(fields[b"v"]) if b"v" in fields else b"",
        _peers(fields.get(b"values", [])),
    )


def _read_question(method: bytes, fields: _Fields) -> Question:
    read = _READERS.get(method)
    return read(fields) if read else Unknown(method)


def _read_put(fields: _Fields) -> PutItem | PutValue:
    if b"v" not in fields:
        raise MessageInvalid("got a put without a value")
    value, token = _value(fields[b"v"]), _token(fields)
    if b"k" not in fields:
        return PutValue(token, value)
    seq = _seq(fields, b"seq")
    if seq is None:
        raise MessageInvalid("got a put of a mutable item without seq")
    slot = SlotName(_sized(fields, b"k", KEY_BYTES), _bytes(fields, b"salt", 0, DATAGRAM_BYTES_MAX))
    item = MutableItem(slot, seq, value, _sized(fields, b"sig", SIGNATURE_BYTES))
    return PutItem(token, item, _seq(fields, b"cas"))


def _read_failure(transaction: bytes, said: bencode.Value | None) -> Failure:
    match said:
        case [int(code), bytes(text), *_]:
            return Failure(transaction, code, text.decode("utf-8", "replace")[:ERROR_CHARS_MAX])
    raise MessageInvalid("got an error that is not a code and a text")


def _value(value: bencode.Value) -> bytes:
    """Return its canonical bencoding; most values are byte strings, written without a detour."""
    return _string(value) if type(value) is bytes else bencode.encode(value)


def _peers(said: bencode.Value) -> tuple[Address, ...]:
    """Return the first peers of BEP 5's ``values``; those of IPv6 (18 bytes) are left out."""
    if type(said) is not list:
        raise MessageInvalid("field values is no list")
    compact = [one for one in said if type(one) is bytes and len(one) == COMPACT_ADDRESS_BYTES]
    return tuple(unpack_address(one) for one in compact[:PEERS_MAX])


def _port(fields: _Fields) -> int:
    """Return the port that an announcement names, 0 for the one it came from."""
    port = fields.get(b"port", 0)
    if fields.get(b"implied_port") == 1:
        return 0
    if type(port) is not int or not 1 <= port <= PORT_MAX:
        raise MessageInvalid(f"field port is no integer from 1 to {PORT_MAX}")
    return port


def _token(fields: _Fields) -> bytes:
    return _bytes(fields, b"token", 0, TOKEN_BYTES_MAX)


def _id(fields: _Fields, name: bytes) -> bytes:
    return _sized(fields, name, ID_BYTES)


def _sized(fields: _Fields, name: bytes, size: int) -> bytes:
    return _bytes(fields, name, size, size)


def _bytes(fields: _Fields, name: bytes, size_min: int, size_max: int) -> bytes:
    got = fields.get(name, b"")
    if type(got) is not bytes or not size_min <= len(got) <= size_max:
        raise MessageInvalid(
            f"field {name.decode()} is missing or no byte string of {size_min} to {size_max} bytes"
        )
    return got


def _seq(fields: _Fields, name: bytes) -> int | None:
    got = fields.get(name)
    if got is not None and (type(got) is not int or not 0 <= got <= SEQ_MAX):
        raise MessageInvalid(f"field {name.decode()} is no integer from 0 to 2**63 - 1")
    return got


def _dictionary(fields: _Fields, name: bytes) -> _Fields:
    got = fields.get(name)
    if type(got) is not dict:
        raise MessageInvalid(f"field {name.decode()} is missing or no dictionary")
    return got


_READERS: dict[bytes, Callable[[_Fields], Question]] = {
    b"ping": lambda _: Ping(),
    b"find_node": lambda fields: FindNode(_id(fields, b"target")),
    b"get": lambda fields: Get(_id(fields, b"target"), _seq(fields, b"seq")),
    b"put": _read_put,
    b"get_peers": lambda fields: GetPeers(_id(fields, b"info_hash")),
    b"announce_peer": lambda fields: AnnouncePeer(
        _id(fields, b"info_hash"), _token(fields), _port(fields)
    ),
}
