"""Debts: since when balances are below zero, by the stored transfers."""

from collections.abc import Iterator

from sqlalchemy import Connection

from ledger.ageing import Debt, Move, age_debts
from ledger.store.database import Database

MOVES_MAX = 200_000
"""Newest transfers that are looked through, so that the answer takes a second at most; a balance
that was below zero before all of them is called older."""
_NEWEST = """
SELECT debit, credit, amount, unit,
    (SELECT time FROM batch WHERE batch.size > transfer.record ORDER BY batch.size LIMIT 1)
FROM transfer ORDER BY id DESC LIMIT ?
"""


def read_debts(database: Database) -> list[Debt]:
    """Return every balance below zero with its age, the oldest first, as of one moment."""
    with database.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT account, unit, posted FROM balance WHERE posted < 0"
        )
        balances = {(row[0], row[1]): row[2] for row in rows}
        return age_debts(balances, _newest(connection)) if balances else []


def _newest(connection: Connection) -> Iterator[Move]:
    rows = connection.execution_options(yield_per=1_000).exec_driver_sql(_NEWEST, (MOVES_MAX,))
    yield from (Move(*row) for row in rows)
