"""`commontab export`, as a person types it."""

import json
from pathlib import Path

import pytest

from federation.export.formats import EXPORTS
from federation.export.to_csv import export_postings
from federation.export.to_lines import export_lines
from federation.home import Home
from tests.support.bookkeeping import beancount_balances, source_of
from tests.support.hamlet import settle_in
from tests.support.prompt import Cli
from tests.support.township import Town


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, town: Town) -> Home:
    return settle_in(tmp_path_factory.mktemp("home") / "anna", town, "anna")


@pytest.mark.parametrize(
    "case",
    [
        ("all.csv", "postings"),
        ("all.journal", "hledger"),
        ("all.hledger", "hledger"),
        ("all.beancount", "beancount"),
        ("ALL.JSONL", "lines"),
    ],
)
def test_the_suffix_tells_the_format(
    cli: Cli, home: Home, town: Town, tmp_path: Path, case: tuple[str, str]
) -> None:
    name, wanted = case
    target = tmp_path / name
    said = cli("export", target, "--home", home.path)
    assert said.code == 0, said.err
    assert target.read_bytes() == "".join(EXPORTS[wanted](source_of(town))).encode()
    assert target.stat().st_mode & 0o777 == 0o600
    assert sorted(one.name for one in tmp_path.iterdir()) == [name]


def test_a_dash_is_standard_output(cli: Cli, home: Home, town: Town) -> None:
    said = cli("export", "-", "--format", "lines", "--home", home.path)
    assert said.code == 0
    assert said.out == "".join(export_lines(source_of(town)))
    assert json.loads(said.out.splitlines()[0])["format"] == "commontab/ledger/v1"


def test_an_export_takes_the_place_of_the_one_before(
    cli: Cli, home: Home, town: Town, tmp_path: Path
) -> None:
    target = tmp_path / "all.csv"
    target.write_text("before")
    assert cli("export", target, "--home", home.path).code == 0
    assert target.read_bytes() == "".join(export_postings(source_of(town))).encode()


def test_an_export_that_fails_leaves_the_one_before(
    cli: Cli, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "all.csv"
    target.write_text("before")

    def broken(_source: object) -> object:
        yield "half"
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(EXPORTS, "postings", broken)
    said = cli("export", target, "--home", home.path)
    assert said.code == 4
    assert "No space left" in said.err
    assert target.read_text() == "before"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["all.csv"]


def test_mine_is_only_what_one_gives_or_gets(cli: Cli, home: Home, town: Town) -> None:
    said = cli("export", "-", "--format", "beancount", "--mine", "--home", home.path)
    assert said.code == 0
    own = beancount_balances(said.out)["Assets:Members:Anna", "EUR"]
    assert int(own * 100) == town.books("anna").posted


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("all.txt",), "does not tell which format"),
        (("all.csv", "--format", "excel"), "got --format excel"),
        (("all.csv", "--since", "1.2.2026"), "a day is written as 2026-01-31"),
        (("all.csv", "--since", "2026-02-30"), "a day is written as 2026-01-31"),
        (("all.csv", "--until", "1969-12-30"), "no ledger is older"),
        (("all.csv", "--since", "2026-02-02", "--until", "2026-02-01"), "the first comes before"),
        ((".", "--format", "lines"), "is no file"),
    ],
)
def test_what_cannot_be_exported_is_said(
    cli: Cli, home: Home, tmp_path: Path, words: tuple[str, ...], complaint: str
) -> None:
    name, *rest = words
    said = cli("export", tmp_path / name, *rest, "--home", home.path)
    assert said.code == 2
    assert complaint in said.err
    assert [one.name for one in tmp_path.iterdir()] == []


def test_a_folder_that_is_not_there_is_said(cli: Cli, home: Home, tmp_path: Path) -> None:
    said = cli("export", tmp_path / "no" / "all.csv", "--home", home.path)
    assert said.code == 4
    assert "name a file in a folder" in said.err
