"""Records of a name: their types, their order, and what the ledger asks of them.

The inside of a record's data is nobody's business here: who sets it checks it before he signs,
who serves it leaves out what does not parse. No DNS library decides what a journal means.
"""

import re
from collections.abc import Iterable, Mapping
from enum import IntEnum
from itertools import pairwise
from types import MappingProxyType

from ledger.codec import encode
from ledger.name.operation import DATA_BYTES_MAX, NameRecord
from ledger.saying import said

RECORDS_BYTES_MAX = 4_096
"""All records of a name together, as canonical bytes."""
LABELS_MAX = 4
"""Labels of a record's place below its name."""
_KEY_BYTES = 32
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")


class RecordType(IntEnum):
    """Types that may stand under a name.

    Source:
        IANA, "Domain Name System (DNS) Parameters", resource record types; RFC 6895,
        section 3.1, for 65280 to 65534 of private use.
    """

    A = 1
    CNAME = 5
    MX = 15
    TXT = 16
    AAAA = 28
    SRV = 33
    TLSA = 52
    SVCB = 64
    HTTPS = 65
    CAA = 257
    KEY = 65_280
    """An Ed25519 public key, 32 bytes."""
    SITE = 65_281
    """The 32-byte key of a site, then a path in UTF-8 or nothing."""


_SIZES: Mapping[RecordType, range] = MappingProxyType(
    {
        RecordType.A: range(4, 5),
        RecordType.AAAA: range(16, 17),
        RecordType.KEY: range(_KEY_BYTES, _KEY_BYTES + 1),
        RecordType.SITE: range(_KEY_BYTES, DATA_BYTES_MAX + 1),
    }
)
"""Bytes of data, where they are known."""

_TYPES = frozenset(RecordType)


def sort_records(records: Iterable[NameRecord]) -> tuple[NameRecord, ...]:
    """Return records in the one order that the ledger takes: by place, type and data."""
    return tuple(sorted(records, key=_place))


def fault(records: tuple[NameRecord, ...]) -> str:
    """Return why these cannot be the records of a name, as a sentence; empty where they can.

    Source:
        docs/protocol.md, "Names"; RFC 2181, section 5.2, for one TTL in a set; RFC 1034,
        section 3.6.2, for a CNAME that stands alone.
    """
    for record in records:
        why = _fault_of(record)
        if why:
            return why
    for one, other in pairwise(records):
        if _place(one) >= _place(other):
            return said(
                "The records at {place} are twice there or out of order.", place=_shown(other)
            )
        if _set(one) == _set(other) and one.ttl != other.ttl:
            return said(
                "Records of one type at {place} have different times to live.", place=_shown(other)
            )
    crowded = _crowded(records)
    if crowded is not None:
        return said("A CNAME at {place} stands alone there.", place=_shown(crowded))
    length = len(encode(records))
    if length > RECORDS_BYTES_MAX:
        return said(
            "The records take {length} bytes, and {most} fit.",
            length=length,
            most=RECORDS_BYTES_MAX,
        )
    return ""


def _fault_of(record: NameRecord) -> str:
    if record.type not in _TYPES:
        return said("Records of type {type} do not stand under names.", type=record.type)
    kind = RecordType(record.type)
    fits = _SIZES.get(kind)
    if fits is not None and len(record.data) not in fits:
        bounds = f"{fits.start}" if len(fits) == 1 else f"{fits.start} to {fits.stop - 1}"
        return said(
            "A record of type {type} has {bounds} bytes of data, not {length}.",
            type=kind.name,
            bounds=bounds,
            length=len(record.data),
        )
    if not _is_place(record.sub):
        return said(
            "A record's place has at most {most} labels of a-z, 0-9, - and _, or * as the first.",
            most=LABELS_MAX,
        )
    return ""


def _is_place(sub: str) -> bool:
    if not sub:
        return True
    labels = sub.split(".")
    named = labels[1:] if labels[0] == "*" else labels
    return len(labels) <= LABELS_MAX and all(_LABEL.fullmatch(label) for label in named)


def _crowded(records: tuple[NameRecord, ...]) -> NameRecord | None:
    """Return a CNAME that does not stand alone, or None."""
    counts: dict[str, int] = {}
    for record in records:
        counts[record.sub] = counts.get(record.sub, 0) + 1
    for record in records:
        if record.type == RecordType.CNAME and counts[record.sub] > 1:
            return record
    return None


def _place(record: NameRecord) -> tuple[str, int, bytes]:
    return record.sub, record.type, record.data


def _set(record: NameRecord) -> tuple[str, int]:
    return record.sub, record.type


def _shown(record: NameRecord) -> str:
    return record.sub or "the name itself"
