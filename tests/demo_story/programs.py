"""Our programs as processes of their own, each forked from one that has imported them already.

Of the second or so that a command takes from a cold start nearly all is imports. The story types
about seventy commands; a person types one.
"""

import importlib
import os
import sys
from collections.abc import Sequence
from multiprocessing import get_context
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from threading import Lock

MODULES = {"commontab": "member.cli", "commontab-manager": "manager.cli"}
LATER = (
    "member.daemon",
    "manager.daemon",
    "member.web.serve",
    "manager.web.serve",
    "federation.dns_face.run",
    "member.names.edit",
)
"""What commands import only when they need it."""

_context = get_context("forkserver")
_context.set_forkserver_preload([*MODULES.values(), *LATER, __name__])


_one_at_a_time = Lock()
"""An exit code is read once from a pipe, and starting a process looks at those of all others."""


class Program:
    """A running program.

    Args:
        words: The program's name, then its arguments.
        out: Its standard output is appended to this file.
        err: Its standard error to this one.
    """

    def __init__(self, words: Sequence[str], out: Path, err: Path) -> None:
        self._process: ForkServerProcess = _context.Process(
            target=_be, args=(tuple(words), out, err), daemon=True
        )
        with _one_at_a_time:
            self._process.start()

    def wait(self, timeout_s: float | None = None) -> int | None:
        """Return its exit code once it has ended, None if it has not within so many seconds."""
        wait([self._process.sentinel], timeout_s)
        return self.exit_code()

    def exit_code(self) -> int | None:
        """Return its exit code, None while it runs."""
        with _one_at_a_time:
            return self._process.exitcode

    def terminate(self) -> None:
        """Ask it to end, with SIGTERM."""
        self._process.terminate()

    def kill(self) -> None:
        """End it without warning, and wait until it is gone."""
        self._process.kill()
        self.wait()


def _be(words: Sequence[str], out: Path, err: Path) -> None:
    """Become the program."""
    for stream, path in ((1, out), (2, err)):
        written = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.dup2(written, stream)
        os.close(written)
    sys.argv = list(words)
    importlib.import_module(MODULES[words[0]]).main()
