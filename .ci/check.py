"""Run what CI runs: lint, format, types, imports, tests. The launcher `./test` starts this."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bootstrap import ROOT, environment, prepare, say
from needs import WHAT, provide

LOCK = "requirements-test.lock"
SLOW = ("contract", "simulation", "e2e")
"""Folders of tests that take more than seconds; `quick` leaves them out."""
SECTIONS = {
    "ruff check": ["ruff", "check", "."],
    "ruff format": ["ruff", "format", "--check", "."],
    "mypy": ["mypy"],
    "imports": ["lint-imports", "--no-logo"],
}
WORKERS = 3
"""Tests of whole programs wait about as long as they work: three fill two processors. A file's
tests stay together, as they share what takes long to set up."""
CHUNK_BYTES = 65_536
MEMORY = Path("/dev/shm")  # noqa: S108 -- a folder of our own is made in it
MEMORY_BYTES_MIN = 4 * 2**30
"""Room from which on the tests' files lie in memory. They are under 1 GiB, in databases that would
wait for the disk at each commit; what dies in tests is a process, never the machine."""


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return what was asked for on the command line."""
    parser = argparse.ArgumentParser(
        prog="./test",
        description="Set the project up and run all that CI runs.",
        epilog="; ".join(f"{what}: {meaning}" for what, meaning in WHAT.items()),
    )
    parser.add_argument("part", nargs="?", choices=["all", "quick"], default="all")
    parser.add_argument(
        "--without", action="append", default=[], choices=sorted(WHAT), help="skip such tests"
    )
    parser.add_argument("--coverage", action="store_true", help="measure branches too (slower)")
    parser.add_argument("--fail-on-skip", action="store_true", help="a skipped test fails the run")
    own, rest = split(arguments)
    asked = parser.parse_args(own)
    asked.rest = rest
    return asked


def split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Return the arguments before `--` and those after it, which go to pytest."""
    if "--" not in arguments:
        return arguments, []
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


def main() -> int:
    """Run every section and return the exit code: 0 when all passed."""
    asked = parse(sys.argv[1:])
    without = set(asked.without)
    provide(without)
    tools = prepare(LOCK)
    lines: list[str] = []
    failed = 0
    for name, command in SECTIONS.items():
        started = time.monotonic()
        code = run(tools, command)
        failed += code != 0
        lines.append(report(name, code, time.monotonic() - started))
        say(lines[-1])
    started = time.monotonic()
    with scratch() as options:
        code, closing_line = run_tests(tools, [*pytest_command(asked), *options, *asked.rest])
    failed += code != 0
    lines.append(report("tests", code, time.monotonic() - started))
    print("\n" + "\n".join(lines))
    if failed and code == 0:
        print("tests passed, but a section above FAILED: its output is further up")
    print(closing_line, flush=True)
    return 1 if failed else 0


def report(name: str, code: int, seconds: float) -> str:
    """Return one section's line."""
    return f"{name:<12} {'passed' if code == 0 else 'FAILED'} in {seconds:.1f} s"


def run(tools: Path, command: list[str]) -> int:
    """Run one tool; what it prints is shown only when it fails."""
    done = subprocess.run(
        [str(tools / command[0]), *command[1:]],
        cwd=ROOT,
        env=environment(tools),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode != 0:
        sys.stdout.buffer.write(done.stdout)
        sys.stdout.flush()
    return done.returncode


def pytest_command(asked: argparse.Namespace) -> list[str]:
    """Return the arguments that run the tests asked for."""
    command = ["python", "-m", "pytest", f"--numprocesses={WORKERS}", "--dist=loadfile"]
    if asked.coverage:
        command = ["python", "-m", "coverage", "run", "-m", "pytest"]
    if sys.stdout.isatty():
        command.append("--color=yes")
    command += [f"--without={what}" for what in asked.without]
    if asked.fail_on_skip:
        command.append("--fail-on-skip")
    if asked.part == "quick":
        command += [f"--ignore=tests/{folder}" for folder in SLOW]
    return command


@contextmanager
def scratch() -> Iterator[list[str]]:
    """Yield pytest's option for a folder in memory; nothing where there is not room enough.

    Its name is short: the path of a Unix socket below it has room for 107 bytes.
    """
    if min(room(MEMORY), spare_memory()) < MEMORY_BYTES_MIN:
        yield []
        return
    with tempfile.TemporaryDirectory(
        prefix="commontab-", dir=MEMORY, ignore_cleanup_errors=True
    ) as folder:
        yield [f"--basetemp={folder}/t"]


def room(folder: Path) -> int:
    """Return the bytes that are free in a folder's file system, 0 where there is none."""
    return shutil.disk_usage(folder).free if folder.is_dir() else 0


def spare_memory() -> int:
    """Return how many bytes of memory programs could still take, 0 where the system is silent."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    kibibytes = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return int(kibibytes[0]) * 1024 if kibibytes else 0


def run_tests(tools: Path, command: list[str]) -> tuple[int, str]:
    """Run pytest, passing on what it prints; return its exit code and its closing line."""
    with subprocess.Popen(
        [str(tools / command[0]), *command[1:]],
        cwd=ROOT,
        env=environment(tools),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    ) as process:
        tail = b""
        output = process.stdout
        while output and (chunk := os.read(output.fileno(), CHUNK_BYTES)):
            sys.stdout.buffer.write(chunk)
            sys.stdout.flush()
            tail = (tail + chunk)[-CHUNK_BYTES:]
    code = process.returncode
    if "coverage" in command:
        run_coverage_report(tools)
    lines = tail.decode(errors="replace").splitlines()
    return code, next((line for line in reversed(lines) if line.strip()), "pytest said nothing")


def run_coverage_report(tools: Path) -> None:
    """Print how many branches the tests went through, by file."""
    subprocess.run(
        [str(tools / "python"), "-m", "coverage", "report", "--skip-covered"],
        cwd=ROOT,
        env=environment(tools),
        check=False,
    )


if __name__ == "__main__":
    sys.exit(main())
