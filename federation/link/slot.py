"""The link slot: where a community puts its entries for a linked one, sealed, with their proofs.

Everything in it is read again at every poll, so it says all that the reader has not answered yet:
the newest entries, a checkpoint under which they stand, and what has been read of the reader.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from federation.errors import SlotInvalid
from federation.item import SlotName
from federation.slot import PLAINTEXT_BYTES_MAX, SealedSlot, open_slot
from federation.tier import (
    LISTED_PLAINTEXT_BYTES_MAX,
    Filled,
    Salt,
    Targets,
    TotalBytes,
    open_listed,
    seal_tiers,
)
from ledger import crypto
from ledger.codec import Shape, decode, encode
from ledger.errors import CodecError
from ledger.field import Count, Hash, PublicKey
from ledger.link.reading import (
    ENTRIES_MAX,
    NoteText,
    ProofHashes,
    Reading,
    ReadRecord,
    fit_reading,
)
from ledger.merkle_path import HASHES_MAX

_PREFIX = b"commontab/slot/link/v1\n"
_SALT_BYTES = 16

Hashes = Annotated[tuple[Hash, ...], Meta(max_length=HASHES_MAX)]
SlotRecords = Annotated[tuple[ReadRecord, ...], Meta(max_length=ENTRIES_MAX)]


@dataclass(frozen=True, slots=True)
class LinkEnd:
    """One community of a link: its public key and its link key, 32 bytes each."""

    community: bytes
    link_key: bytes


@dataclass(frozen=True, slots=True)
class LinkValue:
    """What one side of a link tells the other; nothing about it is verified.

    Attributes:
        taken: Number of the reader's newest entry that its writer has merged, 0 for none.
        seen_size: Size of the reader's newest checkpoint that its writer has verified, 0 for none.
        note: A signed checkpoint of the writer's, without witnesses' lines.
        consistency: From the size that the reader says it has seen to the note's; none where the
            reader has seen nothing, or that size.
        entries: 0 to 64 of the writer's link records that the reader has not taken, by index.
        proof: Their combined inclusion proof under the note; none where there are no entries.
    """

    taken: int
    seen_size: int
    note: str
    consistency: tuple[bytes, ...] = ()
    entries: tuple[ReadRecord, ...] = ()
    proof: tuple[bytes, ...] = ()


class LinkInline(Shape, tag=1):
    """Tier 1: what ``LinkValue`` says, and for whom."""

    sender: PublicKey
    receiver: PublicKey
    salt: Salt
    taken: Count
    seen_size: Count
    note: NoteText
    consistency: Hashes
    entries: SlotRecords
    proof: ProofHashes

    @property
    def said(self) -> LinkValue:
        """What the writer tells the reader."""
        return LinkValue(
            self.taken, self.seen_size, self.note, self.consistency, self.entries, self.proof
        )

    def reading(self, community: bytes) -> Reading | None:
        """Return the entries as a reading, to be verified and journalled, or None without any.

        Args:
            community: Public key of the writer's community.
        """
        if not self.entries:
            return None
        return Reading(community, self.note, self.entries, self.proof)


class LinkListed(Shape, tag=2):
    """Tier 2: where the sealed plaintext of a tier 1 value lies."""

    sender: PublicKey
    receiver: PublicKey
    salt: Salt
    total_bytes: TotalBytes
    hash: Hash
    targets: Targets


def link_slot(own_seed: bytes, sender: LinkEnd, receiver: LinkEnd) -> SealedSlot:
    """Return the slot in which one community tells another.

    Both get the same one, each from the seed of its own link key; the one in which the answer
    stands has the two ends the other way round.

    Args:
        own_seed: Seed of the link key of either, 32 bytes.
        sender: Whose slot it is.
        receiver: Who reads it.

    Raises:
        KeyRefused: The other's link key is not one that can be sealed to.
    """
    own = crypto.public_key(own_seed)
    assert own in {sender.link_key, receiver.link_key}, "the seed is of one end's link key"
    other = receiver.link_key if own == sender.link_key else sender.link_key
    shared = crypto.shared_key(own_seed, other)
    named = _PREFIX + sender.community + receiver.community
    salt = crypto.keyed_hash(shared, named, _SALT_BYTES)
    return SealedSlot(SlotName(sender.link_key, salt), sender.link_key, receiver.link_key, shared)


def seal_link_slot(slot: SealedSlot, said: LinkValue, nonces: tuple[bytes, bytes]) -> Filled:
    """Return the sealed value of a link slot with as many of the entries as fit, oldest first.

    Where not all fit, the combined proof is narrowed to those that do; it needs no tree.

    Args:
        slot: From ``link_slot``.
        said: One's own; its proof is that of all its entries.
        nonces: Two of 24 random bytes: the slot's, and tier 2's.
    """
    inline, plaintext = _fit(slot, said)

    def listing(total_bytes: int, digest: bytes, targets: tuple[bytes, ...]) -> bytes:
        addressed = (slot.sender, slot.receiver, slot.name.salt)
        return encode(LinkListed(*addressed, total_bytes, digest, targets))

    tiered = seal_tiers(slot.shared, nonces, plaintext, listing)
    return Filled(tiered.value, tiered.items, len(inline.entries))


def open_link_slot(slot: SealedSlot, value: bytes) -> LinkInline | LinkListed:
    """Return what an untrusted value of a link slot holds.

    Raises:
        SlotInvalid: It does not open, is not canonical, was sealed for another slot, or has a
            proof without entries.
    """
    return _decode(slot, open_slot(slot.shared, value), PLAINTEXT_BYTES_MAX)


def join_link_slot(slot: SealedSlot, listed: LinkListed, items: Sequence[bytes]) -> LinkInline:
    """Return the tier 1 value that a tier 2 value lists.

    Args:
        slot: From ``link_slot``.
        listed: From ``open_link_slot``.
        items: Bencoded immutable items, one for each target, in order; untrusted.

    Raises:
        SlotInvalid: The items are not the listed ones, or do not open to a tier 1 value.
    """
    plaintext = open_listed(slot.shared, listed.total_bytes, listed.hash, items)
    inline = _decode(slot, plaintext, LISTED_PLAINTEXT_BYTES_MAX)
    if not isinstance(inline, LinkInline):
        raise SlotInvalid("got items of a link slot that list others instead of holding entries")
    return inline


def _fit(slot: SealedSlot, said: LinkValue) -> tuple[LinkInline, bytes]:
    """Return the oldest entries that fit tier 2; a single one always does."""
    assert len(said.entries) <= ENTRIES_MAX, f"{len(said.entries)} entries; a slot has 64"
    inline = LinkInline(
        slot.sender, slot.receiver, slot.name.salt, said.taken, said.seen_size, said.note,
        said.consistency, said.entries, said.proof,
    )  # fmt: skip
    plaintext = encode(inline)
    if len(plaintext) <= LISTED_PLAINTEXT_BYTES_MAX:
        return inline, plaintext
    reading = Reading(slot.sender, said.note, said.entries, said.proof)
    # Both end with the same entries and proof, so what differs has one length.
    beside = len(plaintext) - len(encode(reading))
    fitted = fit_reading(reading, LISTED_PLAINTEXT_BYTES_MAX - beside)
    inline = replace(inline, entries=fitted.entries, proof=fitted.proof)
    return inline, encode(inline)


def _decode(slot: SealedSlot, plaintext: bytes, bytes_max: int) -> LinkInline | LinkListed:
    try:
        content: LinkInline | LinkListed = decode(plaintext, LinkInline | LinkListed, bytes_max)  # type: ignore[arg-type]
    except CodecError as error:
        raise SlotInvalid(f"got a link slot that is not canonical: {error}") from error
    # A box binds its two keys in no order: what says who wrote it, for whom and where is inside.
    if (content.sender, content.receiver, content.salt) != (
        slot.sender, slot.receiver, slot.name.salt,
    ):  # fmt: skip
        raise SlotInvalid("got a link slot's value that was sealed for another slot")
    if isinstance(content, LinkInline) and content.proof and not content.entries:
        raise SlotInvalid("got a link slot with a proof and no entries that it would show")
    return content
