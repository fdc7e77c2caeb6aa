"""Single names from the journal's tables, for those who answer and do not merge."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from ledger.errors import CodecError
from ledger.name.state import NameState
from ledger.store.database import Database
from ledger.store.failure import damaged
from ledger.store.link_rows import link_from
from ledger.store.meta import read_community, read_first_key, read_successions
from ledger.store.name_rows import name_from
from ledger.store.tables import BatchRow, LinkRow, NameRow, table_of

_batch = table_of(BatchRow)
_link = table_of(LinkRow)
_name = table_of(NameRow)


@dataclass(frozen=True, slots=True)
class Standing:
    """What names are answered under.

    Attributes:
        community: The community's public key, 32 bytes, the present one.
        name: What it calls itself; empty before it was opened.
        size: Records of the journal.
        time: When the newest of them was merged, Unix seconds.
        links: What it calls the communities that it is linked with, closed links left out.
    """

    community: bytes
    name: str
    size: int
    time: int
    links: Mapping[str, bytes]


class NameLookup:
    """Reads names one by one; calls block, each for a fraction of a millisecond."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def standing(self) -> Standing:
        """Return what names are answered under now.

        Raises:
            StoreDamaged: The community's settings or links do not read.
        """
        newest = select(_batch.c.size, _batch.c.time).order_by(_batch.c.size.desc()).limit(1)
        with self.database.reading() as connection:
            try:
                successions = read_successions(connection)
                settings = read_community(connection)
                linked = list(map(link_from, connection.execute(select(_link))))
            except CodecError as error:
                raise damaged(self.database.path, f"the community: {error}") from error
            key = successions[-1].new if successions else read_first_key(connection)
            merged = connection.execute(newest).first()
        links = {link.name: link.key for link in linked if link.status != "closed"}
        size, time = (merged.size, merged.time) if merged else (0, 0)
        return Standing(key, settings.name if settings else "", size, time, links)

    def find(self, name: str) -> NameState | None:
        """Return what stands at a canonical name, whether it resolves or not.

        Raises:
            StoreDamaged: Its row does not read.
        """
        with self.database.reading() as connection:
            row = connection.execute(select(_name).where(_name.c.name == name)).first()
        try:
            return None if row is None else name_from(row)
        except CodecError as error:
            raise damaged(self.database.path, f"the name {name!r}: {error}") from error

    def names(self) -> list[str]:
        """Return all names that something stands at, ascending."""
        with self.database.reading() as connection:
            return list(connection.execute(select(_name.c.name).order_by(_name.c.name)).scalars())
