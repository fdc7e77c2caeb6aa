"""Lateness: whether what members asked for is merged as soon as promised."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from federation.settings import PROMISE_ROUNDS, Settings
from ledger.state import KeyState
from ledger.store.door import Pending, Poll
from manager.awaited import Awaited


@dataclass(frozen=True, slots=True)
class Attention:
    """How a manager attends to one member's key; times are Unix seconds.

    Attributes:
        key: 32 bytes.
        account: Its 16-byte id.
        polled: When nodes last answered for its slot, None for never.
        seen: When its slot last held an item.
        merged: When a change-set of it was last merged.
        pending: How many of its change-sets wait.
        pending_since: When the oldest of them came.
        late: Whether that is longer ago than was promised.
        files: Names of the files that its change-sets wait for; while there are any, it is not
            the manager who is late.
    """

    key: bytes
    account: bytes
    polled: int | None
    seen: int | None
    merged: int | None
    pending: int
    pending_since: int | None
    late: bool
    files: tuple[str, ...] = ()


def promise_s(settings: Settings) -> float:
    """Return how long a change may wait by promise, seconds."""
    return settings.interval_s * PROMISE_ROUNDS


def attend(
    keys: Iterable[KeyState],
    polls: Mapping[bytes, Poll],
    pending: Iterable[Pending],
    settings: Settings,
    now: int,
    *,
    awaited: Iterable[Awaited] = (),
) -> list[Attention]:
    """Return how each key is attended to, in the order of the keys.

    Args:
        keys: Those that are polled.
        polls: What is known of every slot.
        pending: Verified change-sets that no merge has settled.
        settings: Whose interval is the round.
        now: Unix seconds.
        awaited: Those of the pending ones whose files have not come.
    """
    files: dict[bytes, tuple[str, ...]] = {}
    for held in awaited:
        names = tuple(file.name for file in held.files)
        files[held.change_set.key] = files.get(held.change_set.key, ()) + names
    waiting: dict[bytes, list[int]] = {}
    for one in pending:
        waiting.setdefault(one.change_set.key, []).append(one.received)
    found = []
    for known in keys:
        poll = polls.get(known.key, Poll(known.key))
        since = waiting.get(known.key, [])
        oldest = min(since, default=None)
        attention = Attention(
            key=known.key,
            account=known.account,
            polled=poll.polled or None,
            seen=poll.seen,
            merged=poll.merged,
            pending=len(since),
            pending_since=oldest,
            late=known.key not in files
            and oldest is not None
            and now - oldest > promise_s(settings),
            files=files.get(known.key, ()),
        )
        found.append(attention)
    return found


def broken_promises(
    attention: Iterable[Attention],
    queued: Iterable[int],
    unpublished_since: int | None,
    settings: Settings,
    now: int,
) -> list[str]:
    """Return what is later than promised, a sentence each; nothing where the promise is kept.

    Args:
        attention: From ``attend``.
        queued: When each statement of the manager that waits was signed, Unix seconds.
        unpublished_since: Time of the newest merge, where no node has its checkpoint yet.
        settings: Whose interval is the round.
        now: Unix seconds.
    """
    held, allowed = list(attention), promise_s(settings)
    late = sum(one.late for one in held)
    stuck = sum(now - one > allowed for one in queued)
    found = []
    if late:
        found.append(
            f"changes of {late} keys wait longer than the promised {allowed:.0f} s; "
            "look at the log of `commontab-manager run`"
        )
    if stuck:
        found.append(
            f"{stuck} of your own statements wait longer than {allowed:.0f} s; "
            "look at the log of `commontab-manager run`"
        )
    if held and unpublished_since is not None and now - unpublished_since > allowed:
        found.append(
            f"the newest merge is not published for more than {allowed:.0f} s; "
            "start `commontab-manager run`, or see what `commontab-manager doctor` says"
        )
    polled = max((one.polled or 0 for one in held), default=now)
    if now - polled > allowed and (stuck or any(one.pending for one in held)):
        found.append(
            f"no slot was polled for {allowed:.0f} s while changes wait; "
            "start `commontab-manager run`, or see what `commontab-manager doctor` says"
        )
    return found
