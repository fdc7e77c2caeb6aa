"""Hybrid torrents: the same bytes as libtorrent's own maker; strangers' metadata is refused."""

import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import libtorrent as lt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.bencode import decode, encode
from federation.errors import TorrentRefused
from federation.port import FileEntry
from federation.torrent.hashes import PIECE_BYTES_MAX, PIECE_BYTES_MIN, FileHashes, hash_file
from federation.torrent.metainfo import (
    FILES_MAX,
    HASHES_BYTES_GOAL,
    INFO_BYTES_GOAL,
    INFO_BYTES_MAX,
    Metainfo,
    build_metainfo,
    choose_piece_length,
    encode_torrent,
    parse_metainfo,
)

NAME = "commontab-test"
LENGTHS = (1, 5, 16_383, 16_384, 16_385, 20_000, 49_152, 65_536, 65_537, 300_000)


def hashed(content: bytes, piece_length: int) -> FileHashes:
    pieces = (content[at : at + piece_length] for at in range(0, len(content), piece_length))
    return hash_file(pieces, piece_length)


def made(contents: dict[str, bytes], piece_length: int = PIECE_BYTES_MIN) -> Metainfo:
    return build_metainfo(NAME, {file: hashed(c, piece_length) for file, c in contents.items()})


@pytest.mark.parametrize("piece_length", [16_384, 32_768, 65_536, 262_144])
def test_bytes_equal_those_of_libtorrents_own_maker(tmp_path: Path, piece_length: int) -> None:
    contents = {f"f{at}": os.urandom(length) for at, length in enumerate(LENGTHS)}
    (tmp_path / NAME).mkdir()
    for file, content in contents.items():
        (tmp_path / NAME / file).write_bytes(content)
    files = [lt.create_file_entry(f"{NAME}/{f}", len(contents[f])) for f in sorted(contents)]
    maker = lt.create_torrent(files, piece_length)
    lt.set_piece_hashes(maker, str(tmp_path))
    expected: Any = maker.generate()
    hashes = {file: hashed(content, piece_length) for file, content in contents.items()}
    metainfo = build_metainfo(NAME, hashes)
    assert metainfo.info == encode(expected[b"info"])
    layers = {each.root: each.layer for each in hashes.values() if each.layer}
    assert layers == expected[b"piece layers"]


@pytest.mark.parametrize("lengths", [(0, 5), (20_000,), (16_384, 0, 16_384), (40_000, 0)])
def test_libtorrent_reads_what_is_made(lengths: tuple[int, ...]) -> None:
    contents = {f"f{at}": os.urandom(length) for at, length in enumerate(lengths)}
    hashes = {file: hashed(content, PIECE_BYTES_MIN) for file, content in contents.items()}
    metainfo = build_metainfo(NAME, hashes)
    layers = {each.root: each.layer for each in hashes.values()}
    params = lt.load_torrent_buffer(encode_torrent(metainfo.info, layers))
    assert params.info_hashes.v1.to_bytes() == metainfo.infohash
    assert params.info_hashes.v2.to_bytes() == metainfo.infohash_v2
    assert metainfo.infohash_v2 == sha256(metainfo.info).digest()
    assert params.ti is not None
    layout = params.ti.layout()
    listed = {layout.file_path(at): layout.file_size(at) for at in metainfo.positions}
    assert listed == {f"{NAME}/{file}": len(content) for file, content in contents.items()}


@given(
    st.dictionaries(
        st.from_regex(r"[a-z0-9][a-z0-9._-]{0,9}", fullmatch=True),
        st.binary(min_size=1),
        min_size=1,
        max_size=20,
    )
)
@settings(max_examples=50, deadline=None)
def test_what_is_built_is_read_back(contents: dict[str, bytes]) -> None:
    metainfo = made(contents)
    assert parse_metainfo(metainfo.info, NAME) == metainfo


def test_the_v2_root_does_not_depend_on_the_piece_length() -> None:
    content = os.urandom(200_000)
    roots = {hashed(content, 16_384 << power).root for power in range(8)}
    assert len(roots) == 1


@pytest.mark.parametrize("records", [1, 1_000, 100_000, 1_000_000])
@pytest.mark.parametrize("per_publication", [1, 7, 1_000])
def test_a_snapshots_metadata_fits_the_goal(records: int, per_publication: int) -> None:
    files = snapshot(records, per_publication)
    piece_length = choose_piece_length(NAME, files)
    hashes = {file.name: hollow(file.length, piece_length) for file in files}
    assert len(build_metainfo(NAME, hashes).info) <= INFO_BYTES_GOAL
    assert PIECE_BYTES_MIN <= piece_length <= PIECE_BYTES_MAX


def test_more_names_than_the_goal_allows_still_make_a_torrent() -> None:
    files = [FileEntry(f"r0-{at:x}-{at + 1:x}", 100_000) for at in range(FILES_MAX)]
    piece_length = choose_piece_length(NAME, files)
    hashes = {file.name: hollow(file.length, piece_length) for file in files}
    assert len(build_metainfo(NAME, hashes).info) < INFO_BYTES_MAX


