"""The decision slot of a payment: how every ledger on its way learns what the payer's decided.

Whoever has the payment's id finds and opens it, without a link to the payer's community.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from federation.errors import SlotInvalid
from federation.item import SlotName
from federation.slot import PLAINTEXT_BYTES_MAX, open_slot
from federation.tier import (
    LISTED_PLAINTEXT_BYTES_MAX,
    Targets,
    Tiered,
    TotalBytes,
    open_listed,
    seal_tiers,
)
from ledger import crypto
from ledger.codec import Shape, decode, encode
from ledger.errors import CodecError
from ledger.field import Hash
from ledger.link.reading import Reading

_SLOT_PREFIX = b"commontab/slot/decision/v1\n"
_KEY_PREFIX = b"commontab/decision/v1\n"
_SALT_BYTES = 16
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class DecisionSlot:
    """Where one payment's decision stands.

    Attributes:
        name: Its place in the DHT.
        secret: What its value is sealed with, 32 bytes; whoever has the payment's id has it.
    """

    name: SlotName
    secret: bytes


class DecisionInline(Shape, tag=1):
    """Tier 1: one link record of the payer's ledger, with the decision, and its proof."""

    reading: Reading


class DecisionListed(Shape, tag=2):
    """Tier 2: where the sealed plaintext of a tier 1 value lies."""

    total_bytes: TotalBytes
    hash: Hash
    targets: Targets


def decision_slot(decisions: bytes, payment: bytes) -> DecisionSlot:
    """Return the slot of a payment's decision.

    Args:
        decisions: The link key of the payer's community, as the payment's instruction names it.
        payment: The payment's id, 16 bytes.
    """
    salt = crypto.keyed_hash(payment, _SLOT_PREFIX, _SALT_BYTES)
    secret = crypto.keyed_hash(payment, _KEY_PREFIX, _KEY_BYTES)
    return DecisionSlot(SlotName(decisions, salt), secret)


def seal_decision(slot: DecisionSlot, reading: Reading, nonces: tuple[bytes, bytes]) -> Tiered:
    """Return the sealed value of a decision slot.

    Args:
        slot: From ``decision_slot``.
        reading: Of the payer's ledger: one record, which says what it decided.
        nonces: Two of 24 random bytes: the slot's, and tier 2's.
    """
    assert len(reading.entries) == 1, f"{len(reading.entries)} records; a decision is one"

    def listing(total_bytes: int, digest: bytes, targets: tuple[bytes, ...]) -> bytes:
        return encode(DecisionListed(total_bytes, digest, targets))

    # A box under a shared key is libsodium's secretbox under that key.
    return seal_tiers(slot.secret, nonces, encode(DecisionInline(reading)), listing)


def open_decision(slot: DecisionSlot, value: bytes) -> Reading | DecisionListed:
    """Return what an untrusted value of a decision slot holds; verify the reading.

    Raises:
        SlotInvalid: It does not open, is not canonical, or holds not just one record.
    """
    content = _decode(open_slot(slot.secret, value), PLAINTEXT_BYTES_MAX)
    return content if isinstance(content, DecisionListed) else _one(content)


def join_decision(slot: DecisionSlot, listed: DecisionListed, items: Sequence[bytes]) -> Reading:
    """Return the reading that a tier 2 value lists; verify it.

    Args:
        slot: From ``decision_slot``.
        listed: From ``open_decision``.
        items: Bencoded immutable items, one for each target, in order; untrusted.

    Raises:
        SlotInvalid: The items are not the listed ones, do not open, or hold not just one record.
    """
    plaintext = open_listed(slot.secret, listed.total_bytes, listed.hash, items)
    content = _decode(plaintext, LISTED_PLAINTEXT_BYTES_MAX)
    if isinstance(content, DecisionListed):
        raise SlotInvalid("got items of a decision that list others instead of holding it")
    return _one(content)


def _one(inline: DecisionInline) -> Reading:
    if len(inline.reading.entries) != 1:
        raise SlotInvalid(f"got a decision of {len(inline.reading.entries)} records; it is one")
    return inline.reading


def _decode(plaintext: bytes, bytes_max: int) -> DecisionInline | DecisionListed:
    try:
        content: DecisionInline | DecisionListed = decode(
            plaintext,
            DecisionInline | DecisionListed,  # type: ignore[arg-type]  # a union
            bytes_max,
        )
    except CodecError as error:
        raise SlotInvalid(f"got a decision that is not canonical: {error}") from error
    return content
