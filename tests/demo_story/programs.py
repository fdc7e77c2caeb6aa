"""Our programs as processes of their own, each forked from one that has imported them already.

Of the second or so that a command takes from a cold start nearly all is imports. The story types
about seventy commands; a person types one.
"""

import importlib
import os
import sys
from collections.abc import Sequence
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path

MODULES = {"commontab": "member.cli", "commontab-manager": "manager.cli"}

_context = get_context("forkserver")
_context.set_forkserver_preload([*MODULES.values(), __name__])


def start(words: Sequence[str], out: Path, err: Path) -> ForkServerProcess:
    """Start a program with what was typed; its output is appended to two files.

    Args:
        words: The program's name, then its arguments.
        out: For its standard output.
        err: For its standard error.
    """
    process = _context.Process(target=_be, args=(tuple(words), out, err), daemon=True)
    process.start()
    return process


def _be(words: Sequence[str], out: Path, err: Path) -> None:
    """Become the program."""
    for stream, path in ((1, out), (2, err)):
        written = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.dup2(written, stream)
        os.close(written)
    sys.argv = list(words)
    importlib.import_module(MODULES[words[0]]).main()
