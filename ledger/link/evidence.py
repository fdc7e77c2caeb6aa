"""What a reading shows: link records that a community's key signed to be in its journal."""

from dataclasses import dataclass

from ledger.checkpoint import VerifiedCheckpoint
from ledger.codec import encode
from ledger.errors import ProofInvalid
from ledger.link.reading import READING_BYTES_MAX, Reading, ReadRecord, leaves_of
from ledger.merkle_many import root_of_many
from ledger.proof.inclusion import decode_proven
from ledger.proof.text import read_checkpoint
from ledger.record import LinkRecord


@dataclass(frozen=True, slots=True)
class ProvenEntry:
    """A link record that is in the other journal, and its index there."""

    index: int
    record: LinkRecord


@dataclass(frozen=True, slots=True)
class VerifiedReading:
    """Link records that are in another community's journal. Made by verify_reading.

    Attributes:
        reading: As it was read.
        checkpoint: Under which they are; signed by that community.
        entries: 1 to 64, by index.
    """

    reading: Reading
    checkpoint: VerifiedCheckpoint
    entries: tuple[ProvenEntry, ...]

    @property
    def size(self) -> int:
        """How many records the other journal had."""
        return self.checkpoint.size

    @property
    def root(self) -> bytes:
        """The root of their tree, 32 bytes."""
        return self.checkpoint.root


def verify_reading(community: bytes, reading: Reading) -> VerifiedReading:
    """Return what a reading shows of a community's journal.

    Args:
        community: The other community's public key, 32 bytes.
        reading: Untrusted.

    Raises:
        ProofInvalid: It is longer than 60,000 canonical bytes, of another community, its
            checkpoint is not that community's, its records and hashes do not lead to the root,
            or one of them is no link record.

    Source:
        docs/protocol.md, "Proofs", "Combined".
    """
    length = len(encode(reading))
    if length > READING_BYTES_MAX:
        raise ProofInvalid(f"got a reading of {length} bytes; at most {READING_BYTES_MAX} fit")
    if reading.community != community:
        raise ProofInvalid(
            f"got a reading of the journal of {reading.community.hex()[:16]}…; "
            f"expected {community.hex()[:16]}…"
        )
    checkpoint = read_checkpoint(community, reading.note.encode())
    if root_of_many(leaves_of(reading), checkpoint.size, reading.proof) != checkpoint.root:
        raise ProofInvalid(
            f"the hashes do not lead from these {len(reading.entries)} records to the root that "
            f"the community signed for {checkpoint.size} records: they are not shown to be in its "
            "journal; read it again"
        )
    return VerifiedReading(reading, checkpoint, tuple(map(_decode_entry, reading.entries)))


def _decode_entry(entry: ReadRecord) -> ProvenEntry:
    record = decode_proven(entry.stored)
    if not isinstance(record, LinkRecord):
        raise ProofInvalid(
            f"record {entry.index} of the other journal is a {type(record).__name__}; "
            "a reading has link records only"
        )
    return ProvenEntry(entry.index, record)
