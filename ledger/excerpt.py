"""An excerpt of a journal: what somebody keeps and proves who fetches only what concerns him."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

from ledger.accounts_file import Accounts, check_accounts, decode_accounts
from ledger.checkpoint import VerifiedCheckpoint, verify_checkpoint
from ledger.epoch import Grant
from ledger.errors import CodecError, GrantMissing, HistoryMismatch, NoteError, SegmentInvalid
from ledger.merkle import Frontier, leaf_hash
from ledger.own_chain import check_own, find_keys, walk_own
from ledger.record import Record, StateRecord, decode_record
from ledger.segment import (
    ENTRY_BYTES,
    LEAF_BYTES,
    LENGTH_BYTES,
    SegmentName,
    format_name,
)
from ledger.state import Account


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What is kept; ``verify_excerpt`` proves it, not this.

    Attributes:
        note: The signed checkpoint; empty where there is nothing yet.
        leaves: Leaf hash and length of every record up to it, 36 bytes each.
        accounts: The file of accounts as of it, opened.
        grant: The present epoch's key; None in an open ledger.
        records: Plain records by index: own ones, those that begin epochs, the last one, and
            whatever else was asked for.
    """

    note: bytes = b""
    leaves: bytes = b""
    accounts: bytes = b""
    grant: Grant | None = None
    records: Mapping[int, bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many records the checkpoint covers."""
        return len(self.leaves) // ENTRY_BYTES

    def root_at(self, size: int) -> bytes:
        """Return the root of the first so many records' tree."""
        return Frontier().append(leaf_hashes(self.leaves[: size * ENTRY_BYTES])).root


@dataclass(frozen=True, slots=True)
class VerifiedExcerpt:
    """An excerpt that holds together. Made by ``verify_excerpt``.

    Attributes:
        kept: What was verified.
        checkpoint: The community's.
        state: The newest state record.
        accounts: Everybody's, as that commits to them.
        account: The own one.
        own: The own account's records with their indexes, oldest first: all of them.
    """

    kept: Excerpt
    checkpoint: VerifiedCheckpoint
    state: StateRecord
    accounts: Accounts
    account: Account
    own: tuple[tuple[int, Record], ...]


class Place(NamedTuple):
    """Where a record lies: bytes ``first`` to ``end`` - 1 of a file, its length in front."""

    file: str
    first: int
    end: int


class Places:
    """Where every record lies, without having read one.

    Args:
        leaves: Leaf hash and length of every record.
        segments: Of the snapshot, oldest first.
        lengths: Of its files, in bytes.

    Raises:
        HistoryMismatch: The lengths of a segment's records are not those of its file.
    """

    def __init__(
        self, leaves: bytes, segments: Sequence[SegmentName], lengths: Mapping[str, int]
    ) -> None:
        self._ends: list[int] = []
        self._segments = segments
        for name in segments:
            part = leaves[name.first * ENTRY_BYTES : name.end * ENTRY_BYTES]
            ends = list(accumulate(length + LENGTH_BYTES for length in payload_lengths(part)))
            file = format_name("r", name)
            if not ends or ends[-1] != lengths[file]:
                raise HistoryMismatch(
                    f"records {name.first} to {name.end - 1} have {ends[-1] if ends else 0} bytes "
                    f"by their leaf hashes' file, and {file} has {lengths[file]}: its publisher "
                    "lied about a length"
                )
            self._ends += ends

    def __getitem__(self, index: int) -> Place:
        """Return where a record lies.

        Raises:
            HistoryMismatch: There is no such record.
        """
        name = next((one for one in self._segments if one.first <= index < one.end), None)
        if name is None:
            raise HistoryMismatch(
                f"record {index} is named, and the journal has {len(self._ends)} records"
            )
        first = self._ends[index - 1] if index > name.first else 0
        return Place(format_name("r", name), first, self._ends[index])


def leaf_hashes(leaves: bytes) -> Iterator[bytes]:
    """Yield the hashes in a file of leaves, or a part of one."""
    return (leaves[at : at + LEAF_BYTES] for at in range(0, len(leaves), ENTRY_BYTES))


def payload_lengths(leaves: bytes) -> Iterator[int]:
    """Yield the lengths in a file of leaves, or a part of one."""
    return (
        int.from_bytes(leaves[at + LEAF_BYTES : at + ENTRY_BYTES])
        for at in range(0, len(leaves), ENTRY_BYTES)
    )


def check_record(leaves: bytes, index: int, record: bytes) -> None:
    """Accept the plain record that a leaf hash names.

    Raises:
        HistoryMismatch: It is another one.
    """
    at = index * ENTRY_BYTES
    if leaf_hash(record) != leaves[at : at + LEAF_BYTES]:
        raise HistoryMismatch(f"record {index} is not the one its leaf hash names")


def parse_own(index: int, record: bytes) -> Record:
    """Return what a plain record holds.

    Raises:
        HistoryMismatch: It is not canonical.
    """
    try:
        return decode_record(record)
    except CodecError as error:
        raise HistoryMismatch(f"record {index}: {error}") from error


def read_state(index: int, record: bytes) -> StateRecord:
    """Return the state record that a checkpoint's last record must be.

    Raises:
        HistoryMismatch: It is something else.
    """
    parsed = parse_own(index, record)
    if not isinstance(parsed, StateRecord):
        raise HistoryMismatch(f"record {index}, a checkpoint's last one, is no state record")
    return parsed


def find_own(accounts: Accounts, key: bytes) -> Account:
    """Return the account of a key.

    Raises:
        GrantMissing: It has none.
    """
    account = accounts.of_key(key)
    if account is None:
        raise GrantMissing(
            f"no account of {accounts.community.name} has the key of this home now; show "
            "`commontab card` to its manager, then sync again"
        )
    return account


def verify_excerpt(community: bytes, key: bytes, excerpt: Excerpt) -> VerifiedExcerpt:
    """Prove an excerpt: from the community's signature down to the own balance.

    Args:
        community: The community's public key, 32 bytes.
        key: The own public key, 32 bytes.
        excerpt: As kept, or as just fetched.

    Raises:
        HistoryMismatch: Something in it is not what the community signed, or some of the own
            records are missing or do not add up.
        GrantMissing: The key has no account.
    """
    try:
        checkpoint = verify_checkpoint(community, excerpt.note)
        accounts = decode_accounts(excerpt.accounts, checkpoint.size, None)
    except (NoteError, SegmentInvalid) as error:
        raise HistoryMismatch(str(error)) from error
    check_root(excerpt, checkpoint)
    last = checkpoint.size - 1
    for index, record in excerpt.records.items():
        check_record(excerpt.leaves, index, record)
    state = read_state(last, _kept(excerpt, last))
    check_accounts(accounts, state)
    account = find_own(accounts, key)

    def record_at(index: int) -> Record:
        return parse_own(index, _kept(excerpt, index))

    keys = find_keys(community, accounts.commons, record_at)
    own = [*walk_own(account, record_at)][::-1]
    check_own(keys, account, own)
    return VerifiedExcerpt(excerpt, checkpoint, state, accounts, account, tuple(own))


def check_root(excerpt: Excerpt, checkpoint: VerifiedCheckpoint) -> None:
    """Accept leaf hashes that lead to the signed root.

    Raises:
        HistoryMismatch: They lead elsewhere.
    """
    root = excerpt.root_at(excerpt.size)
    if (excerpt.size, root) != (checkpoint.size, checkpoint.root):
        raise HistoryMismatch(
            f"the snapshot's {excerpt.size} leaf hashes lead to root {root.hex()[:16]}…; the "
            f"community signed {checkpoint.root.hex()[:16]}… for {checkpoint.size}"
        )


def _kept(excerpt: Excerpt, index: int) -> bytes:
    if index not in excerpt.records:
        raise HistoryMismatch(f"record {index} is not here")
    return excerpt.records[index]
