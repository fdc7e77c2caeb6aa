"""A program's command line in this process: words in; exit code and what was said out."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

ENVIRONMENT = ("COMMONTAB_HOME", "COMMONTAB_PASSPHRASE_FILE", "CREDENTIALS_DIRECTORY")
"""What would speak for the person who runs the tests."""


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def held(self) -> Any:
        """The JSON document that it printed."""
        return json.loads(self.out)


Cli = Callable[..., Said]
"""Takes the words behind the program's name."""


def prompt(
    program: str,
    main: Callable[[], object],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Cli:
    """Return what runs a program as a person types it."""
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)

    def run(*words: object) -> Said:
        monkeypatch.setattr(sys, "argv", [program, *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Said(int(ended.value.code or 0), said.out, said.err)

    return run
