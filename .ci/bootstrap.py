"""Make the environment that the launchers run in, with nothing but a Python and its library.

The machine's `venv`, `ensurepip` and `pip` may be missing (Debian packages them apart) and nothing
is written outside the cache directory, so no root is needed. pip reads its own configuration.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pip_source

ROOT = Path(__file__).resolve().parent.parent
PIP_VERSION_MIN = (22, 3)
"""The first pip that installs into another environment by `--python`."""
PROGRESS_EVERY_S = 1.0
TAIL_LINES = 15
EXIT_NETWORK = 3
EXIT_STORAGE = 4
FINISHED = "finished"


def prepare(lock: str) -> Path:
    """Return the `bin` directory of an environment that holds what a lock file names.

    It is made on first use and found again while lock, project table, Python and place stay the
    same. Two that want it at once wait for each other; one cut short is made anew.

    Args:
        lock: Name of a lock file in the project's folder.

    Raises:
        SystemExit: 3 when the packages could not be fetched, 4 when the disk refused.
    """
    try:
        home = cache_folder() / f"venv-{python_version()}-{fingerprint(lock)}"
        if not (home / FINISHED).exists():
            with alone(home.with_name(f"{home.name}.lock")):
                if not (home / FINISHED).exists():
                    build(home, ROOT / lock)
    except OSError as error:
        leave(
            EXIT_STORAGE,
            f"could not write the environment: {error}; free the disk, or set XDG_CACHE_HOME",
        )
    return home / "bin"


def environment(folder: Path) -> dict[str, str]:
    """Return this process's environment, changed so that programs of a `bin` folder come first."""
    path = f"{folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {**without_python_settings(), "PATH": path, "VIRTUAL_ENV": str(folder.parent)}


def without_python_settings() -> dict[str, str]:
    """Return this process's environment without what would mix another Python's modules in."""
    mixing = {"PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV"}
    return {name: value for name, value in os.environ.items() if name not in mixing}


def python_version() -> str:
    """Return this Python's version as its library folder spells it, such as `3.11`."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def cache_folder() -> Path:
    """Return the folder for environments: `.cache` here, or the user's own for a read-only copy."""
    if os.access(ROOT, os.W_OK):
        folder = ROOT / ".cache"
    else:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "commontab"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def fingerprint(lock: str) -> str:
    """Return 12 hex digits that change with all that an environment is made from."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    made_from = [
        str(ROOT),
        str(interpreter()),
        sys.version,
        (ROOT / lock).read_text(encoding="utf-8"),
        project["project"],
        project["build-system"],
        project["tool"]["hatch"],
    ]
    return hashlib.sha256(json.dumps(made_from).encode()).hexdigest()[:12]


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold a lock file, after waiting for whoever holds it now."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another launcher is setting up: waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def build(home: Path, lock: Path) -> None:
    """Make a whole environment; the file that says so is written last."""
    started = time.monotonic()
    say(f"setting up {home} with Python {sys.version.split()[0]} (once, about a minute)")
    shutil.rmtree(home, ignore_errors=True)
    make_venv(home)
    pip = find_pip(home)
    install(pip, ["--require-hashes", "--only-binary=:all:", "--requirement", str(lock)], lock)
    install(pip, ["--no-deps", "--no-index", "--no-build-isolation", "--editable", str(ROOT)], lock)
    (home / FINISHED).touch()
    say(f"set up in {time.monotonic() - started:.0f} s")


def interpreter() -> Path:
    """Return the Python under this one, should this one live in a virtual environment itself."""
    base = Path(sys.base_prefix) / "bin" / f"python{python_version()}"
    return base if base.exists() else Path(sys.executable)


def make_venv(home: Path) -> None:
    """Lay out a virtual environment: what the `venv` module does, which may be missing.

    Source:
        PEP 405, "Specification": a `pyvenv.cfg` with a `home` key beside `bin`.
    """
    base = interpreter()
    (home / "bin").mkdir(parents=True)
    (home / "lib" / f"python{python_version()}" / "site-packages").mkdir(parents=True)
    for name in ("python", "python3", f"python{python_version()}"):
        (home / "bin" / name).symlink_to(base)
    settings = (
        f"home = {base.parent}\n"
        "include-system-site-packages = false\n"
        f"version = {sys.version.split()[0]}\n"
    )
    (home / "pyvenv.cfg").write_text(settings, encoding="utf-8")


def find_pip(home: Path) -> list[str]:
    """Return a command that is a pip for an environment: the machine's, the library's or fetched.

    Raises:
        SystemExit: 3 when there is none and none could be fetched.
    """
    python = str(home / "bin" / "python")
    machine = [sys.executable, "-m", "pip"]
    version = re.match(r"pip (\d+)\.(\d+)", output([*machine, "--version"]))
    if version and (int(version[1]), int(version[2])) >= PIP_VERSION_MIN:
        return [*machine, "--python", python]
    if output([python, "-m", "ensurepip"]):
        return [python, "-m", "pip"]
    say("this machine has no pip: fetching one")
    try:
        wheel = pip_source.fetch(ROOT / ".ci" / "pip.lock", cache_folder())
    except pip_source.PipNotFoundError as error:
        leave(EXIT_NETWORK, str(error))
    return [python, str(wheel / "pip")]


def output(command: list[str]) -> str:
    """Return what a command prints, and nothing where it fails."""
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    return done.stdout if done.returncode == 0 else ""


def install(pip: list[str], arguments: list[str], lock: Path) -> None:
    """Run `pip install`, telling how far it is.

    Raises:
        SystemExit: 3 with pip's last words when it fails.
    """
    total = lock.read_text(encoding="utf-8").count("==")
    # A `user = true` in pip's configuration cannot hold inside a virtual environment.
    settings = {**without_python_settings(), "PIP_USER": "0", "PYTHONUTF8": "1"}
    command = [*pip, "install", "--no-input", "--progress-bar=off", *arguments]
    lines: list[str] = []
    fetched, told_at = 0, 0.0
    with subprocess.Popen(
        command,
        env=settings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            lines.append(line.rstrip())
            fetched += line.startswith("Collecting ")
            if fetched and line.startswith("Installing collected"):
                say(f"unpacking {fetched} packages")
            elif line.startswith("Collecting ") and time.monotonic() > told_at + PROGRESS_EVERY_S:
                told_at = time.monotonic()
                say(f"fetching {fetched} of {total}: {line.split()[1]}")
    if process.returncode != 0:
        for line in lines[-TAIL_LINES:]:
            say(f"pip: {line}")
        leave(
            EXIT_NETWORK,
            "pip could not install what the lock file names: see its words above; it takes its"
            " index from pip.conf and PIP_*, see `pip config list`",
        )


def say(text: str) -> None:
    """Print a line of progress, apart from what a program prints."""
    print(f"commontab: {text}", file=sys.stderr, flush=True)


def leave(code: int, text: str) -> NoReturn:
    """End with a sentence and an exit code."""
    say(text)
    raise SystemExit(code)
