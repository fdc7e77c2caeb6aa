"""What all cards have in common: the fields they share, and one line of text that is signed."""

from base64 import b32decode, b32encode
from typing import Annotated, Literal

from msgspec import Meta

from federation.errors import CardInvalid
from ledger import crypto
from ledger.saying import said

SCHEME = "COMMONTAB"
BODY_BYTES_MAX = 1_400
CARD_CHARS_MAX = 4_096
"""Bound of what is looked at; the longest card has 2,355 characters, a QR code holds 3,391."""
HINTS_MAX = 8
ROOT_BYTES = 32
_PREFIX = b"commontab/card/v1\n"

Host = Annotated[str, Meta(pattern=r"^[0-9a-z.:-]{1,64}\Z")]
"""A host name or address, lower case, without brackets."""
Port = Annotated[int, Meta(ge=1, le=65_535)]
Hints = Annotated[tuple[tuple[Host, Port], ...], Meta(max_length=HINTS_MAX)]
"""DHT nodes to try beside the known ones, never instead."""
HttpAddress = Annotated[str, Meta(pattern=r"^(https?://[!-~]{1,120})?\Z")]
NetworkKind = Literal["public", "private", "loopback"]


def wrap(letter: str, body: bytes, seed: bytes) -> str:
    """Return a card as text: upper case, so that a QR code stores it densely.

    Args:
        letter: The card's kind.
        body: Its canonical bytes.
        seed: Of the key that signs it, 32 bytes.
    """
    signature = crypto.sign(seed, signable(letter, body))
    return f"{SCHEME}:{letter}:{b32encode(body + signature).decode().rstrip('=')}"


def unwrap(text: str) -> tuple[str, bytes, bytes]:
    """Return the kind, the body and the signature of a card, of which nothing is verified.

    Args:
        text: Untrusted, as scanned or pasted: any case, white space anywhere.

    Raises:
        CardInvalid: Over 4,096 characters, another scheme, or not base32 in its one spelling.
    """
    if len(text) > CARD_CHARS_MAX:
        raise CardInvalid(
            said(
                "got {count} characters; a card has at most {most}",
                count=len(text),
                most=CARD_CHARS_MAX,
            )
        )
    joined = "".join(text.split()).upper()
    scheme, _, rest = joined.partition(":")
    letter, colon, packed = rest.partition(":")
    if scheme != SCHEME or not colon or not packed.isascii():
        raise CardInvalid(
            said(
                "got {text!r}; a card starts with {scheme}: and a kind",
                text=text[:24],
                scheme=SCHEME,
            )
        )
    try:
        data = b32decode(packed + "=" * (-len(packed) % 8))
    except ValueError:
        raise CardInvalid(
            "got a card with a character that is not base32; scan or paste it whole"
        ) from None
    if b32encode(data).decode().rstrip("=") != packed:
        raise CardInvalid("got a card that was cut or changed at its end; paste it whole")
    if len(data) <= crypto.SIGNATURE_BYTES:
        raise CardInvalid(
            said("got a card of {count} bytes; its signature alone has 64", count=len(data))
        )
    return letter, data[: -crypto.SIGNATURE_BYTES], data[-crypto.SIGNATURE_BYTES :]


def signable(letter: str, body: bytes) -> bytes:
    """Return the bytes that a card's signature covers."""
    return _PREFIX + letter.encode() + b"\n" + body


def check_texts(*texts: str) -> None:
    """Accept texts that print as they are.

    Raises:
        CardInvalid: A text that would play with the terminal.
    """
    if not all(text.isprintable() for text in texts):
        raise CardInvalid("got a card whose name or memo holds control characters")


def check_root(size: int, root: bytes) -> None:
    """Accept the root of a checkpoint that a card names; size 0 has none.

    Raises:
        CardInvalid: It is of another length.
    """
    if len(root) != (ROOT_BYTES if size else 0):
        raise CardInvalid(
            said("got a root of {count} bytes for size {size}", count=len(root), size=size)
        )
