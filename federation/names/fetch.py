"""Fetching what a snapshot has about names: nothing else of it moves, and nothing twice."""

from collections.abc import Collection, Iterable, Sequence

from federation.errors import StorageFailed, TorrentRefused
from federation.names.folder import RegistryFolder
from federation.port import FileEntry, Swarm
from ledger.errors import SegmentInvalid
from ledger.level import cover
from ledger.name.log import (
    ChangesName,
    decode_changes,
    encode_changes,
    format_changes_name,
    join_changes,
    name_changes,
)
from ledger.snapshot import SnapshotFiles, check_snapshot_files


class NamesFetcher:
    """Fetches the files about names of one community.

    Args:
        community: Its key, 32 bytes.
        folder: Where registries are kept.
        bytes_max: Room for its files.

    Attributes:
        verified: Files of changes that were followed before, or joined of such.
        moved_bytes: Payload that torrents have moved.
    """

    def __init__(
        self, community: bytes, folder: RegistryFolder, swarm: Swarm, bytes_max: int
    ) -> None:
        self._community = community
        self._folder = folder
        self._files = folder.files(community)
        self._swarm = swarm
        self._bytes_max = bytes_max
        self.verified: set[ChangesName] = set()
        self.moved_bytes = 0

    async def fetch(
        self, infohash: bytes, size_max: int, deadline_s: float, here: Iterable[ChangesName]
    ) -> SnapshotFiles:
        """Fetch what a snapshot has about names and is not here.

        Args:
            infohash: Of its torrent, v1.
            size_max: Records of the newest checkpoint, whose note is known.
            deadline_s: Seconds; what came stays for the next try.
            here: Files of changes that were followed before.

        Raises:
            FetchTimeout: It did not come.
            TorrentRefused: It is no snapshot, or its names are more than there is room for.
        """

        def judge(entries: Sequence[FileEntry]) -> Collection[str]:
            files = self._check_files(entries, size_max)
            self._join_known(files, here)
            wanted = set(files.of_names)
            if files.size != size_max:  # the newest one's note is in the slot
                wanted.add(files.checkpoint)
            return {entry.name for entry in entries} - wanted

        torrent = await self._swarm.fetch(
            infohash, self._files.directory, self._files.name, judge, deadline_s
        )
        self.moved_bytes += torrent.moved_bytes
        return self._check_files(torrent.files, size_max)

    def _check_files(self, entries: Sequence[FileEntry], size_max: int) -> SnapshotFiles:
        listed = [(entry.name, entry.length) for entry in entries]
        try:
            files = check_snapshot_files(listed, size_max)
        except SegmentInvalid as error:
            raise TorrentRefused(str(error)) from error
        lengths = dict(listed)
        needed = sum(lengths[name] for name in files.of_names)
        if needed > self._bytes_max:
            raise TorrentRefused(
                f"got files of names of {needed} bytes; there is room for {self._bytes_max}"
            )
        return files

    def _join_known(self, files: SnapshotFiles, here: Iterable[ChangesName]) -> None:
        """Make the files of higher levels whose parts are here: nothing of them has to move."""
        by_span = {name.span: name for name in here}
        for wanted in files.changes:
            parts = cover(wanted.span, by_span)
            whole = bool(parts) and parts[-1].end == wanted.span.end
            if whole and not self._files.has(format_changes_name(wanted)):
                self._join(wanted, [by_span[part] for part in parts])

    def _join(self, wanted: ChangesName, parts: Sequence[ChangesName]) -> None:
        try:
            contents = self._folder.contents(self._community, parts)
            joined = join_changes(decode_changes(data, part.span) for part, data in contents)
        except (StorageFailed, SegmentInvalid):
            return  # a file here is damaged: the joined one comes from the network
        data = encode_changes(joined, wanted.span)
        if name_changes(wanted.span, data) == wanted:
            self._files.write(format_changes_name(wanted), data)
            self.verified.add(wanted)
