"""Successions as people hand them on: a proposal, a member's signature, or all of them, as text."""

from base64 import b32decode, b32encode

from federation.card_frame import SCHEME
from federation.errors import CardInvalid
from ledger.codec import decode, encode
from ledger.errors import CodecError, SignatureInvalid
from ledger.record import RECORD_BYTES_MAX
from ledger.successor import SignedSuccessor, verify_consent

HEAD = f"{SCHEME}:S:"
TEXT_CHARS_MAX = 131_072
"""The longest has 104,866 characters, and white space."""


def format_successor(signed: SignedSuccessor) -> str:
    """Return a proposal with the signatures it has, as text in upper case."""
    return HEAD + b32encode(encode(signed)).decode().rstrip("=")


def read_successor(text: str) -> SignedSuccessor:
    """Return what a text holds; the new key's consent is verified, members' signatures are not.

    Args:
        text: Untrusted, as scanned or pasted: any case, white space anywhere.

    Raises:
        CardInvalid: Not a succession, damaged, not canonical, or its new key has not agreed.
    """
    if len(text) > TEXT_CHARS_MAX:
        raise CardInvalid(f"got {len(text)} characters; a succession has fewer")
    joined = "".join(text.split()).upper()
    if not joined.startswith(HEAD) or not joined.isascii():
        raise CardInvalid(f"got {text[:24]!r}; a succession starts with {HEAD}")
    packed = joined[len(HEAD) :]
    try:
        data = b32decode(packed + "=" * (-len(packed) % 8))
        signed = decode(data, SignedSuccessor, RECORD_BYTES_MAX)
        verify_consent(signed)
    except (ValueError, CodecError, SignatureInvalid) as error:
        raise CardInvalid(f"got a damaged succession ({error}); paste it whole again") from error
    if format_successor(signed) != joined:
        raise CardInvalid("got a succession that was cut or changed at its end; paste it whole")
    if not signed.statement.reason.isprintable():
        raise CardInvalid("got a succession whose reason holds control characters")
    return signed
