"""Following the archive: attached files come after the records, and never hold these up."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from federation.archive.folder import ArchiveFolder
from federation.archive.write import ArchiveFiles
from federation.errors import TorrentRefused
from federation.port import Clock, FileEntry, Swarm
from federation.replica import Replica
from ledger.archive import (
    Archive,
    ArchiveName,
    check_archive_files,
    choose_files,
    format_archive_name,
)
from ledger.attachment import is_file_of
from ledger.errors import SegmentInvalid
from ledger.store.attachment import KEPT_AT_ONCE, AttachmentStore, Kept

FETCH_S = 60.0
"""Deadline for one try, seconds; what came stays for the next one."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What one look at the archive brought.

    Attributes:
        came: Attached files that were kept.
        moved_bytes: Payload that the torrent moved.
        problem: Why what the manager published as the archive is not right; empty where it is.
    """

    came: int = 0
    moved_bytes: int = 0
    problem: str = ""


class ArchiveFollower:
    """Fetches the attached files that a replica's journal names, and seeds them onward.

    Args:
        replica: Its newest snapshot says which torrent they are in.
        bytes_max: Room for them; the newest come first. Who leaves files out seeds none.
    """

    def __init__(self, *, replica: Replica, swarm: Swarm, clock: Clock, bytes_max: int) -> None:
        self._store = AttachmentStore(replica.store.database)
        self._folder = ArchiveFolder(replica.folder.directory, replica.store.community_key)
        self._files = ArchiveFiles(self._store, replica.publications, replica.folder, self._folder)
        self._swarm = swarm
        self._clock = clock
        self._bytes_max = bytes_max
        self._seeding = b""
        self._done = b""

    async def gather(self) -> Gathered:
        """Bring the attached files up to the newest snapshot, as far as there is room.

        With room for none nothing is asked for.

        Raises:
            FetchTimeout: They did not come; what came stays for the next time.
            TorrentRefused: The torrent is not the archive that the snapshot names.
            NetworkUnreachable: The node was closed meanwhile.
            StorageFailed: The disk is full or fails.
            StoreFull: The same; some of what came may have been kept.
        """
        if not self._bytes_max:
            return Gathered()
        try:
            archive = await asyncio.to_thread(self._files.newest)
        except SegmentInvalid as error:
            return Gathered(problem=str(error))
        if archive is None or archive.infohash == self._done:
            return Gathered()
        if self._seeding != archive.infohash:
            await self.stop()
        gathered = await self._gather(archive)
        self._done = archive.infohash
        return gathered

    async def stop(self) -> None:
        """Seed no archive any more."""
        if self._seeding:
            await self._swarm.drop(self._seeding)
            self._seeding = b""

    async def _gather(self, archive: Archive) -> Gathered:
        now = self._clock.now()
        taken = await asyncio.to_thread(self._prepare, archive, now)
        wanted = [name for name in archive.files if self._is_wanted(name)]
        moved = 0
        if wanted and not taken.problem:
            moved = await self._fetch(archive, wanted)
            here = [name for name in wanted if self._folder.has(name)]
            came = await asyncio.to_thread(self._take_all, here, now)
            taken = Gathered(taken.came + came.came, moved, came.problem)
        if not taken.problem and all(map(self._folder.has, archive.files)):
            taken = await self._seed(archive, taken)
        return taken

    def _prepare(self, archive: Archive, now: int) -> Gathered:
        """Make what can be made of the files that are kept, and take what lies here."""
        count = self._files.count()
        if archive.end != count:
            problem = f"the archive is for {archive.end} attached files; the records name {count}"
            return Gathered(problem=problem)
        self._folder.prune(archive.files)
        for name in archive.files:
            if not self._folder.has(name):
                self._files.make(name)
        return self._take_all([name for name in archive.files if self._lacks(name)], now)

    async def _fetch(self, archive: Archive, wanted: Sequence[ArchiveName]) -> int:
        """Fetch files as far as there is room; return what moved."""
        asked = set(map(format_archive_name, wanted))

        def judge(entries: Sequence[FileEntry]) -> Collection[str]:
            try:
                lengths = check_archive_files(
                    [(entry.name, entry.length) for entry in entries], archive
                )
            except SegmentInvalid as error:
                raise TorrentRefused(str(error)) from error
            return lengths.keys() - (asked & choose_files(lengths, archive, self._bytes_max))

        folder = self._folder
        torrent = await self._swarm.fetch(
            archive.infohash, folder.directory, folder.name, judge, FETCH_S
        )
        return torrent.moved_bytes

    async def _seed(self, archive: Archive, taken: Gathered) -> Gathered:
        names = [format_archive_name(name) for name in archive.files]
        torrent = await self._swarm.seed(self._folder.directory, self._folder.name, names)
        if torrent.infohash == archive.infohash:
            self._seeding = archive.infohash
            return taken
        await self._swarm.drop(torrent.infohash)
        problem = "the archive's files are right, and its head names another torrent than theirs"
        return Gathered(taken.came, taken.moved_bytes, problem)

    def _is_wanted(self, name: ArchiveName) -> bool:
        return not self._folder.has(name) and self._lacks(name)

    def _lacks(self, name: ArchiveName) -> bool:
        return self._files.lacks(name)

    def _take_all(self, names: Sequence[ArchiveName], now: int) -> Gathered:
        """Keep the attached files in files of the archive that are here."""
        came, problem = 0, ""
        for name in names:
            if self._folder.has(name):
                taken = self._take(name, now)
                came, problem = came + taken.came, problem or taken.problem
        return Gathered(came, 0, problem)

    def _take(self, name: ArchiveName, now: int) -> Gathered:
        if not self._folder.is_named_rightly(name):
            self._folder.remove(name)
            return Gathered(problem=f"{format_archive_name(name)} does not have the hash it names")
        named, problem = self._store.span(*name.span[1:]), ""
        came, fits = 0, list[bytes]()
        try:
            for one, frame in zip(named, self._folder.read(name), strict=True):
                problem = problem or _wrong(one, frame)
                if self._is_new(one, frame):
                    fits.append(frame)
                if len(fits) == KEPT_AT_ONCE:
                    came += self._keep(fits, now)
                    fits = []
        except SegmentInvalid as error:
            problem = str(error)
        return Gathered(came + self._keep(fits, now), 0, problem)

    def _keep(self, files: Sequence[bytes], now: int) -> int:
        return len(self._store.keep_all(files, now))

    def _is_new(self, one: Kept, frame: bytes) -> bool:
        standing = one.attached.withdrawn is None and not one.here
        return standing and is_file_of(frame, one.attached)


def _wrong(one: Kept, frame: bytes) -> str:
    """Return what is wrong with an attachment's frame; an empty one only lacks the file."""
    if not frame:
        return ""
    if one.attached.withdrawn is not None:
        return f"attachment {one.attached.id.hex()} was withdrawn, and the archive still holds it"
    if not is_file_of(frame, one.attached):
        return f"the archive holds something else as attachment {one.attached.id.hex()}"
    return ""
