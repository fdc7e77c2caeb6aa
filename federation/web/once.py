"""A form that is sent twice does its work once."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from federation.web.language import _

REMEMBERED_MAX = 1_024
_SUBMISSION = re.compile(r"[0-9a-f]{32}")
_DONE: web.AppKey["Done"] = web.AppKey("submissions")


class Done:
    """What the last submissions led to, while the program runs.

    Args:
        remembered_max: How many; the oldest is forgotten.
    """

    def __init__(self, remembered_max: int = REMEMBERED_MAX) -> None:
        self._remembered_max = remembered_max
        self._results: dict[str, asyncio.Task[Any]] = {}

    async def once(self, submission: str, act: Callable[[], Awaitable[Any]]) -> Any:
        """Return what ``act`` gave for this submission, now or the first time.

        A submission whose act raised may be sent again.
        """
        task = self._results.get(submission)
        if task is None:
            task = asyncio.ensure_future(_run(act))
            self._results[submission] = task
            if len(self._results) > self._remembered_max:
                del self._results[next(iter(self._results))]
        try:
            # A closed tab does not stop what was signed half.
            return await asyncio.shield(task)
        except Exception:
            self._results.pop(submission, None)
            raise


def prepare(app: web.Application) -> None:
    """Give an application its memory of submissions."""
    app[_DONE] = Done()


async def once(request: web.Request, submission: str, act: Callable[[], Awaitable[Any]]) -> Any:
    """Do what a form asks for, once.

    Args:
        request: The form's.
        submission: The form's hidden field of that name, 32 hex digits.
        act: Does it; its result is remembered and given to every repetition.

    Raises:
        HTTPBadRequest: The form has no submission of that form.
    """
    if not _SUBMISSION.fullmatch(submission):
        raise web.HTTPBadRequest(text=_("The form has no number of its own; open the page again."))
    # The same number sent to another form is another submission.
    return await request.app[_DONE].once(f"{request.path} {submission}", act)


async def _run(act: Callable[[], Awaitable[Any]]) -> Any:
    return await act()
