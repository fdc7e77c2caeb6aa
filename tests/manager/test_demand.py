"""Values that are worked out when they are first asked for, once."""

import pytest

from manager.demand import OnDemand


def test_a_value_is_worked_out_when_it_is_asked_for_and_once() -> None:
    asked: list[str] = []

    def work(key: str) -> int:
        asked.append(key)
        return len(key)

    lengths = OnDemand(["bb", "a", "ccc"], work)
    assert asked == []
    assert (lengths["a"], lengths["a"], lengths.get("bb")) == (1, 1, 2)
    assert asked == ["a", "bb"]
    assert dict(lengths) == {"bb": 2, "a": 1, "ccc": 3}
    assert asked == ["a", "bb", "ccc"]


def test_it_knows_its_keys_without_working() -> None:
    def work(key: int) -> int:
        raise AssertionError(key)

    keys = OnDemand((3, 1, 2, 1), work)
    assert (list(keys), len(keys), 2 in keys, 9 in keys) == ([3, 1, 2], 3, True, False)
    assert keys.get(9) is None
    with pytest.raises(KeyError, match="9"):
        keys[9]


def test_work_that_failed_is_tried_again() -> None:
    tries: list[int] = []

    def work(key: int) -> int:
        tries.append(key)
        if len(tries) == 1:
            raise OSError("not yet")
        return key

    keys = OnDemand([7], work)
    with pytest.raises(OSError, match="not yet"):
        keys[7]
    assert keys[7] == 7
