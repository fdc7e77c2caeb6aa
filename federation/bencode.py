"""Bencoding by libtorrent's own codec, with the checks that it leaves out.

libtorrent's decoder is several times faster than one in Python, but it takes leading zeros,
unsorted and doubled keys, trailing bytes, and integers out of range (as 0). ``decode`` therefore
encodes again and compares: one value, one spelling.
"""

from typing import Any, TypeAlias, cast

import libtorrent

from federation.errors import ItemInvalid

INTEGER_MAX = 2**63 - 1
"""libtorrent reads no larger one, and none below the negative of it; BEP 3 sets no bound."""
ITEM_BYTES_MAX = 1000
"""Largest bencoded value of an item (BEP 44, "Messages")."""

Value: TypeAlias = int | bytes | list["Value"] | dict[bytes, "Value"]


def encode(value: Value) -> bytes:
    """Return the canonical bencoding: keys sorted, nothing else than the four kinds.

    Args:
        value: Integers within 64 bits, byte strings, lists, dictionaries with bytes as keys.

    Source:
        BEP 3, "Bencoding".
    """
    _check_kind(value)
    return _encode(value)


def decode(data: bytes, bytes_max: int = ITEM_BYTES_MAX) -> Value:
    """Return the value of canonical bencoded bytes.

    Args:
        data: Bytes from anybody.
        bytes_max: The most that is looked at.

    Raises:
        ItemInvalid: Too long, not bencoding, or not the one canonical spelling.
    """
    if len(data) > bytes_max:
        raise ItemInvalid(f"got {len(data)} bencoded bytes; at most {bytes_max} fit")
    value = decode_lenient(data)
    if _encode(value) != data:
        raise ItemInvalid(
            f"got {len(data)} bytes that are not canonical bencoding; keys are sorted and single, "
            "integers have no leading zeros, nothing follows the value"
        )
    return value


def decode_lenient(data: bytes) -> Value:
    """Return the value of bencoded bytes that need not be canonical, such as a datagram.

    The caller bounds the length. Bytes after the value are ignored; an integer out of range reads
    as 0. Whoever signs or hashes a part of it must encode that part again.

    Raises:
        ItemInvalid: Not bencoding.
    """
    try:
        return cast("Value", libtorrent.bdecode(data))
    except (RuntimeError, MemoryError) as error:
        raise ItemInvalid(f"got {len(data)} bytes that are not bencoding: {error}") from error


def _encode(value: Value) -> bytes:
    encoded: bytes = libtorrent.bencode(cast("Any", value))
    return encoded


def _check_kind(value: Value) -> None:
    """Stop our own mistakes: libtorrent writes None and floats as an empty string."""
    if type(value) is bytes:
        return
    if type(value) is int:
        assert -INTEGER_MAX <= value <= INTEGER_MAX, f"integer {value} is out of range"
    elif type(value) is dict:
        assert all(type(key) is bytes for key in value), "bencoded keys are bytes"
        for entry in value.values():
            _check_kind(entry)
    else:
        assert type(value) is list, f"got {type(value).__name__}, which has no bencoding"
        for entry in value:
            _check_kind(entry)
