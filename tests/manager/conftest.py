"""A community's home and the command line of its manager."""

from pathlib import Path

import pytest

from manager.cli import main
from tests.support.council import Council
from tests.support.prompt import Cli, prompt


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    return prompt("commontab-manager", main, capsys, monkeypatch)


@pytest.fixture
def council(tmp_path: Path, cli: Cli) -> Council:
    return Council(tmp_path / "home", cli)
