"""Looking a question up: what stands there, what it leads to, or that there is nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, pairwise

from federation.dns_face.chain import Chain
from federation.dns_face.dnssec import make_nsec
from federation.dns_face.node import WILDCARD, Node, Types
from federation.dns_face.wire import (
    ANY,
    CNAME,
    HINFO,
    NOERROR,
    NSEC,
    NXDOMAIN,
    SERVFAIL,
    Labels,
    RecordSet,
    read_name,
)
from federation.dns_face.zone import APEX_TTL_S, NEGATIVE_TTL_S, Resolved, Zone

FRESH_S = 86_400
"""How long a checkpoint is answered from after it was last seen; no TTL reaches beyond that."""
STALE_TTL_S = 30
"""TTL of answers from an older one, where they are wanted all the same (RFC 8767, section 4)."""
CNAMES_MAX = 8
_NOT_ALL = b"\x07RFC8482\0"
"""What ANY is answered with (RFC 8482, section 4.2)."""


@dataclass(slots=True)
class _Reply:
    """An answer in the making."""

    code: int = NOERROR
    answer: list[RecordSet] = field(default_factory=list)
    authority: dict[tuple[Labels, int], RecordSet] = field(default_factory=dict)

    def add(self, found: RecordSet) -> None:
        """Put a set into the authority section, once."""
        self.authority[found.owner, found.type] = found


class Lookup:
    """One question, or one transfer; what is read for it bounds how long the answer holds.

    Args:
        zone: Holds what is asked for.
        now: Unix time.
        proving: Whether NSEC sets are wanted.

    Source:
        RFC 1034, section 4.3.2; RFC 4592 for wildcards; RFC 4035, section 3.1.3, for proofs.
    """

    def __init__(self, zone: Zone, now: int, *, proving: bool) -> None:
        self._zone = zone
        self._now = now
        self._proving = proving
        self._until = now + FRESH_S
        self._stale = False
        self._unknown = False
        self._chain = Chain(zone.source, self._find_near)

    def run(self, name: Labels, kind: int) -> Resolved:
        """Return what is to be answered for a name that the zone holds, and a type or ANY."""
        reply = _Reply()
        seen = {name}
        while (target := self._step(reply, name, kind)) is not None:
            if target in seen or len(seen) > CNAMES_MAX or not self._zone.holds(target):
                # A loop, or a target elsewhere: the asker has what leads there and goes on himself.
                break
            seen.add(target)
            name = target
        return self._finish(reply)

    def walk(self) -> Iterator[RecordSet]:
        """Yield all sets that may be shown, owner by owner, with NSEC sets that join just these."""
        # One after another: a large zone is read while it is sent.
        for owner, following in pairwise(chain(self._chain.walk(), [()])):
            for kind, (ttl, data) in self._types(owner).items():
                yield RecordSet(owner + self._zone.name, kind, ttl, data)
            yield self._make_nsec(owner, following)

    def _finish(self, reply: _Reply) -> Resolved:
        now, left = self._now, self._until - self._now
        answer, authority = tuple(reply.answer), tuple(reply.authority.values())
        if self._stale:
            until = now + STALE_TTL_S
            if self._unknown or not self._zone.serve_stale:
                return Resolved(SERVFAIL, (), (), until, STALE_TTL_S, stale=True)
            return Resolved(reply.code, answer, authority, until, STALE_TTL_S, stale=True)
        most = max((found.ttl for found in (*answer, *authority)), default=0)
        # While the end is farther away than the largest TTL, the answer stays as it is.
        return Resolved(reply.code, answer, authority, now + max(1, left - most), left)

    def _step(self, reply: _Reply, name: Labels, kind: int) -> Labels | None:
        """Add what stands at one name; return where a CNAME leads from it."""
        below = self._zone.below(name)
        depth = self._zone.source.depth(below)
        at = below[-depth - 1 :]
        node = self._find(at)
        if self._unknown:
            return None
        if not below:
            return self._answer(reply, name, kind, self._zone.apex, None)
        if node is None:
            if depth:
                self._find(at[1:])
            self._deny(reply, below, at[1:] if depth else ())
            return None
        return self._step_within(reply, name, kind, node, at)

    def _step_within(
        self, reply: _Reply, name: Labels, kind: int, node: Node, at: Labels
    ) -> Labels | None:
        """Do the same at and below a community or name that stands."""
        below = self._zone.below(name)
        sub = below[: len(below) - len(at)]
        types = node.types(sub)
        if types is not None:
            return self._answer(reply, name, kind, types, None)
        encloser = node.encloser(sub)
        if encloser == sub:
            reply.add(self._zone.soa)
            if self._proving:
                reply.add(self._covering(below))
            return None
        wild = (WILDCARD, *encloser)
        types = node.types(wild)
        if types is None:
            self._deny(reply, below, encloser + at)
            return None
        if self._proving:
            reply.add(self._covering(_closer(below, encloser + at)))
        return self._answer(reply, name, kind, types, wild + at)

    def _answer(
        self, reply: _Reply, name: Labels, kind: int, types: Types, wild: Labels | None
    ) -> Labels | None:
        """Add what stands at an owner, or at the wildcard for it; return where a CNAME leads."""
        made_from = None if wild is None else wild + self._zone.name
        owner = self._zone.below(name) if wild is None else wild
        chosen = CNAME if CNAME in types and kind != NSEC else kind
        if chosen in types:
            ttl, data = types[chosen]
            reply.answer.append(RecordSet(name, chosen, ttl, data, made_from))
            return read_name(data[0]) if chosen == CNAME and kind not in {CNAME, ANY} else None
        if kind == ANY:
            reply.answer.append(RecordSet(name, HINFO, APEX_TTL_S, (_NOT_ALL,), made_from))
        elif kind == NSEC:
            nsec = self._nsec(owner)
            reply.answer.append(nsec._replace(owner=name, source=made_from))
        else:
            reply.add(self._zone.soa)
            if self._proving:
                reply.add(self._nsec(owner))
        return None

    def _deny(self, reply: _Reply, below: Labels, encloser: Labels) -> None:
        """Answer that a name does not exist, nor a wildcard for it."""
        reply.code = NXDOMAIN
        reply.add(self._zone.soa)
        if self._proving:
            reply.add(self._covering(_closer(below, encloser)))
            reply.add(self._covering((WILDCARD, *encloser)))

    def _covering(self, absent: Labels) -> RecordSet:
        """Return the NSEC set that shows that nothing stands at an owner."""
        return self._make_nsec(*self._chain.before(absent))

    def _nsec(self, owner: Labels) -> RecordSet:
        return self._make_nsec(owner, self._chain.after(owner))

    def _make_nsec(self, owner: Labels, following: Labels) -> RecordSet:
        zone = self._zone.name
        return make_nsec(owner + zone, following + zone, self._types(owner), NEGATIVE_TTL_S)

    def _types(self, below: Labels) -> Types:
        """Return what stands at an owner; nothing at one that is made up."""
        if not below:
            return self._zone.apex
        depth = self._zone.source.depth(below)
        node = self._find_near(below[-depth - 1 :])
        return {} if node is None else node.types(below[: -depth - 1]) or {}

    def _find(self, labels: Labels) -> Node | None:
        """Return what stands at a community or name just now, if its checkpoint is fresh."""
        seen = self._zone.find(labels)[1].seen
        if seen + FRESH_S <= self._now:
            self._stale = True
            self._unknown = self._unknown or not seen
        else:
            self._until = min(self._until, seen + FRESH_S)
        return self._find_near(labels)

    def _find_near(self, labels: Labels) -> Node | None:
        """Return the same for what only stands beside an answer, however fresh."""
        node, found = self._zone.find(labels)
        if found.expires and node is not None:
            if found.expires <= self._now:
                return None
            self._until = min(self._until, found.expires)
        return node


def _closer(below: Labels, encloser: Labels) -> Labels:
    """Return the name that is one label longer than the closest encloser."""
    return below[len(below) - len(encloser) - 1 :]
