"""Cards: what people hand each other to join, to admit and to be paid; signed, in one line."""

from base64 import b32decode, b32encode
from typing import Annotated, Literal, TypeVar

from msgspec import Meta

from federation.errors import CardInvalid
from ledger import crypto
from ledger.codec import Shape, decode, encode
from ledger.errors import CodecError, SignatureInvalid
from ledger.field import (
    AccountId,
    Amount,
    Count,
    DisplayName,
    EntryId,
    Handle,
    Memo,
    OptionalHash,
    PublicKey,
    Time,
    UnitCode,
)

SCHEME = "COMMONTAB"
BODY_BYTES_MAX = 1_400
CARD_CHARS_MAX = 4_096
"""Bound of what is looked at; the longest card has 2,355 characters, a QR code holds 3,391."""
HINTS_MAX = 8
_ROOT_BYTES = 32
_PREFIX = b"commontab/card/v1\n"

Host = Annotated[str, Meta(pattern=r"^[0-9a-z.:-]{1,64}\Z")]
"""A host name or address, lower case, without brackets."""
Port = Annotated[int, Meta(ge=1, le=65_535)]
Hints = Annotated[tuple[tuple[Host, Port], ...], Meta(max_length=HINTS_MAX)]
"""DHT nodes to try beside the known ones, never instead."""
HttpAddress = Annotated[str, Meta(pattern=r"^(https?://[!-~]{1,120})?\Z")]
NetworkKind = Literal["public", "private", "loopback"]


class MemberCard(Shape):
    """Shows a person to a manager, who admits its key.

    Attributes:
        key: The member's public key, which signed the card.
        name: What the member is called.
        time: When it was made, by the member's clock.
        hints: DHT nodes near the member.
    """

    key: PublicKey
    name: DisplayName
    time: Time
    hints: Hints


class CommunityCard(Shape):
    """Shows a community to a person, who joins it.

    Attributes:
        key: The community's public key, which signed the card.
        name: What the community is called.
        size: Size of a checkpoint, so that first contact cannot be a fork; 0 for none yet.
        root: Its root, empty for size 0.
        network: Which DHT the community lives in.
        hints: DHT nodes to begin with.
        http: The manager's HTTP address, or empty.
    """

    key: PublicKey
    name: DisplayName
    size: Count
    root: OptionalHash
    network: NetworkKind
    hints: Hints
    http: HttpAddress


class RequestCard(Shape):
    """Asks whoever reads it to pay once.

    The signature says that ``key`` asked. That the key belongs to ``account``, and the account
    to ``handle``, is for the reader to look up in the ledger.

    Attributes:
        key: The payee's key, which signed the card.
        community: The community in whose ledger it is to be paid.
        account: The payee's account.
        handle: The payee's handle there.
        name: What the payee is called.
        id: Names the card; the ledger lets it be paid once.
        amount: In minor units; None leaves it to the payer.
        unit: Code of the unit.
        memo: What it is for.
        expires: Not to be paid after this time.
    """

    key: PublicKey
    community: PublicKey
    account: AccountId
    handle: Handle
    name: DisplayName
    id: EntryId
    amount: Amount | None
    unit: UnitCode
    memo: Memo
    expires: Time


Card = MemberCard | CommunityCard | RequestCard
C = TypeVar("C", MemberCard, CommunityCard, RequestCard)

_SHAPES: dict[str, type[Card]] = {"M": MemberCard, "C": CommunityCard, "R": RequestCard}
_LETTERS = {shape: letter for letter, shape in _SHAPES.items()}
_WORDS: dict[type[Card], str] = {
    MemberCard: "member's card",
    CommunityCard: "community's card",
    RequestCard: "payment request",
}


def sign_card(seed: bytes, card: Card) -> str:
    """Return a card as text: upper case, so that a QR code stores it densely.

    Args:
        seed: The 32-byte seed of ``card.key``.
        card: What it says.
    """
    assert crypto.public_key(seed) == card.key, "a card is signed by its own key"
    _check(card)
    letter, body = _LETTERS[type(card)], encode(card)
    signature = crypto.sign(seed, _signable(letter, body))
    return f"{SCHEME}:{letter}:{b32encode(body + signature).decode().rstrip('=')}"


