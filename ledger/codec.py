"""The one canonical encoding: MessagePack arrays of typed structs."""

from threading import Lock
from typing import TypeVar, dataclass_transform

import msgspec

from ledger.errors import CodecError

T = TypeVar("T")

_encoder = msgspec.msgpack.Encoder()


@dataclass_transform(frozen_default=True, field_specifiers=(msgspec.field,))
class Shape(
    msgspec.Struct,
    frozen=True,
    array_like=True,
    forbid_unknown_fields=True,
    gc=False,
):
    """Base of every encoded record: immutable, written as an array in field order."""


_decoders: dict[object, msgspec.msgpack.Decoder[object]] = {}
_building = Lock()
"""Held while a decoder is built: msgspec notes what it finds out about a struct on the struct's
class before it has found out all, and another thread that reads it then crashes the process."""


def _decoder(shape: object) -> msgspec.msgpack.Decoder[object]:
    """Return the shape's decoder, built once: building one costs more than decoding."""
    decoder = _decoders.get(shape)
    if decoder is None:
        with _building:
            decoder = _decoders[shape] = msgspec.msgpack.Decoder(shape)
    return decoder


def encode(value: object) -> bytes:
    """Return the canonical bytes of a shape.

    Source:
        docs/protocol.md, "Canonical bytes": MessagePack with the shortest form of every
        integer, string and array; structs are arrays, tagged structs start with their tag.
    """
    return _encoder.encode(value)


def decode(data: bytes, shape: type[T], bytes_max: int) -> T:
    """Return the value that ``data`` canonically encodes.

    Args:
        data: Untrusted bytes.
        shape: Struct type, or a union of tagged struct types.
        bytes_max: Largest accepted length in bytes.

    Raises:
        CodecError: The bytes are too long, not MessagePack, not of this shape, out of a
            field's bounds, or not the shortest encoding of what they say.
    """
    if len(data) > bytes_max:
        raise CodecError(f"got {len(data)} bytes where at most {bytes_max} fit")
    try:
        value = _decoder(shape).decode(data)
        again = _encoder.encode(value)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError) as error:
        raise CodecError(f"got bytes that do not fit: {error}") from None
    if again != data:
        raise CodecError("got a non-canonical encoding: encode the shortest form of every value")
    return value  # type: ignore[return-value]
