"""The order of all names of a zone, so that NSEC records say between which ones there is none."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence

from federation.dns_face.node import Node, canonical
from federation.dns_face.source import Source
from federation.dns_face.wire import LABEL_BYTES_MAX, Labels

_AFTER = b"~"
"""Sorts behind each label that a name can have: those are letters, digits, ``-``, ``_``, ``*``."""
_FIRST = b"\0"
"""Sorts before each label."""

Finder = Callable[[Labels], Node | None]


class Chain:
    """The owners below a zone's apex, in canonical order (RFC 4034, section 6.1).

    A community that is not to be walked shows no name but the one that was asked for: what stands
    next to it there is made up, as close as can be (RFC 4470).

    Args:
        source: Where the names are.
        node: Gives what stands at a community or name; None where there is none now.
    """

    def __init__(self, source: Source, node: Finder) -> None:
        self._source = source
        self._node = node

    def after(self, owner: Labels) -> Labels:
        """Return the owner behind an existing one; the apex, which is empty, behind the last."""
        depth = self._source.depth(owner)
        sub, name, community = split(owner, depth)
        if not name:
            return self._next_name(b"", community) if owner else self._next_community(b"")
        node = self._node((name, *community))
        assert node is not None, "only owners that exist are asked for what follows"
        place = bisect_right(node.owners, canonical(sub), key=canonical)
        if place < len(node.owners):
            return (*node.owners[place], name, *community)
        return self._next_name(name, community)

    def before(self, absent: Labels) -> tuple[Labels, Labels]:
        """Return the owners on both sides of one that does not exist, or is only between others."""
        depth = self._source.depth(absent)
        sub, name, community = split(absent, depth)
        if not depth:
            communities = self._source.communities()
            place = bisect_left(communities, name)
            before = self._last_of((communities[place - 1],)) if place else ()
            return before, self._next_community(name)
        if sub and (node := self._node((name, *community))) is not None:
            place = bisect_left(node.owners, canonical(sub), key=canonical)
            before = (*node.owners[place - 1], name, *community)
            return before, self.after(before)
        names = self._source.names(community)
        if names is None:
            return _just_before(name, community), _just_after(name, community)
        before = self._live_before(names, name, community)
        return before, self._next_name(name, community)

    def walk(self) -> Iterator[Labels]:
        """Yield every owner that may be shown, from the apex on."""
        yield ()
        for label in self._source.communities():
            if self._node((label,)) is None:
                continue
            yield (label,)
            for name in self._source.names((label,)) or ():
                if (node := self._node((name, label))) is not None:
                    for sub in node.owners:
                        yield (*sub, name, label)

    def _next_name(self, name: bytes, community: Labels) -> Labels:
        """Return the first owner behind everything at and below a name of a community."""
        names = self._source.names(community)
        if names is None:
            return _just_after(name, community) if name else (_FIRST, *community)
        for place in range(bisect_right(names, name), len(names)):
            if self._node((names[place], *community)) is not None:
                return (names[place], *community)
        assert len(community) == 1, "only communities with labels of their own are walked"
        return self._next_community(community[0])

    def _next_community(self, label: bytes) -> Labels:
        communities = self._source.communities()
        place = bisect_right(communities, label)
        return (communities[place],) if place < len(communities) else ()

    def _last_of(self, community: Labels) -> Labels:
        """Return the last owner at and below a community."""
        names = self._source.names(community)
        if names is None:
            return (_AFTER, *community)
        return self._live_before(names, None, community)

    def _live_before(self, names: Sequence[bytes], name: bytes | None, community: Labels) -> Labels:
        """Return the last owner of the last name before one; the community where there is none."""
        place = len(names) if name is None else bisect_left(names, name)
        while place:
            place -= 1
            at = (names[place], *community)
            if (node := self._node(at)) is not None:
                if self._source.depth(at) == len(at):
                    return self._last_of(at)
                return (*node.owners[-1], *at)
        return community


def split(below: Labels, depth: int) -> tuple[Labels, bytes, Labels]:
    """Return a name below the suffix in its parts: what is before the name, it, its community.

    Args:
        below: The whole.
        depth: How many labels name the community; where all do, there is no name.
    """
    if len(below) <= depth:
        return (), b"", below
    return below[: -depth - 1], below[-depth - 1], below[len(below) - depth :]


def _just_before(name: bytes, community: Labels) -> Labels:
    """Return an owner before a name of a community that no name lies behind (RFC 4470, 4)."""
    label = name[:-1] + bytes((name[-1] - 1,)) if name[-1] else name[:-1]
    return (_AFTER, label, *community) if label else community


def _just_after(name: bytes, community: Labels) -> Labels:
    """Return an owner behind a name of a community and all below it, with no name between them.

    It lies beside the name: one below it would say that the name exists, with nothing of its own.
    """
    if len(name) < LABEL_BYTES_MAX:
        return (name + _FIRST, *community)
    label = name.rstrip(b"\xff")
    if not label:
        return _just_after(community[0], community[1:])
    return (label[:-1] + bytes((label[-1] + 1,)), *community)
