"""What the running manager knows of each linked community, kept where others can read it."""

from collections.abc import Callable
from dataclasses import replace
from threading import Lock

from federation.link.word import Known
from ledger.link.link import Link
from ledger.store.link_door import LinkDoor, LinkDoorStore

KEEP_S = 15
"""How often it is written down that nobody had news, seconds."""
TELL_S = 60
"""A linked community that does something else wrong each second is told of so often, seconds."""


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
        self._told: dict[bytes, int] = {}
        self._lock = Lock()
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
        if door == self._doors.get(door.peer):
            return
        with self._lock:
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

    def complain(self, link: Link, problem: str, now: int, *, loud: bool = False) -> None:
        """Say why a linked community's newest word does not fit; empty where it does.

        Args:
            link: With that community.
            problem: In words.
            now: Unix seconds.
            loud: Whether it is told of even where another problem was a moment ago.
        """
        door = self.of(link.key)
        if door.problem == problem:
            return
        told = self._told.get(link.key)
        tells = loud or told is None or now - told >= TELL_S
        self.put(replace(door, problem=problem), soon=tells)
        if tells:
            self._told[link.key] = now
            self._tell(f"link {link.name}: {problem or 'all fits again'}")

    def flush(self, now: int) -> None:
        """Write down what changed: at once where it counts, else every 15 seconds. Blocks."""
        with self._lock:
            if not self._changed or not (self._soon or now - self._kept >= KEEP_S):
                return
            changed = [self._doors[peer] for peer in sorted(self._changed)]
            self._changed.clear()
            self._soon, self._kept = False, now
        self._store.keep(changed)
