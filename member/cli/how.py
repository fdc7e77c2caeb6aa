"""How a change is signed: the options that every signing command takes."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from typing import Annotated, Any, Concatenate, ParamSpec

import typer

from federation.console.terminal import UsageInvalid
from federation.home import Home
from federation.settings import PROMISE_ROUNDS
from member.cli.options import (
    WAIT_PROMISED,
    HomeOption,
    PassphraseOption,
    YesOption,
    open_home,
)

P = ParamSpec("P")
WAIT_S_MAX = 86_400.0
PUBLISHING_S = 30
"""Added to the promised rounds: what publishing and following take."""

SealOption = Annotated[bool, typer.Option("--seal", help="Let only payer and payee read the memo.")]
WaitOption = Annotated[
    str | None,
    typer.Option("--wait", metavar="[=S]", help="Wait until it is merged, at most S seconds."),
]
AnywayOption = Annotated[
    bool, typer.Option("--anyway", help="Sign although your own books foresee a refusal.")
]
OfflineOption = Annotated[
    bool, typer.Option("--offline", help="Only sign; sync or run publishes it later.")
]


@dataclass(frozen=True, slots=True)
class How:
    """The options of one signing command, as given."""

    home_path: HomeOption = None
    passphrase_file: PassphraseOption = None
    wait: WaitOption = None
    yes: YesOption = False
    anyway: AnywayOption = False
    offline: OfflineOption = False

    @property
    def home(self) -> Home:
        """The home that the command works in."""
        return open_home(self.home_path)

    def wait_s(self) -> float | None:
        """Return how long to wait for the merge, None for not at all.

        Raises:
            UsageInvalid: Not a number of seconds up to a day.
        """
        if self.wait is None:
            return None
        if self.wait == WAIT_PROMISED:
            return self.home.settings().interval_s * PROMISE_ROUNDS + PUBLISHING_S
        try:
            seconds = float(self.wait)
        except ValueError:
            seconds = -1.0
        if not 0 <= seconds <= WAIT_S_MAX:
            raise UsageInvalid(f"got --wait={self.wait}; it is a number of seconds up to a day")
        return seconds


def signing(command: Callable[Concatenate[How, P], None]) -> Callable[..., None]:
    """Give a command the options of ``How``, which it gets as its first argument."""
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    shared = [
        inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=field.type
        )
        for field in fields(How)
    ]

    @wraps(command)
    def run(**given: Any) -> None:
        how = How(**{field.name: given.pop(field.name) for field in fields(How)})
        command(how, **given)  # type: ignore[call-arg]  # the parser gives exactly the rest

    parameters = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own] + shared
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    del run.__wrapped__
    return run
