"""Every error as a page in plain words, or as JSON for the API; never a stack trace."""

import logging

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from federation.console.terminal import Exit, exit_code
from federation.errors import FederationError
from federation.web.api import PREFIX, Problem
from federation.web.language import N_, _, say, say_error
from federation.web.page import page
from ledger.errors import LedgerError

_STATUS = {
    Exit.REFUSED: 409,
    Exit.USAGE: 400,
    Exit.NETWORK: 503,
    Exit.STORAGE: 503,
}
_WORDS: dict[int, tuple[str, str, str, str]] = {
    400: (
        "usage",
        N_("That does not fit"),
        N_("The request could not be read."),
        N_("Go back, look at what you typed, and send it again."),
    ),
    401: (
        "signed_out",
        N_("Please sign in"),
        N_("Nobody is signed in here, or the sign-in has ended."),
        N_("Sign in again; what you wanted opens afterwards."),
    ),
    403: (
        "forbidden",
        N_("Not from here"),
        N_("The request did not come from a page of this program."),
        N_("Open the page again and do it there."),
    ),
    404: (
        "not_found",
        N_("Not found"),
        N_("There is no such page, or what it showed is gone."),
        N_("Start from the first page."),
    ),
    405: (
        "usage",
        N_("That does not fit"),
        N_("This address does not take that kind of request."),
        N_("Start from the first page."),
    ),
    408: (
        "too_slow",
        N_("That took too long"),
        N_("What was sent came too slowly, or stopped on its way."),
        N_("Look at the connection, then send it again; nothing was changed."),
    ),
    409: (
        "refused",
        N_("That is not possible"),
        N_("The ledger refuses this."),
        N_("Nothing was changed."),
    ),
    413: (
        "too_large",
        N_("Too large"),
        N_("What was sent is larger than what is taken."),
        N_("Send a smaller file or a shorter text."),
    ),
    429: (
        "too_many",
        N_("Too many requests"),
        N_("More requests came than are answered."),
        N_("Wait a moment, then try again."),
    ),
    500: (
        "failed",
        N_("This did not work"),
        N_("The program met a mistake of its own; the books are safe."),
        N_("Try again; if it stays, tell the people who look after the program."),
    ),
    503: (
        "unavailable",
        N_("Not reachable just now"),
        N_("The network or the disk does not answer."),
        N_("Try again in a moment."),
    ),
}
"""A status's code, title, what happened, and what to do: where no sentence of its own is known."""
BY_AIOHTTP = {405, 413}
"""Statuses that no handler of ours answers with."""
_log = logging.getLogger(__name__)


class Declined(FederationError):
    """A request that the ledger's rules refuse, with the refusal's code (409).

    Attributes:
        code: A refusal's stable code.
        fits: What would do, or what to do next, for a person.
    """

    def __init__(self, code: str, message: str, fits: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.fits = fits


class Unfit(FederationError):
    """A request with a field that does not fit (400); the message says which and what does.

    Attributes:
        field: The form's field, or empty.
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class TooSlow(TimeoutError):
    """A request whose body takes too long to come (408); aiohttp closes such a connection."""


@web.middleware
async def explain(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer with what the handler gives, or with the reason why not."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:  # noqa: PLR2004 -- a redirect, not an error
            raise
        return answer(request, error.status, problem_of(error), headers_of(error))
    except TooSlow:
        response = answer(request, 408, _words(408), {})
        response.force_close()
        return response
    except (LedgerError, FederationError, OSError, msgspec.ValidationError) as error:
        if isinstance(error, ConnectionResetError):
            raise
        status = status_of(error)
        return answer(request, status, problem_of(error, status), {})
    except Exception:  # noqa: BLE001 -- whatever it is, it is told here and not to the browser
        _log.exception("%s %s failed", request.method, request.path)
        return answer(request, 500, _words(500), {})


def status_of(error: Exception) -> int:
    """Return the HTTP status that an error of ours is answered with."""
    if isinstance(error, Declined):
        return 409
    if isinstance(error, (Unfit, msgspec.ValidationError)):
        return 400
    return _STATUS[exit_code(error)]


def problem_of(error: Exception, status: int = 0) -> Problem:
    """Return what the API says of an error."""
    if isinstance(error, web.HTTPException):
        known = _words(error.status)
        own = error.text or ""
        # aiohttp's own words are for those who write programs.
        is_ours = own != f"{error.status}: {error.reason}" and error.status not in BY_AIOHTTP
        said = own if own and is_ours else known.message
        return Problem(code=known.code, message=said, fits=known.fits)
    known = _words(status)
    if isinstance(error, Declined):
        return Problem(code=error.code, message=say_error(error), fits=str(say(error.fits)))
    return Problem(code=known.code, message=say_error(error) or known.message, fits=known.fits)


def headers_of(error: web.HTTPException) -> dict[str, str]:
    """Return the headers of an error that its answer keeps."""
    kept = ("Allow", "Retry-After", "WWW-Authenticate")
    return {name: error.headers[name] for name in kept if name in error.headers}


def answer(
    request: web.Request, status: int, problem: Problem, headers: dict[str, str]
) -> web.Response:
    """Return a problem as JSON below the API's address, else as a page."""
    if request.path.startswith(PREFIX):
        body = msgspec.json.encode(problem)
        return web.Response(
            body=body, status=status, content_type="application/json", headers=headers
        )
    title = _(_WORDS.get(status, _WORDS[400])[1])
    response = page(request, "problem.html", status=status, title=title, problem=problem)
    response.headers.update(headers)
    if request.headers.get("HX-Request") == "true":
        response.headers.update({"HX-Retarget": "#main", "HX-Reswap": "outerHTML"})
        response.headers["HX-Reselect"] = "#main"
    return response


def _words(status: int) -> Problem:
    code, _title, message, fits = _WORDS.get(status, _WORDS[400 if status < 500 else 503])  # noqa: PLR2004 -- the two classes of errors
    return Problem(code=code, message=_(message), fits=_(fits))
