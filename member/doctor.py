"""The doctor: what may keep a home from working, each finding with a next step."""

import shutil
from dataclasses import dataclass
from typing import Literal

from federation.errors import NetworkUnreachable
from federation.home import Home
from federation.port import Dht
from federation.sentence import moment
from federation.slot import changes_slot, checkpoint_slot
from ledger import crypto
from ledger.state import State

DISK_BYTES_MIN = 100 * 2**20
"""Below this a ledger of a few thousand members may not fit any more."""
CLOCK_S_MAX = 300
"""Further than this behind the newest merge, one of the two clocks is wrong."""
NODES_MIN = 8
"""As many nodes as store one item (BEP 5, K)."""
COPIES_MIN = 3

Area = Literal["home", "network", "storage"]


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
        f"{free // 2**20} MiB free",
        "" if free >= DISK_BYTES_MIN else f"make room on the disk of {home.path}",
        "storage",
    )


def check_clock(state: State | None, now: int) -> Finding:
    """Compare the own clock with the newest merge, which can only be in the past."""
    if state is None or state.time == 0:
        return Finding("clock", True, f"{moment(now)}; no merge to compare it with yet")
    behind = state.time - now
    if behind > CLOCK_S_MAX:
        return Finding(
            "clock",
            False,
            f"{moment(now)}, which is {behind} s before the newest merge",
            "set this computer's clock; if it is right, tell the manager that his is ahead",
        )
    return Finding("clock", True, f"{moment(now)}; the newest merge was {moment(state.time)}")


def check_replica(state: State | None, key: bytes) -> Finding:
    """Look whether there is a ledger here and the own key is in it."""
    if state is None or state.community is None:
        return Finding("ledger", False, "none here yet", "run `commontab sync`")
    if key not in state.keys:
        step = "show `commontab card` to the manager, then run `commontab sync`"
        return Finding("ledger", False, f"{state.tree.size} records, without your key", step)
    return Finding("ledger", True, f"{state.tree.size} records, with your account")


async def check_network(dht: Dht, seed: bytes, community: bytes, unsettled: int) -> list[Finding]:
    """Look who answers, and how many copies of the own and the community's slots are there.

    Args:
        dht: A running endpoint.
        seed: The member's 32 bytes.
        community: The community's public key.
        unsettled: How many own change-sets should be in the slot.
    """
    own = changes_slot(seed, community, crypto.public_key(seed))
    try:
        nodes = await dht.nodes()
        held = await dht.get(own.name)
        checkpoint = await dht.get(checkpoint_slot(community))
    except NetworkUnreachable as error:
        step = "check the cable, the firewall (UDP out) and the nodes in settings.json"
        return [Finding("reachability", False, str(error), step, "network")]
    return [
        Finding("reachability", True, f"{held.answered} DHT nodes answered", area="network"),
        _count_nodes(len(nodes)),
        _count_copies("copies of your slot", held.copies, needed=unsettled > 0),
        _count_copies("copies of the checkpoint", checkpoint.copies, needed=True),
    ]


def _count_nodes(count: int) -> Finding:
    step = "" if count >= NODES_MIN else "leave `commontab run` on for a while, or add nodes"
    return Finding("DHT nodes", count >= NODES_MIN, f"{count} known", step, "network")


def _count_copies(what: str, copies: int, *, needed: bool) -> Finding:
    well = copies >= COPIES_MIN or not needed
    step = "" if well else "leave `commontab run` on: it puts them again every hour"
    return Finding(what, well, str(copies), step, "network")
