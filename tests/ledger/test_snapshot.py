from collections.abc import Callable, Sequence

import pytest

from ledger.accounts_file import ACCOUNTS_BYTES_MAX
from ledger.cosignature import COSIGNATURES_BYTES_MAX
from ledger.errors import SegmentInvalid
from ledger.feed.head import HEAD_BYTES_MAX
from ledger.level import plan_levels
from ledger.name.log import CHANGES_BYTES_MAX, REGISTRY_BYTES_MAX, ChangesName, format_changes_name
from ledger.segment import SegmentName, format_name
from ledger.snapshot import (
    ARCHIVE_HEAD_BYTES_MAX,
    COPIES_BYTES_MAX,
    FILES_MAX,
    GRANTS_BYTES_MAX,
    SnapshotFiles,
    check_snapshot_files,
    checkpoint_name,
    torrent_name,
)

Files = dict[str, int]
ACCOUNTS, GRANTS, COPIES, COSIGNATURES, FEED, REGISTRY, ARCHIVE = (
    "accounts-" + "00" * 8,
    "grants-" + "0a" * 8,
    "copies-" + "0b" * 8,
    "cosignatures-" + "0c" * 8,
    "feed-" + "0d" * 8,
    "names-" + "0e" * 8,
    "files-" + "1a" * 8,
)
CHANGES = tuple(
    ChangesName(SegmentName(*span), "0f" * 8) for span in ((1, 0, 40), (0, 40, 43), (0, 43, 44))
)


def files(names: Sequence[SegmentName]) -> Files:
    listed: Files = {
        checkpoint_name(names[-1].end): 300,
        ACCOUNTS: 600,
        GRANTS: 500,
        COPIES: 700,
        COSIGNATURES: 112,
        FEED: 310,
        REGISTRY: 400,
        ARCHIVE: 120,
    }
    listed |= {format_changes_name(name): 90 for name in CHANGES}
    for name in names:
        count = name.end - name.first
        listed[format_name("r", name)] = 250 * count
        listed[format_name("l", name)] = 36 * count
    return listed


def whole() -> Files:
    return files(plan_levels(range(5, 5 * 300, 5)))


def check(listed: Files, size_max: int = 2**53 - 1) -> SnapshotFiles:
    return check_snapshot_files(listed.items(), size_max)


def test_a_whole_snapshot_is_recognised() -> None:
    listed = whole()
    found = check(listed)
    assert found.size == 5 * 299
    assert found.segments == plan_levels(range(5, 5 * 300, 5))
    assert found.accounts == ACCOUNTS
    assert (found.grants, found.copies, found.cosignatures) == (GRANTS, COPIES, COSIGNATURES)
    assert (found.feed, found.archive) == (FEED, ARCHIVE)
    assert (found.registry, found.changes) == (REGISTRY, CHANGES)
    assert set(found.of_names) == {REGISTRY, *map(format_changes_name, CHANGES)}
    assert set(found.names) == set(listed)
    assert len(found.names) == len(listed)
    assert found.checkpoint == "checkpoint-5d7"


def test_the_order_of_a_torrents_files_does_not_matter() -> None:
    assert check(dict(reversed(whole().items()))) == check(whole())


def test_an_open_ledgers_snapshot_has_neither_grants_nor_copies() -> None:
    listed = whole()
    del listed[GRANTS], listed[COPIES], listed[COSIGNATURES], listed[FEED]
    found = check(listed)
    assert found.accounts == ACCOUNTS
    assert (found.grants, found.copies) == (None, None)
    assert found.names[0] == found.checkpoint


def test_a_snapshot_without_names_has_no_files_of_them() -> None:
    listed = {name: length for name, length in whole().items() if name[0] != "n"}
    found = check(listed)
    assert (found.registry, found.changes, found.of_names) == (None, (), ())


def test_a_file_of_changes_that_cancel_each_other_is_empty() -> None:
    listed = whole()
    listed[format_changes_name(CHANGES[1])] = 0
    assert check(listed).changes == CHANGES


def test_the_most_files_a_ledger_can_have_are_accepted() -> None:
    names, at = [], 0
    for level in range(12, -1, -1):
        for _ in range(15):
            names.append(SegmentName(level, at, at + 1))
            at += 1
    listed = {name: length for name, length in files(names).items() if name[:1] != "n"}
    spans = [*names, SegmentName(0, at, at + 1)]
    listed |= {format_changes_name(ChangesName(span, "0f" * 8)): 9 for span in spans}
    listed[REGISTRY] = 9
    assert len(listed) == FILES_MAX
    assert check(listed).size == at


def put(name: str, length: int = 32) -> Callable[[Files], None]:
    return lambda listed: listed.__setitem__(name, length)


def drop(name: str) -> Callable[[Files], None]:
    return lambda listed: listed.__delitem__(name)


