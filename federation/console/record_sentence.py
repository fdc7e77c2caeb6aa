"""Sentences: what a journal's record says, in one line that people read."""

from federation.console.link_sentence import describe_entry, describe_reading
from federation.console.people import community_of, handle_of
from federation.console.sentence import describe_all, money, printable, short_id, units_of
from federation.console.statement import describe_statement
from ledger.changeset import CHANGE_SET_BYTES_MAX, ChangeSet
from ledger.codec import decode
from ledger.entry import ENTRY_ID_BYTES, unsigned_cause
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
    LinkRecord,
    ManagerRecord,
    ReadingRecord,
    Record,
    RefusalRecord,
    StateRecord,
    SuccessorRecord,
    TransactionRecord,
)
from ledger.saying import chain, said
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
    LinkRecord: "link entry",
    ReadingRecord: "reading",
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
        case LinkRecord(entry=entry):
            return entry.time
        case EpochRecord() | ReadingRecord():
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
        case ChangeSetRecord() | RefusalRecord():
            return _describe_asked(state, record)
        case TransactionRecord():
            return _describe_transaction(state, record)
        case SuccessorRecord(statement=successor, signers=signers):
            return said(
                "goes on under key {key} after {size} records, signed by {count} members: {why}",
                key=short_id(successor.new),
                size=successor.size,
                count=len(signers),
                why=printable(successor.reason),
            )
        case LinkRecord() | ReadingRecord():
            return _describe_linked(state, record)
        case StateRecord() | EpochRecord():
            return said(kind_of(record))


def _describe_asked(state: State, record: ChangeSetRecord | RefusalRecord) -> str:
    asked = describe_all(state, _asked(record.body).operations) if record.body else ""
    if isinstance(record, ChangeSetRecord):
        return said("{who} asks: {asked}", who=_author(state, record.key), asked=asked)
    refused = said("refused {who} ({code})", who=_author(state, record.key), code=record.code)
    return said("{what}: {text}", what=refused, text=asked) if asked else refused


def describe_refused(state: State, record: RefusalRecord) -> str:
    """Return what was asked and refused, in one line; empty where it was too long to be kept."""
    return describe_all(state, _asked(record.body).operations) if record.body else ""


def _describe_linked(state: State, record: LinkRecord | ReadingRecord) -> str:
    if isinstance(record, ReadingRecord):
        return describe_reading(state, record.reading)
    told = describe_entry(state, record.entry.content)
    return said("tells {name}: {told}", name=community_of(state, record.link), told=told)


def _describe_transaction(state: State, record: TransactionRecord) -> str:
    moves = chain(
        said(
            "{amount} from {payer} to {payee}",
            amount=money(units_of(state), move.amount, move.unit),
            payer=handle_of(state.accounts, move.debit),
            payee=handle_of(state.accounts, move.credit),
        )
        for move in record.transfers
    )
    what = said("{what} {moves}", what=said(_WORDS[record.state]), moves=moves)
    if record.refers:
        what = said("{what} ({id})", what=what, id=short_id(record.refers))
    memo = said("sealed memo") if record.sealed else printable(record.memo)
    mandate = record.cause[:ENTRY_ID_BYTES]
    asked = record.state == POSTED and record.refers not in {None, mandate}
    if asked and record.cause == unsigned_cause(mandate):
        what = said("{what} by the mandate {id}", what=what, id=short_id(mandate))
    return said("{what}: {text}", what=what, text=memo) if memo else what


def _author(state: State, key: bytes) -> str:
    known = state.keys.get(key)
    return handle_of(state.accounts, known.account if known else key[:16])


def _asked(body: bytes) -> ChangeSet:
    return decode(body, ChangeSet, CHANGE_SET_BYTES_MAX)
