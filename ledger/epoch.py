"""Key epochs of a closed ledger: who is given which key, and how one key opens the past."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import Annotated, TypeVar

from msgspec import Meta

from ledger import crypto
from ledger.blind import EPOCH_KEY_BYTES
from ledger.codec import Shape, decode, encode
from ledger.errors import CodecError, GrantMissing, SealInvalid, SegmentInvalid
from ledger.field import Count
from ledger.record import RECORD_BYTES_MAX, EpochRecord, decode_record
from ledger.segment import encode_frames, iter_frames, open_record

T = TypeVar("T")

HASH_CHARS = 16
_GRANT_BYTES_MAX = 64
COPY_BYTES_MAX = RECORD_BYTES_MAX + 16
_GRANT_PREFIX = b"commontab/grant/v1\n"
_COPY_PREFIX = b"commontab/copy/v1\n"


class Grant(Shape):
    """The key of an epoch and the index of the epoch's first record."""

    epoch: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    first: Count
    key: Annotated[bytes, Meta(min_length=EPOCH_KEY_BYTES, max_length=EPOCH_KEY_BYTES)]


class Copy(Shape):
    """A record for a member who may not read on but whom it concerns: index, nonce and body."""

    index: Count
    record: Annotated[bytes, Meta(max_length=RECORD_BYTES_MAX)]


class KeyChain:
    """The epoch keys that a reader knows, without a hole from the earliest to the latest.

    Attributes:
        grants: One for each epoch, by epoch; the last one is enough to make the chain again.
    """

    def __init__(self) -> None:
        self.grants: tuple[Grant, ...] = ()
        self._firsts: list[int] = []

    @classmethod
    def of_journal(cls, newest: Grant, record_at: Callable[[int], bytes]) -> "KeyChain":
        """Return the chain of a reader who has the plain journal and the newest epoch's key.

        Args:
            newest: The grant of the journal's last epoch.
            record_at: Gives a plain record by its index; trusted, as it is the reader's own.
        """
        found = [newest]
        while found[-1].epoch > 1:
            record = decode_record(record_at(found[-1].first))
            assert isinstance(record, EpochRecord), "an epoch begins with its own record"
            found.append(Grant(found[-1].epoch - 1, record.previous_first, record.previous_key))
        chain = cls()
        chain.grants = tuple(reversed(found))
        chain._firsts = [one.first for one in chain.grants]
        return chain

    def add(self, grant: Grant, payload_at: Callable[[int], bytes]) -> None:
        """Take a grant in, and the keys of all epochs before it.

        Args:
            grant: From ``open_grants``; one of an epoch that is known already changes nothing.
            payload_at: Gives a record as it is stored, by its index; each epoch's first record
                holds the key of the epoch before.

        Raises:
            SegmentInvalid: A first record does not open, is no epoch record, or contradicts
                what is known. The chain stays as it was.
        """
        known = {one.epoch: one for one in self.grants}
        found = [grant]
        while found[-1].epoch > 1 and found[-1].epoch not in known:
            found.append(_previous(found[-1], payload_at))
        earliest = found[-1]
        if known.get(earliest.epoch, earliest) != earliest:
            raise SegmentInvalid(f"got a grant of epoch {grant.epoch} that contradicts one before")
        if earliest.epoch == 1 and earliest.first:
            raise SegmentInvalid(f"epoch 1 begins at record {earliest.first}; it begins at 0")
        known.update((one.epoch, one) for one in found)
        self.grants = tuple(known[epoch] for epoch in sorted(known))
        self._firsts = [one.first for one in self.grants]

    def spans(self, first: int, end: int) -> Iterator[tuple[int, int, bytes]]:
        """Yield (first, end, key) of each epoch's part of records [first, end)."""
        ends = [*self._firsts[1:], end]
        for grant, until in zip(self.grants, ends, strict=True):
            start, stop = max(first, grant.first), min(end, until)
            if start < stop:
                yield start, stop, grant.key

    def open(self, payload: bytes, index: int) -> bytes:
        """Return the plain record of a payload.

        Raises:
            GrantMissing: No key for this place is known: it lies before the first epoch at hand,
                or it does not open with the last, so a newer grant is needed.
            SegmentInvalid: It is damaged.
        """
        place = bisect_right(self._firsts, index) - 1
        if place < 0:
            raise GrantMissing(f"record {index} is sealed and no grant opens it; ask for admission")
        try:
            return open_record(payload, index, self.grants[place].key)
        except SegmentInvalid as error:
            if place < len(self.grants) - 1:
                raise
            epoch = self.grants[place].epoch
            raise GrantMissing(
                f"{error}, which is epoch {epoch}'s; it needs the grant of a newer epoch"
            ) from error

    def open_segment(self, data: bytes, first: int) -> Iterator[bytes]:
        """Yield the plain records of a segment's file, the first of which has this index.

        Raises:
            GrantMissing: See ``open``.
            SegmentInvalid: A frame or a record is damaged.
        """
        for index, payload in enumerate(iter_frames(data), first):
            yield self.open(payload, index)


