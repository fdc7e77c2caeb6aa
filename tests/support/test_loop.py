"""The virtual-time loop keeps its own promises."""

import asyncio
import sqlite3
import threading
import time

import pytest

from tests.support.loop import Crash, Deadlock, Overrun, run_virtual


async def now_s() -> float:
    return asyncio.get_running_loop().time()


def test_a_year_passes_without_waiting() -> None:
    async def year() -> float:
        await asyncio.sleep(365 * 86_400)
        return await now_s()

    started = time.monotonic()
    assert run_virtual(year()) == pytest.approx(365 * 86_400)
    assert time.monotonic() - started < 5


def test_timers_wake_in_order_and_at_their_time() -> None:
    woken: list[tuple[float, str]] = []

    async def wait(delay_s: float, name: str) -> None:
        await asyncio.sleep(delay_s)
        woken.append((await now_s(), name))

    async def main() -> None:
        await asyncio.gather(wait(3, "c"), wait(1, "a"), wait(2, "b"), wait(1, "a again"))

    run_virtual(main())
    assert [name for _, name in woken] == ["a", "a again", "b", "c"]
    assert [at for at, _ in woken] == pytest.approx([1, 1, 2, 3])


def test_timers_far_from_the_start_still_end() -> None:
    async def main() -> int:
        await asyncio.sleep(3e7)
        turns = 0
        for _ in range(1_000):
            await asyncio.sleep(0.001)
            turns += 1
        return turns

    assert run_virtual(main()) == 1_000


def test_a_timeout_fires_in_virtual_time() -> None:
    async def main() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3_600):
                await asyncio.sleep(7_200)
        return await now_s()

    assert run_virtual(main()) == pytest.approx(3_600)


def test_tasks_that_wait_forever_are_a_deadlock() -> None:
    async def main() -> None:
        await asyncio.Event().wait()

    with pytest.raises(Deadlock):
        run_virtual(main())


def test_a_world_that_never_ends_overruns_its_horizon() -> None:
    async def main() -> None:
        while True:  # noqa: ASYNC110 -- a world that polls for ever
            await asyncio.sleep(60)

    with pytest.raises(Overrun):
        run_virtual(main(), horizon_s=3_600)


def test_threads_run_inline_so_that_a_database_stays_on_one_thread() -> None:
    async def main() -> tuple[int, int]:
        database = sqlite3.connect(":memory:")
        (value,) = await asyncio.to_thread(lambda: database.execute("SELECT 42").fetchone())
        database.close()
        return value, await asyncio.to_thread(threading.get_ident)

    assert run_virtual(main()) == (42, threading.get_ident())


def test_a_thread_lets_others_run_before_its_result_arrives() -> None:
    order: list[str] = []

    async def main() -> None:
        other = asyncio.create_task(note("other"))
        await asyncio.to_thread(order.append, "thread")
        order.append("result")
        await other

    async def note(name: str) -> None:
        order.append(name)

    run_virtual(main())
    assert order == ["thread", "other", "result"]


def test_a_thread_hands_over_its_failure_and_its_death() -> None:
    def fail(error: BaseException) -> None:
        raise error

    async def main() -> None:
        with pytest.raises(KeyError):
            await asyncio.to_thread(fail, KeyError("x"))
        with pytest.raises(Crash):
            await asyncio.to_thread(fail, Crash("dead"))

    run_virtual(main())


def test_a_failure_that_nobody_looks_at_fails_the_world() -> None:
    async def main() -> None:
        asyncio.get_running_loop().call_soon(lambda: 1 // 0)
        await asyncio.sleep(1)

    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        run_virtual(main())
