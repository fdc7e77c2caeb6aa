"""Levels: which segments stand after each publication, so that their number stays small.

After n publications there are as many segments of a level as the base-16 digit of n says: when
16 of one level exist they become one of the next, their files joined in order.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from ledger.segment import LEVEL_MAX, SegmentName

MERGED_SEGMENTS = 16


class SegmentMerge(NamedTuple):
    """Segments whose files, joined in order, are those of one segment of the next level."""

    parts: tuple[SegmentName, ...]
    whole: SegmentName


def plan_levels(ends: Sequence[int]) -> tuple[SegmentName, ...]:
    """Return the segments that stand after some publications, oldest first.

    Args:
        ends: Index after the last record of each publication, rising; the first starts at 0.
    """
    _check(ends)
    names: list[SegmentName] = []
    done = 0
    for level in range(LEVEL_MAX, -1, -1):
        count = MERGED_SEGMENTS**level
        while len(ends) - done >= count:
            names.append(_name(ends, level, done, done + count))
            done += count
    return tuple(names)


def plan_merges(ends: Sequence[int]) -> tuple[SegmentMerge, ...]:
    """Return the merges that the newest publication brings about, in the order to make them.

    Args:
        ends: As for ``plan_levels``, the newest publication included.
    """
    _check(ends)
    merges = []
    count, level = MERGED_SEGMENTS, 1
    while ends and len(ends) % count == 0 and level <= LEVEL_MAX:
        start, part = len(ends) - count, count // MERGED_SEGMENTS
        parts = tuple(_name(ends, level - 1, at, at + part) for at in range(start, len(ends), part))
        merges.append(SegmentMerge(parts, _name(ends, level, start, len(ends))))
        count, level = count * MERGED_SEGMENTS, level + 1
    return tuple(merges)


def cover(wanted: SegmentName, present: Iterable[SegmentName]) -> tuple[SegmentName, ...]:
    """Return the segments at hand that, joined in order, are the beginning of a wanted one.

    All of it is at hand where the last one's ``end`` is the wanted one's; else the joined files
    are its first bytes, and only the rest has to come.
    """
    by_first: dict[int, SegmentName] = {}
    for name in present:
        known = by_first.get(name.first)
        if name.end <= wanted.end and (known is None or name.end > known.end):
            by_first[name.first] = name
    parts = []
    at = wanted.first
    while (part := by_first.get(at)) is not None:
        parts.append(part)
        at = part.end
    return tuple(parts)


def _name(ends: Sequence[int], level: int, start: int, stop: int) -> SegmentName:
    """Return the name of the segment of publications start to stop - 1."""
    return SegmentName(level, ends[start - 1] if start else 0, ends[stop - 1])


def _check(ends: Sequence[int]) -> None:
    assert all(one < other for one, other in pairwise((0, *ends))), "publications' ends rise"
