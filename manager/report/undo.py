"""Undoing: transactions as they are looked up, and what a statement would do to balances."""

from collections.abc import Sequence
from dataclasses import dataclass

from federation.console.people import handle_of
from federation.console.record_sentence import describe_record
from federation.console.sentence import money, printable, units_of
from federation.console.views import View
from ledger.changeset import ManagerStatement, sign_statement
from ledger.merge import EPOCH_KEY_BYTES, Batch, merge
from ledger.operation import ManagerOperation
from ledger.outcome import Fate
from ledger.record import REVERSAL, TransactionRecord
from ledger.refusal import explain
from ledger.state import State, UnitBalance
from ledger.store.lookup import StoredRecord
from manager.office import Office

LOOKED_MAX = 2_000
"""Newest records among which a search looks; an id finds a transaction of any age."""
ID_CHARS_MIN = 4


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a statement would do if it were merged now.

    Attributes:
        refusal: Why the ledger would say no, a code; empty where it would not.
        text: The same in words.
        balances: Who has what afterwards, and before.
    """

    refusal: str
    text: str
    balances: list[View]


def find_transactions(office: Office, typed: str, limit: int) -> list[View]:
    """Return transactions that fit what was typed, newest first; without words the newest ones.

    Args:
        office: Opened.
        typed: The start of an id, or words that stand in its line: names, memo, amount.
        limit: How many at most.
    """
    words = typed.lower().split()
    found = _by_id(office, typed.strip().lower())
    index, looked = office.store.tip().tree.size, 0
    while index and looked < LOOKED_MAX and len(found) < limit:
        index, looked = index - 1, looked + 1
        stored = office.lookup.record(index)
        if stored is None or not isinstance(stored.record, TransactionRecord):
            continue
        view = view_transaction(office, stored)
        line = f"{view['what']} {view['names']}".lower()
        if all(word in line for word in words) and view["id"] not in {one["id"] for one in found}:
            found.append(view)
    return found[:limit]


def view_transaction(office: Office, stored: StoredRecord) -> View:
    """Return a transaction as people recognize it."""
    record, state = stored.record, office.state
    assert isinstance(record, TransactionRecord), "only transactions are shown so"
    moved = office.lookup.transaction(record.id)
    accounts = {one for each in record.transfers for one in (each.debit, each.credit)}
    undone = moved.reverted_by.hex() if moved and moved.reverted_by else None
    return {
        "id": record.id.hex(),
        "time": record.time,
        "what": describe_record(state, record),
        "memo": "" if record.sealed else printable(record.memo),
        "names": " ".join(state.accounts[one].name for one in accounts if one in state.accounts),
        "transfers": [
            {
                "from": handle_of(state.accounts, each.debit),
                "to": handle_of(state.accounts, each.credit),
                "amount": money(units_of(state), each.amount, each.unit),
                "amount_minor": each.amount,
                "unit": each.unit,
            }
            for each in record.transfers
        ],
        "reverted_by": undone,
        "reversible": moved is not None and undone is None and record.state != REVERSAL,
    }


def forecast(office: Office, seed: bytes, operation: ManagerOperation, now: int) -> Forecast:
    """Return what the ledger would make of a statement that is not queued yet.

    Args:
        office: Opened; nothing of it changes.
        seed: Signs the draft, which nobody gets.
        operation: The statement's.
        now: Unix seconds.
    """
    state = office.state
    waiting = tuple(office.desk.waiting_statements())
    newest = max((one.statement.number for one in waiting), default=0)
    number = max(newest, state.community.manager_number if state.community else 0) + 1
    draft = sign_statement(seed, ManagerStatement(number, now, operation))
    # Nobody reads the records of a preview, so the epoch's key is not looked at.
    merged = merge(state, Batch((*waiting, draft), epoch_key=bytes(EPOCH_KEY_BYTES)), now)
    outcome = next(one for one in merged.outcomes if (one.key, one.number) == (state.key, number))
    if outcome.fate is Fate.REFUSED and outcome.refusal is not None:
        units = state.community.units if state.community else ()
        return Forecast(outcome.refusal.code.value, explain(outcome.refusal, units), [])
    changed = merged.changes.accounts
    rows = [
        _view_change(state, identity, before.balances, after.balances)
        for identity, after in changed.items()
        if (before := state.accounts.get(identity)) is not None
    ]
    return Forecast("", "", [row for part in rows for row in part])


def _view_change(
    state: State, identity: bytes, before: Sequence[UnitBalance], after: Sequence[UnitBalance]
) -> list[View]:
    units, known = units_of(state), {one.unit: one.posted for one in before}
    return [
        {
            "handle": handle_of(state.accounts, identity),
            "name": state.accounts[identity].name,
            "unit": one.unit,
            "before": money(units, known.get(one.unit, 0), one.unit),
            "before_minor": known.get(one.unit, 0),
            "after": money(units, one.posted, one.unit),
            "after_minor": one.posted,
            "below_limit": one.posted < -one.credit_limit,
        }
        for one in after
        if one.posted != known.get(one.unit, 0)
    ]


def _by_id(office: Office, typed: str) -> list[View]:
    if len(typed) < ID_CHARS_MIN:
        return []
    found = []
    for entry in office.lookup.find_transaction(typed):
        moved = office.lookup.transaction(entry)
        stored = office.lookup.record(moved.index) if moved else None
        if stored is not None:
            found.append(view_transaction(office, stored))
    return found
