"""Looking up links: what we told linked communities, what we decided, payments on their way."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, or_, select

from ledger.errors import CodecError
from ledger.link.link import Link
from ledger.link.transit import LinkedRequest, Transit
from ledger.store.database import Database
from ledger.store.failure import damaged
from ledger.store.link_rows import link_from, linked_request_from, transit_from
from ledger.store.lookup import CANDIDATES_MAX, Lookup, StoredRecord, prefix_bounds
from ledger.store.tables import LinkedRequestRow, LinkRecordRow, LinkRow, TransitRow, table_of

_link = table_of(LinkRow)
_link_record = table_of(LinkRecordRow)
_transit = table_of(TransitRow)
_request = table_of(LinkedRequestRow)


class LinkStore:
    """Answers from a community's database; each call sees one moment, beside any writer.

    Raises:
        StoreDamaged: By any call: a row does not hold what it must.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    def links(self) -> dict[bytes, Link]:
        """Return every link, by the peer's key."""
        with self.database.reading() as connection:
            rows = connection.execute(select(_link)).all()
        try:
            return {row.key: link_from(row) for row in rows}
        except CodecError as error:
            raise damaged(self.database.path, f"a link: {error}") from error

    def entries_after(self, peer: bytes, number: int, limit: int) -> list[int]:
        """Return where our entries for a peer stand in the journal, by their numbers.

        Args:
            peer: The linked community's key, 32 bytes; an unknown one has none.
            number: Only entries with a larger one.
            limit: How many at most.
        """
        where = (_link_record.c.peer == peer, _link_record.c.number > number)
        query = select(_link_record.c.record).where(*where).order_by(_link_record.c.number)
        with self.database.reading() as connection:
            return list(connection.execute(query.limit(limit)).scalars())

    def decision(self, payment: bytes) -> int | None:
        """Return where our own decision of a payment stands, None where we did not decide it.

        Args:
            payment: 16-byte id; only payments that began here are decided here.
        """
        query = select(_link_record.c.record).where(_link_record.c.decided == payment)
        with self.database.reading() as connection:
            return connection.execute(query).scalar()

    def transits(
        self, account: bytes | None = None, limit: int = 50, peer: bytes | None = None
    ) -> list[Transit]:
        """Return payments across links, under way and finished, newest first.

        Args:
            account: Only those of a member, or those that came by this clearing account and
                went on by another; None for all.
            limit: How many at most.
            peer: Only those that came from this linked community or went there; None for all.
        """
        where: list[ColumnElement[bool]] = []
        if account is not None:
            where.append(_transit.c.account == account)
        if peer is not None:
            where.append(or_(_transit.c.upstream == peer, _transit.c.downstream == peer))
        query = select(_transit).where(*where).order_by(_transit.c.record.desc())
        with self.database.reading() as connection:
            rows = connection.execute(query.limit(limit)).all()
        return self._transits(rows)

    def transit(self, prefix: str) -> list[Transit]:
        """Return up to ten payments whose ids begin with these hex digits.

        Args:
            prefix: 1 to 32 lower-case hex digits; anything else matches nothing.
        """
        bounds = prefix_bounds(prefix)
        if bounds is None:
            return []
        query = select(_transit).where(_transit.c.payment.between(*bounds))
        with self.database.reading() as connection:
            rows = connection.execute(query.limit(CANDIDATES_MAX)).all()
        return self._transits(rows)

    def link_history(
        self, peer: bytes, limit: int, before: int | None = None
    ) -> list[StoredRecord]:
        """Return the records of a link, newest first: entries, readings and what was moved.

        Args:
            peer: The linked community's key, 32 bytes; an unknown one has none.
            limit: How many at most.
            before: Only records with a smaller index.
        """
        query = select(_link.c.account).where(_link.c.key == peer)
        with self.database.reading() as connection:
            account: bytes | None = connection.execute(query).scalar()
        return [] if account is None else Lookup(self.database).history(account, limit, before)

    def requests(self, account: bytes | None = None) -> list[LinkedRequest]:
        """Return the open requests across links that a member makes or is asked, or all."""
        query = select(_request).order_by(_request.c.expires, _request.c.id)
        if account is not None:
            query = query.where(_request.c.account == account)
        with self.database.reading() as connection:
            rows = connection.execute(query).all()
        try:
            return [linked_request_from(row) for row in rows]
        except CodecError as error:
            raise damaged(self.database.path, f"a request across links: {error}") from error

    def _transits(self, rows: Sequence[Row[Any]]) -> list[Transit]:
        try:
            return [transit_from(row) for row in rows]
        except CodecError as error:
            raise damaged(self.database.path, f"a payment across links: {error}") from error
