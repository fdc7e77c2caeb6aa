"""Hybrid (v1 and v2) torrents of immutable files: made from per-file hashes, read with suspicion.

A snapshot's info dictionary has exactly one spelling: the same files under the same names give
the same infohashes on every machine, and whatever is not spelt so is refused. That closes the
door on symlinks, attributes, paths, ``private`` flags and similar keys without a list of them.

Source:
    BEP 3 (info dictionary), BEP 47 (padding), BEP 52 (file tree, piece layers, hybrids).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha1, sha256
from typing import TypeVar

from federation.bencode import Value, decode, encode
from federation.errors import ItemInvalid, TorrentRefused
from federation.port import FileEntry, Torrent
from federation.torrent.hashes import (
    PIECE_BYTES_MAX,
    PIECE_BYTES_MIN,
    ROOT_BYTES,
    SHA1_BYTES,
    FileHashes,
    count_pieces,
)

INFO_BYTES_GOAL = 32_768
"""Pieces grow until the info dictionary fits: it moves again with every publication."""
HASHES_BYTES_GOAL = 8_192
"""About 400 pieces. Finer ones would only help who stops amid a file."""
INFO_BYTES_MAX = 1_048_576
FILES_MAX = 4_096
"""About 150 files stand in a snapshot of 100,000 publications."""
FILE_BYTES_MAX = 2**40
Kind = TypeVar("Kind")
_FILE_NAME = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class TorrentFile:
    """One file of a torrent: its name, length, v2 root and v1 piece hashes."""

    name: str
    length: int
    root: bytes
    pieces: bytes


@dataclass(frozen=True, slots=True)
class Metainfo:
    """An info dictionary and what it says.

    Attributes:
        info: Its bencoded bytes, whose hashes are the infohashes.
        name: Of the torrent: the folder its files lie in.
        piece_length: Bytes, a power of two.
        files: All but padding, in the order of their names.
    """

    info: bytes
    name: str
    piece_length: int
    files: tuple[TorrentFile, ...]

    @property
    def infohash(self) -> bytes:
        """v1, 20 bytes."""
        return sha1(self.info).digest()  # noqa: S324 -- BEP 3 fixes SHA-1

    @property
    def infohash_v2(self) -> bytes:
        """v2, 32 bytes."""
        return sha256(self.info).digest()

    @property
    def entries(self) -> tuple[FileEntry, ...]:
        """Names and lengths, for a judge."""
        return tuple(FileEntry(file.name, file.length) for file in self.files)

    @property
    def pieces_count(self) -> int:
        """How many pieces all files have."""
        return sum(len(file.pieces) for file in self.files) // SHA1_BYTES

    def torrent(self, moved_bytes: int = 0) -> Torrent:
        """Return it as the Swarm port names it; ``moved_bytes`` is payload received for it."""
        return Torrent(self.infohash, self.infohash_v2, self.entries, moved_bytes)

    @property
    def positions(self) -> tuple[int, ...]:
        """Index of each file in the v1 list, where padding counts too."""
        positions, position = [], 0
        for file in self.files:
            positions.append(position)
            position += 2 if file.length % self.piece_length else 1
        return tuple(positions)


def choose_piece_length(name: str, files: Sequence[FileEntry]) -> int:
    """Return the smallest piece length that keeps the info dictionary small.

    The whole stays within 32 KiB, and within it the piece hashes within 8 KiB. Where names alone
    take more, each file gets about one piece more than it must have. It depends on names and
    lengths only, so every machine chooses the same.

    Args:
        name: The torrent's name.
        files: 1 to 4,096 files.

    Returns:
        A power of two from 16 KiB to 16 MiB.
    """
    spare = SHA1_BYTES * len(files)
    info_max = max(INFO_BYTES_GOAL, _info_bytes(name, files, PIECE_BYTES_MAX) + spare)
    hashes_max = max(HASHES_BYTES_GOAL, 2 * spare)
    piece_length = PIECE_BYTES_MIN
    while piece_length < PIECE_BYTES_MAX:
        small = _hashes_bytes(files, piece_length) <= hashes_max
        if small and _info_bytes(name, files, piece_length) <= info_max:
            break
        piece_length *= 2
    return piece_length


def build_metainfo(name: str, hashes: Mapping[str, FileHashes]) -> Metainfo:
    """Return the metainfo of files under one name.

    Args:
        name: The torrent's name.
        hashes: Each file's, all for the same piece length.
    """
    assert 0 < len(hashes) <= FILES_MAX, f"{len(hashes)} files; a torrent has 1 to {FILES_MAX}"
    lengths = {entry.piece_length for entry in hashes.values()}
    assert len(lengths) == 1, f"hashes for different piece lengths: {sorted(lengths)}"
    for each in (name, *hashes):
        assert _FILE_NAME.fullmatch(each.encode()), f"{each!r} is no name for a torrent's file"
    assert name not in hashes, f"{name!r} cannot name both the torrent and a file"
    assert any(entry.length for entry in hashes.values()), "a torrent holds at least a byte"
    (piece_length,) = lengths
    files = tuple(
        TorrentFile(each, entry.length, entry.root, entry.pieces)
        for each, entry in sorted(hashes.items())
    )
    return Metainfo(_encode_info(name, piece_length, files), name, piece_length, files)


def encode_torrent(info: bytes, layers: Mapping[bytes, bytes]) -> bytes:
    """Return a torrent file: the info dictionary and piece layers by v2 root, nothing else."""
    filled: dict[bytes, Value] = {root: layer for root, layer in layers.items() if layer}
    # The info bytes are hashed: they stand as they are, never decoded and written again.
    return b"d4:info%b12:piece layers%be" % (info, encode(filled))


def parse_metainfo(info: bytes, name: str) -> Metainfo:
    """Read an info dictionary that came from a stranger.

    Args:
        info: Bytes whose hash is the infohash.
        name: What the torrent must be called.

    Raises:
        TorrentRefused: Too large, not the one spelling of a hybrid torrent, another name, a name
            that is not a plain file's, or counts and sizes out of bounds.
    """
    try:
        return _read_info(info, name)
    except (ItemInvalid, KeyError, TypeError, ValueError, AttributeError) as error:
        raise TorrentRefused(
            f"torrent {name!r}: metadata of {len(info)} bytes is not a hybrid torrent's: {error!r}"
        ) from error


def _read_info(info: bytes, name: str) -> Metainfo:
    decoded = _expect(decode(info, INFO_BYTES_MAX), dict)
    if decoded[b"name"] != name.encode():
        raise TorrentRefused(f"torrent {name!r} calls itself {str(decoded[b'name'])[:80]}")
    piece_length = _read_piece_length(decoded[b"piece length"])
    files = _read_files(_expect(decoded[b"file tree"], dict), piece_length, decoded[b"pieces"])
    if any(file.name == name for file in files):
        raise TorrentRefused(f"torrent {name!r}: a file has the name of the whole")
    if _encode_info(name, piece_length, files) != info:
        raise TorrentRefused(
            f"torrent {name!r}: its metadata says more than names, lengths and hashes, or its two "
            "file lists differ; snapshots are spelt in one way only"
        )
    return Metainfo(info, name, piece_length, files)


def _read_piece_length(value: Value) -> int:
    piece_length = _expect(value, int)
    bounds = PIECE_BYTES_MIN <= piece_length <= PIECE_BYTES_MAX
    if not bounds or piece_length.bit_count() != 1:
        raise TorrentRefused(
            f"got pieces of {piece_length} bytes; a power of two "
            f"from {PIECE_BYTES_MIN} to {PIECE_BYTES_MAX} fits"
        )
    return piece_length


def _read_files(
    tree: dict[bytes, Value], piece_length: int, value: Value
) -> tuple[TorrentFile, ...]:
    pieces = _expect(value, bytes)
    if not pieces:
        raise TorrentRefused("got a torrent without a byte; a snapshot has at least a checkpoint")
    if not 0 < len(tree) <= FILES_MAX:
        raise TorrentRefused(f"got {len(tree)} files; 1 to {FILES_MAX} fit")
    files, at = [], 0
    for raw_name, node in tree.items():
        if not _FILE_NAME.fullmatch(raw_name):
            raise TorrentRefused(
                f"got a file name {raw_name[:80]!r}; letters, digits, '.', '_' and '-' fit"
            )
        leaf = _expect(_expect(node, dict)[b""], dict)
        length = _expect(leaf[b"length"], int)
        if not 0 <= length <= FILE_BYTES_MAX:
            raise TorrentRefused(f"got a file of {length} bytes; 0 to {FILE_BYTES_MAX} fit")
        root = _expect(leaf[b"pieces root"], bytes) if length else b""
        if len(root) != (ROOT_BYTES if length else 0):
            raise TorrentRefused(f"got a v2 root of {len(root)} bytes; it has {ROOT_BYTES}")
        end = at + SHA1_BYTES * count_pieces(length, piece_length)
        files.append(TorrentFile(raw_name.decode(), length, root, pieces[at:end]))
        at = end
    if at != len(pieces):
        raise TorrentRefused(f"got {len(pieces)} bytes of piece hashes; the files need {at}")
    return tuple(files)


def _encode_info(name: str, piece_length: int, files: Sequence[TorrentFile]) -> bytes:
    tree: dict[bytes, Value] = {}
    flat: list[Value] = []
    for file in files:
        leaf: dict[bytes, Value] = {b"length": file.length}
        if file.length:
            leaf[b"pieces root"] = file.root
        tree[file.name.encode()] = {b"": leaf}
        flat.append({b"length": file.length, b"path": [file.name.encode()]})
        padding = -file.length % piece_length
        if padding:
            path: list[Value] = [b".pad", b"%d" % padding]
            flat.append({b"attr": b"p", b"length": padding, b"path": path})
    return encode(
        {
            b"file tree": tree,
            b"files": flat,
            b"meta version": 2,
            b"name": name.encode(),
            b"piece length": piece_length,
            b"pieces": b"".join(file.pieces for file in files),
        }
    )


def _info_bytes(name: str, files: Sequence[FileEntry], piece_length: int) -> int:
    """Return how long the info dictionary of files gets, without their hashes at hand."""
    hollow = [TorrentFile(file.name, file.length, bytes(ROOT_BYTES), b"") for file in files]
    hashes = _hashes_bytes(files, piece_length)
    return len(_encode_info(name, piece_length, hollow)) + hashes + len(str(hashes)) - len("0")


def _hashes_bytes(files: Sequence[FileEntry], piece_length: int) -> int:
    return SHA1_BYTES * sum(count_pieces(file.length, piece_length) for file in files)


def _expect(value: Value, kind: type[Kind]) -> Kind:
    if type(value) is not kind:
        raise TorrentRefused(
            f"got {type(value).__name__} in the metadata, expected {kind.__name__}"
        )
    return value
