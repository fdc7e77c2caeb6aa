"""What the blocks of a feed are: records as they are, as text, or as JSON that anybody reads."""

import json
from typing import Literal

import msgspec

from ledger.errors import FeedInvalid
from ledger.record import NONCE_BYTES, RECORD_BYTES_MAX

Encoding = Literal["binary", "json", "utf-8"]
"""A value encoding, as dDatabase and Hypercore name them."""
ENCODINGS: tuple[Encoding, ...] = ("binary", "json", "utf-8")
BLOCK_BYTES_MAX = 8 * RECORD_BYTES_MAX
"""JSON of a record is longer than the record: six characters for a control character."""


def encode_block(record: bytes, encoding: Encoding) -> bytes:
    """Return the one block that a record is in a feed of this encoding.

    Args:
        record: Nonce and body, as the journal has it.
        encoding: ``binary`` for the record itself; ``utf-8`` for its bytes in lower-case hex;
            ``json`` for an object of ``nonce`` and ``record``, the array of its fields. Bytes
            are lower-case hex there, text is as ``JSON.stringify`` writes it.

    Raises:
        FeedInvalid: The record is no MessagePack; only a damaged journal has one.

    Source:
        docs/protocol.md, "Feeds".
    """
    if encoding == "binary":
        return record
    if encoding == "utf-8":
        return record.hex().encode()
    try:
        fields = msgspec.msgpack.decode(record[NONCE_BYTES:])
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError) as error:
        raise FeedInvalid(f"got a record that cannot be read: {error}") from None
    value = {"nonce": record[:NONCE_BYTES].hex(), "record": _plain(fields)}
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _plain(value: object) -> object:
    """Return a value with lists and hex where MessagePack has arrays and bytes."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value
