"""Halts: after a split view a home merges and hands on nothing until a person has decided."""

from pathlib import Path
from typing import Annotated

from msgspec import Meta

from federation.errors import FederationError
from ledger.codec import Shape, decode, encode
from ledger.field import Time
from ledger.store.meta import ValueStore

SPLIT_VIEW = "split_view"
"""Value of a home: the split view that it met first."""
_BYTES_MAX = 8_192


class FoundSplit(Shape):
    """A split view that this home met.

    Attributes:
        time: When, Unix seconds.
        evidence: Path of the file that shows it.
        confirmed: Whether a person has decided to go on with the history in this home.
    """

    time: Time
    evidence: Annotated[str, Meta(max_length=4_096)]
    confirmed: bool


class Halted(FederationError):
    """A home that met a split view and waits for a person's decision."""


def found_split(values: ValueStore) -> FoundSplit | None:
    """Return the split view that a home met, if it met one."""
    held = values.get(SPLIT_VIEW)
    return None if held is None else decode(held, FoundSplit, _BYTES_MAX)


def halt(values: ValueStore, evidence: Path, now: int) -> None:
    """Stop a home until a person decides; the first finding stays."""
    if found_split(values) is None:
        values.set(SPLIT_VIEW, encode(FoundSplit(now, str(evidence), confirmed=False)))


def go_on(values: ValueStore) -> None:
    """Let a home go on with its own history: a person has decided."""
    found = found_split(values)
    if found is not None:
        values.set(SPLIT_VIEW, encode(FoundSplit(found.time, found.evidence, confirmed=True)))


def may_go_on(values: ValueStore) -> bool:
    """Return whether a person has decided to go on in spite of a split view."""
    found = found_split(values)
    return found is not None and found.confirmed


def check_not_halted(values: ValueStore, program: str) -> None:
    """Accept a home that met no split view, or may go on.

    Args:
        values: The home's.
        program: The command that goes on once a person has decided.

    Raises:
        Halted: It waits for a decision.
    """
    found = found_split(values)
    if found is not None and not found.confirmed:
        raise Halted(
            f"this home met a split view: the community's key signed two histories "
            f"({found.evidence} shows it). Compare with the other members which one they have; "
            f"`{program} --confirm-split-view` goes on with the history in this home"
        )
