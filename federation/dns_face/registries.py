"""The names that a home resolves, as the DNS face asks for them. Calls block, for milliseconds."""

from collections.abc import Iterator, Mapping, Sequence

from federation.dns_face.shelf import OwnNames, Register, Shelf, describe_community, read_text
from federation.dns_face.source import Found
from federation.dns_face.wire import Labels
from federation.link.address import format_key
from federation.names.open import Names
from federation.names.registry import FollowedRegistry, Registry
from federation.names.resolve import DEPTH_MAX, Resolver
from ledger.names import format_label

UNKNOWN = Found(None, 0)
"""Nothing can be said just now: the names were not read yet, or are in doubt."""


class RegistrySource:
    """A source over the registries of a home; ``update`` it about once a second.

    Args:
        names: The home's.
        suffix: Under which they are served.
        always_fresh: Whether the own names are the manager's, which no newer checkpoint changes.
    """

    def __init__(self, names: Names, suffix: Labels, *, always_fresh: bool) -> None:
        self._names = names
        self._own = OwnNames(names.log)
        self._suffix = suffix
        self._always_fresh = always_fresh
        self._shelves: dict[bytes, Shelf] = {}
        self._resolver: Resolver | None = None
        self._read: tuple[int, ...] = ()
        self._labels: list[bytes] = []
        self._now = 0
        self.version = 0

    @property
    def serial(self) -> int:
        """All changes of all names that are answered from."""
        return sum(shelf.changes + 1 for shelf in self._shelves.values())

    def update(self, now: int) -> None:
        """Read what has changed.

        Args:
            now: Unix time.

        Raises:
            LedgerError: The ledger cannot be read.
        """
        self._now = now
        version = self._names.version()
        if self._resolver is not None and version == self._read:
            return
        before, resolver = self._resolver, self._names.resolver()
        self._resolver = resolver
        changed = before is None or _shape(before) != _shape(resolver)
        if changed:
            self._labels = sorted(_labels(resolver))
            for shelf in self._shelves.values():
                shelf.forget_labels()
        registries = [resolver.own, *filter(None, resolver.others.values())]
        known = {registry.community for registry in registries}
        self._shelves = {key: shelf for key, shelf in self._shelves.items() if key in known}
        renewed = [self._renew(registry) for registry in registries]
        self.version += changed or any(renewed)
        self._read = version

    def depth(self, labels: Labels) -> int:
        """Return how many labels at the right name a community."""
        return len(self._lead(labels))

    def find(self, labels: Labels) -> Found:
        """Return what stands at a community or a name."""
        resolver = self._need
        way = self._lead(labels)
        if not way:
            return Found(None, self._seen(resolver.own))
        key = way[-1]
        registry = self._registry(key)
        if registry is None:
            told = describe_community(key) if len(labels) == len(way) else None
            return Found(told, self._seen(resolver.own)) if self._is_empty(key) else UNKNOWN
        if len(labels) == len(way):
            return Found(describe_community(key), self._seen(registry))
        records, expires = self._shelves[key].read(self._register(registry), labels[-len(way) - 1])
        return Found(records, self._seen(registry), expires)

    def communities(self) -> Sequence[bytes]:
        """Return the labels of the own community, of its links, and the keys of all, ascending."""
        return self._labels

    def names(self, community: Labels) -> Sequence[bytes] | None:
        """Return what stands below a community that has a label of its own."""
        if len(community) > 1:
            return None
        (key,) = self._lead(community)
        called = {format_label(label).encode() for label in self._calls(key)}
        registry = self._registry(key)
        if registry is None:
            return sorted(called) if self._is_empty(key) else None
        return self._shelves[key].labels(self._register(registry), called)

    @property
    def _need(self) -> Resolver:
        assert self._resolver is not None, "it is updated before it is asked"
        return self._resolver

    def _renew(self, registry: Registry) -> bool:
        """Drop what changed of a community's names; return whether anything did."""
        key = registry.community
        shelf = self._shelves.get(key)
        if isinstance(registry, FollowedRegistry):
            changes, changed = registry.head.changes, None
        else:
            changed = self._own.renew()
            changes = self._own.changes
        if shelf is not None and changes == shelf.changes:
            return False
        if shelf is None or changed is None or changes < shelf.changes:
            self._shelves[key] = Shelf(changes, self._suffix)
        else:
            called = {format_label(label).encode() for label in self._calls(key)}
            shelf.renew(changes, changed, called)
        return True

    def _register(self, registry: Registry) -> Register:
        """Return where a community's names are read: the own ones are all in memory."""
        return self._own if registry.community == self._need.own.community else registry

    def _lead(self, labels: Labels) -> list[bytes]:
        """Return the keys of the communities that labels lead through, from the right.

        As ``Resolver.locate``, but that a name without a community leads nowhere: a suffix is no
        place for names.
        """
        text = read_text(labels[-1]) if labels else None
        first = self._need.find(text) if text is not None else None
        if first is None or not self._is_known(first):
            return []
        way = [first]
        while len(way) < min(len(labels), DEPTH_MAX + 1):
            label = labels[-1 - len(way)]
            step = self._calls(way[-1]).get(read_text(label) or "")
            if step is None or step in {*way, self._need.own.community}:
                break
            if self._holds(way[-1], label):
                break
            way.append(step)
        return way

    def _is_known(self, key: bytes) -> bool:
        resolver = self._need
        return (
            key == resolver.own.community
            or key in resolver.others
            or key in resolver.doubted
            or key in resolver.links.values()
        )

    def _is_empty(self, key: bytes) -> bool:
        """Return whether a community without a registry is known to have had no names."""
        return key in self._need.others and key not in self._need.doubted

    def _calls(self, key: bytes) -> Mapping[str, bytes]:
        """Return what a community calls others."""
        resolver = self._need
        if key == resolver.own.community:
            return resolver.links
        return {} if key in resolver.doubted else resolver.called.get(key, {})

    def _holds(self, key: bytes, label: bytes) -> bool:
        """Return whether a community has a name of its own there that resolves."""
        registry = self._registry(key)
        if registry is None:
            return False
        records, expires = self._shelves[key].read(self._register(registry), label)
        return records is not None and self._now < expires

    def _registry(self, key: bytes) -> Registry | None:
        resolver = self._need
        if key == resolver.own.community:
            return resolver.own
        return None if key in resolver.doubted else resolver.others.get(key)

    def _seen(self, registry: Registry) -> int:
        own = registry.community == self._need.own.community
        return self._now if own and self._always_fresh else registry.seen


def _shape(resolver: Resolver) -> object:
    """Return what decides by which labels communities are found."""
    return (
        resolver.own.community,
        resolver.label,
        dict(resolver.links),
        set(resolver.others),
        set(resolver.doubted),
        {key: dict(called) for key, called in resolver.called.items()},
    )


def _labels(resolver: Resolver) -> set[bytes]:
    names = {*resolver.links, *([resolver.label] if resolver.label else [])}
    keys = {resolver.own.community, *resolver.others, *resolver.doubted, *resolver.links.values()}
    texts: Iterator[str] = iter([*map(format_label, names), *map(format_key, keys)])
    return {text.encode() for text in texts}
