"""Sentences: what a journal's record says, in one line that people read."""

from federation.console.people import handle_of
from federation.console.sentence import describe_all, money, printable, short_id, units_of
from federation.console.statement import describe_statement
from ledger.changeset import CHANGE_SET_BYTES_MAX, ChangeSet
from ledger.codec import decode
from ledger.record import (
    EXPIRED,
    PENDING,
    POSTED,
    POSTED_PENDING,
    REVERSAL,
    VOIDED,
    WRITE_OFF,
    ChangeSetRecord,
    EpochRecord,
    ManagerRecord,
    Record,
    RefusalRecord,
    StateRecord,
    SuccessorRecord,
    TransactionRecord,
)
from ledger.state import State

_WORDS = {
    POSTED: "paid",
    PENDING: "held",
    POSTED_PENDING: "paid from a hold",
    VOIDED: "hold released",
    EXPIRED: "hold expired",
    REVERSAL: "reversed",
    WRITE_OFF: "written off",
}
_KINDS = {
    ManagerRecord: "statement",
    ChangeSetRecord: "change-set",
    TransactionRecord: "transaction",
    RefusalRecord: "refusal",
    StateRecord: "state",
    EpochRecord: "epoch",
    SuccessorRecord: "successor",
}


def kind_of(record: Record) -> str:
    """Return what a kind of record is called."""
    return _KINDS[type(record)]


def time_of(record: Record) -> int | None:
    """Return when it happened, or when its author says that he signed it."""
    match record:
        case ManagerRecord(statement=statement):
            return statement.time
        case ChangeSetRecord(body=body) | RefusalRecord(body=body):
            return _asked(body).time if body else None
        case TransactionRecord(time=time) | StateRecord(time=time):
            return time
        case SuccessorRecord(statement=successor):
            return successor.time
        case EpochRecord():
            return None


def describe_record(state: State, record: Record) -> str:
    """Return what a record says, in one line.

    Args:
        state: What is known of accounts and units; others stay ids and minor units.
        record: Of a journal.

    Raises:
        CodecError: It holds a change-set that is none, which no honest journal does.
    """
    match record:
        case ManagerRecord(statement=statement):
            return describe_statement(state, statement.operation)
        case ChangeSetRecord(key=key, body=body):
            return f"{_author(state, key)} asks: {describe_all(state, _asked(body).operations)}"
        case TransactionRecord():
            return _describe_transaction(state, record)
        case RefusalRecord(key=key, body=body, code=code):
            asked = f": {describe_all(state, _asked(body).operations)}" if body else ""
            return f"refused {_author(state, key)} ({code}){asked}"
        case SuccessorRecord(statement=successor, signers=signers):
            return (
                f"goes on under key {short_id(successor.new)} after {successor.size} records, "
                f"signed by {len(signers)} members: {printable(successor.reason)}"
            )
        case StateRecord() | EpochRecord():
            return kind_of(record)


def _describe_transaction(state: State, record: TransactionRecord) -> str:
    moves = "; ".join(
        f"{money(units_of(state), move.amount, move.unit)} from "
        f"{handle_of(state.accounts, move.debit)} to {handle_of(state.accounts, move.credit)}"
        for move in record.transfers
    )
    refers = f" ({short_id(record.refers)})" if record.refers else ""
    memo = "sealed memo" if record.sealed else printable(record.memo)
    return f"{_WORDS[record.state]} {moves}{refers}" + (f": {memo}" if memo else "")


def _author(state: State, key: bytes) -> str:
    known = state.keys.get(key)
    return handle_of(state.accounts, known.account if known else key[:16])


def _asked(body: bytes) -> ChangeSet:
    return decode(body, ChangeSet, CHANGE_SET_BYTES_MAX)
