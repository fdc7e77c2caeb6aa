"""The member's command line in this process: words in; exit code and what was said out."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from federation.home import Home
from member.cli import main
from tests.support.hamlet import settle_in
from tests.support.township import Town


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def held(self) -> Any:
        return json.loads(self.out)


Cli = Callable[..., Said]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    for name in ("COMMONTAB_HOME", "COMMONTAB_PASSPHRASE_FILE", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)

    def run(*words: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["commontab", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Said(int(ended.value.code or 0), said.out, said.err)

    return run


@pytest.fixture
def town() -> Town:
    return Town("anna", "bert", "carla")


@pytest.fixture
def home(tmp_path: Path, town: Town) -> Home:
    return settle_in(tmp_path / "anna", town, "anna")
