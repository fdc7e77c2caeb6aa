"""Delivering: a signed change goes out at once, or through the program that runs in this home."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

from federation.console.sentence import printable
from federation.console.terminal import Refused, out, progress
from federation.errors import NetworkUnreachable
from ledger.errors import StoreBusy
from ledger.operation import Attach
from ledger.store.database import Database
from ledger.store.lock import lock_holder
from ledger.store.outgoing import Outgoing
from member.cli.how import How
from member.membership import Membership, is_restored
from member.views import told

T = TypeVar("T")
HANDOVER_S = 10.0
"""How long to watch another process of this home publish before trusting it to."""
LOOK_S = 0.2
TRIES_MAX = 3
"""Puts of one command: after the first the slot may turn out to be newer than it was read."""
FINAL = frozenset(("merged", "refused", "superseded"))


def deliver(
    how: How,
    member: Membership,
    seed: bytes,
    change_set: bytes,
    *,
    wait_s: float | None,
    each_s: float | None = None,
) -> None:
    """Publish a change, or see it published, and wait for the merge where that is asked for.

    Args:
        how: The command's options.
        member: Whose change.
        seed: The 32 bytes of his key.
        change_set: The change's hash, 32 bytes.
        wait_s: How long to wait at most, None for not at all.
        each_s: How often to follow the ledger meanwhile, where no other process of this home
            does; None for once a round.

    Raises:
        NetworkUnreachable: No node answered; the change stays in the outbox.
        Refused: The ledger said no, or nothing within ``wait_s`` seconds.
    """
    if how.offline:
        out.print("Nothing was published; `commontab sync` or `commontab run` does it.")
        return
    _publish(how, member, seed, change_set)
    if wait_s is not None:
        each_s = how.home.settings().interval_s if each_s is None else each_s
        one = watch(
            how,
            seed,
            member.outgoing.database,
            lambda: _settled(member, change_set),
            wait_s=wait_s,
            each_s=each_s,
        )
        if one is None:
            raise Refused(
                f"not merged within {wait_s:g} s; it stays in the outbox, and "
                "`commontab outbox` shows what becomes of it"
            )
        _tell_end(member, one)


def say(text: str) -> None:
    """Print what the network side tells."""
    out.print(printable(text), markup=False)


def _publish(how: How, member: Membership, seed: bytes, change_set: bytes) -> None:
    deadline = time.monotonic() + HANDOVER_S
    tries = 0
    while _look(member, change_set).state == "waiting":
        if lock_holder(how.home.lock) is None and tries < TRIES_MAX:
            tries += _publish_once(how, seed, _attaches(member, change_set))
        elif tries == TRIES_MAX:
            raise _unpublished(member)
        elif time.monotonic() > deadline:
            out.print("The program that runs in this home will publish it.")
            return
        else:
            time.sleep(LOOK_S)
    out.print("Published.")


def _publish_once(how: How, seed: bytes, attaches: int) -> bool:
    """Publish all that waits, unless another process of this home was faster to begin."""
    from member.daemon import publish_once  # noqa: PLC0415 -- the network takes long to import

    try:
        if not attaches:
            asyncio.run(publish_once(how.home, seed))
        else:
            with progress("Handing the files over") as carry:
                asyncio.run(publish_once(how.home, seed, carry))
    except StoreBusy:
        return False
    return True


def _attaches(member: Membership, change_set: bytes) -> int:
    """Return how many files a change attaches."""
    operations = _look(member, change_set).change_set.change_set.operations
    return sum(isinstance(operation, Attach) for operation in operations)


def _unpublished(member: Membership) -> Exception:
    """Return why a change still waits after it was put."""
    if is_restored(member.outgoing.database):
        return Refused(
            "it was not published: the slot of this key holds changes that this home never "
            "signed, so the home is a copy that is behind; run `commontab sync`, then ask again"
        )
    return NetworkUnreachable(
        "no node kept it; it stays in the outbox, and `commontab sync` or `commontab run` "
        "publishes it"
    )


def watch(
    how: How,
    seed: bytes,
    database: Database,
    look: Callable[[], T | None],
    *,
    wait_s: float,
    each_s: float,
) -> T | None:
    """Return what ``look`` finds once it finds something, or None after ``wait_s`` seconds.

    Args:
        how: The command's options.
        seed: The member's 32 bytes.
        database: Whose changes are worth a look.
        look: Asked again after each of them.
        wait_s: How long at most.
        each_s: How often the ledger is followed, where no other process of this home does it.
    """
    deadline = time.monotonic() + wait_s
    follow_at = time.monotonic()
    version = -1
    while True:
        newest = database.data_version()
        if newest != version and (found := look()) is not None:
            return found
        version = newest
        left = deadline - time.monotonic()
        if left <= 0:
            return None
        if lock_holder(how.home.lock) is None and time.monotonic() >= follow_at:
            _follow(how, seed, left)
            follow_at = time.monotonic() + each_s
        time.sleep(min(LOOK_S, left))


def _settled(member: Membership, change_set: bytes) -> Outgoing | None:
    """Return the change once the ledger has settled it."""
    one = _look(member, change_set)
    return one if one.state in FINAL else None


def _follow(how: How, seed: bytes, left_s: float) -> None:
    """Follow the ledger once, as nobody else of this home does."""
    from member.daemon import sync_once  # noqa: PLC0415 -- the network takes long to import

    try:
        asyncio.run(asyncio.wait_for(sync_once(how.home, seed, say), left_s))
    except (TimeoutError, StoreBusy):
        return


def _look(member: Membership, change_set: bytes) -> Outgoing:
    one = member.outgoing.find(change_set)
    assert one is not None, "what was signed is kept"
    return one


def _tell_end(member: Membership, one: Outgoing) -> None:
    text = told(member.state, one)
    if one.state != "merged":
        raise Refused(text.removeprefix("refused: "))
    out.print(text[:1].upper() + text[1:] + ".", markup=False)
