import random

import pytest

from ledger.level import cover, plan_levels, plan_merges
from ledger.segment import SegmentName


def digits(count: int) -> list[int]:
    result = []
    while count:
        count, digit = divmod(count, 16)
        result.append(digit)
    return result


@pytest.mark.parametrize(
    "count", [0, 1, 15, 16, 17, 31, 255, 256, 257, 271, 272, 4_095, 4_096, 4_111]
)
def test_levels_are_the_base_16_digits_of_the_number_of_publications(count: int) -> None:
    names = plan_levels(range(3, 3 * count + 3, 3))
    per_level = [sum(name.level == level for name in names) for level in range(4)]
    assert per_level[: len(digits(count))] == digits(count)
    assert [name.first for name in names] == [0, *(name.end for name in names)][:-1]
    assert not names or names[-1].end == 3 * count
    assert [name.level for name in names] == sorted((name.level for name in names), reverse=True)


def test_merging_after_each_publication_gives_the_planned_levels() -> None:
    rng = random.Random(7)  # noqa: S311 -- sizes, not a secret
    ends: list[int] = []
    standing: list[SegmentName] = []
    content: dict[SegmentName, bytes] = {}
    for _ in range(600):
        first = ends[-1] if ends else 0
        ends.append(first + rng.randrange(1, 9))
        name = SegmentName(0, first, ends[-1])
        content[name] = bytes(index % 251 for index in range(first, ends[-1]))
        standing.append(name)
        for parts, whole in plan_merges(ends):
            assert tuple(standing[-16:]) == parts
            content[whole] = b"".join(content[part] for part in parts)
            standing[-16:] = [whole]
        assert tuple(standing) == plan_levels(ends)
    assert b"".join(content[name] for name in standing) == bytes(n % 251 for n in range(ends[-1]))


def test_the_256th_publication_merges_twice() -> None:
    merges = plan_merges(range(1, 257))
    assert [(len(merge.parts), merge.whole) for merge in merges] == [
        (16, SegmentName(1, 240, 256)),
        (16, SegmentName(2, 0, 256)),
    ]
    assert plan_merges(range(1, 256)) == ()
    assert plan_merges([]) == ()


def test_a_follower_covers_what_it_has_of_a_merged_segment() -> None:
    wanted = SegmentName(1, 0, 160)
    ten = [SegmentName(0, at, at + 10) for at in range(0, 160, 10)]
    assert cover(wanted, ten) == tuple(ten)
    assert cover(wanted, ten[:5]) == tuple(ten[:5])
    assert cover(wanted, ten[1:]) == ()
    assert cover(wanted, [*ten[:3], *ten[4:]]) == tuple(ten[:3])
    assert cover(wanted, [*ten, wanted]) == (wanted,)
    assert cover(wanted, [SegmentName(2, 0, 999), *ten]) == tuple(ten)
    assert cover(wanted, []) == ()
