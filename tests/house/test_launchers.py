"""The launchers choose an interpreter that fits, or end with one clear sentence and exit 2."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.project import ROOT

CHOOSE = '. "$0"; echo "$python"'
TOO_OLD = "#!/bin/sh\necho Python 3.9.18\nexit 1\n"


def program(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def choose(folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    path = f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin"
    return subprocess.run(
        ["sh", "-c", CHOOSE, str(ROOT / ".ci" / "python.sh")],
        env={"PATH": path, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def machine(system: str, processor: str) -> str:
    return f'#!/bin/sh\n[ "$1" = -s ] && echo {system} || echo {processor}\n'


@pytest.mark.parametrize(
    ("system", "processor"),
    [("Darwin", "arm64"), ("Linux", "i686"), ("Linux", "riscv64"), ("FreeBSD", "amd64")],
)
def test_another_platform_gets_one_sentence(tmp_path: Path, system: str, processor: str) -> None:
    program(tmp_path, "uname", machine(system, processor))
    done = choose(tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert f"{system} on {processor}" in done.stderr
    assert "Linux on x86-64 or arm64" in done.stderr


@pytest.mark.parametrize("processor", ["x86_64", "aarch64"])
def test_both_platforms_are_taken(tmp_path: Path, processor: str) -> None:
    program(tmp_path, "uname", machine("Linux", processor))
    assert choose(tmp_path, PYTHON=sys.executable).stdout.strip() == sys.executable


def test_a_newer_python_is_taken_when_the_first_is_too_old(tmp_path: Path) -> None:
    program(tmp_path, "python3", TOO_OLD)
    program(tmp_path, "python3.13", TOO_OLD)
    program(tmp_path, "python3.12", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    assert choose(tmp_path).stdout == "python3.12\n"


def test_a_python_that_does_not_fit_gets_one_sentence(tmp_path: Path) -> None:
    program(tmp_path, "python9", TOO_OLD)
    done = choose(tmp_path, PYTHON="python9")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "found 'Python 3.9.18'" in done.stderr
    assert "CPython 3.11, 3.12 or 3.13" in done.stderr


def test_a_machine_without_python_gets_one_sentence(tmp_path: Path) -> None:
    done = choose(tmp_path, PYTHON="python-that-is-not-here")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("launcher", ["test", "demo"])
def test_a_launcher_starts_from_any_folder(tmp_path: Path, launcher: str) -> None:
    program(tmp_path, "python9", TOO_OLD)
    done = subprocess.run(
        [str(ROOT / launcher)],
        cwd=tmp_path,
        env={**os.environ, "PYTHON": "python9"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("commontab: none of 'python9'")


def test_an_unknown_argument_of_test_is_a_usage_error() -> None:
    done = subprocess.run(
        [sys.executable, ".ci/check.py", "--without", "everything"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "'npm', 'root'" in done.stderr or "npm, root" in done.stderr