def read_card(text: str, shape: type[C]) -> C:
    """Return a card of one kind, verified.

    Args:
        text: Untrusted, as scanned or pasted: any case, white space anywhere.
        shape: The kind that is needed.

    Raises:
        CardInvalid: Not a card, another kind, damaged, not canonical, or wrongly signed.
    """
    card = read_any_card(text)
    if not isinstance(card, shape):
        raise CardInvalid(f"got a {_WORDS[type(card)]} where a {_WORDS[shape]} is needed")
    return card


def read_any_card(text: str) -> Card:
    """Return a card of any kind, verified.

    Raises:
        CardInvalid: Not a card, of an unknown kind, damaged, not canonical, or wrongly signed.
    """
    letter, data = _unwrap(text)
    shape = _SHAPES.get(letter)
    if shape is None:
        raise CardInvalid(f"got a card of unknown kind {letter!r}; update this program")
    body, signature = data[: -crypto.SIGNATURE_BYTES], data[-crypto.SIGNATURE_BYTES :]
    try:
        card = decode(body, shape, BODY_BYTES_MAX)
        crypto.verify(card.key, _signable(letter, body), signature)
    except CodecError as error:
        raise CardInvalid(f"got a damaged card ({error}); scan or paste it again") from error
    except SignatureInvalid as error:
        raise CardInvalid(f"got a forged or damaged card: {error}; ask for it again") from error
    _check(card)
    return card


def check_payable(card: RequestCard, community: bytes, now: int) -> None:
    """Accept a payment request that can be paid here and now.

    Args:
        card: From ``read_card``.
        community: Key of the community whose member would pay.
        now: Unix seconds.

    Raises:
        CardInvalid: It is another community's, or has expired.
    """
    if card.community != community:
        raise CardInvalid(
            f"got a payment request of another community ({card.community.hex()[:16]}…); "
            "pay it from that community's home"
        )
    if now > card.expires:
        raise CardInvalid(
            f"got a payment request that expired {now - card.expires} s ago; ask for a new one"
        )


def _unwrap(text: str) -> tuple[str, bytes]:
    if len(text) > CARD_CHARS_MAX:
        raise CardInvalid(f"got {len(text)} characters; a card has at most {CARD_CHARS_MAX}")
    joined = "".join(text.split()).upper()
    scheme, _, rest = joined.partition(":")
    letter, colon, packed = rest.partition(":")
    if scheme != SCHEME or not colon or not packed.isascii():
        raise CardInvalid(f"got {text[:24]!r}; a card starts with {SCHEME}: and a kind")
    try:
        data = b32decode(packed + "=" * (-len(packed) % 8))
    except ValueError:
        raise CardInvalid(
            "got a card with a character that is not base32; scan or paste it whole"
        ) from None
    if b32encode(data).decode().rstrip("=") != packed:
        raise CardInvalid("got a card that was cut or changed at its end; paste it whole")
    if len(data) <= crypto.SIGNATURE_BYTES:
        raise CardInvalid(f"got a card of {len(data)} bytes; its signature alone has 64")
    return letter, data


def _check(card: Card) -> None:
    """Refuse what a field's own bounds do not say.

    Raises:
        CardInvalid: A text that would play with the terminal, or a root that fits no size.
    """
    texts = [card.name]
    if isinstance(card, RequestCard):
        texts += [card.handle, card.memo]
    if not all(text.isprintable() for text in texts):
        raise CardInvalid("got a card whose name or memo holds control characters")
    expected = _ROOT_BYTES if isinstance(card, CommunityCard) and card.size else 0
    if isinstance(card, CommunityCard) and len(card.root) != expected:
        raise CardInvalid(f"got a root of {len(card.root)} bytes for size {card.size}")


def _signable(letter: str, body: bytes) -> bytes:
    return _PREFIX + letter.encode() + b"\n" + body
