"""What stands at one name and below it, as the DNS looks for it."""

from collections.abc import Iterable

from federation.dns_face.wire import AAAA, CNAME, LABEL_BYTES_MAX, A, Labels
from federation.errors import RecordInvalid
from federation.names.records import rdata_of
from ledger.name.operation import NameRecord
from ledger.name.records import RecordType

WILDCARD = b"*"
_SIZES = {A: 4, AAAA: 16, RecordType.KEY: 32}
"""Data of which only the length can be wrong: most of what is asked for."""

Types = dict[int, tuple[int, tuple[bytes, ...]]]
"""What stands at an owner: each type's TTL and data."""


class Node:
    """A name's or a community's records, by their owners below it.

    Args:
        records: As the registry has them; what a DNS server could not serve is left out.
    """

    def __init__(self, records: Iterable[NameRecord]) -> None:
        held: dict[Labels, dict[int, list[NameRecord]]] = {(): {}}
        for record in records:
            if (owner := _parse_sub(record.sub)) is not None and _reads(record):
                held.setdefault(owner, {}).setdefault(record.type, []).append(record)
        self._types = {owner: _sort_types(kinds) for owner, kinds in held.items()}
        self.owners = sorted(self._types, key=canonical)
        self._between = {owner[i:] for owner in self.owners for i in range(len(owner) + 1)}

    def types(self, sub: Labels) -> Types | None:
        """Return what stands at an owner; None where nothing does."""
        return self._types.get(sub)

    def encloser(self, sub: Labels) -> Labels:
        """Return the longest ending of an owner that exists, itself if it does.

        Source:
            RFC 4592, section 3.3.1; owners between others exist as well (section 2.2.2).
        """
        while sub and sub not in self._between:
            sub = sub[1:]
        return sub


def canonical(labels: Labels) -> Labels:
    """Return what owners are sorted by (RFC 4034, section 6.1)."""
    return labels[::-1]


def _parse_sub(sub: str) -> Labels | None:
    """Return an owner's labels; None where the DNS has no such owner."""
    if not sub.isascii():
        return None
    labels = tuple(sub.lower().encode().split(b".")) if sub else ()
    if any(not 1 <= len(label) <= LABEL_BYTES_MAX for label in labels):
        return None
    return None if WILDCARD in labels[1:] else labels


def _reads(record: NameRecord) -> bool:
    if (size := _SIZES.get(record.type)) is not None:
        return len(record.data) == size
    try:
        rdata_of(record)
    except RecordInvalid:
        # What somebody signed without looking harms nobody else: it is as if it were not there.
        return False
    return True


def _sort_types(kinds: dict[int, list[NameRecord]]) -> Types:
    """Return the sets of an owner; they share the least TTL (RFC 2181, section 5.2)."""
    if CNAME in kinds:
        kinds = {CNAME: kinds[CNAME][:1]}
    return {
        kind: (
            min(record.ttl for record in records),
            tuple(sorted({record.data for record in records})),
        )
        for kind, records in kinds.items()
    }
