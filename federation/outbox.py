"""The outbox: how all change-sets of a key that wait to be merged fit into its slot.

Tier 1 holds them in the slot itself; tier 2 holds them in immutable items that the slot lists.
What a reader knows or can compute is left out on the wire and restored before verification.
"""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from federation.errors import SlotInvalid
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
from ledger.changeset import (
    OPERATIONS_MAX,
    ChangeSet,
    Restored,
    Seen,
    Verified,
    restore_change_set,
)
from ledger.codec import Shape, decode, encode
from ledger.errors import CodecError
from ledger.field import Count, Hash, PublicKey, Signature, Time
from ledger.operation import Operation

ENTRIES_MAX = 512


class Entry(Shape):
    """A change-set without what its reader restores.

    Attributes:
        number: Its number in the outbox's generation.
        time: When its author made it.
        seen: None where it repeats the one before; the first entry always has it.
        operations: As signed.
        signature: Over the restored change-set.
    """

    number: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    time: Time
    seen: Seen | None
    operations: Annotated[tuple[Operation, ...], Meta(min_length=1, max_length=OPERATIONS_MAX)]
    signature: Signature


class Inline(Shape, tag=1):
    """Tier 1: the change-sets themselves, oldest first, numbers without holes."""

    sender: PublicKey
    receiver: PublicKey
    salt: Salt
    generation: Count
    entries: Annotated[tuple[Entry, ...], Meta(max_length=ENTRIES_MAX)]


class Listed(Shape, tag=2):
    """Tier 2: where the sealed plaintext of a tier 1 outbox lies.

    Attributes:
        total_bytes: Length of all chunks together.
        hash: SHA-256 of all chunks together.
        targets: SHA-1 of each chunk's bencoded item, in order.
    """

    sender: PublicKey
    receiver: PublicKey
    salt: Salt
    generation: Count
    total_bytes: TotalBytes
    hash: Hash
    targets: Targets


def seal_outbox(
    slot: SealedSlot, generation: int, change_sets: Sequence[Verified], nonces: tuple[bytes, bytes]
) -> Filled:
    """Return the sealed outbox of the change-sets that no checkpoint settles yet.

    Args:
        slot: The author's slot of changes.
        generation: Theirs; it counts where there are none.
        change_sets: Oldest first, numbers without holes, all of one generation.
        nonces: Two of 24 random bytes: the slot's, and tier 2's.
    """
    inline, plaintext = _fit(leave_out(slot, generation, change_sets))

    def listing(total_bytes: int, digest: bytes, targets: tuple[bytes, ...]) -> bytes:
        addressed = (inline.sender, inline.receiver, inline.salt)
        return encode(Listed(*addressed, generation, total_bytes, digest, targets))

    tiered = seal_tiers(slot.shared, nonces, plaintext, listing)
    return Filled(tiered.value, tiered.items, len(inline.entries))


def open_outbox(slot: SealedSlot, value: bytes) -> Inline | Listed:
    """Return what an untrusted slot value holds.

    Raises:
        SlotInvalid: It does not open, is not canonical, was sealed for another slot, or its
            numbers have holes.
    """
    return _decode(slot, open_slot(slot.shared, value), PLAINTEXT_BYTES_MAX)


def join_outbox(slot: SealedSlot, listed: Listed, items: Sequence[bytes]) -> Inline:
    """Return the tier 1 outbox that a tier 2 outbox lists.

    Args:
        slot: The author's slot of changes.
        listed: From ``open_outbox``.
        items: Bencoded immutable items, one for each target, in order; untrusted.

    Raises:
        SlotInvalid: The items are not the listed ones, or do not open to a tier 1 outbox of
            the same generation.
    """
    plaintext = open_listed(slot.shared, listed.total_bytes, listed.hash, items)
    inline = _decode(slot, plaintext, LISTED_PLAINTEXT_BYTES_MAX)
    if not isinstance(inline, Inline) or inline.generation != listed.generation:
        raise SlotInvalid("got items that do not hold the change-sets of the listed generation")
    return inline


