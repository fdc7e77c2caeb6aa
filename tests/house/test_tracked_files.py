"""Nothing the project keeps names a package registry or somebody's machine."""

import re
import tomllib
from pathlib import Path

from tests.support.project import FOLDERS, ROOT, settings, texts

REGISTRY = re.compile(r"pypi\.org|pythonhosted|registry\.npmjs|debian\.org/debian")
MACHINE = re.compile(r"/root/|/home/[a-z]+/|/work/|/opt/|\.pyenv")
ARGUED = {
    Path(".ci/pip_settings.py"),  # pip's own default, needed where there is no pip to ask
    Path("tests/house/test_tracked_files.py"),
}


def test_no_file_names_a_registry_or_a_machine() -> None:
    found = [
        f"{path}: {match[0]}"
        for path, text in texts()
        if path not in ARGUED
        for match in [*REGISTRY.finditer(text), *MACHINE.finditer(text)]
    ]
    assert not found, "packages come from where the person configured pip and npm to look"


def test_every_launcher_may_be_executed() -> None:
    for name in ("demo", "test", ".ci/run", ".ci/lock"):
        assert (ROOT / name).stat().st_mode & 0o111 == 0o111, f"chmod +x {name}"


def test_the_wheel_holds_the_four_packages() -> None:
    packages = settings()["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert set(packages) == set(FOLDERS) - {"tests", "docs", ".ci"}


def test_the_interpreters_promised_are_the_ones_launched() -> None:
    launched = (ROOT / ".ci" / "python.sh").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == ">=3.11,<3.14"
    assert "(3, 11) <= sys.version_info[:2] <= (3, 13)" in launched
