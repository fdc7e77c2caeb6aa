"""A web application on a real loopback port, served from a thread of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TypeVar

from aiohttp import web

from federation.web.server import Served, serve_web

T = TypeVar("T")
START_S = 30.0
CALL_S = 60.0


class Serving:
    """An application that a browser in this process can open.

    Attributes:
        url: Its address, such as ``http://127.0.0.1:40123``.
        port: The port in it.
    """

    def __init__(self, make: Callable[[], web.Application], port: int) -> None:
        self._make = make
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._ready = Event()
        self._end: asyncio.Event | None = None
        self._failed: BaseException | None = None
        self._served: Served | None = None
        self._thread = Thread(target=self._run, name="serving", daemon=True)

    @property
    def url(self) -> str:
        assert self._served is not None
        return self._served.url

    @property
    def port(self) -> int:
        assert self._served is not None
        return self._served.port

    def call(self, act: Callable[[], Awaitable[T]]) -> T:
        """Run something on the application's own loop and return what it gives."""

        async def whole() -> T:
            return await act()

        return asyncio.run_coroutine_threadsafe(whole(), self._loop).result(CALL_S)

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(START_S), "the application did not start"
        if self._failed is not None:
            raise self._failed

    def stop(self) -> None:
        if self._end is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(START_S)
        assert not self._thread.is_alive(), "the application did not stop"

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            try:
                runner.run(self._serve())
            except BaseException as error:  # noqa: BLE001 -- start() raises it where it is seen
                self._failed = error
            finally:
                self._ready.set()

    async def _serve(self) -> None:
        self._end = asyncio.Event()
        async with serve_web(self._make(), "127.0.0.1", self._port) as self._served:
            self._ready.set()
            await self._end.wait()


@contextmanager
def serving(make: Callable[[], web.Application], port: int = 0) -> Iterator[Serving]:
    """Serve an application while the block runs.

    Args:
        make: Builds it, on the loop that will serve it.
        port: For one that comes back at the same address; 0 for any free one.
    """
    running = Serving(make, port)
    running.start()
    try:
        yield running
    finally:
        running.stop()
