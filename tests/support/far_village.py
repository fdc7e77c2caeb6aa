"""A village whose people live far apart, and whose programs run as on the public network."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from federation.console.terminal import Refused
from federation.home import Home
from federation.settings import Network, load_settings, save_settings
from ledger.errors import StoreMissing
from member.membership import open_membership
from tests.demo_story.stage import Stage, program
from tests.support.wide_area import Side, WideArea, wide_area, wide_dht
from tests.support.wide_area_nodes import PORT

NODES = 20
"""At each end: with fewer, everybody stores everything."""
NEAR = [f"81.{number}.1.1" for number in range(1, NODES + 3)]
FAR = [f"93.{number}.1.1" for number in range(1, NODES + 2)]
FIRST_NODES = ((NEAR[2], PORT), (FAR[1], PORT))
ROUND_S = 3.0
"""A minute on the real one, to be kind to it."""
DELAY_S, LOSS = 0.05, 0.01
WITHIN_S = 120.0
LOOK_S = 0.1
MEMBERS = ("anna", "ben")
PLACES = {"river": NEAR[0], "ben": NEAR[1], "anna": FAR[0]}


@dataclass(frozen=True, slots=True)
class Village:
    """A manager and a member at the near end, Anna at the far one; homes by name."""

    folder: Path
    area: WideArea

    def side(self, who: str) -> Side:
        """Return where somebody's computer stands."""
        return self.area.far if who == "anna" else self.area.near

    def words(self, who: str, line: str) -> list[str]:
        """Return what starts a command on somebody's computer."""
        name, *more = line.split()
        return [*self.side(who).inside, *program(name), *more, "--home", str(self.folder / who)]

    def type(self, who: str, line: str) -> str:
        """Type a command that has to succeed; return what it printed."""
        done = subprocess.run(
            self.words(who, line), capture_output=True, text=True, timeout=WITHIN_S, check=False
        )
        assert done.returncode == 0, f"{who} $ {line}\n{done.stdout}{done.stderr}"
        return done.stdout

    def posted(self, who: str) -> int | None:
        """Return somebody's balance in the own books, in cents; None before they have come."""
        try:
            with open_membership(Home(self.folder / who)) as member:
                return sum(one.posted for one in member.account.balances)
        except (Refused, StoreMissing):
            return None

    def wait_until(self, who: str, cents: int) -> None:
        """Return when somebody's own books say that the balance is so many cents."""
        end = time.monotonic() + WITHIN_S
        while self.posted(who) != cents:
            assert time.monotonic() < end, f"{who} did not stand at {cents} within {WITHIN_S:g} s"
            time.sleep(LOOK_S)

    @contextmanager
    def running(self, who: str, line: str) -> Iterator[None]:
        """Let a program run while the block does; its words go to a file."""
        with (self.folder / f"{who}.log").open("wb") as log:
            words = self.words(who, line)
            process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            yield
            assert process.poll() is None, (self.folder / f"{who}.log").read_text()
        finally:
            process.terminate()
            process.wait(WITHIN_S)


@contextmanager
def far_village(folder: Path) -> Iterator[Village]:
    """Give a village whose manager and members run and have its books; nobody has paid yet.

    Needs root.
    """
    _found(folder)
    with ExitStack() as stack:
        area = stack.enter_context(wide_area(NEAR, FAR, delay_s=DELAY_S, loss=LOSS))
        stack.enter_context(wide_dht("public", area, but=PLACES.values()))
        village = Village(folder, area)
        stack.enter_context(village.running("river", "commontab-manager run"))
        for who in MEMBERS:
            stack.enter_context(village.running(who, "commontab run"))
        for who in MEMBERS:
            village.wait_until(who, 0)
        yield village


def _found(folder: Path) -> None:
    """Make the homes of a community whose members are admitted and joined; none ever ran."""
    stage = Stage(folder, kept=[])
    nodes = " ".join(f"{host}:{port}" for host, port in FIRST_NODES)
    chosen = f"--network public {nodes} --no-passphrase"
    stage.type("river", f"commontab-manager init River {chosen}")
    limits = "--credit 500 --maximum 900"
    stage.type("river", f"commontab-manager open --unit EUR --unit-name Euro {limits} --yes")
    for who in MEMBERS:
        stage.type(who, f"commontab init {who.title()} {chosen}")
        stage.type(who, f"commontab card --png {folder / who}.png")
        stage.type("river", f"commontab-manager admit --image {folder / who}.png --yes")
    stage.type("river", f"commontab-manager card --png {folder / 'river'}.png")
    for who in MEMBERS:
        stage.type(who, f"commontab join --image {folder / 'river'}.png --yes")
    for who, host in PLACES.items():
        settings = load_settings(folder / who)
        assert settings.network == Network("public", FIRST_NODES)
        save_settings(folder / who, replace(settings, listen=host, round_s=ROUND_S, web_port=-1))
