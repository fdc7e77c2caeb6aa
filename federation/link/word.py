"""A linked community's word: what the value of its slot shows, beside what one knows of it.

The value's checkpoint must continue the newest that was verified before, and its entries must stand
in the journal under it. Of the writer nothing is believed but what its key has signed.
"""

from dataclasses import dataclass
from itertools import pairwise

from federation.errors import FederationError
from federation.link.slot import LinkInline
from ledger.checkpoint import VerifiedCheckpoint
from ledger.errors import ProofInvalid
from ledger.link.entry import Decided
from ledger.link.evidence import VerifiedReading, verify_reading
from ledger.link.reading import Reading, narrow_reading
from ledger.merkle_path import is_consistent
from ledger.proof.fork import fork_of_notes, format_fork
from ledger.proof.text import read_checkpoint


class Contradicted(FederationError):
    """A linked community whose newer checkpoint does not continue an older one of its own.

    Attributes:
        notes: The one that was verified before, and the one that came.
        proof: What anybody can check with the community's key alone; empty where it takes more
            than the two notes.
    """

    def __init__(self, found: str, ours: bytes, theirs: bytes, proof: bytes = b"") -> None:
        super().__init__(found)
        self.notes = (ours, theirs)
        self.proof = proof


@dataclass(frozen=True, slots=True)
class Known:
    """What has been verified of a linked community's journal; sizes are 0 before the first.

    Two are enough to judge a proof: its writer can show an extension of the newest size only after
    he has read that we have it, so his next one begins there or at the one before.

    Attributes:
        size: Of the newest checkpoint.
        root: Its root.
        note: The checkpoint itself.
        before_size: Of the one before it.
        before_root: Its root.
    """

    size: int = 0
    root: bytes = b""
    note: bytes = b""
    before_size: int = 0
    before_root: bytes = b""

    def advance(self, checkpoint: VerifiedCheckpoint) -> "Known":
        """Return the same with a checkpoint that continues the newest; unless it is that one."""
        if checkpoint.size == self.size:
            return self
        return Known(checkpoint.size, checkpoint.root, checkpoint.note, self.size, self.root)


@dataclass(frozen=True, slots=True)
class Word:
    """What a linked community says, verified.

    Attributes:
        checkpoint: Its own, which continues all that was verified before. None where that has
            still to be shown: its writer had not read which of its checkpoints we know.
        taken: Number of our newest entry that it says it has merged.
        seen_size: Size of our newest checkpoint that it says it has verified.
        reading: Its entries that we have not merged, or None without any, or without a checkpoint.
    """

    checkpoint: VerifiedCheckpoint | None
    taken: int
    seen_size: int
    reading: VerifiedReading | None


def judge_word(
    own: bytes, peer: bytes, inline: LinkInline, known: Known, *, taken: int, later: bool
) -> Word:
    """Return what a linked community's slot shows.

    Args:
        own: Key of the own community, 32 bytes.
        peer: Key of the writer's, 32 bytes.
        inline: Opened; everything in it is untrusted.
        known: What was verified before.
        taken: Number of its newest entry that is merged here.
        later: Whether this version of the slot was written after that which brought ``known``.

    Raises:
        ProofInvalid: It shows nothing: a checkpoint or a proof that does not hold, entries for
            somebody else, or not the next ones.
        Contradicted: The community took back what its key had signed, or rewrote it.
    """
    checkpoint = read_checkpoint(peer, inline.note.encode())
    if not _continues(known, checkpoint, inline.consistency, later=later):
        return Word(None, inline.taken, inline.seen_size, None)
    reading = inline.reading(peer)
    news = None if reading is None else _news(own, peer, reading, taken)
    return Word(checkpoint, inline.taken, inline.seen_size, news)


def judge_decision(origin: bytes, payment: bytes, reading: Reading) -> VerifiedReading:
    """Return the record in which a payer's ledger decides a payment.

    Args:
        origin: Key of the payer's, 32 bytes.
        payment: The payment's id.
        reading: Untrusted.

    Raises:
        ProofInvalid: It is not the origin's, or says something else.
    """
    verified = verify_reading(origin, reading)
    content = verified.entries[0].record.entry.content
    if not isinstance(content, Decided) or content.payment != payment:
        raise ProofInvalid("got a record of the payer's ledger that does not decide this payment")
    return verified


def _continues(
    known: Known, theirs: VerifiedCheckpoint, hashes: tuple[bytes, ...], *, later: bool
) -> bool:
    if theirs.size in {known.size, known.before_size}:
        root = known.root if theirs.size == known.size else known.before_root
        if theirs.root != root:
            raise _contradicted(known, theirs, "signed two roots for")
    if theirs.size < known.size:
        if later:
            raise _contradicted(known, theirs, "went back to")
        return False
    if known.size in {0, theirs.size}:
        return True
    if is_consistent(known.size, known.root, theirs.size, theirs.root, hashes):
        return True
    if not hashes or _from_before(known, theirs, hashes):
        return False
    raise _contradicted(known, theirs, "does not show that it continues its journal with")


def _from_before(known: Known, theirs: VerifiedCheckpoint, hashes: tuple[bytes, ...]) -> bool:
    size, root = known.before_size, known.before_root
    return bool(size) and is_consistent(size, root, theirs.size, theirs.root, hashes)


def _contradicted(known: Known, theirs: VerifiedCheckpoint, how: str) -> Contradicted:
    proof = b""
    if theirs.size == known.size:
        ours = VerifiedCheckpoint(theirs.community, known.size, known.root, known.note)
        proof = format_fork(fork_of_notes(ours, theirs))
    found = f"it {how} {theirs.size} records after it had signed {known.size}"
    return Contradicted(found, known.note, theirs.note, proof)


def _news(own: bytes, peer: bytes, reading: Reading, taken: int) -> VerifiedReading | None:
    verified = verify_reading(peer, reading)
    if any(one.record.link != own for one in verified.entries):
        raise ProofInvalid("got entries that are for another community")
    numbers = [one.record.entry.number for one in verified.entries]
    if any(one + 1 != other for one, other in pairwise(numbers)):
        raise ProofInvalid(f"got entries whose numbers have holes: {numbers[0]} to {numbers[-1]}")
    if numbers[-1] <= taken:
        return None
    if numbers[0] > taken + 1:
        raise ProofInvalid(
            f"got entry {numbers[0]} and have merged {taken}: the ones between are missing"
        )
    if numbers[0] == taken + 1:
        return verified
    keep = [one.index for one in verified.entries if one.record.entry.number > taken]
    return verify_reading(peer, narrow_reading(reading, keep))
