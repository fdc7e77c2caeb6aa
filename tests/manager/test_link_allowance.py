"""How fast a linked community may fill our journal."""

from manager.link.allowance import BURST, Allowance

HILL, RIVER = b"h" * 32, b"r" * 32


def test_a_burst_is_allowed_and_then_one_entry_a_second() -> None:
    allowed = Allowance()
    assert allowed.take(HILL, BURST, 100)
    assert not allowed.take(HILL, 1, 100)
    assert allowed.take(RIVER, 1, 100), "each link has its own"
    assert allowed.take(HILL, 1, 101)
    assert not allowed.take(HILL, 64, 150)
    assert allowed.take(HILL, 64, 165)


def test_a_clock_that_goes_back_gives_nothing() -> None:
    allowed = Allowance()
    assert allowed.take(HILL, BURST, 100)
    assert not allowed.take(HILL, 1, 50)
    assert allowed.take(HILL, 1, 51)


def test_what_is_left_never_exceeds_a_burst() -> None:
    allowed = Allowance()
    assert allowed.take(HILL, 1, 0)
    assert not allowed.take(HILL, BURST + 1, 10**9)
    assert allowed.take(HILL, BURST, 10**9)
