"""Twice is once, however quickly, and what failed may be tried again."""

import asyncio

import pytest

from federation.web.once import Done

FORM = "0" * 32


class Act:
    """Counts how often it was carried out, and waits until it may end."""

    def __init__(self) -> None:
        self.count = 0
        self.may_end = asyncio.Event()

    async def __call__(self) -> int:
        self.count += 1
        await self.may_end.wait()
        return self.count


async def test_a_second_form_waits_for_the_first_and_gets_its_result() -> None:
    done, act = Done(), Act()
    both = [asyncio.create_task(done.once(FORM, act)) for _again in range(2)]
    await asyncio.sleep(0)
    act.may_end.set()
    assert await asyncio.gather(*both) == [1, 1]
    assert await done.once(FORM, act) == 1
    assert await done.once("1" * 32, act) == 2


async def test_a_closed_tab_does_not_stop_what_it_asked_for() -> None:
    done, act = Done(), Act()
    gone = asyncio.create_task(done.once(FORM, act))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    act.may_end.set()
    assert await done.once(FORM, act) == 1
    assert act.count == 1


async def test_what_failed_may_be_sent_again() -> None:
    done, tries = Done(), iter([ValueError("not yet"), None])

    async def act() -> str:
        if (error := next(tries)) is not None:
            raise error
        return "done"

    with pytest.raises(ValueError, match="not yet"):
        await done.once(FORM, act)
    assert await done.once(FORM, act) == "done"


async def test_only_so_many_are_remembered() -> None:
    done, act = Done(remembered_max=2), Act()
    act.may_end.set()
    assert [await done.once(str(form), act) for form in (1, 2, 3, 1, 3)] == [1, 2, 3, 4, 3]
