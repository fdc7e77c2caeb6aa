"""The stage: starts the programs, types the commands, takes the time."""

import json
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any

from tests.demo_story.programs import MODULES, Program

COMMAND_S = 120.0
"""No command of the story takes longer, on a busy machine either."""
END_S = 4.0
"""What a child may take to end before it is killed."""
LOOK_S = 0.2
SHOWN_LINES = 4
HANDS = 2
"""How many people type at once: one for each core of a small computer."""


class CommandFailed(Exception):
    """A command of the story ended with another exit code than it should, or was not begun."""


@dataclass(slots=True)
class Stage:
    """One run of the story in its own folder.

    Attributes:
        folder: Where all homes, cards and logs lie.
        steps_s: How long each step took, by name, seconds.
        keeps: Whether everything goes on running when the story is told.
        kept: Lines that are told later, where this part of the story happens beside another one.
    """

    folder: Path
    steps_s: dict[str, float] = field(default_factory=dict)
    kept: list[str] | None = None
    keeps: bool = False
    _daemons: dict[str, Program] = field(default_factory=dict)
    _dht: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _ended: Event = field(default_factory=Event)

    @contextmanager
    def beside(self, part: Callable[["Stage"], None]) -> Iterator[None]:
        """Let a part of the story happen while another one is told; its lines come at the end."""
        other = Stage(
            self.folder, self.steps_s, [], self.keeps, self._daemons, self._dht, self._ended
        )
        with ThreadPoolExecutor(1) as hand:
            played = hand.submit(part, other)
            try:
                yield
                played.result()
            except BaseException:
                self._ended.set()
                raise
        for line in other.kept or ():
            self.say(line)

    @contextmanager
    def step(self, name: str, title: str) -> Iterator[None]:
        """Print a step's title and take its time."""
        self.say(f"\n\033[1m{title}\033[0m" if sys.stdout.isatty() else f"\n{title}")
        start = time.monotonic()
        yield
        self.steps_s[name] = round(time.monotonic() - start, 2)
        self.say(f"  ({self.steps_s[name]:.1f} s)")

    def say(self, text: str) -> None:
        """Print a line of the story, or keep it."""
        if self.kept is None:
            print(text, flush=True)
        else:
            self.kept.append(text)

    def type(self, who: str, line: str, *, expect: int = 0) -> str:
        """Type a command as a person would; return what it printed.

        Args:
            who: Name of a home in the folder.
            line: For example ``commontab pay ben 12.50 eggs``; ``--home`` is added.
            expect: The exit code it should end with.

        Raises:
            CommandFailed: It ended otherwise, or the story has ended.
        """
        if self._ended.is_set():
            raise CommandFailed(f"{who} $ {line}\nwas not begun: the story has ended")
        words = shlex.split(line)
        code, printed, complained = self._play([*words, "--home", str(self.folder / who)])
        if code != expect:
            raise CommandFailed(
                f"{who} $ {line}\nended with {code} instead of {expect}:\n{printed}{complained}"
            )
        told = (complained if expect else printed).splitlines()
        shown = [f"      {text.rstrip()}" for text in told if text.strip()][:SHOWN_LINES]
        self.say("\n".join([f"  {who} $ {line}", *([] if "--json" in words else shown)]))
        return printed

    def works(self, who: str, line: str) -> bool:
        """Return whether a command does what it should, without telling of it."""
        return self._play([*shlex.split(line), "--home", str(self.folder / who)])[0] == 0

    def _play(self, words: Sequence[str]) -> tuple[int, str, str]:
        """Run a command to its end; return its exit code, output, errors."""
        with TemporaryDirectory(dir=self.folder) as folder:
            out, err = Path(folder) / "out", Path(folder) / "err"
            process = Program(words, out, err)
            code = process.wait(COMMAND_S)
            if code is None:
                process.kill()
                raise CommandFailed(f"{shlex.join(words)}\nwas not done within {COMMAND_S:.0f} s")
            return code, _written(out), _written(err)

    def type_all(self, lines: Sequence[tuple[str, str]]) -> None:
        """Type commands at several computers at the same time; raises as ``type``."""
        with ThreadPoolExecutor(HANDS) as hands:
            for typed in [hands.submit(self.type, who, line) for who, line in lines]:
                typed.result()

    def read(self, who: str, line: str, *, expect: int = 0) -> Any:
        """Type a reading command with ``--json``; return what it printed, parsed."""
        return json.loads(self.type(who, f"{line} --json", expect=expect))

    def read_all(self, lines: Sequence[tuple[str, str]]) -> list[Any]:
        """Type reading commands at the same time; return what each printed; raises as ``type``."""
        with ThreadPoolExecutor(HANDS) as hands:
            return list(hands.map(lambda one: self.read(*one), lines))

    def start(self, who: str, line: str, *, log: str = "") -> None:
        """Start a program that keeps running; its words go to a log file.

        Args:
            who: Name of a home in the folder.
            line: For example ``commontab run``.
            log: What the program and its log are called, where it is not the home's only one.
        """
        self.say(f"  {who} $ {line} &")
        name = log or who
        written = self.folder / f"{name}.log"
        words = [*shlex.split(line), "--home", str(self.folder / who)]
        self._daemons[name] = Program(words, written, written)

    def start_dht(self, count: int) -> list[str]:
        """Start so many DHT nodes; return their addresses."""
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.demo_story.dht", str(count)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        self._dht.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise CommandFailed("the DHT nodes did not start")
        return list(json.loads(line))

    def kill(self, who: str) -> None:
        """End a program without warning, as a power cut does."""
        self.say(f"  (power cut at {who}'s)")
        self._daemons.pop(who).kill()

    def stop(self, who: str) -> None:
        """End a program as the system does, with SIGTERM."""
        self._end([self._daemons.pop(who)])

    def daemon(self, who: str) -> Program:
        """Return a running program."""
        return self._daemons[who]

    def running(self) -> bool:
        """Return whether every program that was started still runs."""
        return all(one.exit_code() is None for one in self._daemons.values())

    def stop_all(self) -> None:
        """End every program that was started."""
        self._end(list(self._daemons.values()))
        self._daemons.clear()
        for nodes in self._dht:
            nodes.kill()
            nodes.wait()
        self._dht.clear()

    def wait_for(self, what: str, ready: Callable[[], bool], within_s: float = COMMAND_S) -> None:
        """Look again and again until something is so.

        Raises:
            CommandFailed: It is not so in time.
        """
        end = time.monotonic() + within_s
        while not ready():
            if time.monotonic() > end:
                raise CommandFailed(f"waited {within_s:.0f} s for {what}")
            time.sleep(LOOK_S)

    def _end(self, processes: list[Program]) -> None:
        for process in processes:
            process.terminate()
        end = time.monotonic() + END_S
        for process in processes:
            if process.wait(max(end - time.monotonic(), 0.1)) is None:
                process.kill()


def _written(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""


def program(name: str) -> list[str]:
    """Return how to start one of our two programs cold: beside this Python, or as a module."""
    beside = Path(sys.executable).with_name(name)
    module = MODULES[name]
    if beside.exists():
        return [str(beside)]
    return [sys.executable, "-c", f"from {module} import main; main()"]
