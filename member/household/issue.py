"""Issuing: a home signs what is due of what comes again, once each, and says what came of it."""

from collections.abc import Callable
from typing import NamedTuple

from federation.console.terminal import Refused
from ledger.refusal import explain
from ledger.store.recurring import AlreadyIssued, Recurring, RecurringStore
from member.household.recurring import describe_template, is_own, operation_due
from member.household.rhythm import day_of, due_time
from member.membership import Membership
from member.sign import look_ahead, sign
from member.views import why

CATCH_UP_MAX = 12
"""Dates of one thing that are made up for after days off; older ones are left out, and told."""
ISSUED = "issued"
"""Outcome of what was signed and is not settled yet; the store writes it with the signature."""
STRANGE = (
    "not signed by this home's key for this community as it stands; stop it, and add it again if "
    "it is wanted"
)
Tell = Callable[[str], None]


class Issuer:
    """A daemon's part of it: looks whether something is due, and tells what waits once.

    Args:
        look: Gives what the home knows now.
        seed: The 32-byte seed of its key.
        tell: Gets a line about whatever happened.
    """

    def __init__(self, look: Callable[[], Membership], seed: bytes, tell: Tell) -> None:
        self._look = look
        self._seed = seed
        self._tell = tell
        self._told = ""

    def issue(self, now: int) -> int:
        """Sign what is due; return how many change-sets were signed.

        Raises:
            SplitView: The replica is not of the history that this home has vouched for before.
        """
        member = self._look()
        store = RecurringStore(member.outgoing.database)
        if not store.due(now) and all(one.outcome != ISSUED for one in store.kept()):
            return 0
        try:
            return issue_due(member, self._seed, now, self._tell)
        except Refused as error:
            if self._told != str(error):
                self._tell(f"what comes again waits: {error}")
            self._told = str(error)
            return 0


def issue_due(member: Membership, seed: bytes, now: int, tell: Tell) -> int:
    """Sign everything that is due, and note what became of what was signed before.

    A date is marked as issued in the transaction that keeps the signed change-set, so no crash
    issues it twice or loses it. What the own books foresee to be refused is not signed: it stays
    due, and is tried again.

    Args:
        member: Whose home.
        seed: The 32-byte seed of its key.
        now: Unix seconds.
        tell: Gets a line about whatever happened.

    Returns:
        How many change-sets were signed.

    Raises:
        Refused: The home has no account yet, or was restored and may not sign.
        SplitView: The replica is not of the history that this home has vouched for before.
    """
    store = RecurringStore(member.outgoing.database)
    at_work = Issuing(member, seed, store, now, tell)
    _note_outcomes(at_work)
    return sum(_issue(at_work, one) for one in store.due(now))


class Issuing(NamedTuple):
    """What one go of issuing works with; the fields are the arguments of ``issue_due``."""

    member: Membership
    seed: bytes
    store: RecurringStore
    now: int
    tell: Tell

    def describe(self, one: Recurring) -> str:
        """Return what comes again, in words."""
        return describe_template(self.member.state, one)

    def again(self, one: Recurring) -> Recurring:
        """Return how it stands now."""
        return next(other for other in self.store.kept() if other.id == one.id)

    def note(self, one: Recurring, outcome: str) -> None:
        """Note what is in the way, and say so once."""
        if one.outcome != outcome:
            self.store.note(one.id, outcome)
            self.tell(f"{self.describe(one)}, {one.rhythm}: {outcome}")


def _issue(at_work: Issuing, one: Recurring) -> int:
    """Sign one thing for each date that is due; return how often."""
    member, now, issued = at_work.member, at_work.now, 0
    try:
        one = _leave_out(at_work, one)
        while one.state == "running" and one.due <= now:
            if not is_own(one, (*member.state.former, member.state.key), member.key):
                at_work.note(one, STRANGE)
                break
            operation = operation_due(member.state, one, now)
            foreseen = look_ahead(member, (operation,), now).refusal
            if foreseen is not None:
                said = explain(foreseen, member.community.units)
                at_work.note(one, f"waits, the ledger would refuse it: {said}")
                break
            after = due_time(one.first, one.rhythm, one.place + 1)
            keep = at_work.store.keep_issued(one, after)
            sign(member, at_work.seed, (operation,), now, extra=keep)
            at_work.tell(f"signed what was due on {day_of(one.due)}: {at_work.describe(one)}")
            issued += 1
            one = at_work.again(one)
    except AlreadyIssued:
        # Somebody paused or stopped it just now, or another process was quicker.
        return issued
    return issued


def _leave_out(at_work: Issuing, one: Recurring) -> Recurring:
    """Pass by what is older than what is made up for; return what is left.

    Raises:
        AlreadyIssued: It has changed since it was read.
    """
    newest = one.place
    until = at_work.now if one.ends is None else min(at_work.now, one.ends)
    while due_time(one.first, one.rhythm, newest) <= until:
        newest += 1
    missed = newest - one.place
    if missed <= CATCH_UP_MAX:
        return one
    place = newest - CATCH_UP_MAX
    at_work.store.pass_by(one, place, due_time(one.first, one.rhythm, place))
    at_work.tell(
        f"left out {missed - CATCH_UP_MAX} dates of {at_work.describe(one)} from "
        f"{day_of(one.due)} on: only the newest {CATCH_UP_MAX} are made up for"
    )
    return at_work.again(one)


def _note_outcomes(at_work: Issuing) -> None:
    """Note what the ledger made of what was issued last."""
    for one in at_work.store.kept():
        made = at_work.member.outgoing.find(one.hash) if one.hash else None
        if made is None or one.outcome != ISSUED or made.state in {"waiting", "published"}:
            continue
        if made.state == "merged":
            at_work.store.note(one.id, "merged")
        else:
            at_work.note(one, f"{made.state}: {why(at_work.member.state, made)}")
