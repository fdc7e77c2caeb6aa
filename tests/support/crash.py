"""Deaths at chosen calls: a fuse that counts a process's calls, and what passes through it."""

import os
import sys
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event

from federation.item import MutableItem, SlotName
from federation.port import Dht, Got, Judge, Pieces, Put, Swarm, Torrent
from tests.support.loop import Crash


class Fuse:
    """Counts what one process's life does to the world outside it, and ends it before the n-th.

    A death between two of these is the same as one before the second: what a process only thinks
    dies with it.

    Attributes:
        count: Calls so far.
        blown: Whether the process is dead; then every further call fails too.
        trail: Names of all calls, in order: the last is where it died.
    """

    def __init__(self, at: int | None = None) -> None:
        self.at = at
        self.count = 0
        self.blown = False
        self.trail: list[str] = []

    def pass_(self, name: str) -> None:
        """Let a call through.

        Raises:
            Crash: This is the n-th call, or the process died before.
        """
        if not self.blown:
            self.count += 1
            self.trail.append(name)
            self.blown = self.count == self.at
        if self.blown:
            raise Crash(f"died at call {self.count}, {self.trail[-1]}; asked for {name}")


class FusedDht:
    """A Dht port whose every call passes a fuse."""

    def __init__(self, inner: Dht, fuse: Fuse) -> None:
        self._inner = inner
        self._fuse = fuse

    async def get(self, slot: SlotName, newer_than: int | None = None) -> Got:
        """Pass on."""
        self._fuse.pass_("dht.get")
        return await self._inner.get(slot, newer_than)

    async def put(self, item: MutableItem, cas: int | None = None) -> Put:
        """Pass on."""
        self._fuse.pass_("dht.put")
        return await self._inner.put(item, cas)

    async def get_immutable(self, target: bytes) -> bytes | None:
        """Pass on."""
        self._fuse.pass_("dht.get_immutable")
        return await self._inner.get_immutable(target)

    async def put_immutable(self, value: bytes) -> Put:
        """Pass on."""
        self._fuse.pass_("dht.put_immutable")
        return await self._inner.put_immutable(value)

    async def nodes(self) -> Sequence[tuple[str, int]]:
        """Pass on."""
        self._fuse.pass_("dht.nodes")
        return await self._inner.nodes()

    async def close(self) -> None:
        """Close without counting: the world does it for the dead."""
        await self._inner.close()


class FusedSwarm:
    """A Swarm port whose every call passes a fuse."""

    def __init__(self, inner: Swarm, fuse: Fuse) -> None:
        self._inner = inner
        self._fuse = fuse

    async def seed(self, directory: Path, name: str, files: Sequence[str]) -> Torrent:
        """Pass on."""
        self._fuse.pass_("swarm.seed")
        return await self._inner.seed(directory, name, files)

    async def fetch(
        self, infohash: bytes, directory: Path, name: str, judge: Judge, deadline_s: float
    ) -> Torrent:
        """Pass on."""
        self._fuse.pass_("swarm.fetch")
        return await self._inner.fetch(infohash, directory, name, judge, deadline_s)

    def open_pieces(
        self, infohash: bytes, directory: Path, name: str, judge: Judge, deadline_s: float
    ) -> AbstractAsyncContextManager[Pieces]:
        """Pass on."""
        self._fuse.pass_("swarm.open_pieces")
        return self._inner.open_pieces(infohash, directory, name, judge, deadline_s)

    async def keep(self, infohash: bytes) -> None:
        """Pass on."""
        self._fuse.pass_("swarm.keep")
        await self._inner.keep(infohash)

    async def drop(self, infohash: bytes) -> None:
        """Pass on."""
        self._fuse.pass_("swarm.drop")
        await self._inner.drop(infohash)

    async def moved_bytes(self) -> tuple[int, int]:
        """Pass on."""
        self._fuse.pass_("swarm.moved_bytes")
        return await self._inner.moved_bytes()

    async def close(self) -> None:
        """Close without counting: the world does it for the dead."""
        await self._inner.close()


_homes: dict[str, Fuse] = {}
_WRITING = os.O_WRONLY | os.O_RDWR


def fuse_home(home: Path, fuse: Fuse) -> None:
    """Let every database and file call on a home pass the fuse of its present life.

    Databases count before each commit; files when they are opened for writing, renamed or
    removed. What SQLite does with its own files is SQLite's to survive.
    """
    _homes[str(home)] = fuse


def unfuse_home(home: Path) -> None:
    """Let calls on a home pass uncounted again."""
    _homes.pop(str(home), None)


def _pass(path: str, name: str) -> None:
    home = next((home for home in _homes if path.startswith(home + os.sep)), None)
    if home is not None:
        _homes[home].pass_(f"{name} {path[len(home) + 1 :]}")


@event.listens_for(Engine, "commit")
def _commit(connection: Connection) -> None:
    _pass(connection.engine.url.database or "", "commit")


def _notice(what: str, arguments: tuple[Any, ...]) -> None:
    """Hear of file calls from the interpreter; it keeps this hook until it ends."""
    if not _homes or what not in {"open", "os.rename", "os.remove"}:
        return
    path = arguments[0]
    if not isinstance(path, str) or (what == "open" and not (arguments[2] & _WRITING)):
        return
    _pass(path, what)


sys.addaudithook(_notice)
