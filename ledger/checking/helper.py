"""The second process, seen by the one that asks it."""

import os
import pickle
import select
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from ledger.crypto import Claim

ANSWER_S = 10.0
"""A process that has answered nothing for so long, where it answers within 10 ms, will not. Other
writers of the database wait meanwhile: three times as long, before they give up."""
_ANSWERS_MAX = 65_536
"""Answers that are read at once."""


class HelperLost(Exception):
    """The second process is gone, stuck, or never came; nobody will answer what it was asked."""


class Helper:
    """A process that checks signatures in the order in which it is asked. Close it when done.

    It is none of ``multiprocessing``: a child of that imports all that the program has imported,
    and its pools need a thread of their own, which waits while ours computes.

    Attributes:
        pid: Its number.
        unanswered: What it was asked and has not answered, oldest first.

    Raises:
        HelperLost: The machine gives us no process.
    """

    def __init__(self) -> None:
        self.unanswered: deque[Claim] = deque()
        path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
        try:
            self._process = subprocess.Popen(  # noqa: S603 -- our own module
                [sys.executable, "-P", "-m", __package__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                env={**os.environ, "PYTHONPATH": path},
            )
        except OSError as error:
            raise HelperLost from error
        self.pid = self._process.pid
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._asked = self._process.stdin.fileno()
        self._answers = self._process.stdout.fileno()
        self._unsent = b""
        for pipe in (self._asked, self._answers):
            os.set_blocking(pipe, False)

    def ask(self, claims: Sequence[Claim]) -> None:
        """Ask it about more.

        Raises:
            HelperLost: It is gone.
        """
        self.unanswered.extend(claims)
        self._unsent += pickle.dumps(claims)
        self._send()

    def read(self) -> list[tuple[Claim, bool]]:
        """Return what it has answered since; nothing if that is nothing.

        Raises:
            HelperLost: It is gone.
        """
        self._send()
        try:
            answers = os.read(self._answers, _ANSWERS_MAX)
        except BlockingIOError:
            return []
        if not answers:
            raise HelperLost
        return [(self.unanswered.popleft(), answer == 1) for answer in answers]

    def wait(self) -> None:
        """Wait until it has answered something, or takes more in.

        Raises:
            HelperLost: It did neither for ten seconds.
        """
        waiting = select.poll()
        waiting.register(self._answers, select.POLLIN)
        if self._unsent:
            waiting.register(self._asked, select.POLLOUT)
        if not waiting.poll(ANSWER_S * 1_000):
            raise HelperLost

    def close(self) -> None:
        """End it."""
        self._process.kill()
        with self._process:
            pass

    def _send(self) -> None:
        if not self._unsent:
            return
        try:
            sent = os.write(self._asked, self._unsent)
        except BlockingIOError:
            return
        except BrokenPipeError as error:
            raise HelperLost from error
        self._unsent = self._unsent[sent:]
