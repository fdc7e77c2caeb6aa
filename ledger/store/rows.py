"""Between the ledger's records and the tables' rows."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from types import MappingProxyType
from typing import Any, cast, get_args

from msgspec.structs import astuple
from sqlalchemy import Row

from ledger.changeset import change_set_hash, statement_hash
from ledger.field import Hash
from ledger.record import (
    POSTED,
    POSTED_PENDING,
    REVERSAL,
    WRITE_OFF,
    ChangeSetRecord,
    ManagerRecord,
    Record,
    RefusalRecord,
    TransactionRecord,
    Transfer,
)
from ledger.state import Account, KeyState, OpenHold, OpenRequest, Status, UnitBalance

Values = tuple[object, ...]
"""One row to write, in the order of its table's columns."""

KEY_BYTES = 32
MOVING = frozenset((POSTED, POSTED_PENDING, REVERSAL, WRITE_OFF))
"""States of a transaction record whose transfers change balances."""
_KINDS: Mapping[type, int] = MappingProxyType(
    {shape: shape.__struct_config__.tag for shape in get_args(Record)}
)
ORDINALS = 256
"""Transfer ids a record has room for."""


def kind_of(record: Record) -> int:
    """Return a record's tag."""
    return _KINDS[type(record)]


def hash_of(community: bytes, record: Record) -> Hash | None:
    """Return the hash of the change-set or statement that a record holds or refuses."""
    match record:
        case ChangeSetRecord(key=key, body=body):
            return change_set_hash(community, key, body)
        case RefusalRecord(hash=refused):
            return refused
        case ManagerRecord(statement=statement):
            return statement_hash(community, statement)
        case _:
            return None


def transfer_rows(index: int, record: Record) -> Iterator[Values]:
    """Give the rows of the transfers that a record moves."""
    if isinstance(record, TransactionRecord) and record.state in MOVING:
        for ordinal, transfer in enumerate(record.transfers):
            number = index * ORDINALS + ordinal
            yield number, index, ordinal, *astuple(transfer)


def account_row(account: Account) -> Values:
    """Return an account's own row."""
    return (
        account.id,
        account.handle,
        account.name,
        account.status,
        account.admitted,
        b"".join(account.keys),
        account.last_record,
    )


def accounts_from(
    accounts: Iterable[Row[Any]], balances: Iterable[Row[Any]]
) -> Mapping[bytes, Account]:
    """Return accounts by id; the balances come sorted by account, then unit."""
    books = {
        account: tuple(_books(row) for row in rows)
        for account, rows in groupby(balances, key=attrgetter("account"))
    }
    return {row.id: _account(row, books.get(row.id, ())) for row in accounts}


def _account(row: Row[Any], balances: tuple[UnitBalance, ...]) -> Account:
    keys = tuple(row.keys[at : at + KEY_BYTES] for at in range(0, len(row.keys), KEY_BYTES))
    status = cast("Status", row.status)
    return Account(
        row.id, row.handle, row.name, status, row.admitted, keys, balances, row.last_record
    )


def _books(row: Row[Any]) -> UnitBalance:
    return UnitBalance(
        row.unit,
        row.posted,
        row.pending_debit,
        row.pending_credit,
        row.credit_limit,
        row.maximum_balance,
    )


def key_state_from(row: Row[Any]) -> KeyState:
    """Return a key's state from its row."""
    return KeyState(row.key, row.account, bool(row.active), row.generation, row.number, row.hash)


def hold_from(row: Row[Any]) -> OpenHold:
    """Return an open hold from its row."""
    return OpenHold(
        row.id, row.payer, row.payee, row.amount, row.unit, row.expires, row.memo, row.sealed
    )


def request_from(row: Row[Any]) -> OpenRequest:
    """Return an open request from its row."""
    return OpenRequest(
        row.id,
        row.creditor,
        row.debtor,
        row.amount,
        row.unit,
        row.expires,
        row.memo,
        row.sealed,
        row.merged,
    )


def transfer_from(row: Row[Any]) -> Transfer:
    """Return a transfer from its row."""
    return Transfer(row.debit, row.credit, row.amount, row.unit)
