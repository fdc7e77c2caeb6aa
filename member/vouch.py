"""Vouching: what a change-set names as seen is kept before it is named."""

from federation.errors import SplitView
from federation.witness.comparison import compare
from federation.witness.evidence import keep_evidence
from federation.witness.halt import halt, may_go_on
from ledger.changeset import NOTHING_SEEN, Seen
from ledger.checkpoint import VerifiedCheckpoint, verify_checkpoint
from ledger.errors import NoteError, StoreDamaged
from ledger.store.journal import KeptCheckpoint
from ledger.store.meta import ValueStore
from ledger.store.witnessed import WitnessedStore
from member.membership import Membership


def newest_seen(member: Membership) -> Seen:
    """Return the newest checkpoint that the replica has verified.

    Raises:
        StoreDamaged: Its note does not hold any more.
    """
    kept = member.store.newest_checkpoint()
    if kept is None:
        return NOTHING_SEEN
    newest = _read(member, kept)
    return Seen(newest.size, newest.root)


def vouch(member: Membership, now: int) -> Seen:
    """Return what ``newest_seen`` does, its note kept for good.

    What a change-set names as seen, others hold against its author. So the note is kept in the
    home's own database before it is named, where no lost replica takes it away: if it does not
    lie on the community's history, it is the proof.

    Args:
        member: Whose.
        now: Unix seconds.

    Raises:
        SplitView: The replica is not of the history that this home has vouched for before. The
            notes are kept as evidence, and the home stops until a person decides.
        StoreDamaged: The newest checkpoint of the replica does not hold.
    """
    kept, known = member.store.newest_checkpoint(), _vouched(member)
    if kept is None:
        return NOTHING_SEEN
    newest = _read(member, kept)
    values = ValueStore(member.outgoing.database)
    if known is not None and not may_go_on(values):
        state = member.state
        try:
            compare(known, state.tree.size, state.history.get, member.store.note_for)
        except SplitView as error:
            halt(values, keep_evidence(member.home.evidence, member.store, error), now)
            raise
    if known is None or known.size < newest.size:
        WitnessedStore(member.outgoing.database).keep_largest(newest)
    return Seen(newest.size, newest.root)


def _vouched(member: Membership) -> VerifiedCheckpoint | None:
    kept = WitnessedStore(member.outgoing.database).newest(member.card.key)
    return None if kept is None else _read(member, kept)


def _read(member: Membership, kept: KeptCheckpoint) -> VerifiedCheckpoint:
    try:
        checkpoint = verify_checkpoint(member.card.key, kept.note)
    except NoteError as error:
        raise StoreDamaged(
            f"the kept checkpoint of {kept.size} records does not hold: {error}; nothing was "
            "signed. Run `commontab verify`"
        ) from error
    if (checkpoint.size, checkpoint.root) != (kept.size, kept.root):
        raise StoreDamaged(
            f"the kept checkpoint of {kept.size} records is about another tree; nothing was "
            "signed. Run `commontab verify`"
        )
    return checkpoint
