"""An asyncio loop in virtual time: its clock jumps to the next timer when nothing is ready."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, Future
from typing import Any, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

HORIZON_S = 400 * 86_400.0
"""A world that is still busy after so much virtual time never ends."""
_RESOLUTION_S = 1e-6
"""Timers this close count as due: a jump must not end a rounding error before its timer."""


class Crash(BaseException):
    """A process died at this point; no handler of the program may stop it."""


class Deadlock(Exception):
    """Every task waits and no timer is left to wake one."""


class Overrun(Exception):
    """The world did not end within its horizon of virtual time."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose ``time()`` starts at ``start_s`` and moves only when every task waits.

    Functions given to executors and threads run at once on the loop's own thread, so that
    databases behave the same in every run of a seed.
    """

    def __init__(self, horizon_s: float = HORIZON_S, start_s: float = 0.0) -> None:
        self._now_s = start_s
        self._horizon_s = start_s + horizon_s
        self.unhandled: list[dict[str, Any]] = []
        super().__init__(_JumpingSelector(self._jump))
        self._clock_resolution = _RESOLUTION_S
        self.set_exception_handler(self._note)

    def time(self) -> float:
        """Return virtual seconds."""
        return self._now_s

    def run_in_executor(
        self,
        executor: Executor | None,
        func: Callable[[*Ts], T],
        *args: *Ts,
    ) -> asyncio.Future[T]:
        """Run the function now; its result arrives one turn later, as a thread's would."""
        del executor
        future: asyncio.Future[T] = self.create_future()
        try:
            result = func(*args)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 -- a thread hands over everything
            self.call_soon(_fail, future, error)
        else:
            self.call_soon(_settle, future, result)
        return future

    def _jump(self, delay_s: float | None) -> None:
        if delay_s is None:
            raise Deadlock(f"every task waits at {self._now_s:.3f} s and no timer is left")
        self._now_s += delay_s
        if self._now_s > self._horizon_s:
            raise Overrun(f"still busy after {self._horizon_s:.0f} virtual seconds")

    def _note(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        del loop
        if not isinstance(context.get("exception"), Crash):
            self.unhandled.append(context)


class _JumpingSelector(selectors.SelectSelector):
    """Waits for nobody: where a loop would sleep, it moves the clock."""

    def __init__(self, jump: Callable[[float | None], None]) -> None:
        super().__init__()
        self._jump = jump

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and (timeout is None or timeout > 0):
            self._jump(timeout)
        return ready


def run_virtual(
    main: Coroutine[Any, Any, T], *, horizon_s: float = HORIZON_S, start_s: float = 0.0
) -> T:
    """Return what ``main`` returns, in virtual time that begins at ``start_s``.

    Raises:
        Deadlock: Every task waits forever.
        Overrun: Virtual time passed ``horizon_s``.
        AssertionError: A task or a callback failed and nobody looked at it.
    """
    loop = VirtualLoop(horizon_s, start_s)
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        result = runner.run(main)
    assert not loop.unhandled, f"failures that nobody looked at: {loop.unhandled}"
    return result


def _settle(future: asyncio.Future[T], result: T) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[T], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)


class InlineExecutor(Executor):
    """An executor that runs each function where it is handed in."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Return the function's result or failure, which is there already."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 -- a thread hands over everything
            future.set_exception(error)
        return future