def leave_out(slot: SealedSlot, generation: int, change_sets: Sequence[Verified]) -> Inline:
    """Return change-sets as they go on the wire, without what ``restore`` gives back."""
    assert all(verified.key == slot.sender for verified in change_sets), "one key's change-sets"
    entries = []
    seen = None
    for verified in change_sets[:ENTRIES_MAX]:
        asked = verified.change_set
        assert asked.generation == generation, "an outbox has one generation"
        repeats = asked.seen == seen
        seen = asked.seen
        entries.append(Entry(
            asked.number, asked.time, None if repeats else seen, asked.operations,
            verified.signature,
        ))  # fmt: skip
    inline = Inline(slot.sender, slot.receiver, slot.name.salt, generation, tuple(entries))
    assert _hole(inline) is None, "numbers of an outbox have no holes"
    return inline


def restore(inline: Inline, previous: bytes) -> tuple[Restored, ...]:
    """Return the change-sets of an outbox as their author signed them, to be verified.

    Args:
        inline: From ``open_outbox`` or ``join_outbox``.
        previous: Hash of the change-set before the first entry, empty where that is number 1.
            A wrong one makes the first signature fail.
    """
    author, community, generation = inline.sender, inline.receiver, inline.generation
    restored = []
    seen: Seen | None = None
    for entry in inline.entries:
        seen = entry.seen or seen
        assert seen is not None, "_decode refuses a first entry without seen"
        asked = ChangeSet(generation, entry.number, previous, entry.time, seen, entry.operations)
        one = restore_change_set(community, author, asked, entry.signature)
        restored.append(one)
        previous = one.hash
    return tuple(restored)


def after(inline: Inline, number: int) -> Inline:
    """Return an outbox without the change-sets up to a number, which its reader has already.

    ``restore`` then needs the hash of that number, if the next one is there.
    """
    entries = inline.entries
    start = next((at for at, entry in enumerate(entries) if entry.number > number), len(entries))
    rest = entries[start:]
    if rest and rest[0].seen is None:
        seen = next(entry.seen for entry in reversed(entries[:start]) if entry.seen)
        rest = (replace(rest[0], seen=seen), *rest[1:])
    return replace(inline, entries=rest)


def _fit(inline: Inline) -> tuple[Inline, bytes]:
    """Return the oldest entries that fit tier 2; a single change-set always does."""
    entries = inline.entries
    while len(plaintext := encode(inline)) > LISTED_PLAINTEXT_BYTES_MAX:
        excess = len(plaintext) - LISTED_PLAINTEXT_BYTES_MAX
        entries = entries[: -max(1, len(entries) * excess // len(plaintext))]
        inline = replace(inline, entries=entries)
    return inline, plaintext


def _decode(slot: SealedSlot, plaintext: bytes, bytes_max: int) -> Inline | Listed:
    try:
        content: Inline | Listed = decode(plaintext, Inline | Listed, bytes_max)  # type: ignore[arg-type]
    except CodecError as error:
        raise SlotInvalid(f"got an outbox that is not canonical: {error}") from error
    # A box binds its two keys in no order: what says who wrote it, for whom and where is inside.
    if (content.sender, content.receiver, content.salt) != (
        slot.sender, slot.receiver, slot.name.salt,
    ):  # fmt: skip
        raise SlotInvalid("got an outbox that was sealed for another slot")
    if isinstance(content, Inline) and (hole := _hole(content)) is not None:
        raise SlotInvalid(f"got an outbox whose number {hole} is missing or out of order")
    if isinstance(content, Inline) and content.entries and content.entries[0].seen is None:
        raise SlotInvalid("got an outbox whose first entry does not say what it has seen")
    return content


def _hole(inline: Inline) -> int | None:
    """Return the first number that should be there and is not."""
    first = inline.entries[0].number if inline.entries else 1
    numbers = enumerate((entry.number for entry in inline.entries), first)
    return next((expected for expected, number in numbers if number != expected), None)
