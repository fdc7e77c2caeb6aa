"""What the running manager knows of each linked community, kept where others can read it."""

from collections.abc import Callable
from dataclasses import replace

from federation.link.word import Known
from ledger.link.link import Link
from ledger.store.link_door import LinkDoor, LinkDoorStore

KEEP_S = 15
"""How often it is written down that nobody had news, seconds."""


class LinkDoors:
    """The doors of all links, in one process; nobody else writes them.

    Args:
        store: Where they are kept.
        tell: Told of each problem once, until it changes.
    """

    def __init__(self, store: LinkDoorStore, tell: Callable[[str], None]) -> None:
        self._store = store
        self._tell = tell
        self._doors = store.doors()
        self._changed: set[bytes] = set()
        self._soon = False
        self._kept = 0

    def of(self, peer: bytes) -> LinkDoor:
        """Return what is known of a linked community; nothing at first."""
        return self._doors.get(peer, LinkDoor(peer))

    def known(self, peer: bytes) -> Known:
        """Return what was verified of its journal."""
        door = self.of(peer)
        return Known(door.size, door.root, door.note, door.before_size, door.before_root)

    def put(self, door: LinkDoor, *, soon: bool = True) -> None:
        """Take in what is new of one; ``soon`` where it must be on the disk before we speak."""
        if door != self._doors.get(door.peer):
            self._doors[door.peer] = door
            self._changed.add(door.peer)
            self._soon = self._soon or soon

    def learn(self, peer: bytes, known: Known) -> None:
        """Take in what was verified of its journal."""
        self.put(
            replace(
                self.of(peer),
                size=known.size,
                root=known.root,
                note=known.note,
                before_size=known.before_size,
                before_root=known.before_root,
            )
        )

    def complain(self, link: Link, problem: str) -> None:
        """Say once why a linked community's newest word does not fit; empty where it does."""
        door = self.of(link.key)
        if door.problem != problem:
            self.put(replace(door, problem=problem))
            self._tell(f"link {link.name}: {problem or 'all fits again'}")

    def flush(self, now: int) -> None:
        """Write down what changed: at once where it counts, else every 15 seconds. Blocks."""
        if self._changed and (self._soon or now - self._kept >= KEEP_S):
            self._store.keep([self._doors[peer] for peer in sorted(self._changed)])
            self._changed.clear()
            self._soon, self._kept = False, now
