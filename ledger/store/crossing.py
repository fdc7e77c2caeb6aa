"""Crossing: a member's home goes over to its community's new key, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import and_, delete, insert, or_, select, update

from ledger.store.database import Database
from ledger.store.meta import write_meta
from ledger.store.outgoing import Contact, Outgoing, outgoing_of
from ledger.store.tables import (
    ChangeSetRow,
    ContactRow,
    ListedRow,
    MetaRow,
    QuestionRow,
    table_of,
)

_change_set = table_of(ChangeSetRow)
_contact = table_of(ContactRow)
_meta = table_of(MetaRow)


@dataclass(frozen=True, slots=True)
class Crossing:
    """What a home is to be afterwards.

    Attributes:
        contact: The new community's card, in place of all of its kind.
        former_kind: What the cards before are filed under.
        version: Version of the ledger that both histories share; what came later is void.
        values: Values to write.
        removed: Names of values to remove.
    """

    contact: Contact
    former_kind: str
    version: int
    values: Mapping[str, bytes]
    removed: tuple[str, ...]


def cross(database: Database, crossing: Crossing) -> list[Outgoing]:
    """Write it all, and return the own change-sets that have to be asked for again.

    Those are what no checkpoint settled, and what was merged after the histories parted. What
    other witnesses said under the old key is forgotten.

    Args:
        database: The member's own.
        crossing: What to write.
    """
    void = or_(
        _change_set.c.state.in_(("waiting", "published")),
        and_(_change_set.c.state == "merged", _change_set.c.version > crossing.version),
    )
    order = (_change_set.c.generation, _change_set.c.number)
    same_kind = _contact.c.kind == crossing.contact.kind
    contact = {name: getattr(crossing.contact, name) for name in Contact.__slots__}
    with database.writing() as connection:
        rows = connection.execute(select(_change_set).where(void).order_by(*order)).all()
        lost = [outgoing_of(row) for row in rows]
        connection.execute(update(_change_set).where(void).values(state="superseded", version=None))
        connection.execute(update(_contact).where(same_kind).values(kind=crossing.former_kind))
        connection.execute(insert(_contact).values(contact))
        for forgotten in (ListedRow, QuestionRow):
            connection.execute(delete(table_of(forgotten)))
        for name, value in crossing.values.items():
            write_meta(connection, name, value)
        connection.execute(delete(_meta).where(_meta.c.name.in_(crossing.removed)))
    return lost
