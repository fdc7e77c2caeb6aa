"""A shared flat: three homes that sign, a town that merges, and the command line."""

from pathlib import Path

import pytest

from federation.home import Home
from member.cli import main
from tests.support.flat import Flat
from tests.support.hamlet import settle_in
from tests.support.prompt import Cli, prompt
from tests.support.township import Town


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    return prompt("commontab", main, capsys, monkeypatch)


@pytest.fixture
def flat(tmp_path: Path, cli: Cli) -> Flat:
    town = Town("anna", "ben", "cleo")
    homes: dict[str, Home] = {name: settle_in(tmp_path / name, town, name) for name in town.people}
    return Flat(town, homes, cli)
