"""Resolving: from a typed name to what stands there, over the registries of linked communities."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from federation.errors import AddressInvalid, RegistryMissing
from federation.link.address import format_key, parse_key
from federation.names.address import TypedName
from federation.names.registry import Registry
from ledger.errors import NameInvalid
from ledger.name.state import NameState
from ledger.names import read_label
from ledger.saying import said

DEPTH_MAX = 4
"""Links that one name leads through: each of them lets one more community decide what it means."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a typed name leads.

    Attributes:
        community: Key of the community whose name it is.
        name: The name there.
        sub: Labels before it, joined by dots; empty for the name itself.
        path: What the communities on the way are called, the own one's name for the next first;
            empty for the own community and for one that was named by its key.
    """

    community: bytes
    name: str
    sub: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a registry says.

    Attributes:
        place: Where it was looked up.
        registry: Under which checkpoint.
        held: What the registry holds there, also a name that ended or is reserved.
        value: The name where it resolves, else None.
    """

    place: Place
    registry: Registry
    held: NameState | None
    value: NameState | None


class Resolver:
    """Finds names in the own community and those that links lead to.

    Args:
        own: The own community's names.
        label: What the own community is called in a name; empty where nothing fits.
        links: What it calls the communities that it is linked with.
        others: Names of other communities, by key.
        called: What other communities call those that they are linked with.
        doubted: Communities that signed two histories.
    """

    def __init__(
        self,
        own: Registry,
        *,
        label: str,
        links: Mapping[str, bytes],
        others: Mapping[bytes, Registry],
        called: Mapping[bytes, Mapping[str, bytes]],
        doubted: AbstractSet[bytes] = frozenset(),
    ) -> None:
        self.own = own
        self.label = label
        self.links = links
        self.others = others
        self.called = called
        self.doubted = doubted

    def resolve(self, typed: TypedName, now: int) -> Answer:
        """Return what stands at a name.

        Args:
            typed: From ``parse_name``.
            now: Unix seconds: what has ended by then does not resolve.

        Raises:
            AddressInvalid: It leads to no community.
            RegistryMissing: The names of the community that it leads to were not read.
        """
        place = self.locate(typed, now)
        registry = self.registry(place.community)
        held = registry.lookup(place.name)
        value = held if held is not None and held.resolves(now) else None
        return Answer(place, registry, held, value)

    def locate(self, typed: TypedName, now: int) -> Place:
        """Return where a name leads; raises as ``resolve``.

        From the right, a label names a community as long as labels are left over: by its key, by
        what the own community calls it, or as the own one. In another community its own names,
        which are proven, come before what it calls others, which it only says.
        """
        *left, last = typed.labels
        community = self.find(last) if left else None
        if community is None:
            if typed.community:
                raise self._unknown(last)
            return Place(self.own.community, last, ".".join(left), ())
        path = (last,) if community in self.links.values() and parse_key(last) is None else ()
        bound = typed.community - 1 if typed.community else None
        return self._descend(left, community, path, bound, now)

    def find(self, label: str) -> bytes | None:
        """Return the key of the community that a label names here, or None."""
        key = parse_key(label)
        if key is not None:
            return key
        return self.links.get(label) or (self.own.community if label == self.label else None)

    def registry(self, community: bytes) -> Registry:
        """Return a community's names.

        Raises:
            RegistryMissing: They were not read, or the community is in doubt.
        """
        if community == self.own.community:
            return self.own
        if community in self.doubted:
            raise RegistryMissing(
                f"the community {format_key(community)[:16]}… has signed two histories: nothing "
                "is resolved there until its members have settled which one holds"
            )
        registry = self.others.get(community)
        if registry is not None:
            return registry
        raise RegistryMissing(
            f"the names of the community {format_key(community)[:16]}… were not read yet; "
            "`commontab run` reads them within a round or two where links lead to it, or where its "
            "key was asked for"
        )

    def _descend(
        self, left: list[str], community: bytes, path: tuple[str, ...], bound: int | None, now: int
    ) -> Place:
        """Follow labels from the right until one is a name.

        Args:
            left: Labels that are left over, one at least.
            community: Where they are looked up.
            path: How one came there.
            bound: How many more labels must name communities, and no others may; None where
                whichever does may.
            now: Unix seconds.
        """
        passed = {self.own.community, community}
        while len(left) > 1:
            label = left[-1]
            if bound == 0 or (bound is None and self._has(community, label, now)):
                break
            step = self._step(community, label)
            if step is None:
                if bound:
                    raise self._unknown(label)
                break
            if step in passed or len(path) >= DEPTH_MAX:
                raise AddressInvalid(
                    said(
                        "{name} leads in a circle, or through more than {most} links",
                        name=".".join((*left, *path[::-1])),
                        most=DEPTH_MAX,
                    )
                )
            left, community, path = left[:-1], step, (*path, label)
            bound = bound and bound - 1
            passed.add(step)
        *sub, name = left
        return Place(community, name, ".".join(sub), path)

    def _step(self, community: bytes, label: str) -> bytes | None:
        if community == self.own.community:
            return self.links.get(label)
        return self.called.get(community, {}).get(label)

    def _has(self, community: bytes, label: str, now: int) -> bool:
        """Return whether a community has a name that resolves."""
        registry = self.own if community == self.own.community else self.others.get(community)
        held = registry.lookup(label) if registry else None
        return held is not None and held.resolves(now)

    def _unknown(self, label: str) -> AddressInvalid:
        known = sorted({*self.links, *([self.label] if self.label else [])})
        near = [name for name in known if name.startswith(label[:3])]
        return AddressInvalid(said("no community is known here as {label!r}", label=label), near)


def label_of(name: str) -> str:
    """Return what a community is called in a domain name; empty where nothing fits.

    Args:
        name: What it calls itself.
    """
    try:
        return read_label("-".join(name.split()))
    except NameInvalid:
        return ""
