"""The archive's files: their names, what may stand together, and how many publications make."""

from collections.abc import Sequence

import pytest

from ledger.archive import (
    FILES_MAX,
    Archive,
    ArchiveHead,
    ArchiveName,
    archive_torrent_name,
    check_archive_files,
    choose_files,
    format_archive_name,
    parse_archive_name,
    plan_archive,
    read_archive,
)
from ledger.attachment import SEALED_BYTES_MAX
from ledger.codec import encode
from ledger.errors import SegmentInvalid
from ledger.level import plan_levels
from ledger.segment import LEVEL_MAX, SegmentName
from ledger.snapshot import ARCHIVE_HEAD_BYTES_MAX, is_archive_head

HASH = "0a" * 8


def _head(spans: Sequence[SegmentName]) -> bytes:
    files = tuple(format_archive_name(ArchiveName(span, HASH)) for span in spans)
    return encode(ArchiveHead(b"i" * 20, b"j" * 32, files))


def _archive(*ends: int) -> Archive:
    return read_archive(_head(plan_levels(ends)))


def test_names_are_read_as_they_are_written() -> None:
    name = ArchiveName(SegmentName(2, 0x10, 0x1FF), HASH)
    assert format_archive_name(name) == f"f2-10-1ff-{HASH}"
    assert parse_archive_name(f"f2-10-1ff-{HASH}") == name
    assert archive_torrent_name(bytes(32)) == "commontab-" + "a" * 16 + "-files"
    assert is_archive_head("files-" + HASH)
    assert not is_archive_head(format_archive_name(name))


@pytest.mark.parametrize(
    "text",
    [
        "", "r0-0-1", f"f0-0-0-{HASH}", f"f0-2-1-{HASH}", f"f13-0-1-{HASH}", f"f00-0-1-{HASH}",
        f"f0-00-1-{HASH}", f"f0-0-1-{HASH}0", f"f0-0-1-{HASH[1:]}", f"f0-0-1-{HASH.upper()}",
        f"f0-0-ffffffffffffff-{HASH}", f"f0-0-1-{HASH}\n", f"../f0-0-1-{HASH}",
    ],
)  # fmt: skip
def test_other_names_are_refused(text: str) -> None:
    with pytest.raises(SegmentInvalid):
        parse_archive_name(text)


def test_a_head_says_which_torrent_has_which_files() -> None:
    archive = _archive(3, 4, 9)
    assert archive.infohash == b"i" * 20
    assert [name.span for name in archive.files] == list(plan_levels((3, 4, 9)))
    assert archive.end == 9


def test_the_largest_head_fits() -> None:
    spans, at = [], 2**52
    spans.append(SegmentName(LEVEL_MAX, 0, at))
    for level in range(LEVEL_MAX, -1, -1):
        for _ in range(15 - (level == LEVEL_MAX)):
            spans.append(SegmentName(level, at, at + 1))
            at += 1
    data = _head(spans)
    assert len(spans) == FILES_MAX
    assert len(data) <= ARCHIVE_HEAD_BYTES_MAX
    assert read_archive(data).end == at


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(_head([]), id="no file"),
        pytest.param(_head([SegmentName(0, 1, 2)]), id="a hole at the start"),
        pytest.param(_head([SegmentName(0, 0, 2), SegmentName(0, 3, 4)]), id="a hole"),
        pytest.param(_head([SegmentName(0, 0, 2), SegmentName(0, 1, 4)]), id="an overlap"),
        pytest.param(_head([SegmentName(0, 0, 2), SegmentName(1, 2, 4)]), id="rising levels"),
        pytest.param(_head([SegmentName(0, at, at + 1) for at in range(16)]), id="a full level"),
        pytest.param(_head([SegmentName(0, 0, 2)]) + b"\x00", id="more bytes"),
        pytest.param(encode(ArchiveHead(b"i" * 19, b"j" * 32, ("f",))), id="a short infohash"),
        pytest.param(encode(ArchiveHead(b"i" * 20, b"j" * 32, ("x",))), id="another name"),
    ],
)
def test_a_head_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(SegmentInvalid):
        read_archive(data)


def test_a_torrent_has_the_files_of_its_head_with_lengths_that_can_be() -> None:
    archive = _archive(3, 4)
    names = [format_archive_name(name) for name in archive.files]
    most = dict(zip(names, (3 * (SEALED_BYTES_MAX + 4), SEALED_BYTES_MAX + 4), strict=True))
    assert check_archive_files(most.items(), archive) == most
    least = dict(zip(names, (12, 4), strict=True))
    assert check_archive_files(least.items(), archive) == least
    for wrong in (
        {names[0]: 12},
        {**least, "readme.txt": 1},
        {**least, names[0]: 11},
        {**least, names[1]: most[names[1]] + 1},
        {**least, names[1]: -1},
    ):
        with pytest.raises(SegmentInvalid):
            check_archive_files(wrong.items(), archive)


def test_publications_that_attach_nothing_add_no_file() -> None:
    attached = [(4, 2), (11, 3), (12, 6), (30, 7)]
    assert plan_archive([3], attached) == ()
    assert plan_archive([5], attached) == (SegmentName(0, 0, 2),)
    assert plan_archive([5, 8, 11, 20, 25], attached) == plan_levels((2, 6))
    assert plan_archive([5, 11, 13, 31], attached) == plan_levels((2, 6, 7))
    many = [(record, record + 1) for record in range(40)]
    assert plan_archive(range(1, 41), many) == plan_levels(range(1, 41))
    assert plan_archive(range(1, 41), many)[0] == SegmentName(1, 0, 16)


def test_the_newest_files_come_first_where_there_is_little_room() -> None:
    archive = _archive(3, 4, 9)
    names = [format_archive_name(name) for name in archive.files]
    lengths = dict(zip(names, (100, 10, 50), strict=True))
    assert choose_files(lengths, archive, 160) == set(names)
    assert choose_files(lengths, archive, 159) == set(names[1:])
    assert choose_files(lengths, archive, 59) == {names[2]}
    assert choose_files(lengths, archive, 49) == set()
    assert choose_files(lengths, archive, 0) == set()
