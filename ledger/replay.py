"""Replay: check a journal by merging its own inputs again and comparing every byte."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from ledger.apply import apply
from ledger.changeset import (
    SignedChangeSet,
    SignedStatement,
    Verified,
    VerifiedStatement,
    by_key,
    verify_change_set,
    verify_statement,
)
from ledger.errors import (
    CodecError,
    HistoryMismatch,
    ProofInvalid,
    SignatureInvalid,
    SuccessionInvalid,
)
from ledger.link.evidence import VerifiedReading, verify_reading
from ledger.merge import EPOCH_KEY_BYTES, Batch, Merge, merge
from ledger.merkle import leaf_hash
from ledger.record import (
    NONCE_BYTES,
    ChangeSetRecord,
    EpochRecord,
    ManagerRecord,
    ReadingRecord,
    Record,
    RefusalRecord,
    StateRecord,
    SuccessorRecord,
    decode_record,
)
from ledger.refusal import Code
from ledger.rule.successor import VerifiedSuccessor, verify_successor
from ledger.state import State
from ledger.successor import SignedSuccessor, Successor

Verify = Callable[[bytes, SignedChangeSet], Verified]
"""Community key and change-set in, verified change-set out; raises what verify_change_set does."""

_STATE_RECORD = b"\x99\x06"
"""How a state record's body begins: an array of nine, tag 6 (docs/protocol.md, "The journal")."""
_SUCCESSOR_RECORD = b"\x95\x08"
"""How a successor record's body begins: an array of five, tag 8."""
_CODES = frozenset(Code)
_SHOWN_CHARS_MAX = 80


@dataclass(frozen=True, slots=True)
class Replayed:
    """One batch of a journal that the rules confirm.

    Attributes:
        first: Journal index of its first record.
        records: Its plain records, nonce and all.
        leaves: Their leaf hashes, 32 bytes each.
        merged: What the rules make of it, equal to the records byte for byte.
    """

    first: int
    records: tuple[bytes, ...]
    leaves: tuple[bytes, ...]
    merged: Merge


def replay(
    state: State, records: Iterable[bytes], verify: Verify = verify_change_set
) -> Iterator[Replayed]:
    """Check batch after batch and bring the state forward with each.

    Args:
        state: The present before the first of the records; changed in place.
        records: Plain records of whole batches, in order.
        verify: Checks members' signatures; give one that looks them up where threads have
            checked them before.

    Raises:
        HistoryMismatch: A record is not what the rules make of the inputs; the batches before
            it were yielded and stay applied.
    """
    for batch in split_batches(records, state.tree.size):
        replayed = replay_batch(state, batch, verify)
        apply(state, replayed.merged, state.tree.append(replayed.leaves))
        yield replayed


def replay_batch(
    state: State, records: Sequence[bytes], verify: Verify = verify_change_set
) -> Replayed:
    """Check one batch; the state stays as it is, so that a store can commit first.

    Raises:
        HistoryMismatch: A record is malformed, wrongly signed, or not what the rules make of the
            batch; the message names its index and what differs.
    """
    first = state.tree.size
    parsed = [_parse(first + place, record) for place, record in enumerate(records)]
    if not parsed or not isinstance(parsed[-1], StateRecord):
        raise HistoryMismatch(f"the batch from record {first} does not end in a state record")
    merged = merge(state, _inputs(state, parsed, verify), parsed[-1].time)
    _compare(first, parsed, records, merged)
    leaves = tuple(leaf_hash(record) for record in records)
    return Replayed(first, tuple(records), leaves, merged)


def split_batches(records: Iterable[bytes], first: int = 0) -> Iterator[tuple[bytes, ...]]:
    """Yield the records of each merge: each batch ends in its state record.

    Raises:
        HistoryMismatch: The last batch has no end.
    """
    batch: list[bytes] = []
    for record in records:
        batch.append(record)
        if record[NONCE_BYTES:].startswith(_STATE_RECORD):
            yield tuple(batch)
            first += len(batch)
            batch = []
    if batch:
        raise HistoryMismatch(f"the batch from record {first} does not end in a state record")


def find_successors(records: Iterable[bytes]) -> Iterator[Successor]:
    """Yield what the successor records among plain records say, unverified.

    So a reader who knows only the last key learns the first, and replays from there.

    Raises:
        HistoryMismatch: One of them is malformed.
    """
    for index, record in enumerate(records):
        if record[NONCE_BYTES:].startswith(_SUCCESSOR_RECORD):
            parsed = _parse(index, record)
            assert isinstance(parsed, SuccessorRecord), "its bytes begin with its tag"
            yield parsed.statement


def signed_change_sets(
    community: bytes, records: Iterable[bytes]
) -> Iterator[tuple[bytes, SignedChangeSet]]:
    """Yield the change-sets in plain records, unverified: what a caller's threads can check.

    Each comes with the community key that it must be signed for.

    Args:
        community: The community's key before the first of the records.
        records: Plain, nonce and body.

    Raises:
        HistoryMismatch: A record is malformed.
    """
    for index, record in enumerate(records):
        parsed = _parse(index, record)
        if isinstance(parsed, ChangeSetRecord | RefusalRecord) and parsed.body:
            yield community, SignedChangeSet(parsed.key, parsed.body, parsed.signature)
        elif isinstance(parsed, SuccessorRecord):
            community = parsed.statement.new


