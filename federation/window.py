"""The window: the five newest snapshots stay in the swarm, older ones leave it and the disk."""

import asyncio

from federation.port import Swarm
from federation.slot import INFOHASHES_MAX
from federation.snapshot import SnapshotFolder
from ledger.store.publication import Publication, PublicationStore


class Window:
    """Seeds the newest snapshots of one folder."""

    def __init__(
        self, publications: PublicationStore, folder: SnapshotFolder, swarm: Swarm
    ) -> None:
        self._publications = publications
        self._folder = folder
        self._swarm = swarm
        self._seeding: set[bytes] = set()

    async def infohashes(self) -> tuple[bytes, ...]:
        """Return the v1 infohashes of the newest snapshots, newest first."""
        return tuple(one.infohash for one in await self._newest())

    async def move(self) -> None:
        """Seed what is in the window, drop what is not, and remove files that nobody needs."""
        newest = await self._newest()
        for publication in newest:
            if publication.infohash not in self._seeding and self._whole(publication):
                directory, name = self._folder.directory, self._folder.name
                await self._swarm.seed(directory, name, publication.files)
                self._seeding.add(publication.infohash)
        for infohash in self._seeding - {publication.infohash for publication in newest}:
            await self._swarm.drop(infohash)
            self._seeding.discard(infohash)
        files = [file for publication in newest for file in publication.files]
        await asyncio.to_thread(self._folder.prune, files)

    async def _newest(self) -> list[Publication]:
        return await asyncio.to_thread(self._publications.newest, INFOHASHES_MAX)

    def _whole(self, publication: Publication) -> bool:
        """Return whether all files are there: a home restored from a backup lacks old ones."""
        return all(self._folder.has(file) for file in publication.files)
