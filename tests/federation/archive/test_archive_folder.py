"""The archive's folder: frames as they were written, and what damage does."""

from pathlib import Path

import pytest

from federation.archive.folder import ArchiveFolder
from federation.errors import StorageFailed
from ledger.archive import ArchiveName, format_archive_name
from ledger.attachment import SEALED_BYTES_MAX
from ledger.errors import SegmentInvalid
from ledger.segment import SegmentName

FRAMES = [b"s" * 20, b"", b"t" * 17]
SPAN = SegmentName(0, 4, 7)


@pytest.fixture
def folder(tmp_path: Path) -> ArchiveFolder:
    return ArchiveFolder(tmp_path, bytes(32))


def test_frames_are_read_as_they_were_written(folder: ArchiveFolder) -> None:
    name = folder.write(SPAN, FRAMES)
    assert name.span == SPAN
    assert list(folder.read(name)) == FRAMES
    assert folder.has(name)
    assert folder.length(name) == sum(map(len, FRAMES)) + 12
    assert folder.is_named_rightly(name)
    assert folder.write(SPAN, FRAMES) == name
    assert [path.name for path in folder.path.iterdir()] == [format_archive_name(name)]


def test_what_is_not_kept_is_removed(folder: ArchiveFolder) -> None:
    first, second = folder.write(SPAN, FRAMES), folder.write(SegmentName(0, 7, 8), [b"u" * 17])
    folder.prune([second])
    assert (folder.has(first), folder.has(second)) == (False, True)
    assert folder.length(first) == 0
    folder.remove(second)
    folder.remove(second)
    assert not folder.has(second)


def test_a_file_under_a_false_name_is_found(folder: ArchiveFolder) -> None:
    name = folder.write(SPAN, FRAMES)
    path = folder.path / format_archive_name(name)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert not folder.is_named_rightly(name)


@pytest.mark.parametrize(
    ("data", "whole"),
    [
        pytest.param(b"", 0, id="nothing"),
        pytest.param(b"\x00\x00", 0, id="half a length"),
        pytest.param(b"\x00\x00\x00\x05abcd", 0, id="half a frame"),
        pytest.param((SEALED_BYTES_MAX + 1).to_bytes(4), 0, id="a frame too long"),
        pytest.param(bytes(8), 2, id="a frame too few"),
        pytest.param(bytes(16), 3, id="a frame too many"),
        pytest.param(bytes(13), 3, id="a byte too many"),
    ],
)
def test_damage_is_found_after_the_frames_before_it(
    folder: ArchiveFolder, data: bytes, whole: int
) -> None:
    name = ArchiveName(SPAN, "0" * 16)
    folder.path.mkdir()
    (folder.path / format_archive_name(name)).write_bytes(data)
    frames = folder.read(name)
    assert [next(frames) for _ in range(whole)] == [b""] * whole
    with pytest.raises(SegmentInvalid):
        next(frames)


def test_a_disk_that_takes_nothing_is_told(folder: ArchiveFolder) -> None:
    (folder.path / f"{SPAN.first:x}-{SPAN.end:x}.new").mkdir(parents=True)
    with pytest.raises(StorageFailed, match="make room or mend it"):
        folder.write(SPAN, FRAMES)