class JournalDigest:
    """The hash of plain records in order, each behind its length, however many at a time.

    Args:
        records: Nonce and body each.

    Source:
        docs/protocol.md, "The journal" (``journal_sha256``).
    """

    def __init__(self, records: Iterable[bytes] = ()) -> None:
        self._digest = sha256()
        self.update(records)

    def update(self, records: Iterable[bytes]) -> None:
        """Take in the next records."""
        for record in records:
            self._digest.update(len(record).to_bytes(4))
            self._digest.update(record)

    @property
    def value(self) -> bytes:
        """The hash of all so far, 32 bytes."""
        return self._digest.digest()


def _parse(index: int, record: bytes) -> Record:
    try:
        return decode_record(record)
    except CodecError as error:
        raise HistoryMismatch(f"record {index}: {error}") from error


@dataclass(slots=True)
class _Inputs:
    """What a manager must have merged to write a batch's records, as far as they were read."""

    state: State
    verify: Verify
    statements: list[VerifiedStatement] = field(default_factory=list)
    change_sets: list[Verified] = field(default_factory=list)
    stated: list[RefusalRecord] = field(default_factory=list)
    successors: list[VerifiedSuccessor] = field(default_factory=list)
    readings: list[VerifiedReading] = field(default_factory=list)
    epoch_key: bytes = bytes(EPOCH_KEY_BYTES)

    def take(self, index: int, record: Record) -> None:
        """Take in one record, verified."""
        match record:
            case EpochRecord() if len(record.previous_key) == EPOCH_KEY_BYTES:
                self.epoch_key = record.previous_key
            case ManagerRecord():
                signed = SignedStatement(record.statement, record.signature)
                self.statements.append(verify_statement(self.state.key, signed))
            case RefusalRecord(body=b""):
                self.stated.append(_known(index, record))
            case ChangeSetRecord() | RefusalRecord():
                request = SignedChangeSet(record.key, record.body, record.signature)
                self.change_sets.append(self.verify(self.state.key, request))
            case SuccessorRecord(statement=statement, consent=consent, signers=signers):
                signed_by = SignedSuccessor(statement, consent, signers)
                self.successors.append(verify_successor(self.state, signed_by))
            case ReadingRecord(reading=reading):
                self.readings.append(verify_reading(reading.community, reading))
            case _:
                pass

    def batch(self, first: int) -> Batch:
        """Return the batch that begins with record ``first``."""
        if not self.successors:
            return Batch(
                tuple(self.statements),
                by_key(self.change_sets),
                self.epoch_key,
                tuple(self.stated),
                readings=tuple(self.readings),
            )
        others = (self.statements, self.change_sets, self.stated, self.readings)
        if len(self.successors) > 1 or any(others):
            raise HistoryMismatch(f"the batch from record {first} holds more than a successor")
        return Batch(epoch_key=self.epoch_key, successor=self.successors[0])


def _inputs(state: State, parsed: Sequence[Record], verify: Verify) -> Batch:
    """Return what the manager must have merged to write these records."""
    inputs, first = _Inputs(state, verify), state.tree.size
    for index, record in enumerate(parsed, first):
        try:
            inputs.take(index, record)
        except (CodecError, ProofInvalid, SignatureInvalid, SuccessionInvalid) as error:
            raise HistoryMismatch(f"record {index}: {error}") from error
    return inputs.batch(first)


def _known(index: int, record: RefusalRecord) -> RefusalRecord:
    if record.code in _CODES:
        return record
    raise HistoryMismatch(
        f"record {index}: got refusal code {record.code!r}, which this version does not know;"
        " install the newest one"
    )


def _compare(first: int, parsed: Sequence[Record], records: Sequence[bytes], merged: Merge) -> None:
    for place, (stands, record, body) in enumerate(
        zip(parsed, records, merged.bodies, strict=False)
    ):
        if record[NONCE_BYTES:] != body:
            found = _difference(stands, merged.records[place])
            raise HistoryMismatch(f"record {first + place}: {found}")
    if len(records) != len(merged.bodies):
        strays = "".join(
            f"; number {outcome.number} of key {outcome.key.hex()[:16]}… is {outcome.fate}"
            for outcome in merged.outcomes
            if outcome.record is None
        )
        raise HistoryMismatch(
            f"the batch from record {first} has {len(records)} records;"
            f" by the rules it has {len(merged.bodies)}{strays}"
        )


def _difference(stands: Record, made: Record) -> str:
    if type(stands) is not type(made):
        return f"got a {type(stands).__name__} where the rules give a {type(made).__name__}"
    for name in stands.__struct_fields__:
        got, fits = getattr(stands, name), getattr(made, name)
        if got != fits:
            kind = type(stands).__name__
            return f"{kind}.{name} is {_shown(got)}; by the rules it is {_shown(fits)}"
    raise AssertionError("canonical records that differ in bytes differ in a field")


def _shown(value: object) -> str:
    text = value.hex() if isinstance(value, bytes) else repr(value)
    return text if len(text) <= _SHOWN_CHARS_MAX else f"{text[:_SHOWN_CHARS_MAX]}…"
