"""Provide what tests use of the machine beside Python, or say how to."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bootstrap import EXIT_NETWORK, ROOT, leave, say

EXIT_USAGE = 2
PACKAGES = ROOT / "tests" / "debian-packages.txt"
POLICY = Path("/usr/sbin/policy-rc.d")
"""What Debian asks whether a package may start its service: 101 forbids (invoke-rc.d)."""
WHAT = {
    "browser": "Chromium, by which tests use the pages as people do",
    "dns": "dig, kdig, delv, curl, Unbound and NSD, which ask the DNS face or copy from it",
    "hledger": "hledger, which reads what we export",
    "npm": "foreign programs from the npm registry",
    "root": "network namespaces and small file systems, which only root makes",
}
"""What developers may do without, by the name that `--without` and the `needs` marker take."""


class Package(NamedTuple):
    """A Debian package, a command that proves it is there, and the `WHAT` that wants it."""

    name: str
    command: str
    what: str


def read_packages(path: Path = PACKAGES) -> list[Package]:
    """Return the packages that a list names: three words a line, `#` begins a comment."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [Package(*line.split()) for line in lines if line.strip() and not line.startswith("#")]


def missing(without: set[str], packages: list[Package]) -> list[Package]:
    """Return the packages whose commands the tests would not find."""
    # Debian keeps some of an administrator's commands out of other people's path.
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
    return [
        package
        for package in packages
        if package.what not in without and shutil.which(package.command, path=path) is None
    ]


def provide(without: set[str]) -> None:
    """Install what is missing, as root; say what to type, as anybody else.

    Raises:
        SystemExit: 2 when a person has something to do first, 3 when apt-get failed.
    """
    packages = missing(without, read_packages())
    if os.geteuid() != 0:
        explain(packages, without)
    elif packages:
        install([package.name for package in packages])


def explain(packages: list[Package], without: set[str]) -> None:
    """Say to somebody who is not root what is missing and how to do without.

    Raises:
        SystemExit: 2, unless nothing is missing.
    """
    wanted = {package.what for package in packages}
    if packages:
        say("tests use Debian packages that are missing; as root:")
        say(f"    apt-get install {' '.join(package.name for package in packages)}")
    if "root" not in without:
        say(f"tests make {WHAT['root']}: run as root")
        wanted.add("root")
    if wanted:
        options = " ".join(f"--without {what}" for what in sorted({*wanted, *without}))
        leave(EXIT_USAGE, f"or leave those tests out: ./test {options}")


def install(packages: list[str]) -> None:
    """Install Debian packages without asking anything.

    Raises:
        SystemExit: 3 with the command to try when apt-get failed.
    """
    say(f"installing Debian packages that tests use: {' '.join(packages)}")
    settings = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with starting_nothing():
        for command in (
            ["apt-get", "update", "-q"],
            ["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages],
        ):
            try:
                done = subprocess.run(command, env=settings, stdin=subprocess.DEVNULL, check=False)
            except FileNotFoundError:
                leave(EXIT_USAGE, f"no apt-get: install {' '.join(packages)} by your own means")
            if done.returncode != 0:
                leave(EXIT_NETWORK, f"`{' '.join(command)}` failed, see above: mend apt, run again")


@contextmanager
def starting_nothing(policy: Path = POLICY) -> Iterator[None]:
    """Keep packages from starting their services: a name server would take the machine's port."""
    if policy.exists():
        yield
        return
    policy.write_text("#!/bin/sh\nexit 101\n", encoding="ascii")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink()
