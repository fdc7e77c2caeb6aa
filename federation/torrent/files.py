"""The files of one snapshot on disk, and the piece hashes that are kept of them.

``DIRECTORY/NAME/`` holds whole, verified files only. What arrives lies in
``DIRECTORY/.NAME.incoming/`` under its v2 root until it is complete, so a half-fetched file never
bears a snapshot's name, and a later torrent with the same file goes on where an earlier stopped.
``DIRECTORY/.NAME.hashes`` keeps the hashes; without it they are computed anew.
"""

import contextlib
import os
import shutil
import stat
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from federation.errors import StorageFailed, TorrentRefused
from federation.port import FileEntry
from federation.torrent.hashes import FileHashes, hash_file
from federation.torrent.metainfo import Metainfo, TorrentFile, build_metainfo, choose_piece_length


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """Hashes of a file as it was at this size (bytes) and time (ns)."""

    size: int
    mtime_ns: int
    hashes: FileHashes


_cache_decoder = msgspec.msgpack.Decoder(dict[str, _Kept])


class SnapshotFolder:
    """One torrent name in one directory. Safe to use from several threads.

    Any of its verbs may raise OSError when the disk fails.
    """

    def __init__(self, directory: Path, name: str) -> None:
        self.directory = directory
        self.name = name
        self._home = directory / name
        self._incoming = directory / f".{name}.incoming"
        self._cache = directory / f".{name}.hashes"
        self._lock = threading.Lock()
        self._kept = self._load()
        self._changed = False

    def describe(self, files: Sequence[str]) -> Metainfo:
        """Return the metainfo of files that are here; only new ones are read.

        Raises:
            StorageFailed: A file is not the one that had this name before.
        """
        with self._lock:
            entries = [FileEntry(file, (self._home / file).stat().st_size) for file in files]
            piece_length = choose_piece_length(self.name, entries)
            hashes = {file: self._hashes(file, piece_length) for file in files}
            self._save()
        return build_metainfo(self.name, hashes)

    def layers(self, metainfo: Metainfo) -> dict[bytes, bytes]:
        """Return the piece layers of files that are all here, by v2 root.

        Raises:
            StorageFailed: A file changed since it was verified.
        """
        layers = {}
        with self._lock:
            for file in metainfo.files:
                hashes = self._hashes(file.name, metainfo.piece_length)
                if hashes.root != file.root:
                    raise StorageFailed(_damaged(self._home / file.name))
                layers[file.root] = hashes.layer
            self._save()
        return layers

    def missing(self, metainfo: Metainfo) -> list[TorrentFile]:
        """Return the files that must be fetched.

        Raises:
            TorrentRefused: A name that is taken here would get another content.
        """
        with self._lock:
            wanted = [file for file in metainfo.files if not self._holds(file, metainfo)]
            self._save()
        return wanted

    def partial(self, file: TorrentFile) -> str:
        """Return where a file arrives, relative to the directory."""
        return f"{self._incoming.name}/{file.root.hex()}-{file.name}"

    def settle(self, metainfo: Metainfo, wanted: Sequence[TorrentFile]) -> None:
        """Give arrived files their names, once all of them have the right v2 root.

        Raises:
            TorrentRefused: What arrived under the v1 hashes is not what the v2 root says.
        """
        with self._lock:
            self._home.mkdir(parents=True, exist_ok=True)
            arrived = [(file, self._check_partial(file, metainfo)) for file in wanted]
            for file, hashes in arrived:
                path = self._home / file.name
                os.replace(self.directory / self.partial(file), path)  # noqa: PTH105 -- atomic
                self._keep(file.name, path.stat(), hashes)
            self._sweep()
            self._save()

    def sweep(self) -> None:
        """Remove what arrived and got no name."""
        with self._lock:
            self._sweep()

    def _sweep(self) -> None:
        shutil.rmtree(self._incoming, ignore_errors=True)

    def _holds(self, file: TorrentFile, metainfo: Metainfo) -> bool:
        """Tell whether a file is here whole; refuse what would change one."""
        path = self._home / file.name
        try:
            found = path.lstat()
        except FileNotFoundError:
            return False
        if not stat.S_ISREG(found.st_mode):
            raise TorrentRefused(f"{path} is in the way of a torrent's file; move it elsewhere")
        kept = self._kept.get(file.name)
        if kept and (kept.size, kept.mtime_ns) == (found.st_size, found.st_mtime_ns):
            root = kept.hashes.root
        elif found.st_size == file.length:
            hashes = hash_file(_pieces(path, metainfo.piece_length), metainfo.piece_length)
            root = hashes.root
            if root == file.root:
                self._keep(file.name, found, hashes)
        else:
            root = None
        if root == file.root:
            return True
        if kept and kept.hashes.root == file.root:
            return False  # it was whole once and was damaged here: it is fetched anew
        raise TorrentRefused(
            f"the torrent would change {path}, and a snapshot's file never changes; "
            "if the file here is the damaged one, remove it"
        )

    def _check_partial(self, file: TorrentFile, metainfo: Metainfo) -> FileHashes:
        path = self.directory / self.partial(file)
        if not file.length:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        hashes = hash_file(_pieces(path, metainfo.piece_length), metainfo.piece_length)
        if (hashes.length, hashes.root) != (file.length, file.root):
            path.unlink()
            raise TorrentRefused(
                f"torrent {self.name!r}: what arrived as {file.name} has v2 root "
                f"{hashes.root.hex()[:16]}…, its metadata says {file.root.hex()[:16]}…"
            )
        with path.open("rb") as written:
            os.fsync(written.fileno())
        return hashes

    def _hashes(self, file: str, piece_length: int) -> FileHashes:
        path = self._home / file
        found = path.stat()
        kept = self._kept.get(file)
        same = kept and (kept.size, kept.mtime_ns) == (found.st_size, found.st_mtime_ns)
        if kept and same and kept.hashes.piece_length == piece_length:
            return kept.hashes
        hashes = hash_file(_pieces(path, piece_length), piece_length)
        if kept and kept.hashes.root != hashes.root:
            raise StorageFailed(_damaged(path))
        self._keep(file, found, hashes)
        return hashes

    def _keep(self, file: str, found: os.stat_result, hashes: FileHashes) -> None:
        self._kept[file] = _Kept(found.st_size, found.st_mtime_ns, hashes)
        self._changed = True

    def _load(self) -> dict[str, _Kept]:
        try:
            return _cache_decoder.decode(self._cache.read_bytes())
        except (FileNotFoundError, msgspec.DecodeError):
            return {}  # it only saves work: the files themselves are hashed again

    def _save(self) -> None:
        """Write the cache if it changed, without files that are gone."""
        if not self._changed:
            return
        self._kept = {
            file: kept for file, kept in self._kept.items() if (self._home / file).exists()
        }
        new = self._cache.with_suffix(".new")
        new.write_bytes(msgspec.msgpack.encode(self._kept))
        os.replace(new, self._cache)  # noqa: PTH105 -- the atomic one, by its name
        self._changed = False


@contextlib.contextmanager
def naming(folder: SnapshotFolder) -> Iterator[None]:
    """Turn the system's errors on a folder into one that names it.

    Raises:
        StorageFailed: The disk is full, does not let us, or fails.
    """
    try:
        yield
    except TimeoutError:
        raise
    except OSError as error:
        raise StorageFailed(
            f"{folder.directory}: {error}; make room or mend it, then try again"
        ) from error


def _pieces(path: Path, piece_length: int) -> Iterator[bytes]:
    with path.open("rb") as content:
        while piece := content.read(piece_length):
            yield piece


def _damaged(path: Path) -> str:
    return f"{path} is not what it was when it was published or verified; restore or remove it"