def test_a_fetch_of_30_mb_costs_few_hashes() -> None:
    files = [FileEntry(f"f{power}", 1_000 << power) for power in range(15)]
    piece_length = choose_piece_length(NAME, files)
    assert sum(-(-file.length // piece_length) for file in files) * 20 <= HASHES_BYTES_GOAL
    assert choose_piece_length(NAME, files[:5]) == PIECE_BYTES_MIN


def test_small_snapshots_have_the_smallest_pieces() -> None:
    assert choose_piece_length(NAME, [FileEntry("a", 100)]) == PIECE_BYTES_MIN


def snapshot(records: int, per_publication: int) -> list[FileEntry]:
    """Return files as levels of sixteen leave them: 300 bytes a record, 32 a leaf hash."""
    files, first = [], 0
    publications = -(-records // per_publication)
    for level in reversed(range(8)):
        for _ in range(publications // 16**level % 16):
            end = first + per_publication * 16**level
            name = f"{level}-{first:x}-{end:x}"
            files.append(FileEntry(f"r{name}", 300 * (end - first)))
            files.append(FileEntry(f"l{name}", 32 * (end - first)))
            first = end
    return files


def hollow(length: int, piece_length: int) -> FileHashes:
    pieces = bytes(20 * -(-length // piece_length))
    return FileHashes(length, piece_length, bytes(32), pieces, b"")


def changed(metainfo: Metainfo, **values: Any) -> bytes:
    info: Any = decode(metainfo.info, INFO_BYTES_MAX)
    return encode(info | {key.replace("_", " ").encode(): value for key, value in values.items()})


def leaf(length: int) -> dict[bytes, dict[bytes, int | bytes]]:
    return {b"": {b"length": length, b"pieces root": bytes(32)}}


def empty_torrent() -> bytes:
    listed: list[Any] = [{b"length": 0, b"path": [b"a"]}]
    tree: dict[bytes, Any] = {b"a": {b"": {b"length": 0}}}
    return changed(GOOD, files=listed, file_tree=tree, pieces=b"")


GOOD = made({"a": bytes(20_000), "b": b"note"})
HOSTILE = {
    "nothing": b"",
    "no bencoding": b"hello",
    "a list": b"le",
    "an empty dictionary": b"de",
    "too large": b"d1:a%d:%be" % (INFO_BYTES_MAX, bytes(INFO_BYTES_MAX)),
    "another name": changed(GOOD, name=b"other"),
    "a name that is a number": changed(GOOD, name=5),
    "v1 only": encode({b"length": 5, b"name": NAME.encode(), b"piece length": 16_384}),
    "another version": changed(GOOD, meta_version=3),
    "private": changed(GOOD, private=1),
    "a source": changed(GOOD, source=b"x"),
    "a certificate": changed(GOOD, **{"ssl-cert": b"x"}),
    "pieces of no power of two": changed(GOOD, piece_length=16_385),
    "small pieces": changed(GOOD, piece_length=8_192),
    "large pieces": changed(GOOD, piece_length=2**25),
    "negative pieces": changed(GOOD, piece_length=-16_384),
    "no files": changed(GOOD, file_tree={}),
    "a path upwards": changed(GOOD, file_tree={b"..": leaf(20_000)}),
    "a path with a slash": changed(GOOD, file_tree={b"a/b": leaf(20_000)}),
    "an absolute path": changed(GOOD, file_tree={b"/etc": leaf(20_000)}),
    "a hidden file": changed(GOOD, file_tree={b".a": leaf(20_000)}),
    "a backslash": changed(GOOD, file_tree={b"a\\b": leaf(20_000)}),
    "a file named as the whole": changed(GOOD, file_tree={NAME.encode(): leaf(20_000)}),
    "a long name": changed(GOOD, file_tree={b"a" * 101: leaf(20_000)}),
    "a folder": changed(GOOD, file_tree={b"a": {b"b": leaf(20_000)}}),
    "a symlink": changed(
        GOOD, file_tree={b"a": {b"": {b"attr": b"l", b"length": 0, b"symlink path": [b"x"]}}}
    ),
    "a negative length": changed(GOOD, file_tree={b"a": leaf(-1)}),
    "a huge length": changed(GOOD, file_tree={b"a": leaf(2**50)}),
    "a short root": changed(GOOD, file_tree={b"a": {b"": {b"length": 9, b"pieces root": b"x"}}}),
    "pieces too few": changed(GOOD, pieces=bytes(20)),
    "pieces too many": changed(GOOD, pieces=bytes(200)),
    "two lists that differ": changed(GOOD, files=[{b"length": 9, b"path": [b"a"]}]),
    "nothing but an empty file": empty_torrent(),
    "no v1 list": changed(GOOD, files=[]),
    "bytes behind": GOOD.info + b"x",
    "too many files": changed(GOOD, file_tree={b"%d" % at: leaf(1) for at in range(FILES_MAX + 1)}),
}


@pytest.mark.parametrize("info", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_metadata_is_refused(info: bytes) -> None:
    with pytest.raises(TorrentRefused, match=r".{20}"):
        parse_metainfo(info, NAME)


@given(st.binary(max_size=300), st.integers(0, 700))
@settings(max_examples=200, deadline=None)
def test_damaged_metadata_is_refused_or_still_in_form(noise: bytes, at: int) -> None:
    info = GOOD.info[:at] + noise + GOOD.info[at + len(noise) :]
    try:
        assert parse_metainfo(info, NAME).info == info
    except TorrentRefused:
        return
