"""Many rows at once: SQL as text and rows as tuples, which the driver takes as they are.

SQLAlchemy's own ``executemany`` goes through every parameter of every row in Python, which costs
more than SQLite's work on the row.
"""

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from itertools import chain

from sqlalchemy import Connection, insert
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.sql.elements import ClauseElement
from sqlmodel import SQLModel

from ledger.store.rows import Values
from ledger.store.tables import table_of

ROWS_A_STATEMENT = 32
"""Rows of one INSERT: a table's triggers make SQLite save each page that a statement touches."""
_dialect = SQLiteDialect(paramstyle="qmark")


def plain(statement: ClauseElement) -> str:
    """Return a statement's text; its parameters are question marks in the order written."""
    return str(statement.compile(dialect=_dialect))


def run(connection: Connection, text: str, rows: Collection[Values]) -> int:
    """Run a statement for each of some rows; return how many rows it changed.

    Args:
        connection: In a writing transaction.
        text: From ``plain``.
        rows: The parameters, in the order of the question marks.
    """
    if not rows:
        return 0
    return connection.exec_driver_sql(text, list(rows)).rowcount


def insert_rows(connection: Connection, model: type[SQLModel], rows: Sequence[Values]) -> None:
    """Add rows to a table."""
    write_rows(connection, _insert(model), rows)


def upsert_rows(connection: Connection, model: type[SQLModel], rows: Sequence[Values]) -> None:
    """Add rows to a table, or change those whose keys are there already; no key comes twice."""
    write_rows(connection, _upsert(model), rows)


def write_rows(connection: Connection, text: str, rows: Sequence[Values]) -> int:
    """Run an INSERT of one row for all of some rows; return how many it wrote.

    Args:
        connection: In a writing transaction.
        text: From ``plain`` or ``upsert_text``.
        rows: The parameters, in the order of the question marks.
    """
    whole = len(rows) - len(rows) % ROWS_A_STATEMENT
    packed = [
        tuple(chain.from_iterable(rows[at : at + ROWS_A_STATEMENT]))
        for at in range(0, whole, ROWS_A_STATEMENT)
    ]
    return run(connection, _many(text), packed) + run(connection, text, rows[whole:])


def upsert_text(model: type[SQLModel], changed: Iterable[str]) -> str:
    """Return an INSERT of whole rows that changes these columns where the key is there already.

    The key itself is never set: even to the same value, that would make SQLite look through
    every table that refers to it.
    """
    table = table_of(model)
    statement = upsert(table)
    keys = [column.name for column in table.primary_key]
    values = {name: statement.excluded[name] for name in changed if name not in keys}
    return plain(statement.on_conflict_do_update(index_elements=keys, set_=values))


@cache
def _insert(model: type[SQLModel]) -> str:
    return plain(insert(table_of(model)))


@cache
def _upsert(model: type[SQLModel]) -> str:
    return upsert_text(model, table_of(model).columns.keys())


@cache
def _many(text: str) -> str:
    """Return an INSERT of one row as one of many."""
    start = text.index("VALUES (") + len("VALUES ")
    end = text.index(")", start) + 1
    return text[:end] + f", {text[start:end]}" * (ROWS_A_STATEMENT - 1) + text[end:]
