"""Read pip's configuration where there is no pip yet to read it.

Source:
    pip's user guide, "Configuration": files from global to site, a command's section over
    `global`, and `PIP_*` variables over all files.
"""

import configparser
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEFAULT_INDEX = "https://pypi.org/simple"
"""pip's own default, where its configuration names no other."""

SECTIONS = ("global", "download", "install")


@dataclass(frozen=True)
class PipSettings:
    """The part of pip's configuration that says where packages come from, and how to get there."""

    indexes: tuple[str, ...]
    find_links: tuple[str, ...]
    cert: str | None
    proxy: str | None
    trusted_hosts: frozenset[str]


def read_settings(environ: Mapping[str, str] = os.environ) -> PipSettings:
    """Return pip's settings as pip itself would see them for this user."""
    found: dict[str, str] = {}
    for path in config_files(environ):
        found.update(read_file(path))
    for name, value in environ.items():
        if name.startswith("PIP_") and value:
            found[normalise(name.removeprefix("PIP_"))] = value
    indexes = [found.get("index-url", DEFAULT_INDEX), *found.get("extra-index-url", "").split()]
    if found.get("no-index", "").lower() in {"1", "true", "yes", "on"}:
        indexes = []
    return PipSettings(
        indexes=tuple(indexes),
        find_links=tuple(found.get("find-links", "").split()),
        cert=found.get("cert"),
        proxy=found.get("proxy"),
        trusted_hosts=frozenset(found.get("trusted-host", "").split()),
    )


def config_files(environ: Mapping[str, str]) -> list[Path]:
    """Return the paths of pip's configuration files, the weakest first."""
    chosen = environ.get("PIP_CONFIG_FILE")
    if chosen == os.devnull:
        return []
    home = Path(environ.get("HOME") or Path.home())
    shared = environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
    files = [Path(folder) / "pip" / "pip.conf" for folder in shared.split(os.pathsep)]
    files.append(Path("/etc/pip.conf"))
    if not (chosen and Path(chosen).exists()):
        own = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
        files += [home / ".pip" / "pip.conf", own / "pip" / "pip.conf"]
    files.append(Path(sys.prefix) / "pip.conf")
    return [*files, Path(chosen)] if chosen else files


def read_file(path: Path) -> dict[str, str]:
    """Return one file's settings by name; a file that is missing or broken gives none."""
    parser = configparser.RawConfigParser()
    try:
        parser.read(path, encoding="utf-8")
    except (OSError, UnicodeDecodeError, configparser.Error):
        return {}
    found: dict[str, str] = {}
    for section in SECTIONS:
        if parser.has_section(section):
            found.update({normalise(name): value for name, value in parser.items(section)})
    return found


def normalise(name: str) -> str:
    """Return a setting's name as pip compares it: lower case, dashes."""
    return name.lower().replace("_", "-").removeprefix("--")
