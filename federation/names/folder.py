"""The folder of registries: the names of other communities, kept where all of a home can read them.

One process of a home follows and writes; the others see what it kept with their next look.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec.structs import replace

from federation.errors import StorageFailed
from federation.home import write_whole
from federation.link.address import format_key, parse_key
from federation.names.grow import open_registry, read_head
from federation.names.registry import FollowedRegistry
from federation.snapshot import SnapshotFolder
from ledger.checkpoint import VerifiedCheckpoint, verify_checkpoint
from ledger.codec import Shape, decode, encode
from ledger.errors import CodecError, HistoryMismatch, NoteError
from ledger.field import Count, Handle, PublicKey, Time
from ledger.name.log import ChangesName, format_changes_name, parse_changes_name
from ledger.proof.fork import fork_of_notes, format_fork

KEPT_BYTES_MAX = 131_072
"""Names of at most 196 files, a note, and what a community calls 390 others."""
ASKED_S = 30 * 86_400
"""For how long a community is followed that somebody has asked for by its key, seconds."""
ASKED_MAX = 16
_SUFFIX = ".kept"
_ASKED = ".asked"
_FORK = ".fork"


class Called(Shape):
    """What a community calls another one, by its advert."""

    name: Handle
    peer: PublicKey


class KeptRegistry(Shape):
    """What is kept of a community beside its files of names.

    Attributes:
        note: Its newest checkpoint that was verified; empty before the first.
        size: Records that it covers.
        registry: The file that proves the names, empty where it has had none.
        changes: Files of changes, in their order.
        seen: When that checkpoint was last found to be the newest, Unix seconds.
        called: What it calls communities that it is linked with.
        other_note: A checkpoint that contradicts ``note``; empty unless there is one, and from
            then on nothing is believed of the community.
    """

    note: bytes
    size: Count
    registry: str
    changes: tuple[str, ...]
    seen: Time
    called: tuple[Called, ...]
    other_note: bytes

    def calling(self, called: "tuple[Called, ...]") -> "KeptRegistry":
        """Return the same with what it calls others now."""
        return replace(self, called=called)

    def seen_at(self, now: int) -> "KeptRegistry":
        """Return the same, whose checkpoint was just found to be the newest."""
        return replace(self, seen=now)

    @property
    def calls(self) -> dict[str, bytes]:
        """Keys of communities by what it calls them."""
        return {one.name: one.peer for one in self.called}

    @property
    def files(self) -> tuple[str, ...]:
        """All of its files."""
        return (self.registry, *self.changes) if self.registry else ()

    @property
    def changes_names(self) -> tuple[ChangesName, ...]:
        """What the names of the files of changes say."""
        parsed = map(parse_changes_name, self.changes)
        return tuple(name for name in parsed if name is not None)


NOTHING = KeptRegistry(b"", 0, "", (), 0, (), b"")


class RegistryFolder:
    """Registries of other communities in one home. Calls block."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def ask_for(self, community: bytes) -> None:
        """Have a community followed that no link leads to: somebody typed its key.

        Any process of the home may do so.
        """
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.path / f"{format_key(community)}{_ASKED}").touch(mode=0o600)

    def asked_for(self, now: int) -> list[bytes]:
        """Return the communities that were asked for lately, the last first; forget the others.

        Args:
            now: Unix seconds.
        """
        found = [(path.stat().st_mtime, path) for path in self.path.glob(f"*{_ASKED}")]
        for asked, path in found:
            if now - asked > ASKED_S:
                path.unlink(missing_ok=True)
        kept = sorted((one for one in found if now - one[0] <= ASKED_S), reverse=True)
        keys = (parse_key(path.stem) for _, path in kept[:ASKED_MAX])
        return [key for key in keys if key is not None]

    def files(self, community: bytes) -> SnapshotFolder:
        """Return where a community's files lie."""
        return SnapshotFolder(self.path, community)

    def communities(self) -> list[bytes]:
        """Return the keys of all communities of which anything is kept, ascending."""
        found = [parse_key(path.stem) for path in self.path.glob(f"*{_SUFFIX}")]
        return sorted(key for key in found if key is not None)

    def version(self, community: bytes) -> int:
        """Return a number that changes with what is kept of a community; 0 for nothing."""
        try:
            return self._kept(community).stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def read(self, community: bytes) -> KeptRegistry:
        """Return what is kept of a community; nothing where that does not read: it comes again."""
        try:
            return decode(self._kept(community).read_bytes(), KeptRegistry, KEPT_BYTES_MAX)
        except (FileNotFoundError, CodecError):
            return NOTHING

    def load(
        self, community: bytes, kept: KeptRegistry, before: FollowedRegistry | None = None
    ) -> FollowedRegistry | None:
        """Return the registry that is kept of a community, None where it has had no names.

        Args:
            community: Its key.
            kept: From ``read``.
            before: What was loaded earlier: only newer files are read.

        Raises:
            StorageFailed: A file is damaged or gone; it is fetched again.
        """
        if not kept.registry:
            return None
        at = before.head.changes if before else 0
        try:
            checkpoint = verify_checkpoint(community, kept.note)
            head = read_head(checkpoint, self.content(community, kept.registry))
            new = [name for name in kept.changes_names if name.span.end > at]
            if new and new[0].span.first != at:
                before, new = None, list(kept.changes_names)
            return open_registry(before, head, self.contents(community, new), kept.seen)
        except (NoteError, HistoryMismatch) as error:
            raise StorageFailed(
                f"the names of {format_key(community)[:16]}… in {self.path} do not read ({error}); "
                "they are fetched again"
            ) from error

    def contents(
        self, community: bytes, names: Iterable[ChangesName]
    ) -> Sequence[tuple[ChangesName, bytes]]:
        """Return files of changes with their names.

        Raises:
            StorageFailed: One does not read.
        """
        return [(name, self.content(community, format_changes_name(name))) for name in names]

    def content(self, community: bytes, file: str) -> bytes:
        """Return a file's bytes.

        Raises:
            StorageFailed: It does not read.
        """
        try:
            return self.files(community).read(file)
        except OSError as error:
            raise StorageFailed(f"{self.path}: {error}; it is fetched again") from error

    def save(self, community: bytes, kept: KeptRegistry) -> None:
        """Keep what is known of a community, in place of what was; drop files it does not name.

        Raises:
            StorageFailed: The disk is full or broken; what was kept is still there.
        """
        try:
            write_whole(self._kept(community), encode(kept))
            self.files(community).prune(kept.files)
        except OSError as error:
            raise _no_room(self.path, error) from error

    def fork(self, community: bytes) -> Path:
        """Return where the proof lies that a community signed two histories."""
        return self.path / f"{format_key(community)}{_FORK}"

    def keep_fork(self, ours: VerifiedCheckpoint, theirs: VerifiedCheckpoint) -> None:
        """Keep the proof that two checkpoints of one size make.

        Raises:
            StorageFailed: The disk is full or broken.
        """
        try:
            write_whole(self.fork(ours.community), format_fork(fork_of_notes(ours, theirs)))
        except OSError as error:
            raise _no_room(self.path, error) from error

    def forget(self, community: bytes) -> None:
        """Drop all that is kept of a community."""
        self._kept(community).unlink(missing_ok=True)
        self.files(community).prune(())

    def _kept(self, community: bytes) -> Path:
        return self.path / f"{format_key(community)}{_SUFFIX}"


def _no_room(path: Path, error: OSError) -> StorageFailed:
    return StorageFailed(f"{path}: {error}; make room or mend it, then it goes on by itself")
