"""A payment across links as a machine: which step follows from what one ledger learns.

Pure and small on purpose: the table is the protocol, docs/protocol.md prints it, and
tests/ledger/test_link_machine.py walks through all orders in which three ledgers can learn things.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class Role(StrEnum):
    """What a ledger is to a payment."""

    ORIGIN = "origin"
    HOP = "hop"
    PAYEE = "payee"


class Stage(StrEnum):
    """How far a ledger is with a payment."""

    PREPARED = "prepared"
    """Held here; the ledgers behind have not answered."""
    ACCEPTED = "accepted"
    """Held here until the payer's ledger decides."""
    LAPSED = "lapsed"
    """Let go before anything was promised; somebody behind may still hold."""
    POSTED = "posted"
    """Decided here: paid."""
    VOIDED = "voided"
    """Decided here: rejected or taken back."""
    EXPIRED = "expired"
    """Decided here: too late."""
    SETTLED = "settled"
    """The decision was copied: paid."""
    RELEASED = "released"
    """The decision was copied, or a rejection came: let go."""
    FORCED = "forced"
    """A person let the amount go before the decision was known."""


class Event(StrEnum):
    """What a ledger learns about a payment."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    """By the next ledger, and nobody behind it holds anything."""
    REJECTED_PART = "rejected in part"
    """By the next ledger, while somebody behind it may hold."""
    DEADLINE = "deadline"
    CANCELLED = "cancelled"
    POSTED = "posted"
    """The payer's ledger decided: paid."""
    UNPOSTED = "unposted"
    """The payer's ledger decided: expired or voided."""
    FORCED = "forced"
    BELOW = "below"
    """All behind have copied the decision."""


class Do(StrEnum):
    """What a step does."""

    POST = "post"
    RELEASE = "release"
    BOOK_LATE = "book late"
    """Post without a hold, within the limits; where they forbid it the step is not taken."""
    DECIDE = "decide"
    """Tell the next ledger what was decided."""
    COPY = "copy"
    """Tell the next ledger what was copied."""
    ACCEPT = "accept"
    """Tell the ledger before."""
    REJECT = "reject"
    ANSWER = "answer"
    """Tell the ledger before that the decision was copied, and whether by all behind too."""
    DONE = "done"
    """Tell the ledger before that now all behind have copied it."""


class Step(NamedTuple):
    """What follows.

    Attributes:
        stage: The next one.
        do: What is done, in order.
        below: Whether nothing is left to wait for behind this ledger.
    """

    stage: Stage
    do: tuple[Do, ...] = ()
    below: bool = False


_O, _H, _P = Role.ORIGIN, Role.HOP, Role.PAYEE

