"""What follows when a linked community contradicts what it had signed: evidence, and a stop."""

from pathlib import Path

from federation.home import write_whole
from federation.link.word import Contradicted
from ledger.changeset import ManagerStatement, VerifiedStatement, sign_statement
from ledger.checkpoint import parse_checkpoint
from ledger.link.link import Link
from ledger.note import parse_note
from ledger.operation import SetLinkStatus
from ledger.store.desk import DeskStore
from ledger.store.journal import JournalStore
from ledger.store.link_door import LinkDoorStore, LinkEvidence

REASON = "its community contradicted what it had signed"


def condemn(
    store: JournalStore, link: Link, error: Contradicted, *, seed: bytes, folder: Path, now: int
) -> Path:
    """Keep both notes of a contradiction, and queue the statement that suspends the link.

    Args:
        store: The own journal.
        link: With the community that contradicted itself.
        error: Names the notes.
        seed: The community key's 32 bytes.
        folder: The home's for evidence.
        now: Unix seconds.

    Returns:
        The file to show.
    """
    shown = _keep(LinkDoorStore(store.database), folder, link, error, now)
    desk = DeskStore(store.database)
    asked = SetLinkStatus(link.key, "suspended", REASON)
    waiting = {one.statement.operation for one in desk.waiting_statements()}
    if link.status == "active" and asked not in waiting:

        def build(number: int) -> VerifiedStatement:
            return sign_statement(seed, ManagerStatement(number, now, asked))

        desk.sign_statement(build, now)
    return shown


def _keep(store: LinkDoorStore, folder: Path, link: Link, error: Contradicted, now: int) -> Path:
    name = f"link-{link.key.hex()[:16]}"
    shown = folder / (f"{name}.proof" if error.proof else f"{name}-1.note")
    if link.status != "active" and shown.exists():
        # Once is enough: whoever contradicts himself each second is not to fill or wear the disk.
        return shown
    ours, theirs = error.notes
    found = parse_checkpoint(parse_note(theirs).text)
    store.keep_evidence(LinkEvidence(link.key, found.root, found.size, theirs, ours, now))
    for number, note in enumerate(error.notes):
        write_whole(folder / f"{name}-{number}.note", note)
    if error.proof:
        write_whole(shown, error.proof)
    return shown
