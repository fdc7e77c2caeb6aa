"""The way of every statement: shown, confirmed, signed, merged by whoever writes the ledger."""

import time
from collections.abc import Sequence

from federation.console.statement import describe_statement
from federation.console.terminal import Refused, confirm
from ledger.changeset import ManagerStatement, VerifiedStatement, sign_statement
from ledger.errors import StoreBusy
from ledger.operation import Admit, ManagerOperation
from ledger.store.desk import QueuedStatement
from ledger.store.lock import hold_lock, lock_holder
from manager.ask import checked
from manager.books import Books
from manager.cli.options import How, now, say
from manager.office import Office

MERGED_S = 10.0
"""How long to watch the running manager merge before trusting it to."""
LOOK_S = 0.05
WAITING = "waiting"


def carry_out(how: How, office: Office, operations: Sequence[ManagerOperation]) -> None:
    """Show, sign and merge operations, a statement each.

    Args:
        how: The command's options.
        office: Opened for writing.
        operations: In order; each takes effect or is refused by itself.

    Raises:
        Refused: The ledger or the person said no.
        UsageInvalid: An operation does not fit the ledger's format.
    """
    office.check_may_sign()
    fitting = [checked(operation) for operation in operations]
    coming = {one.key[:16]: one.handle for one in fitting if isinstance(one, Admit)}
    for operation in fitting:
        text = describe_statement(office.state, operation, coming)
        say(text[:1].upper() + text[1:])
    confirm("Sign this?", yes=how.yes)
    seed = how.unlock()
    numbers = [_queue(office, seed, operation) for operation in fitting]
    _tell(office, settle(office, seed, numbers))


def settle(office: Office, seed: bytes, numbers: Sequence[int]) -> list[QueuedStatement]:
    """Return queued statements once a merge has settled them, or as they are after 10 seconds.

    The running manager merges; where none runs, this process does, without any network.

    Args:
        office: Opened for writing.
        seed: The community's 32 bytes.
        numbers: Of the statements.
    """
    deadline = time.monotonic() + MERGED_S
    while True:
        found = [office.desk.statement(number) for number in numbers]
        queued = [one for one in found if one is not None]
        assert len(queued) == len(numbers), "what was signed is kept"
        if all(one.state != WAITING for one in queued) or time.monotonic() > deadline:
            return queued
        if lock_holder(office.home.lock) is not None or not _merge_here(office, seed):
            time.sleep(LOOK_S)


def _queue(office: Office, seed: bytes, operation: ManagerOperation) -> int:
    made = now()

    def build(number: int) -> VerifiedStatement:
        return sign_statement(seed, ManagerStatement(number, made, operation))

    return office.desk.sign_statement(build, made).statement.number


def _merge_here(office: Office, seed: bytes) -> bool:
    """Merge all that waits, unless another process of this home was faster to begin."""
    try:
        with hold_lock(office.home.lock):
            Books(office.store, seed).merge(now())
    except StoreBusy:
        return False
    return True


def _tell(office: Office, settled: Sequence[QueuedStatement]) -> None:
    refused = [one for one in settled if one.state == "refused"]
    for one in settled:
        if one.state == "merged":
            say(f"Merged in version {office.lookup.version_at((one.size or 1) - 1)}.")
        elif one.state == WAITING:
            say(
                f"Signed as number {one.number}; the manager that runs in this home is busy and "
                "merges it next. `commontab-manager status` shows what waits."
            )
    if lock_holder(office.home.lock) is None and len(refused) < len(settled):
        say("Published when `commontab-manager run` or `cycle` runs next.")
    if refused:
        raise Refused("; ".join(f"{one.code}: {one.text}" for one in refused))