LAST = "1-578-5c8"
CASES: dict[str, Callable[[Files], None]] = {
    "an unknown name": put("readme.txt"),
    "a path": put("../r0-0-1"),
    "a nested path": put("sub/r0-0-1"),
    "a padding file": put(".pad/32"),
    "an absolute path": put("/etc/passwd"),
    "a name with a newline": put("r0-0-1\n"),
    "no checkpoint": drop("checkpoint-5d7"),
    "two checkpoints": put("checkpoint-5d2", 300),
    "an empty checkpoint": put("checkpoint-5d7", 0),
    "a long checkpoint": put("checkpoint-5d7", 4_097),
    "no accounts": drop(ACCOUNTS),
    "two files of accounts": put("accounts-" + "1" * 16, 100),
    "long accounts": put(ACCOUNTS, ACCOUNTS_BYTES_MAX + 1),
    "two files of grants": put("grants-" + "0" * 16, 100),
    "long grants": put(GRANTS, GRANTS_BYTES_MAX + 1),
    "long copies": put(COPIES, COPIES_BYTES_MAX + 1),
    "long cosignatures": put(COSIGNATURES, COSIGNATURES_BYTES_MAX + 1),
    "a long head of a feed": put(FEED, HEAD_BYTES_MAX + 1),
    "two heads of a feed": put("feed-" + "0" * 16, 310),
    "two heads of an archive": put("files-" + "0" * 16, 120),
    "a long head of an archive": put(ARCHIVE, ARCHIVE_HEAD_BYTES_MAX + 1),
    "attached files themselves": put("f0-0-1-" + "0" * 16, 120),
    "long proof of the names": put(REGISTRY, REGISTRY_BYTES_MAX + 1),
    "an empty proof of the names": put(REGISTRY, 0),
    "two proofs of the names": put("names-" + "0" * 16, 400),
    "names without their proof": drop(REGISTRY),
    "a hole in the names": drop(format_changes_name(CHANGES[1])),
    "names before the first": drop(format_changes_name(CHANGES[0])),
    "names twice": put("n0-2b-2c-" + "1" * 16),
    "names that cannot be": put("n0-2c-2c-" + "1" * 16),
    "long names": put(format_changes_name(CHANGES[2]), CHANGES_BYTES_MAX + 1),
    "names of a negative length": put(format_changes_name(CHANGES[2]), -1),
    "grants with a capital name": put("grants-" + "0A" * 8, 100),
    "records without leaf hashes": drop("l1-500-550"),
    "leaf hashes without records": drop("r1-500-550"),
    "an overlap": lambda listed: listed.update({"r0-0-5": 1_000, "l0-0-5": 180}),
    "beyond the checkpoint": lambda listed: listed.update({"r0-5d7-5dc": 1_000, "l0-5d7-5dc": 180}),
    "leaf hashes too short": put("l1-500-550", 80 * 36 - 1),
    "leaf hashes too long": put("l1-500-550", 80 * 36 + 1),
    "records too short": put("r1-500-550", 80 * 21 - 1),
    "records too long": put("r1-500-550", 80 * (4 + 65_535 + 40) + 1),
    "records of no length": put("r1-500-550", 0),
    "a negative length": put("r1-500-550", -1),
}


@pytest.mark.parametrize("case", CASES)
def test_a_snapshot_that_is_not_one_is_refused(case: str) -> None:
    listed = whole()
    CASES[case](listed)
    with pytest.raises(SegmentInvalid):
        check(listed)


def test_a_hole_and_a_wrong_order_of_levels_and_a_full_level_are_refused() -> None:
    for names in (
        [SegmentName(0, 0, 5), SegmentName(0, 6, 9)],
        [SegmentName(0, 1, 5)],
        [SegmentName(0, 0, 5), SegmentName(1, 5, 99)],
        [SegmentName(0, at, at + 1) for at in range(16)],
    ):
        with pytest.raises(SegmentInvalid, match="comes next"):
            check(files(names))


def test_more_records_than_were_signed_are_refused() -> None:
    assert check(whole(), 5 * 299).size == 5 * 299
    with pytest.raises(SegmentInvalid, match="at most 1494 are signed"):
        check(whole(), 5 * 299 - 1)


def test_more_bytes_than_there_is_room_for_are_refused() -> None:
    listed = whole()
    room = sum(listed.values())
    check_snapshot_files(listed.items(), 10_000, room)
    with pytest.raises(SegmentInvalid, match="there is room for"):
        check_snapshot_files(listed.items(), 10_000, room - 1)


def test_a_name_twice_and_too_many_files_are_refused() -> None:
    with pytest.raises(SegmentInvalid, match="twice"):
        check_snapshot_files([*whole().items(), (GRANTS, 500)], 10_000)
    with pytest.raises(SegmentInvalid, match="over 594 files"):
        check_snapshot_files(((f"r0-{n:x}-{n + 1:x}", 60) for n in range(10**9)), 2**53 - 1)


def test_an_empty_torrent_is_refused() -> None:
    with pytest.raises(SegmentInvalid, match="without a checkpoint"):
        check({})


def test_a_torrent_is_called_by_its_community() -> None:
    assert torrent_name(bytes(32)) == "commontab-aaaaaaaaaaaaaaaa"
