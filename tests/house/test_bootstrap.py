"""The launchers' environment: made once, made whole, made by one at a time."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.project import ROOT

import bootstrap

STAND_IN = """
import sys, pathlib
if "--version" in sys.argv:
    print("pip 99.0 from a test")
    sys.exit()
notes = pathlib.Path(__file__).with_name("notes")
with notes.open("a") as file:
    file.write(" ".join(sys.argv[1:]) + "\\n")
print("Collecting something==1.0")
sys.exit("no such index" if notes.with_name("fail").exists() else 0)
"""
"""Stands in for the pip of a machine: writes down how it was called."""
PREPARE = """
import sys
sys.path.insert(0, sys.argv[1])
import bootstrap
print(bootstrap.prepare("requirements.lock"))
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine: a Python whose pip is a stand-in, and a copy of the project's launchers."""
    monkeypatch.delenv("PYTHONPATH", raising=False)
    home = tmp_path / "machine"
    bootstrap.make_venv(home)
    pip = home / "lib" / f"python{bootstrap.python_version()}" / "site-packages" / "pip"
    pip.mkdir()
    (pip / "__init__.py").touch()
    (pip / "__main__.py").write_text(STAND_IN, encoding="utf-8")
    project = tmp_path / "project"
    (project / ".ci").mkdir(parents=True)
    for path in (ROOT / ".ci").glob("*.py"):
        (project / ".ci" / path.name).write_bytes(path.read_bytes())
    (project / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    (project / "requirements.lock").write_text("something==1.0\n", encoding="utf-8")
    return tmp_path


def start(machine: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [machine / "machine" / "bin" / "python", "-c", PREPARE, machine / "project" / ".ci"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def notes(machine: Path) -> list[str]:
    found = next(machine.glob("machine/lib/python*/site-packages/pip/notes"))
    return found.read_text(encoding="utf-8").splitlines()


def test_a_hand_made_environment_is_a_virtual_one(tmp_path: Path) -> None:
    bootstrap.make_venv(tmp_path / "venv")
    ask = "import sys, sysconfig; print(sys.prefix, sys.base_prefix, sysconfig.get_path('purelib'))"
    done = subprocess.run(
        [tmp_path / "venv" / "bin" / "python", "-I", "-c", ask],
        capture_output=True,
        text=True,
        check=True,
    )
    prefix, base, packages = done.stdout.split()
    assert prefix == str(tmp_path / "venv")
    assert base == sys.base_prefix
    assert Path(packages).is_relative_to(tmp_path / "venv")
    assert Path(packages).is_dir()


def test_packages_are_installed_by_hash_and_only_once(machine: Path) -> None:
    with start(machine) as first:
        said, told = first.communicate()
    assert first.returncode == 0, told
    assert "fetching 1 of 1: something==1.0" in told
    locked, own = notes(machine)
    assert "--require-hashes --only-binary=:all: --requirement" in locked
    assert "--no-deps --no-index --no-build-isolation --editable" in own
    with start(machine) as second:
        assert second.communicate() == (said, "")
    assert len(notes(machine)) == 2
    assert Path(said.strip()).is_relative_to(machine / "project" / ".cache")


def test_two_at_once_set_up_once(machine: Path) -> None:
    with start(machine) as one, start(machine) as other:
        outputs = [one.communicate()[0], other.communicate()[0]]
    assert outputs[0] == outputs[1] != ""
    assert len(notes(machine)) == 2


def test_an_environment_cut_short_is_made_anew(machine: Path) -> None:
    with start(machine) as first:
        folder = Path(first.communicate()[0].strip())
    (folder.parent / bootstrap.FINISHED).unlink()
    (folder / "half").touch()
    with start(machine) as second:
        assert second.communicate()[0].strip() == str(folder)
    assert not (folder / "half").exists()
    assert len(notes(machine)) == 4


def test_another_lock_file_asks_for_another_environment(machine: Path) -> None:
    with start(machine) as first:
        before = first.communicate()[0]
    (machine / "project" / "requirements.lock").write_text("something==1.1\n", encoding="utf-8")
    with start(machine) as second:
        assert second.communicate()[0] not in {before, ""}


def test_a_pip_that_fails_has_the_last_word_and_leaves_nothing_finished(machine: Path) -> None:
    next(machine.glob("machine/lib/python*/site-packages/pip")).joinpath("fail").touch()
    with start(machine) as done:
        said, told = done.communicate()
    assert done.returncode == 3
    assert said == ""
    assert "pip: no such index" in told
    assert "pip could not install what the lock file names" in told
    assert not list(machine.glob(f"project/.cache/*/{bootstrap.FINISHED}"))
