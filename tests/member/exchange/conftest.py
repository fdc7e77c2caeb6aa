"""A member's home in a busy town, and the command line over it."""

from pathlib import Path

import pytest

from federation.home import Home
from member.cli import main
from tests.support.busy import busy_town
from tests.support.hamlet import settle_in
from tests.support.prompt import Cli, prompt
from tests.support.township import Town


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    return prompt("commontab", main, capsys, monkeypatch)


@pytest.fixture(scope="module")
def town() -> Town:
    return busy_town()


@pytest.fixture
def home(tmp_path: Path, town: Town) -> Home:
    return settle_in(tmp_path / "anna", town, "anna")
