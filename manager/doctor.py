"""The doctor: what may keep a community waiting, each finding with a next step."""

from federation.console.doctor import (
    CLOCK_S_MAX,
    Finding,
    count_copies,
    count_nodes,
    unreachable,
)
from federation.console.sentence import moment
from federation.errors import NetworkUnreachable
from federation.port import Dht, Got
from federation.slot import checkpoint_slot
from federation.witness.halt import found_split
from ledger.errors import StoreDamaged
from manager.office import Office

PROGRAM = "commontab-manager run"


def check_ledger(office: Office) -> Finding:
    """Look whether the database is sound, open, and of a home that may sign."""
    size = office.state.tree.size
    try:
        office.store.database.check()
    except StoreDamaged as error:
        return Finding("ledger", False, str(error), "restore a backup", "storage")
    split = found_split(office.values)
    if split is not None and not split.confirmed:
        step = f"compare {split.evidence} with the members; `{PROGRAM} --confirm-split-view`"
        return Finding("ledger", False, "stopped by a split view", step)
    if office.restored:
        step = f"start `{PROGRAM}`, and read what it says about --confirm-restored"
        return Finding("ledger", False, f"{size} records, restored from a backup", step)
    if office.state.community is None:
        return Finding("ledger", False, "not open yet", "run `commontab-manager open`")
    return Finding("ledger", True, f"{size} records; the file is sound")


def check_daemon(holder: int | None, *, opened: bool) -> Finding:
    """Look whether somebody polls and publishes."""
    if holder is not None:
        return Finding("manager", True, f"runs as process {holder}")
    step = f"start `{PROGRAM}`, best as a service" if opened else ""
    return Finding("manager", not opened, "does not run", step)


async def check_network(dht: Dht, key: bytes, now: int, *, published: bool) -> list[Finding]:
    """Look who answers, and what the community's own slot holds.

    Args:
        dht: A running endpoint.
        key: The community's public key.
        now: Unix seconds.
        published: Whether this home has ever signed a checkpoint.
    """
    try:
        nodes = await dht.nodes()
        got = await dht.get(checkpoint_slot(key))
    except NetworkUnreachable as error:
        return [unreachable(error)]
    return [
        Finding("reachability", True, f"{got.answered} DHT nodes answered", area="network"),
        count_nodes(len(nodes), PROGRAM),
        count_copies("copies of the checkpoint", got.copies, PROGRAM, needed=published),
        _check_slot_clock(got, now),
    ]


def _check_slot_clock(got: Got, now: int) -> Finding:
    """Compare the slot's ``seq``, which begins as Unix seconds, with the own clock."""
    if got.item is None:
        return Finding("slot", True, "empty")
    ahead = got.item.seq - now
    if ahead > CLOCK_S_MAX:
        return Finding(
            "slot",
            False,
            f"version {got.item.seq}, which is {ahead} s ahead of this computer's clock",
            "set this computer's clock; if it is right, the slot just counts on from there",
        )
    return Finding("slot", True, f"version {got.item.seq}, {moment(got.item.seq)}")
