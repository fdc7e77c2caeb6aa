"""Outcomes: what became of each statement and change-set of a batch."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from ledger.refusal import Refusal


class Fate(StrEnum):
    """What happened, and whether the author has to do something."""

    MERGED = "merged"
    """It took effect; the journal holds it."""
    REFUSED = "refused"
    """It broke a rule. A change-set used up its number and the journal says so."""
    DUPLICATE = "duplicate"
    """It, or another of its number that nothing here shows to differ, was settled before."""
    WAITING = "waiting"
    """One before it has not arrived."""
    CONFLICT = "conflict"
    """Its author signed another one with the same number, which stands; this is evidence."""
    BROKEN_CHAIN = "broken_chain"
    """It has the next number, and follows another one than the one that stands."""
    SUPERSEDED = "superseded"
    """Its generation ended: the author restored a backup and went on in a newer one."""
    UNKNOWN_KEY = "unknown_key"
    """Its key has no account, or was revoked."""


class Outcome(NamedTuple):
    """One input's fate.

    Attributes:
        fate: What happened.
        key: The member's key, or the community's for a statement; 32 bytes.
        generation: The change-set's; 0 for a statement.
        number: The change-set's or statement's.
        hash: Its hash, 32 bytes.
        record: Journal index of its record, where it has one.
        refusal: Why, where it was refused.
    """

    fate: Fate
    key: bytes
    generation: int
    number: int
    hash: bytes
    record: int | None = None
    refusal: Refusal | None = None


def hashes_by_record(outcomes: Iterable[Outcome]) -> dict[int, bytes]:
    """Return the hashes of what is in the journal, settled or refused, by its record's index."""
    return {one.record: one.hash for one in outcomes if one.record is not None}
