"""Reading the registries that the following process of a home keeps, and resolving by them."""

from federation.errors import StorageFailed
from federation.names.folder import KeptRegistry, RegistryFolder
from federation.names.own import OwnRegistry
from federation.names.registry import FollowedRegistry, NoNames, Registry
from federation.names.resolve import Resolver, label_of
from ledger.store.journal import JournalStore
from ledger.store.name_lookup import NameLookup

TRIES = 3
"""The follower may take newer files in while they are read, but hardly that often in a row."""


class RegistryReader:
    """Reads what the following process of the home keeps. Calls block."""

    def __init__(self, folder: RegistryFolder) -> None:
        self._folder = folder
        self._versions: dict[bytes, int] = {}
        self._kept: dict[bytes, KeptRegistry] = {}
        self._registries: dict[bytes, FollowedRegistry | None] = {}

    def version(self) -> tuple[int, ...]:
        """Return numbers that change with what is kept; they cost a look at the folder."""
        return tuple(self._folder.version(key) for key in self._folder.communities())

    def resolver(self, store: JournalStore, seen: int | None = None) -> Resolver:
        """Return what resolves names now.

        Args:
            store: The own journal.
            seen: When the own checkpoint was last known to be the newest, Unix seconds; None for
                when the following process last looked, or else for when it was merged.
        """
        self._read_changed()
        standing = NameLookup(store.database).standing()
        own = self._kept.get(standing.community)
        at = seen if seen is not None else max(own.seen if own else 0, standing.time)
        doubted = {key for key, kept in self._kept.items() if kept.other_note}
        others = {key: self._registry(key) for key in self._kept if key != standing.community}
        return Resolver(
            OwnRegistry(store, standing, at),
            label=label_of(standing.name),
            links=standing.links,
            others={key: registry for key, registry in others.items() if registry is not None},
            called={key: kept.calls for key, kept in self._kept.items()},
            doubted=doubted,
        )

    def _registry(self, community: bytes) -> Registry | None:
        """Return what was read of a community; None where none of its checkpoints was."""
        kept = self._kept[community]
        if kept.size and not kept.registry:
            return NoNames(community, kept.note, kept.size, kept.seen)
        return self._registries.get(community)

    def _read_changed(self) -> None:
        here = self._folder.communities()
        for community in self._kept.keys() - set(here):
            del self._kept[community]
            self._registries.pop(community, None)
            self._versions.pop(community, None)
        for community in here:
            version = self._folder.version(community)
            if version != self._versions.get(community):
                self._read(community)
                self._versions[community] = version

    def _read(self, community: bytes) -> None:
        known, before = self._kept.get(community), self._registries.get(community)
        kept = self._kept[community] = self._folder.read(community)
        if before is not None and known is not None and _says_same(known, kept):
            self._registries[community] = before.seen_at(kept.seen)
            return
        for _ in range(TRIES):
            try:
                self._registries[community] = self._folder.load(community, kept, before)
            except StorageFailed:
                # The follower has just taken the next files in, or one is damaged.
                kept = self._kept[community] = self._folder.read(community)
            else:
                return
        self._kept[community], self._registries[community] = known or kept, before


def _says_same(one: KeptRegistry, other: KeptRegistry) -> bool:
    """Return whether two things kept of a community differ in nothing that its registry shows."""
    return (one.note, one.files) == (other.note, other.files)
