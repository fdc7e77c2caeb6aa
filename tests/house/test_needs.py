"""What the tests use of the machine is looked for before anything is installed."""

import subprocess
from pathlib import Path

import pytest

from tests.conftest import NEEDS

import needs


def test_the_list_names_package_command_and_what_does_without() -> None:
    packages = needs.read_packages()
    assert packages
    assert {package.what for package in packages} <= set(needs.WHAT)


def test_pytest_and_the_launcher_know_the_same_words() -> None:
    assert set(needs.WHAT) == NEEDS


def test_a_missing_command_asks_for_its_package(tmp_path: Path) -> None:
    listed = tmp_path / "packages.txt"
    listed.write_text(
        "# comment\n\nhere sh npm\nabsent command-that-is-not-here npm\n", encoding="utf-8"
    )
    assert [p.name for p in needs.missing(set(), needs.read_packages(listed))] == ["absent"]
    assert needs.missing({"npm"}, needs.read_packages(listed)) == []


@pytest.mark.parametrize(
    ("without", "printed"),
    [
        (
            set(),
            ["    apt-get install absent", "run as root", "./test --without npm --without root"],
        ),
        ({"root"}, ["    apt-get install absent", "./test --without npm --without root"]),
    ],
)
def test_somebody_else_than_root_is_told_one_line_to_type(
    without: set[str], printed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    absent = [needs.Package("absent", "command-that-is-not-here", "npm")]
    with pytest.raises(SystemExit) as left:
        needs.explain(absent, without)
    assert left.value.code == 2
    said = capsys.readouterr().err
    for text in printed:
        assert text in said


def test_nothing_is_said_when_nothing_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    needs.explain([], {"root"})
    assert capsys.readouterr().err == ""


def test_packages_start_no_service_while_they_are_installed(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    with needs.starting_nothing(policy):
        assert subprocess.run([policy, "unbound", "start"], check=False).returncode == 101
    assert not policy.exists()
    policy.write_text("somebody's own", encoding="ascii")
    with needs.starting_nothing(policy):
        assert policy.read_text(encoding="ascii") == "somebody's own"
    assert policy.exists()
