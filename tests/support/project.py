"""The project's own files, as the tests of the house read them."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDERS = ("ledger", "federation", "member", "manager", "tests", "docs", ".ci")
MADE = {"__pycache__", "node_modules"}
"""Folders that programs make and nobody keeps."""


def files() -> Iterator[Path]:
    """Yield every file that the project keeps."""
    yield from (path for path in ROOT.iterdir() if path.is_file() and path.name != ".git")
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and not MADE & set(path.parts):
                yield path


def texts() -> Iterator[tuple[Path, str]]:
    """Yield every text file that the project keeps, and what it says."""
    for path in files():
        data = path.read_bytes()
        if b"\0" not in data:
            yield path.relative_to(ROOT), data.decode("utf-8")


def modules(package: str) -> dict[str, Path]:
    """Return a package's modules by their dotted names."""
    found = {}
    for path in (ROOT / package).rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


def settings() -> dict[str, Any]:
    """Return what pyproject.toml says."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
