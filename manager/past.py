"""The past: the journal's records, newest first, in the words that people read."""

from federation.people import handle_of
from federation.sentence import describe_all, money, printable, short_id, units_of
from federation.views import View
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
    TransactionRecord,
)
from ledger.state import State
from ledger.store.lookup import StoredRecord
from manager.office import Office
from manager.sentence import describe_statement

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
}


def view_journal(office: Office, limit: int) -> list[View]:
    """Return the newest records, newest first; those that end a merge or begin an epoch stay out.

    Args:
        office: Opened.
        limit: How many at most.
    """
    found: list[View] = []
    index = office.store.tip().tree.size
    while index and len(found) < limit:
        index -= 1
        stored = office.lookup.record(index)
        assert stored is not None, "a journal has no holes"
        if not isinstance(stored.record, StateRecord | EpochRecord):
            found.append(_view_record(office, stored))
    return found


def view_account_records(office: Office, account: bytes, limit: int) -> list[View]:
    """Return the newest records that concern an account, newest first."""
    return [_view_record(office, one) for one in office.lookup.history(account, limit)]


def _view_record(office: Office, stored: StoredRecord) -> View:
    record = stored.record
    entry = record.id if isinstance(record, TransactionRecord) else None
    moved = office.lookup.transaction(entry) if entry else None
    concerned = [one.account for one in getattr(record, "concerns", ())]
    return {
        "index": stored.index,
        "version": office.lookup.version_at(stored.index),
        "kind": _KINDS[type(record)],
        "time": _time(record),
        "what": _describe(office.state, record),
        "concerns": [handle_of(office.state.accounts, account) for account in concerned],
        "id": entry.hex() if entry else None,
        "reverted_by": moved.reverted_by.hex() if moved and moved.reverted_by else None,
        "code": record.code if isinstance(record, RefusalRecord) else None,
    }


def _time(record: Record) -> int | None:
    """Return when it happened, or when its author says that he signed it."""
    match record:
        case ManagerRecord(statement=statement):
            return statement.time
        case ChangeSetRecord(body=body) | RefusalRecord(body=body):
            return _asked(body).time if body else None
        case TransactionRecord(time=time) | StateRecord(time=time):
            return time
        case EpochRecord():
            return None


def _describe(state: State, record: Record) -> str:
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
        case StateRecord() | EpochRecord():
            return _KINDS[type(record)]


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
