"""The past: an account's transactions, newest first, as its person sees them."""

from collections.abc import Sequence
from dataclasses import dataclass

from federation.console.people import handle_of
from federation.console.record_sentence import describe_record, kind_of, time_of
from federation.console.sentence import NameOf, money, units_of
from federation.console.views import View
from federation.errors import MemoInvalid
from federation.memo import open_memo
from ledger.entry import ENTRY_ID_BYTES, name_payment_id, unsigned_cause
from ledger.epoch import Copy
from ledger.link.machine import is_held
from ledger.link.transit import Transit
from ledger.record import (
    EXPIRED,
    PENDING,
    POSTED,
    POSTED_PENDING,
    REVERSAL,
    VOIDED,
    WRITE_OFF,
    TransactionRecord,
    Transfer,
    decode_record,
)
from ledger.state import State
from ledger.store.lookup import Lookup, StoredRecord
from member.link_views import name_stand, other_of

READ_RECORDS = 200
"""Records of an account that are read at first; four times as many each time these are few."""
_WORDS = {
    POSTED: ("paid", "received"),
    PENDING: ("held", "held for you"),
    POSTED_PENDING: ("paid from a hold", "received from a hold"),
    VOIDED: ("hold released", "hold released"),
    EXPIRED: ("hold expired", "hold expired"),
    REVERSAL: ("reversed: you gave back", "reversed: you got back"),
    WRITE_OFF: ("written off", "written off"),
}
"""What a transaction record's state is called, for who pays and who is paid."""
MOVING = frozenset((POSTED, POSTED_PENDING, REVERSAL, WRITE_OFF))
"""States of the records that move something."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at the past.

    Attributes:
        account: Own account id, 16 bytes.
        seed: Opens sealed memos; None while the key file stays locked.
        name_of: Gives other communities their names.
    """

    account: bytes
    seed: bytes | None
    name_of: NameOf


def view_history(
    state: State, lookup: Lookup, reader: Reader, limit: int, unit: str | None = None
) -> list[View]:
    """Return an account's transactions, newest first.

    Args:
        state: The replica's.
        lookup: Of the same replica.
        reader: Whose, and what opens his memos.
        limit: How many at most.
        unit: Only this unit's, by code.
    """
    count = READ_RECORDS
    while True:
        records = lookup.history(reader.account, count)
        found = [one for one in records if _fits(reader, one, unit)]
        if len(found) >= limit or len(records) < count:
            return [view_transaction(state, lookup, reader, one) for one in found[:limit]]
        count *= 4


def find_entry(lookup: Lookup, entry: bytes) -> StoredRecord | None:
    """Return the record of a transaction that moved something, by its id."""
    transaction = lookup.transaction(entry)
    return None if transaction is None else lookup.record(transaction.index)


def view_entry(state: State, lookup: Lookup, reader: Reader, stored: StoredRecord) -> View:
    """Return one transaction with what explains it: its cause and its place."""
    record = stored.record
    assert isinstance(record, TransactionRecord), "a transaction's index names its record"
    return view_transaction(state, lookup, reader, stored) | {
        "cause": record.cause.hex(),
        "transfers": [
            {
                "from": handle_of(state.accounts, move.debit),
                "to": handle_of(state.accounts, move.credit),
                "amount": money(units_of(state), move.amount, move.unit),
                "amount_minor": move.amount,
                "unit": move.unit,
            }
            for move in record.transfers
        ],
    }


def view_sent(state: State, copies: Sequence[Copy]) -> list[View]:
    """Return what records say that were sent to a member who reads no more, newest first.

    Args:
        state: Of the replica as far as it could be read.
        copies: By index.
    """
    views = []
    for copy in reversed(copies):
        record = decode_record(copy.record)
        text, time = describe_record(state, record), time_of(record)
        views.append({"index": copy.index, "time": time, "kind": kind_of(record), "text": text})
    return views


def _fits(reader: Reader, stored: StoredRecord, unit: str | None) -> bool:
    record = stored.record
    if not isinstance(record, TransactionRecord):
        return False
    return unit in {None, _own_moves(reader, record)[0].unit}


def view_transaction(state: State, lookup: Lookup, reader: Reader, stored: StoredRecord) -> View:
    """Return one transaction as a line of its account's history.

    Args:
        state: The replica's.
        lookup: Of the same replica.
        reader: Whose history, and what opens his memos.
        stored: Holds a transaction.
    """
    record = stored.record
    assert isinstance(record, TransactionRecord), "only transactions are shown"
    moves = _own_moves(reader, record)
    first, pays = moves[0], moves[0].debit == reader.account
    amount = sum(-move.amount if move.debit == reader.account else move.amount for move in moves)
    other = first.credit if pays else first.debit
    undone = lookup.transaction(record.id)
    reverted_by = undone.reverted_by if undone else None
    memo, sealed = _memo(state, reader, record, other)
    payment = _payment_of(state, record)
    what = _WORDS[record.state][0 if pays else 1]
    return {
        "id": record.id.hex(),
        "index": stored.index,
        "version": lookup.version_at(stored.index),
        "time": record.time,
        "what": _name(state, record, what)
        if payment is None
        else _tell(record, payment, reader, what),
        "with": other_of(payment, reader.name_of) if payment else handle_of(state.accounts, other),
        "amount": money(units_of(state), amount, first.unit),
        "amount_minor": amount,
        "moved_minor": amount if record.state in MOVING else 0,
        "unit": first.unit,
        "memo": memo,
        "sealed": sealed,
        "refers": record.refers.hex() if record.refers else None,
        "reverted_by": reverted_by.hex() if reverted_by else None,
        "payment": payment.id.hex() if payment else None,
    }


def _name(state: State, record: TransactionRecord, usual: str) -> str:
    """Return what a transaction at home is called, with the bill, mandate or name behind it."""
    if record.state != POSTED or record.refers is None:
        return usual
    if record.id == name_payment_id(record.refers):
        return f"{usual} for a name"
    shared = record.refers in state.bills or record.refers in state.past_bills
    mandate = record.cause[:ENTRY_ID_BYTES]
    signed = record.cause != unsigned_cause(mandate) or mandate == record.refers
    return f"{usual}{' for a bill' if shared else ''}{'' if signed else ', by mandate'}"


def _own_moves(reader: Reader, record: TransactionRecord) -> list[Transfer]:
    """Return the transfers of the account itself, in the unit of the first one.

    Others of a payment across links are the community's: its fee, and the way through the
    exchange account.
    """
    own = [one for one in record.transfers if reader.account in {one.debit, one.credit}]
    mine = own or list(record.transfers)
    return [one for one in mine if one.unit == mine[0].unit]


def _payment_of(state: State, record: TransactionRecord) -> Transit | None:
    """Return the payment across links that a record holds, moves or lets go."""
    payment = record.refers or record.id
    return state.transits.get(payment) or state.finished.get(payment)


def _tell(record: TransactionRecord, payment: Transit, reader: Reader, usual: str) -> str:
    """Return how a payment across links stands, at the record that brought it there."""
    begun = record.state == PENDING
    return usual if begun and not is_held(payment.stage) else name_stand(payment, reader.name_of)


def _memo(
    state: State, reader: Reader, record: TransactionRecord, other: bytes
) -> tuple[str, bool]:
    """Return a memo and whether it stays sealed for this reader."""
    if not record.sealed:
        return record.memo, False
    keys = [known.key for known in state.keys.values() if known.account == other]
    for key in keys if reader.seed else ():
        try:
            return open_memo(reader.seed or b"", key, record.sealed), False
        except MemoInvalid:
            continue
    return "", True
