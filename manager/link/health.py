"""Health of links: when each was last read, and what waits on either side."""

from dataclasses import dataclass

from federation.console.doctor import Finding
from federation.console.sentence import moment, printable
from federation.console.views import View
from federation.settings import PROMISE_ROUNDS
from ledger.link.link import Link
from ledger.link.machine import is_waiting
from ledger.record import LinkRecord, decode_record
from ledger.state import State
from ledger.store.link import LinkStore
from ledger.store.link_door import LinkDoor, LinkDoorStore
from manager.office import Office

AWAY_S_MIN = 60
"""Shorter than this nobody is called away: a look at a slot may itself take some seconds."""


@dataclass(frozen=True, slots=True)
class LinkHealth:
    """How a link is attended to on both sides; times are Unix seconds.

    Attributes:
        link: As the ledger has it.
        door: What was read of it.
        waiting_there: Entries of ours that the other side has not taken, as far as we know.
        waiting_since: When the oldest of them was written.
        waiting_here: Payments held here until another community decides.
        away: Whether the other side is later than a running manager would be.
    """

    link: Link
    door: LinkDoor
    waiting_there: int
    waiting_since: int | None
    waiting_here: int
    away: bool


def attend_links(office: Office, now: int) -> list[LinkHealth]:
    """Return how each link is attended to, by name.

    Args:
        office: Opened.
        now: Unix seconds.
    """
    doors = LinkDoorStore(office.store.database).doors()
    interval_s = office.home.settings().link_interval_s
    allowed = max(AWAY_S_MIN, PROMISE_ROUNDS * interval_s)
    found = []
    for link in sorted(office.state.links.values(), key=lambda link: link.name):
        door = doors.get(link.key, LinkDoor(link.key))
        since = _since(office, link, door)
        away = since is not None and now - since > allowed
        waiting = max(link.sent - door.taken, 0)
        held = _held(office.state, link.key)
        found.append(LinkHealth(link, door, waiting, since, held, away))
    return found


def view_health(one: LinkHealth) -> View:
    """Return a link's health as plain values."""
    return {
        "name": one.link.name,
        "polled": one.door.polled or None,
        "seen": one.door.seen,
        "merged": one.door.merged,
        "waiting_there": one.waiting_there,
        "waiting_since": one.waiting_since,
        "waiting_here": one.waiting_here,
        "away": one.away,
        "problem": one.door.problem,
    }


def tell_health(one: LinkHealth) -> str:
    """Return what is wrong with a link in one sentence; empty where nothing is."""
    name = printable(one.link.name)
    if one.door.problem:
        return f"link {name}: {printable(one.door.problem)}"
    if one.away:
        assert one.waiting_since is not None, "who is away lets something wait"
        return (
            f"link {name}: {one.waiting_there} of our entries wait there since "
            f"{moment(one.waiting_since)}; its manager does not run, or reaches nobody"
        )
    return ""


def check_links(office: Office, now: int) -> list[Finding]:
    """Look whether linked communities read and answer; no finding without links."""
    health = attend_links(office, now)
    if not health:
        return []
    wrong = [words for one in health if (words := tell_health(one))]
    step = "ask their managers; `commontab-manager link show` tells more" if wrong else ""
    return [Finding("links", not wrong, "; ".join(wrong) or f"{len(health)} answer", step)]


def _since(office: Office, link: Link, door: LinkDoor) -> int | None:
    oldest = LinkStore(office.store.database).entries_after(link.key, door.taken, 1)
    if not oldest:
        return None
    record = decode_record(next(office.store.records(oldest[0], oldest[0] + 1)))
    assert isinstance(record, LinkRecord), "the table of link records names them only"
    return record.entry.time


def _held(state: State, peer: bytes) -> int:
    return sum(
        is_waiting(one.role, one.stage) and peer in {one.upstream, one.downstream}
        for one in state.transits.values()
    )
