"""Between links, payments across them and requests, and their tables' rows.

A row's body is the whole of it; the other columns, by which it is found, follow from the body.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Row

from ledger.codec import Shape, decode, encode
from ledger.entry import unsigned_cause
from ledger.link.entry import Decided
from ledger.link.link import Link
from ledger.link.machine import Role
from ledger.link.transit import LinkedRequest, Transit
from ledger.record import (
    PENDING,
    RECORD_BYTES_MAX,
    LinkRecord,
    Record,
    TransactionRecord,
)
from ledger.state import Changes
from ledger.store.rows import Values

S = TypeVar("S", bound=Shape)


def link_row(link: Link) -> Values:
    """Return a link's row."""
    return (link.key, link.account, link.sent, link.taken, encode(link))


def transit_row(transit: Transit, record: int, finished: int | None) -> Values:
    """Return the row of a payment.

    Args:
        transit: As it stands.
        record: Index of the record that holds it.
        finished: Size of the journal after the merge that left nothing to follow, None before.
    """
    return (
        transit.id,
        record,
        transit.role.value,
        transit.stage.value,
        transit.account,
        transit.upstream,
        transit.downstream,
        transit.instruction.deadline,
        finished,
        encode(transit),
    )


def linked_request_row(request: LinkedRequest) -> Values:
    """Return the row of an open request across links."""
    asked = request.asked
    place = (request.account, request.upstream, request.downstream)
    return (asked.request, *place, asked.expires, encode(request))


def link_record_rows(first: int, records: Sequence[Record], changes: Changes) -> Iterator[Values]:
    """Give the rows of a merge's link entries.

    Args:
        first: Index of its first record.
        records: All its records.
        changes: What it makes different; it says of whose payments a decision is.
    """
    for index, record in enumerate(records, first):
        if isinstance(record, LinkRecord):
            content = record.entry.content
            decided = content.payment if isinstance(content, Decided) else None
            if decided is not None and _changed(changes, decided).role is not Role.ORIGIN:
                decided = None
            yield index, record.link, record.entry.number, decided


def begun_transits(first: int, records: Sequence[Record], changes: Changes) -> dict[bytes, int]:
    """Return the payments that a merge began, and at which record each is held.

    A hold's record may have the same id, as another ledger names its payments; so its cause is
    looked at too.

    Args:
        first: Index of its first record.
        records: All its records.
        changes: What it makes different.
    """
    return {
        record.id: index
        for index, record in enumerate(records, first)
        if isinstance(record, TransactionRecord)
        and record.state == PENDING
        and record.id in changes.transits
        and _holds(record, _changed(changes, record.id))
    }


def link_from(row: Row[Any]) -> Link:
    """Return a link from its row.

    Raises:
        CodecError: Its body is not canonical.
    """
    return decode(row.body, Link, RECORD_BYTES_MAX)


def transit_from(row: Row[Any]) -> Transit:
    """Return a payment from its row.

    Raises:
        CodecError: Its body is not canonical.
    """
    return decode(row.body, Transit, RECORD_BYTES_MAX)


def linked_request_from(row: Row[Any]) -> LinkedRequest:
    """Return an open request across links from its row.

    Raises:
        CodecError: Its body is not canonical.
    """
    return decode(row.body, LinkedRequest, RECORD_BYTES_MAX)


def _holds(record: TransactionRecord, transit: Transit) -> bool:
    named = record.cause == unsigned_cause(record.id)
    return named is not (transit.role is Role.ORIGIN)


def _changed(changes: Changes, payment: bytes) -> Transit:
    found = changes.transits.get(payment) or changes.finished.get(payment)
    assert found is not None, "whoever tells of a payment has moved it on"
    return found


def present(entries: Mapping[bytes, S | None]) -> list[S]:
    """Return what was set and not removed, in the order of the keys."""
    return [value for _, value in sorted(entries.items()) if value is not None]
