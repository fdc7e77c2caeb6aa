"""The door: what a member's slot holds, opened and verified; all else is counted and dropped.

Only canonical change-sets with a valid signature of an admitted key, for this community, go in.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from federation.outbox import Entry, Inline, after, restore
from ledger.changeset import Restored, Verified, verify_restored
from ledger.crypto import Check, verify
from ledger.errors import CodecError, SignatureInvalid
from ledger.state import KeyState

CHANGE_SETS_MAX = 64
"""Of one key in one cycle; the rest waits."""
BODIES_BYTES_MAX = 65_536
"""The same, in bytes of change-sets."""

_Signed = TypeVar("_Signed", Restored, Verified)

Journalled = Callable[[bytes], Verified | None]
"""Returns a journalled change-set by its hash, if its body is in the journal."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """What the door lets in from one slot.

    Attributes:
        change_sets: New ones, oldest first.
        conflicts: Validly signed, with a number that another change-set has in the journal.
        dropped: Why something was left out, a fixed word each.
        whole: Whether nothing is left to be read again in the next cycle.
    """

    change_sets: tuple[Verified, ...] = ()
    conflicts: tuple[Verified, ...] = ()
    dropped: tuple[str, ...] = ()
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """What a key asks for by its outbox, as far as one cycle takes it; not yet verified.

    Attributes:
        known: Where the key's chain stands in the ledger.
        inline: The outbox, opened with the key it shares with the community.
        change_sets: New ones, oldest first.
        whole: Whether the outbox has no more.
    """

    known: KeyState
    inline: Inline
    change_sets: Sequence[Restored]
    whole: bool


def read_outbox(known: KeyState, inline: Inline) -> Asked:
    """Return what is new in an opened outbox.

    Args:
        known: Where the key's chain stands in the ledger.
        inline: The outbox, opened with the key it shares with the community.
    """
    if inline.generation < known.generation:
        return Asked(known, inline, (), whole=True)
    begins = inline.generation > known.generation
    rest = inline if begins else after(inline, known.number)
    signed = restore(rest, b"" if begins else known.hash)
    share = share_of(signed)
    return Asked(known, inline, share, whole=len(share) == len(signed))


def admit(
    community: bytes, asked: Asked, journalled: Journalled, check: Check = verify
) -> Admitted:
    """Return what of an outbox may reach merge.

    Args:
        community: The community's public key.
        asked: From ``read_outbox``.
        journalled: Looks up what was merged before, to recognise a second content of a number.
        check: Accepts signatures; give one that may have checked them before.
    """
    known, inline = asked.known, asked.inline
    if inline.generation < known.generation:
        return Admitted(dropped=("superseded",))
    verified, dropped = _verify_chain(community, asked.change_sets, check)
    begins = inline.generation > known.generation
    conflicts = () if begins else _conflicts(community, known, inline, journalled)
    return Admitted(verified, conflicts, dropped, asked.whole and not dropped)


def share_of(chain: Sequence[_Signed]) -> Sequence[_Signed]:
    """Return as many of one key's change-sets as one cycle takes, oldest first."""
    total_bytes = 0
    for count, one in enumerate(chain[:CHANGE_SETS_MAX]):
        total_bytes += len(one.body)
        if total_bytes > BODIES_BYTES_MAX:
            return chain[:count]
    return chain[:CHANGE_SETS_MAX]


def _verify_chain(
    community: bytes, signed: Sequence[Restored], check: Check = verify
) -> tuple[tuple[Verified, ...], tuple[str, ...]]:
    """Verify in order; after the first that fails, the rest hangs on an unknown predecessor."""
    verified: list[Verified] = []
    for one in signed:
        try:
            verified.append(verify_restored(community, one, check))
        except CodecError:
            return tuple(verified), ("malformed",)
        except SignatureInvalid:
            return tuple(verified), ("signature_or_chain",)
    return tuple(verified), ()


def _conflicts(
    community: bytes, known: KeyState, inline: Inline, journalled: Journalled
) -> tuple[Verified, ...]:
    """Return change-sets that differ from the journalled ones of their numbers."""
    settled = {entry.number: entry for entry in inline.entries if entry.number <= known.number}
    chain = _differing(known, settled, journalled)
    if not chain:
        return ()
    first = chain[-1].change_set
    rest = after(inline, first.number - 1)
    verified, _ = _verify_chain(community, restore(rest, first.previous))
    stands = {one.change_set.number: one.hash for one in chain}
    return tuple(
        other for other in verified if stands.get(other.change_set.number, other.hash) != other.hash
    )


def _differing(
    known: KeyState, settled: dict[int, Entry], journalled: Journalled
) -> list[Verified]:
    """Return the journalled change-sets, newest first, that the slot has in other words."""
    chain: list[Verified] = []
    found = _newest_in(known, settled, journalled) if settled else None
    while found is not None and (entry := settled.get(found.change_set.number)) is not None:
        # One signature covers the hash of the one before: from here back all is equal.
        if entry.signature == found.signature:
            break
        chain.append(found)
        found = _before(found, journalled)
    return chain


def _newest_in(
    known: KeyState, settled: dict[int, Entry], journalled: Journalled
) -> Verified | None:
    """Return the newest journalled change-set whose number the slot has too, if it is near."""
    found = journalled(known.hash)
    for _ in range(CHANGE_SETS_MAX):
        if found is None or found.change_set.number in settled:
            break
        found = _before(found, journalled)
    return found


def _before(one: Verified, journalled: Journalled) -> Verified | None:
    previous = one.change_set.previous
    return journalled(previous) if previous else None
