"""Answers as bytes: sections with their signatures, kept until they change, and messages."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import NamedTuple

from federation.dns_face.lookup import Lookup
from federation.dns_face.query import Query
from federation.dns_face.wire import (
    AA,
    CD,
    MESSAGE_BYTES_MAX,
    QR,
    RD,
    SERVFAIL,
    SOA,
    Labels,
    RecordSet,
    write_header,
    write_records,
)
from federation.dns_face.zone import Zone

KEPT_MAX = 131_072
"""Packed answers that are kept, about 300 bytes each."""
TRANSFER_BYTES = 16_384
"""Messages of a transfer are about as long as a TLS record."""


class Packed(NamedTuple):
    """An answer's sections, for any message that asks the same.

    Attributes:
        code: The answer's code.
        counts: Records in the answer and the authority section.
        sections: Their bytes, which point into the question.
        ttl: The least TTL among them; 0 where there are none.
        until: Unix time from which it is to be made again.
        stale: It comes from a checkpoint that nobody has seen for a day.
    """

    code: int
    counts: tuple[int, int]
    sections: bytes
    ttl: int
    until: int
    stale: bool


class Packer:
    """Packs what a zone answers, and keeps it until the zone changes or the time is over."""

    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self._version = -1
        self._kept: OrderedDict[tuple[Labels, int, bool], Packed] = OrderedDict()

    def pack(self, labels: Labels, kind: int, now: int, *, dnssec: bool) -> Packed:
        """Return the answer for a name that the zone holds."""
        version = self._zone.version
        if version != self._version:
            self._kept.clear()
            self._version = version
        key = labels, kind, dnssec
        packed = self._kept.get(key)
        if packed is None or packed.until <= now:
            packed = self._make(labels, kind, now, dnssec=dnssec)
            self._kept[key] = packed
            if len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
        return packed

    def transfer(self, query: Query, now: int) -> Iterator[bytes]:
        """Yield the messages that carry the whole zone, signed (RFC 5936, section 2.2).

        It ends early, without the closing SOA, where the zone changes meanwhile.
        """
        flags = QR | AA | (query.flags & (RD | CD))
        version = self._zone.version
        held, count = b"", 0
        for found in self._walk(now):
            if self._zone.version != version:
                return
            held += write_records(found, query.labels)
            count += len(found.data)
            if len(held) >= TRANSFER_BYTES:
                yield write_header(query.id, flags, (1, count, 0, 0)) + query.question + held
                held, count = b"", 0
        held += write_records(self._zone.soa, query.labels)
        yield write_header(query.id, flags, (1, count + 1, 0, 0)) + query.question + held

    def _walk(self, now: int) -> Iterator[RecordSet]:
        """Yield every set of the zone with its signature, the SOA first."""
        yield self._zone.soa
        for found in Lookup(self._zone, now, proving=True).walk():
            if found.type != SOA:
                yield found
            yield self._zone.key.sign(found, found.ttl, now)

    def _make(self, labels: Labels, kind: int, now: int, *, dnssec: bool) -> Packed:
        resolved = Lookup(self._zone, now, proving=dnssec).run(labels, kind)
        counts, sections, ttls = [], [], []
        for section in (resolved.answer, resolved.authority):
            count = 0
            for found in section:
                ttl = min(found.ttl, resolved.ttl_max)
                shown = [found._replace(ttl=ttl)]
                if dnssec:
                    shown.append(self._zone.key.sign(found, ttl, now))
                sections += [write_records(one, labels) for one in shown]
                count += sum(len(one.data) for one in shown)
                ttls.append(ttl)
            counts.append(count)
        ttl, body = min(ttls, default=0), b"".join(sections)
        if len(body) > MESSAGE_BYTES_MAX // 2:
            # A chain of names that are all as full as can be; nobody needs it.
            return Packed(SERVFAIL, (0, 0), b"", 0, resolved.until, stale=False)
        return Packed(
            resolved.code, (counts[0], counts[1]), body, ttl, resolved.until, resolved.stale
        )
