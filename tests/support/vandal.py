"""Somebody with a database tool, or a disk that forgets: one value of a row is changed."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from types import MappingProxyType

CONFIRMED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "record": ("kind", "hash", "leaf", "data"),
        "batch": ("version", "first", "root", "time", "frontier"),
        "node": ("hash",),
        "checkpoint": ("root", "note"),
        "publication": ("files",),
        "transfer": ("debit", "credit", "amount", "unit"),
        "transaction_state": ("id", "record", "reverts", "reverted_by"),
        "account": ("handle", "name", "status", "admitted", "keys", "last_record"),
        "balance": (
            "posted",
            "newest",
            "pending_debit",
            "pending_credit",
            "credit_limit",
            "maximum_balance",
        ),
        "key_state": ("account", "active", "generation", "number", "hash"),
        "hold": ("payer", "payee", "amount", "unit", "expires", "memo", "sealed"),
        "request": ("creditor", "debtor", "amount", "unit", "expires", "memo", "sealed", "merged"),
    }
)
"""Every table of the journal and those of its columns that an audit confirms."""
LINKED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "link": ("account", "sent", "taken", "body"),
        "link_record": ("record", "peer", "number", "decided"),
        "transit": (
            "payment",
            "record",
            "role",
            "stage",
            "account",
            "upstream",
            "downstream",
            "deadline",
            "finished",
            "body",
        ),
        "linked_request": ("id", "account", "upstream", "downstream", "expires", "body"),
    }
)
"""The same of the tables about links."""
SHARED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "bill": ("id", "author", "replaces", "finished", "body"),
        "mandate": ("id", "debtor", "body"),
        "mention": ("about", "record", "operation"),
    }
)
"""The same of the tables about bills, mandates and notes."""
NAMED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "name": ("name", "owner", "expires", "body"),
        "name_change": ("size", "key", "value"),
    }
)
"""The same of the tables about names."""
ATTACHED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "attachment": (
            "id",
            "record",
            "operation",
            "time",
            "month",
            "about",
            "author",
            "name",
            "kind",
            "length",
            "hash",
            "target",
            "key",
            "withdrawn",
            "reason",
        ),
        "file": ("hash", "sealed"),
    }
)
"""The same of the tables about attached files."""
_OTHERS = {
    "active": "closed",
    "EUR": "HOUR",
    **dict.fromkeys(("origin", "hop"), "payee"),
    "payee": "hop",
    **dict.fromkeys(("prepared", "posted", "voided", "expired", "settled"), "released"),
    **dict.fromkeys(("accepted", "released"), "settled"),
}


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Give a connection to a database without its guards."""
    with closing(sqlite3.connect(path, isolation_level=None)) as vandal:
        drop_guards(vandal)
        yield vandal


def drop_guards(vandal: sqlite3.Connection) -> None:
    """Remove what the database itself would refuse."""
    names = vandal.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for (name,) in names:
        vandal.execute(f"DROP TRIGGER {name}")
    vandal.execute("PRAGMA ignore_check_constraints = ON")
    vandal.execute("PRAGMA foreign_keys = OFF")


def spoil(vandal: sqlite3.Connection, table: str, column: str, among: str = "TRUE") -> None:
    """Change one value of a table, by a bit where it has bits; the names are of CONFIRMED.

    Args:
        vandal: Without guards.
        table: Of CONFIRMED, LINKED or SHARED.
        column: One of its.
        among: SQL that a row must fulfil to be chosen.
    """
    some = f"{column} IS NOT NULL AND {among}"
    query = f"SELECT {column} FROM {table} WHERE {some} LIMIT 1"  # noqa: S608
    (value,) = vandal.execute(query).fetchone()
    pick = vandal.execute(f"PRAGMA table_info({table})").fetchall()
    keys = [row[1] for row in pick if row[5]]
    chosen = f"{table} WHERE {column} = ? AND {among} LIMIT 1"
    find = f"SELECT {', '.join(keys)} FROM {chosen}"  # noqa: S608
    row = vandal.execute(find, (value,)).fetchone()
    where = " AND ".join(f"{key} = ?" for key in keys)
    change = f"UPDATE {table} SET {column} = ? WHERE {where}"  # noqa: S608
    assert vandal.execute(change, (_other(value), *row)).rowcount == 1


def _other(value: object) -> object:
    if isinstance(value, int):
        return value ^ 1
    if isinstance(value, str):
        return _OTHERS.get(value, value.replace("r0", "r1", 1) if "r0" in value else value + "x")
    assert isinstance(value, bytes)
    return bytes([*value[:-1], value[-1] ^ 1]) if value else b"\x01"
