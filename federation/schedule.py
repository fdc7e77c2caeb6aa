"""Recurring jobs on one asyncio loop, and a clean end; the only module that names APScheduler."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

# It reports jobs that are held back here on purpose, and errors that ``run`` raises anyway.
logging.getLogger("apscheduler").setLevel(logging.CRITICAL)

Job = Callable[[], Awaitable[None]]
END_S = 5.0
"""How long running jobs may take to end after the signal."""


class Schedule:
    """Runs each job in its rhythm, never twice at once; a job that is late runs once, not often.

    A job that raises ends the program: jobs catch what they expect.
    """

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            # The library's own grace of one second would silently skip a late job.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._stop = asyncio.Event()
        self._failure: BaseException | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._busy: dict[str, asyncio.Lock] = {}

    def every(self, name: str, interval_s: float, job: Job, *, after_s: float = 0) -> None:
        """Add a job that first runs ``after_s`` seconds from now, then every ``interval_s``."""
        self._busy[name] = asyncio.Lock()
        self._scheduler.add_job(
            self._run,
            "interval",
            seconds=interval_s,
            id=name,
            args=(name, job),
            next_run_time=datetime.now(UTC) + timedelta(seconds=after_s),
        )

    def soon(self, name: str) -> None:
        """Run a job at once, as if its time had come."""
        self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))

    def drop(self, name: str) -> None:
        """Let a job not run again."""
        self._scheduler.remove_job(name)

    def stop(self) -> None:
        """End ``run``."""
        self._stop.set()

    async def run(self) -> None:
        """Run until SIGTERM, SIGINT or ``stop``; then let running jobs end within 5 seconds.

        Raises:
            BaseException: What a job raised.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        self._scheduler.start()
        try:
            await self._stop.wait()
        finally:
            self._scheduler.shutdown(wait=False)
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)
            await self._end_jobs()
        if self._failure is not None:
            raise self._failure

    async def _run(self, name: str, job: Job) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            async with self._busy[name]:
                await job()
        except Exception as error:  # noqa: BLE001 -- handed to run, which raises it
            self._failure = error
            self.stop()
        finally:
            self._running.discard(task)

    async def _end_jobs(self) -> None:
        if not self._running:
            return
        _, late = await asyncio.wait(self._running, timeout=END_S / 2)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=END_S / 2)
