"""The snapshot's folder: immutable files that publisher and followers write alike."""

import os
from collections.abc import Iterable
from pathlib import Path

from federation.errors import StorageFailed
from federation.home import write_whole
from ledger.epoch import KeyChain, content_name
from ledger.segment import (
    SegmentName,
    encode_leaves,
    encode_segment,
    format_name,
    iter_frames,
)
from ledger.snapshot import torrent_name
from ledger.store.journal import JournalStore


class SnapshotFolder:
    """The files of one community's snapshots, all of them in one folder.

    A name never changes its content, so torrents of different versions share the folder.
    """

    def __init__(self, directory: Path, community: bytes) -> None:
        self.directory = directory
        self.name = torrent_name(community)
        self.path = directory / self.name

    def has(self, file: str) -> bool:
        """Return whether a file is there, whole."""
        return (self.path / file).exists()

    def read(self, file: str) -> bytes:
        """Return a file's bytes."""
        return (self.path / file).read_bytes()

    def write(self, file: str, data: bytes) -> None:
        """Write a file whole, unless it is there already.

        Raises:
            StorageFailed: The disk is full or broken; the file is not there.
        """
        if self.has(file):
            return
        try:
            write_whole(self.path / file, data)
        except OSError as error:
            raise StorageFailed(
                f"{self.path / file}: {error}; make room or mend it, then it goes on by itself"
            ) from error

    def write_content(self, kind: str, data: bytes) -> str:
        """Write a file that is named by its kind and its own hash; return the name."""
        name = content_name(kind, data)
        self.write(name, data)
        return name

    def write_segment(self, name: SegmentName, store: JournalStore, chain: KeyChain | None) -> None:
        """Write a segment's two files from the journal, unless they are there.

        Sealing is deterministic, so everybody who has the records writes the same bytes: a
        segment of a higher level moves over no network.

        Args:
            name: A segment that the journal covers.
            store: Where the records are.
            chain: Keys of a closed ledger; None where it is open.
        """
        records, leaves = format_name("r", name), format_name("l", name)
        if not self.has(records):
            self.write(records, _encode(name, store, chain))
        if not self.has(leaves):
            payloads = iter_frames(self.read(records))
            self.write(leaves, encode_leaves(store.leaves(name.first, name.end), payloads))

    def prune(self, keep: Iterable[str]) -> None:
        """Remove every file that no kept torrent names."""
        kept = set(keep)
        if not self.path.exists():
            return
        with os.scandir(self.path) as found:
            gone = [Path(entry.path) for entry in found if entry.name not in kept]
        for path in gone:
            path.unlink()


def _encode(name: SegmentName, store: JournalStore, chain: KeyChain | None) -> bytes:
    if chain is None:
        return encode_segment(store.records(name.first, name.end), name.first)
    return b"".join(
        encode_segment(store.records(first, end), first, key)
        for first, end, key in chain.spans(name.first, name.end)
    )
