"""The archive that a manager publishes: the torrent of attached files, and what names it."""

import asyncio

from federation.archive.folder import ArchiveFolder
from federation.archive.write import HEAD_KIND, ArchiveFiles
from federation.port import Swarm
from federation.snapshot import SnapshotFolder
from ledger.archive import ArchiveHead, ArchiveName, format_archive_name
from ledger.codec import encode
from ledger.errors import SegmentInvalid
from ledger.store.attachment import AttachmentStore
from ledger.store.publication import PublicationStore


class ArchivePress:
    """Publishes one community's attached files; only the newest archive is seeded.

    An older one may hold what was withdrawn since.

    Args:
        community: Its public key, 32 bytes.
        attachments: The sealed files that are kept.
        publications: Says which snapshots there were.
        snapshots: Where they are.
        swarm: Seeds.
    """

    def __init__(
        self,
        community: bytes,
        attachments: AttachmentStore,
        publications: PublicationStore,
        snapshots: SnapshotFolder,
        swarm: Swarm,
    ) -> None:
        self._snapshots = snapshots
        self._swarm = swarm
        self._folder = ArchiveFolder(snapshots.directory, community)
        self._files = ArchiveFiles(attachments, publications, snapshots, self._folder)
        self._seeding = b""

    async def publish(self, size: int) -> str | None:
        """Seed the archive of a new publication; return the file of the snapshot that names it.

        Args:
            size: Its records, the whole journal's.

        Returns:
            None where nothing was ever attached.
        """
        files = await asyncio.to_thread(self._files.write, size)
        if not files:
            return None
        names = tuple(map(format_archive_name, files))
        torrent = await self._swarm.seed(self._folder.directory, self._folder.name, names)
        await self._move(torrent.infohash, files)
        head = encode(ArchiveHead(torrent.infohash, torrent.infohash_v2, names))
        return await asyncio.to_thread(self._snapshots.write_content, HEAD_KIND, head)

    async def resume(self) -> None:
        """Seed the newest publication's archive after a start, where its files can be had."""
        try:
            archive = await asyncio.to_thread(self._files.newest)
        except SegmentInvalid:  # the disk's doing: the next publication has another head
            archive = None
        if archive is None or self._seeding == archive.infohash:
            return
        if not await asyncio.to_thread(self._make, archive.files):
            return
        names = [format_archive_name(name) for name in archive.files]
        torrent = await self._swarm.seed(self._folder.directory, self._folder.name, names)
        await self._move(torrent.infohash, archive.files)

    def _make(self, files: tuple[ArchiveName, ...]) -> bool:
        return all(self._folder.has(name) or self._files.make(name) for name in files)

    async def _move(self, infohash: bytes, files: tuple[ArchiveName, ...]) -> None:
        if self._seeding not in {b"", infohash}:
            await self._swarm.drop(self._seeding)
        self._seeding = infohash
        await asyncio.to_thread(self._folder.prune, files)