def encode_grants(secret: bytes, grant: Grant, members: Iterable[bytes]) -> bytes:
    """Return the file of grants: one sealed box a member, unlabelled, in no telling order.

    The same members and grant give the same file, so it moves only when one of them changes.

    Args:
        secret: The community's; one-time keys come from it.
        grant: The newest epoch's.
        members: Ed25519 public keys of those who may read.

    Raises:
        KeyRefused: A key is not one that can be sealed to.
    """
    plaintext = encode(grant)
    return encode_frames(
        sorted(_seal(secret, _GRANT_PREFIX, member, plaintext) for member in members)
    )


def open_grants(data: bytes, seed: bytes) -> Grant | None:
    """Return the grant in a file of grants that is for this seed's key, or None.

    Raises:
        SegmentInvalid: The file's frames are damaged, or the grant is not canonical.
    """
    for sealed in iter_frames(data, _GRANT_BYTES_MAX + crypto.SEAL_BYTES):
        try:
            plaintext = crypto.open_seal(seed, sealed)
        except SealInvalid:
            continue
        return _decode(plaintext, Grant, _GRANT_BYTES_MAX)
    return None


def encode_copies(secret: bytes, copies: Iterable[tuple[bytes, Copy]]) -> bytes:
    """Return the file of copies: records of members who may not read on, sealed to each.

    Args:
        secret: The community's.
        copies: The reader's Ed25519 public key, and the record.

    Raises:
        KeyRefused: A key is not one that can be sealed to.
    """
    return encode_frames(
        sorted(_seal(secret, _COPY_PREFIX, reader, encode(copy)) for reader, copy in copies)
    )


def open_copies(data: bytes, seed: bytes) -> tuple[Copy, ...]:
    """Return the copies that are for this seed's key, by index; check them by their leaf hashes.

    Raises:
        SegmentInvalid: The file's frames are damaged, or a copy is not canonical.
    """
    copies = []
    for sealed in iter_frames(data, COPY_BYTES_MAX + crypto.SEAL_BYTES):
        try:
            plaintext = crypto.open_seal(seed, sealed)
        except SealInvalid:
            continue
        copies.append(_decode(plaintext, Copy, COPY_BYTES_MAX))
    return tuple(sorted(copies, key=lambda copy: copy.index))


def content_name(kind: str, data: bytes) -> str:
    """Return the name of a file of grants or copies: its kind and the head of its SHA-256."""
    return f"{kind}-{sha256(data).hexdigest()[:HASH_CHARS]}"


def _previous(grant: Grant, payload_at: Callable[[int], bytes]) -> Grant:
    opened = open_record(payload_at(grant.first), grant.first, grant.key)
    try:
        record = decode_record(opened)
    except CodecError as error:
        raise SegmentInvalid(f"record {grant.first} is not canonical: {error}") from error
    if not (
        isinstance(record, EpochRecord)
        and record.epoch == grant.epoch
        and record.previous_first < grant.first
        and len(record.previous_key) == EPOCH_KEY_BYTES
    ):
        raise SegmentInvalid(f"record {grant.first} does not begin epoch {grant.epoch}")
    return Grant(grant.epoch - 1, record.previous_first, record.previous_key)


def _seal(secret: bytes, prefix: bytes, reader: bytes, plaintext: bytes) -> bytes:
    one_time = crypto.keyed_hash(secret, prefix + reader + plaintext, 32)
    return crypto.seal_to(reader, plaintext, one_time)


def _decode(plaintext: bytes, shape: type[T], bytes_max: int) -> T:
    try:
        return decode(plaintext, shape, bytes_max)
    except CodecError as error:
        raise SegmentInvalid(f"a sealed {shape.__name__} is not canonical: {error}") from error
