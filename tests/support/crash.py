"""Deaths at chosen calls: a fuse that counts a process's calls, and what passes through it."""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

from federation.item import MutableItem, SlotName
from federation.port import Dht, Got, Judge, Put, Swarm, Torrent
from tests.support.loop import Crash

T = TypeVar("T")


class Fuse:
    """Counts the calls of one process's life and ends that life at the n-th.

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

    async def around(self, name: str, call: Callable[[], Awaitable[T]]) -> T:
        """Await a call of the network that may die before it and after it had its effect."""
        self.pass_(name)
        result = await call()
        self.pass_(f"after {name}")
        return result


class FusedDht:
    """A Dht port whose every call passes a fuse."""

    def __init__(self, inner: Dht, fuse: Fuse) -> None:
        self._inner = inner
        self._fuse = fuse

    async def get(self, slot: SlotName, newer_than: int | None = None) -> Got:
        """Pass on."""
        return await self._fuse.around("dht.get", lambda: self._inner.get(slot, newer_than))

    async def put(self, item: MutableItem, cas: int | None = None) -> Put:
        """Pass on."""
        return await self._fuse.around("dht.put", lambda: self._inner.put(item, cas))

    async def get_immutable(self, target: bytes) -> bytes | None:
        """Pass on."""
        return await self._fuse.around(
            "dht.get_immutable", lambda: self._inner.get_immutable(target)
        )

    async def put_immutable(self, value: bytes) -> Put:
        """Pass on."""
        return await self._fuse.around(
            "dht.put_immutable", lambda: self._inner.put_immutable(value)
        )

    async def nodes(self) -> Sequence[tuple[str, int]]:
        """Pass on."""
        return await self._fuse.around("dht.nodes", self._inner.nodes)

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
        return await self._fuse.around(
            "swarm.seed", lambda: self._inner.seed(directory, name, files)
        )

    async def fetch(
        self, infohash: bytes, directory: Path, name: str, judge: Judge, deadline_s: float
    ) -> Torrent:
        """Pass on."""
        return await self._fuse.around(
            "swarm.fetch",
            lambda: self._inner.fetch(infohash, directory, name, judge, deadline_s),
        )

    async def keep(self, infohash: bytes) -> None:
        """Pass on."""
        await self._fuse.around("swarm.keep", lambda: self._inner.keep(infohash))

    async def drop(self, infohash: bytes) -> None:
        """Pass on."""
        await self._fuse.around("swarm.drop", lambda: self._inner.drop(infohash))

    async def moved_bytes(self) -> tuple[int, int]:
        """Pass on."""
        return await self._fuse.around("swarm.moved_bytes", self._inner.moved_bytes)

    async def close(self) -> None:
        """Close without counting: the world does it for the dead."""
        await self._inner.close()


class _Fused:
    def __init__(self, inner: object, fuse: Fuse, name: str) -> None:
        self._inner = inner
        self._fuse = fuse
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        found = getattr(self._inner, attribute)
        if not inspect.ismethod(found) or attribute == "close":
            return found
        fuse, name = self._fuse, f"{self._name}.{attribute}"

        @wraps(found)
        def through(*args: Any, **kwargs: Any) -> Any:
            fuse.pass_(name)
            return found(*args, **kwargs)

        return through


def fused(inner: T, fuse: Fuse, name: str) -> T:
    """Return an object that behaves as ``inner`` with every method call passing the fuse."""
    return cast(T, _Fused(inner, fuse, name))
