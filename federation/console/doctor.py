"""The doctor's findings: what may keep a home from working, each with a next step."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from federation.console.sentence import moment
from federation.console.terminal import Exit, table
from federation.home import Home
from ledger.saying import said
from ledger.state import State

DISK_BYTES_MIN = 100 * 2**20
"""Below this a ledger of a few thousand members may not fit any more."""
CLOCK_S_MAX = 300
"""Further than this behind the newest merge, one of the two clocks is wrong."""
NODES_MIN = 8
"""As many nodes as store one item (BEP 5, K)."""
COPIES_MIN = 3

Area = Literal["home", "network", "storage"]
_EXITS = {"home": Exit.REFUSED, "network": Exit.NETWORK, "storage": Exit.STORAGE}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: Its name.
        well: Whether it is as it should be.
        found: What was seen.
        step: What to do next, empty where all is well.
        area: Decides the exit code.
    """

    what: str
    well: bool
    found: str
    step: str = ""
    area: Area = "home"


def check_disk(home: Home) -> Finding:
    """Look at the room on the home's disk."""
    free = shutil.disk_usage(home.path).free
    return Finding(
        "disk",
        free >= DISK_BYTES_MIN,
        said("{mib} MiB free", mib=free // 2**20),
        "" if free >= DISK_BYTES_MIN else f"make room on the disk of {home.path}",
        "storage",
    )


def check_clock(state: State | None, now: int, if_right: str) -> Finding:
    """Compare the own clock with the newest merge, which can only be in the past.

    Args:
        state: The ledger's present here, if there is any.
        now: Unix seconds.
        if_right: What to do where the own clock turns out to be right.
    """
    if state is None or state.time == 0:
        return Finding("clock", True, f"{moment(now)}; no merge to compare it with yet")
    behind = state.time - now
    if behind > CLOCK_S_MAX:
        return Finding(
            "clock",
            False,
            f"{moment(now)}, which is {behind} s before the newest merge",
            f"set this computer's clock; if it is right, {if_right}",
        )
    return Finding("clock", True, f"{moment(now)}; the newest merge was {moment(state.time)}")


def unreachable(error: Exception) -> Finding:
    """Return the finding that nobody answered."""
    step = "check the cable, the firewall (UDP out) and the nodes in settings.json"
    return Finding("reachability", False, str(error), step, "network")


def count_nodes(count: int, program: str) -> Finding:
    """Judge how many nodes of the DHT are known; ``program`` comes to know more."""
    well = count >= NODES_MIN
    step = "" if well else f"leave `{program}` on for a while, or add nodes"
    return Finding("DHT nodes", well, f"{count} known", step, "network")


def count_copies(what: str, copies: int, program: str, *, needed: bool) -> Finding:
    """Judge how many nodes store a slot's newest item; ``program`` puts it again."""
    well = copies >= COPIES_MIN or not needed
    step = "" if well else f"leave `{program}` on: it puts them again every hour"
    return Finding(what, well, str(copies), step, "network")


def show_findings(found: Sequence[Finding]) -> None:
    """Print findings as a table."""
    rows = [["ok" if one.well else "!!", one.what, one.found, one.step] for one in found]
    table(("", "", "found", "next step"), rows)


def exit_of(found: Sequence[Finding]) -> Exit:
    """Return the exit code of the gravest finding."""
    return max((_EXITS[one.area] for one in found if not one.well), default=Exit.DONE)
