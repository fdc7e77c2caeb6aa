import random
from collections.abc import Iterable

import pytest

from ledger.codec import encode
from ledger.errors import SegmentInvalid
from ledger.level import plan_levels
from ledger.name.log import (
    Changes,
    ChangesName,
    NameChange,
    apply_changes,
    check_changes_names,
    decode_changes,
    encode_changes,
    format_changes_name,
    join_changes,
    name_changes,
    parse_changes_name,
    plan_changes,
)
from ledger.segment import SegmentName, encode_frames

Change = tuple[bytes, bytes | None]


def some_changes(seed: int, count: int) -> list[Change]:
    """Return changes of few names, so that most are changed again, and some are removed."""
    rng = random.Random(seed)  # noqa: S311 -- changes, not a secret
    names = [f"name{number}".encode() for number in range(max(count // 4, 2))]
    return [
        (rng.choice(names), None if rng.random() < 0.3 else rng.randbytes(9)) for _ in range(count)
    ]


def file_of(log: list[Change], span: SegmentName) -> bytes:
    return encode_changes(dict(log[span.first : span.end]), span)


def planned(ends: Iterable[int]) -> tuple[SegmentName, ...]:
    """Return the files that stand after some publications."""
    spans: tuple[SegmentName, ...] = ()
    for end in ends:
        spans = plan_changes(spans, end)
    return spans


def present(log: list[Change]) -> dict[bytes, bytes]:
    return {key: value for key, value in dict(log).items() if value is not None}


def test_the_newest_publication_has_a_file_of_its_own_and_those_before_are_levelled() -> None:
    ends = list(range(2, 36, 2))
    assert plan_changes((), 0) == ()
    assert planned(ends[:1]) == (SegmentName(0, 0, 2),)
    assert planned(ends[:16]) == tuple(SegmentName(0, at, at + 2) for at in range(0, 32, 2))
    assert planned(ends[:17]) == (SegmentName(1, 0, 32), SegmentName(0, 32, 34))
    assert plan_changes(planned(ends), ends[-1]) == planned(ends), "nothing changed"


def test_levels_are_those_of_segments_but_for_the_newest_file() -> None:
    ends = list(range(3, 3 * 600, 3))
    for count in (2, 16, 17, 255, 256, 257, 272, 273, 599):
        *before, newest = planned(ends[:count])
        assert tuple(before) == plan_levels(ends[: count - 1])
        assert newest == SegmentName(0, *ends[count - 2 : count])


def test_who_had_all_files_before_makes_every_file_but_the_newest() -> None:
    log = some_changes(3, 900)
    ends = sorted(random.Random(5).sample(range(1, 900), 300))  # noqa: S311
    here: dict[SegmentName, Changes] = {}
    for count in range(1, len(ends) + 1):
        spans = planned(ends[:count])
        check_changes_names(name_changes(span, file_of(log, span)) for span in spans)
        for span in spans[:-1]:
            parts = [at for at in here if span.first <= at.first and at.end <= span.end]
            assert max(part.end for part in parts) == span.end
            joined = join_changes(here[part] for part in sorted(parts, key=lambda one: one.end))
            assert encode_changes(joined, span) == file_of(log, span)
        here = {span: decode_changes(file_of(log, span), span) for span in spans}


@pytest.mark.parametrize("seed", range(6))
def test_files_bring_any_earlier_state_forward(seed: int) -> None:
    log = some_changes(seed, 200)
    rng = random.Random(seed)  # noqa: S311
    ends = sorted({*rng.sample(range(1, 200), 70), 200})
    here = rng.choice([0, *ends])
    values = present(log[:here])
    for span in planned(ends):
        if span.end > here:
            apply_changes(values, decode_changes(file_of(log, span), span), span)
    assert values == present(log)


def test_what_is_to_change_in_the_map_names_what_a_whole_file_leaves_out() -> None:
    span = SegmentName(1, 0, 9)
    values = {b"gone": b"1", b"stays": b"2"}
    changed = apply_changes(values, {b"stays": b"3", b"new": b"4"}, span)
    assert changed == {b"stays": b"3", b"new": b"4", b"gone": None}
    assert values == {b"stays": b"3", b"new": b"4"}


def test_a_file_says_its_contents_in_its_name() -> None:
    span = SegmentName(1, 16, 300)
    name = name_changes(span, b"data")
    assert format_changes_name(name) == "n1-10-12c-3a6eb0790f39ac87"
    assert parse_changes_name("n1-10-12c-3a6eb0790f39ac87") == name
    assert parse_changes_name("names-3a6eb0790f39ac87") is None


@pytest.mark.parametrize(
    "text", ["n13-0-1-3a6eb0790f39ac87", "n0-5-5-3a6eb0790f39ac87", "n0-6-5-3a6eb0790f39ac87"]
)
def test_a_file_that_cannot_be_is_refused_by_its_name(text: str) -> None:
    with pytest.raises(SegmentInvalid, match="level or bounds"):
        parse_changes_name(text)


@pytest.mark.parametrize(
    "spans",
    [
        [(0, 1, 2)],
        [(0, 0, 2), (0, 3, 4)],
        [(0, 0, 2), (0, 1, 4)],
        [(0, 0, 2), (0, 0, 2)],
        [(0, 0, 2), (1, 2, 40)],
        [(0, at, at + 1) for at in range(17)],
        [(1, at, at + 16) for at in range(0, 256, 16)],
    ],
    ids=["late", "hole", "overlap", "twice", "rising", "17 of level 0", "16 of level 1"],
)
def test_files_that_are_no_whole_log_are_refused(spans: list[tuple[int, int, int]]) -> None:
    names = [ChangesName(SegmentName(*span), "0" * 16) for span in spans]
    with pytest.raises(SegmentInvalid, match="comes next"):
        check_changes_names(names)


FIRST = SegmentName(0, 0, 3)
LATER = SegmentName(0, 3, 5)


@pytest.mark.parametrize(
    ("frames", "span", "why"),
    [
        ([b""], FIRST, "does not fit|Input data|input"),
        ([encode(NameChange(b"a", b"1")) + b"\x00"], FIRST, "file of names"),
        ([encode(NameChange(b"b", b"1")), encode(NameChange(b"a", b"1"))], FIRST, "after"),
        ([encode(NameChange(b"a", b"1"))] * 2, FIRST, "after"),
        ([encode(NameChange(b"a", None))], FIRST, "nothing came before"),
        ([encode(NameChange(bytes([97 + n]), b"1")) for n in range(3)], LATER, "3 changes; 2 fit"),
        ([encode(NameChange(b"", b"1"))], LATER, "file of names"),
        ([encode(NameChange(b"a", b""))], LATER, "file of names"),
        ([encode(NameChange(b"a", bytes(8_193)))], LATER, "file of names"),
        ([bytes(20_000)], LATER, "frame"),
    ],
)
def test_a_hostile_file_is_refused(frames: list[bytes], span: SegmentName, why: str) -> None:
    with pytest.raises(SegmentInvalid, match=why):
        decode_changes(encode_frames(frames), span)


def test_a_file_that_ends_within_a_frame_is_refused() -> None:
    data = encode_changes({b"a": b"1"}, FIRST)
    for end in range(1, len(data)):
        with pytest.raises(SegmentInvalid):
            decode_changes(data[:end], FIRST)


def test_changes_that_cancel_each_other_from_the_start_leave_an_empty_file() -> None:
    assert encode_changes({b"a": None}, FIRST) == b""
    assert decode_changes(b"", FIRST) == {}
