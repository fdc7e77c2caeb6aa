"""The archive's folder: files of sealed attachments, written and read frame by frame."""

import os
import shutil
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from federation.errors import StorageFailed
from ledger.archive import HASH_CHARS, ArchiveName, archive_torrent_name, format_archive_name
from ledger.attachment import SEALED_BYTES_MAX
from ledger.errors import SegmentInvalid
from ledger.segment import LENGTH_BYTES, SegmentName

READ_BYTES = 2**20
ARCHIVES = "commontab-*-files"
"""How all folders of archives are called, of whatever community."""


class ArchiveFolder:
    """The files of one community's archive, all of them in one folder.

    A name never changes its content. Files may be large, so none is held in memory.
    """

    def __init__(self, directory: Path, community: bytes) -> None:
        self.directory = directory
        self.name = archive_torrent_name(community)
        self.path = directory / self.name

    def has(self, name: ArchiveName) -> bool:
        """Return whether a file is there."""
        return self._path(name).exists()

    def length(self, name: ArchiveName) -> int:
        """Return a file's length in bytes; 0 where it is not there."""
        path = self._path(name)
        return path.stat().st_size if path.exists() else 0

    def write(self, span: SegmentName, files: Iterable[bytes]) -> ArchiveName:
        """Write a file of the archive, whole or not at all; return what it is called.

        Args:
            span: Which attachments.
            files: Their sealed files, in order; empty for one that is not to be had.

        Raises:
            StorageFailed: The disk is full or broken; the file is not there.
        """
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = self.path / f"{span.first:x}-{span.end:x}.new"
        try:
            name = ArchiveName(span, _write(new, files))
            new.replace(self._path(name))
        except OSError as error:
            raise StorageFailed(
                f"{new}: {error}; make room or mend it, then it goes on by itself"
            ) from error
        return name

    def read(self, name: ArchiveName) -> Iterator[bytes]:
        """Yield the frames of a file, one for each of its attachments.

        Raises:
            SegmentInvalid: It ends within a frame, a frame is too long, or there are fewer or
                more of them; those before were yielded.
        """
        with self._path(name).open("rb") as stream:
            for place in range(name.span.first, name.span.end):
                yield _frame(stream, place)
            if stream.read(1):
                raise SegmentInvalid(f"{format_archive_name(name)} has more frames than its name")

    def is_named_rightly(self, name: ArchiveName) -> bool:
        """Return whether a file has the hash that its name says."""
        digest = sha256()
        with self._path(name).open("rb") as stream:
            while part := stream.read(READ_BYTES):
                digest.update(part)
        return digest.hexdigest()[:HASH_CHARS] == name.hash

    def remove(self, name: ArchiveName) -> None:
        """Remove a file."""
        self._path(name).unlink(missing_ok=True)

    def prune(self, keep: Iterable[ArchiveName]) -> None:
        """Remove every file that is none of these: what was withdrawn goes with it.

        So do the archives that the home had under its community's former keys.
        """
        for former in self.directory.glob(ARCHIVES):
            if former != self.path:
                shutil.rmtree(former)
        kept = set(map(format_archive_name, keep))
        if not self.path.exists():
            return
        with os.scandir(self.path) as found:
            gone = [Path(entry.path) for entry in found if entry.name not in kept]
        for path in gone:
            path.unlink()

    def _path(self, name: ArchiveName) -> Path:
        return self.path / format_archive_name(name)


def _write(path: Path, files: Iterable[bytes]) -> str:
    digest = sha256()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        for sealed in files:
            frame = len(sealed).to_bytes(LENGTH_BYTES) + sealed
            digest.update(frame)
            stream.write(frame)
        stream.flush()
        os.fsync(stream.fileno())
    return digest.hexdigest()[:HASH_CHARS]


def _frame(stream: BinaryIO, place: int) -> bytes:
    head = stream.read(LENGTH_BYTES)
    length = int.from_bytes(head)
    if len(head) < LENGTH_BYTES or length > SEALED_BYTES_MAX:
        raise SegmentInvalid(
            f"attachment {place} has a frame of {length} bytes; at most {SEALED_BYTES_MAX} fit"
        )
    sealed = stream.read(length)
    if len(sealed) < length:
        raise SegmentInvalid(f"the archive ends within the frame of attachment {place}")
    return sealed
