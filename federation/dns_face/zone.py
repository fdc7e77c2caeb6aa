"""A zone: all names below a suffix, what stands at its apex, and the nodes that were read of it."""

from dataclasses import dataclass

from federation.dns_face.dnssec import ZoneKey
from federation.dns_face.node import Node, Types
from federation.dns_face.source import Found, Source
from federation.dns_face.wire import NS, SOA, Labels, RecordSet, write_name
from ledger.name.operation import NameRecord

NEGATIVE_TTL_S = 60
APEX_TTL_S = 3_600
NODES_KEPT_MAX = 65_536
_SERIALS = 2**32
_TIMERS = b"".join(seconds.to_bytes(4, "big") for seconds in (3_600, 1_200, 604_800))
"""Refresh, retry and expire, for who copies the zone."""
_MAIL = write_name((b"nobody", b"invalid"))


@dataclass(frozen=True, slots=True)
class Resolved:
    """An answer before it is packed.

    Attributes:
        code: NOERROR, NXDOMAIN or SERVFAIL.
        answer: Sets in the order of the CNAMEs that lead to them.
        authority: The SOA of a negative answer, and NSEC sets.
        until: Unix time from which it is to be looked up again.
        ttl_max: No TTL is larger, seconds.
        stale: It comes from a checkpoint that nobody has seen for a day.
    """

    code: int
    answer: tuple[RecordSet, ...]
    authority: tuple[RecordSet, ...]
    until: int
    ttl_max: int
    stale: bool = False


class Zone:
    """All names below a suffix.

    Args:
        source: Where the names are.
        name: The suffix, lower case.
        key: Signs.
        serve_stale: Whether to answer from a checkpoint that nobody has seen for a day.
    """

    def __init__(
        self, source: Source, name: Labels, key: ZoneKey, *, serve_stale: bool = False
    ) -> None:
        self.source = source
        self.name = name
        self.key = key
        self.serve_stale = serve_stale
        self._wire = write_name(name)
        self._nodes: dict[Labels, tuple[tuple[NameRecord, ...], Node]] = {}

    @property
    def serial(self) -> int:
        """The serial of the zone's SOA."""
        return self.source.serial % _SERIALS

    @property
    def version(self) -> int:
        """Changes when what was answered may not be any more."""
        return self.source.version

    @property
    def soa(self) -> RecordSet:
        """The zone's SOA; it names nobody, as those of RFC 6303, section 3, do."""
        data = self._wire + _MAIL + self.serial.to_bytes(4, "big")
        data += _TIMERS + NEGATIVE_TTL_S.to_bytes(4, "big")
        return RecordSet(self.name, SOA, NEGATIVE_TTL_S, (data,))

    @property
    def apex(self) -> Types:
        """What stands at the suffix itself."""
        sets = (RecordSet(self.name, NS, APEX_TTL_S, (self._wire,)), self.soa, self.key.keys)
        return {held.type: (held.ttl, held.data) for held in sets}

    def holds(self, name: Labels) -> bool:
        """Return whether a name is the zone's or lies below it."""
        return name[-len(self.name) :] == self.name

    def below(self, name: Labels) -> Labels:
        """Return what stands before the suffix of a name that the zone holds."""
        return name[: -len(self.name)]

    def find(self, labels: Labels) -> tuple[Node | None, Found]:
        """Return what stands at a community or name, and what the source says of its times."""
        found = self.source.find(labels)
        if found.records is None:
            return None, found
        kept = self._nodes.get(labels)
        if kept is not None and kept[0] == found.records:
            return kept[1], found
        if len(self._nodes) >= NODES_KEPT_MAX:
            self._nodes.clear()
        node = Node(found.records)
        self._nodes[labels] = found.records, node
        return node, found
