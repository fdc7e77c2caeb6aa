"""The folder of an excerpt: the leaves in one file, which grows, and all else in another."""

import os
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from federation.errors import StorageFailed
from federation.home import write_whole
from ledger.codec import Shape, decode, encode
from ledger.epoch import Grant
from ledger.errors import CodecError
from ledger.excerpt import Excerpt
from ledger.field import Count
from ledger.segment import ENTRY_BYTES

KEPT_BYTES_MAX = 2**30


class _Record(Shape):
    """A plain record and its index."""

    index: Count
    record: bytes


class _Kept(Shape):
    """All of an excerpt but its leaves, and how many of those are its."""

    size: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    note: bytes
    accounts: bytes
    grant: Grant | None
    records: tuple[_Record, ...]


class ExcerptFolder:
    """Keeps one excerpt. What is loaded must be verified before it is believed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._leaves = path / "leaves"
        self._kept = path / "kept"

    def exists(self) -> bool:
        """Return whether an excerpt is kept here."""
        return self._kept.exists()

    def load(self) -> Excerpt:
        """Return what is kept; an empty excerpt where nothing is.

        Raises:
            StorageFailed: It does not read.
        """
        if not self.exists():
            return Excerpt()
        try:
            kept = decode(self._kept.read_bytes(), _Kept, KEPT_BYTES_MAX)
            with self._leaves.open("rb") as stream:
                leaves = stream.read(kept.size * ENTRY_BYTES)
        except (CodecError, OSError) as error:
            raise StorageFailed(
                f"{self.path} is damaged ({error}); remove it, then `commontab sync --mine` again"
            ) from error
        records = {one.index: one.record for one in kept.records}
        return Excerpt(kept.note, leaves, kept.accounts, kept.grant, records)

    def save(self, excerpt: Excerpt, before: int = 0) -> None:
        """Keep an excerpt that was verified, in place of the one before.

        Args:
            excerpt: Continues what is here.
            before: How many records the one that was loaded covers: only later leaves are written.

        Raises:
            OSError: The disk is full or broken; the excerpt before is still there.
        """
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self._leaves, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.seek(before * ENTRY_BYTES)
            stream.write(excerpt.leaves[before * ENTRY_BYTES :])
            stream.truncate()
            stream.flush()
            os.fsync(stream.fileno())
        rows = tuple(_Record(index, excerpt.records[index]) for index in sorted(excerpt.records))
        # Leaves beyond the size that this names are not part of it: it is the commit.
        write_whole(
            self._kept,
            encode(_Kept(excerpt.size, excerpt.note, excerpt.accounts, excerpt.grant, rows)),
        )