TABLE: Mapping[tuple[Role, Stage, Event], Step] = MappingProxyType(
    {
        (_O, Stage.PREPARED, Event.ACCEPTED): Step(Stage.POSTED, (Do.POST, Do.DECIDE)),
        (_O, Stage.PREPARED, Event.REJECTED): Step(
            Stage.VOIDED, (Do.RELEASE, Do.DECIDE), below=True
        ),
        (_O, Stage.PREPARED, Event.REJECTED_PART): Step(Stage.VOIDED, (Do.RELEASE, Do.DECIDE)),
        (_O, Stage.PREPARED, Event.DEADLINE): Step(Stage.EXPIRED, (Do.RELEASE, Do.DECIDE)),
        (_O, Stage.PREPARED, Event.CANCELLED): Step(Stage.VOIDED, (Do.RELEASE, Do.DECIDE)),
        (_O, Stage.POSTED, Event.BELOW): Step(Stage.POSTED, below=True),
        (_O, Stage.VOIDED, Event.BELOW): Step(Stage.VOIDED, below=True),
        (_O, Stage.VOIDED, Event.REJECTED): Step(Stage.VOIDED, below=True),
        (_O, Stage.EXPIRED, Event.BELOW): Step(Stage.EXPIRED, below=True),
        (_O, Stage.EXPIRED, Event.REJECTED): Step(Stage.EXPIRED, below=True),
        (_H, Stage.PREPARED, Event.ACCEPTED): Step(Stage.ACCEPTED, (Do.ACCEPT,)),
        (_H, Stage.PREPARED, Event.REJECTED): Step(
            Stage.RELEASED, (Do.RELEASE, Do.REJECT), below=True
        ),
        (_H, Stage.PREPARED, Event.REJECTED_PART): Step(Stage.LAPSED, (Do.RELEASE, Do.REJECT)),
        (_H, Stage.PREPARED, Event.DEADLINE): Step(Stage.LAPSED, (Do.RELEASE, Do.REJECT)),
        (_H, Stage.PREPARED, Event.FORCED): Step(Stage.LAPSED, (Do.RELEASE, Do.REJECT)),
        (_H, Stage.PREPARED, Event.UNPOSTED): Step(
            Stage.RELEASED, (Do.RELEASE, Do.ANSWER, Do.COPY)
        ),
        (_H, Stage.PREPARED, Event.BELOW): Step(Stage.PREPARED, below=True),
        (_H, Stage.ACCEPTED, Event.POSTED): Step(Stage.SETTLED, (Do.POST, Do.ANSWER, Do.COPY)),
        (_H, Stage.ACCEPTED, Event.UNPOSTED): Step(
            Stage.RELEASED, (Do.RELEASE, Do.ANSWER, Do.COPY)
        ),
        (_H, Stage.ACCEPTED, Event.FORCED): Step(Stage.FORCED, (Do.RELEASE,)),
        (_H, Stage.ACCEPTED, Event.BELOW): Step(Stage.ACCEPTED, below=True),
        (_H, Stage.FORCED, Event.POSTED): Step(Stage.SETTLED, (Do.BOOK_LATE, Do.ANSWER, Do.COPY)),
        (_H, Stage.FORCED, Event.UNPOSTED): Step(Stage.RELEASED, (Do.ANSWER, Do.COPY)),
        (_H, Stage.FORCED, Event.BELOW): Step(Stage.FORCED, below=True),
        (_H, Stage.LAPSED, Event.BELOW): Step(Stage.LAPSED, (Do.DONE,), below=True),
        (_H, Stage.LAPSED, Event.REJECTED): Step(Stage.LAPSED, (Do.DONE,), below=True),
        (_H, Stage.SETTLED, Event.BELOW): Step(Stage.SETTLED, (Do.DONE,), below=True),
        (_H, Stage.RELEASED, Event.BELOW): Step(Stage.RELEASED, (Do.DONE,), below=True),
        (_H, Stage.RELEASED, Event.REJECTED): Step(Stage.RELEASED, (Do.DONE,), below=True),
        (_P, Stage.ACCEPTED, Event.POSTED): Step(Stage.SETTLED, (Do.POST, Do.ANSWER)),
        (_P, Stage.ACCEPTED, Event.UNPOSTED): Step(Stage.RELEASED, (Do.RELEASE, Do.ANSWER)),
        (_P, Stage.ACCEPTED, Event.FORCED): Step(Stage.FORCED, (Do.RELEASE,)),
        (_P, Stage.FORCED, Event.POSTED): Step(Stage.SETTLED, (Do.BOOK_LATE, Do.ANSWER)),
        (_P, Stage.FORCED, Event.UNPOSTED): Step(Stage.RELEASED, (Do.ANSWER,)),
    }
)
"""What follows from what. An event that is not listed for a stage changes nothing there."""

_FINAL = {
    Role.ORIGIN: {Stage.POSTED, Stage.VOIDED, Stage.EXPIRED},
    Role.HOP: {Stage.SETTLED, Stage.RELEASED, Stage.LAPSED},
    Role.PAYEE: {Stage.SETTLED, Stage.RELEASED},
}
_HELD = {Stage.PREPARED, Stage.ACCEPTED}
_MOVED = {Stage.POSTED, Stage.SETTLED}
_ENDED = {Stage.LAPSED, Stage.VOIDED, Stage.EXPIRED, Stage.RELEASED}


def step(role: Role, stage: Stage, event: Event) -> Step | None:
    """Return what follows, or None where the event changes nothing."""
    return TABLE.get((role, stage, event))


def is_final(role: Role, stage: Stage, *, below: bool, explained: bool) -> bool:
    """Return whether nothing can follow any more.

    Args:
        role: What this ledger is to the payment.
        stage: How far it is.
        below: Whether all behind have copied the decision.
        explained: Whether the books of both neighbours show what this ledger's show.
    """
    return below and explained and stage in _FINAL[role]


def is_held(stage: Stage) -> bool:
    """Return whether the amount is reserved in this stage."""
    return stage in _HELD


def is_counted(stage: Stage) -> bool:
    """Return whether a payment that is not final takes one of the places of its account.

    What a person let go of takes none: a payer's ledger that never decides blocks nobody.
    """
    return stage is not Stage.FORCED


def is_moved(stage: Stage) -> bool:
    """Return whether the amount was moved here."""
    return stage in _MOVED


def is_ended(stage: Stage) -> bool:
    """Return whether it is certain that nothing is moved here."""
    return stage in _ENDED


def is_waiting(role: Role, stage: Stage) -> bool:
    """Return whether the payer's ledger's decision is still to be copied here."""
    return role is not Role.ORIGIN and stage in {*_HELD, Stage.FORCED}
