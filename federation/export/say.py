"""How exports say things: days, kinds, plain texts, and who is at both ends."""

from datetime import UTC, datetime
from functools import lru_cache

from federation.console.people import handle_of
from federation.export.walk import KINDS, Entry
from ledger.record import TransactionRecord
from ledger.state import Account, State
from ledger.unit import Unit, format_amount

LAST_DAY_S = 253_402_214_400
"""9999-12-31, 00:00 UTC: the last day that programs of bookkeeping can read."""
DAY_S = 86_400
SEALED = "sealed memo"


@lru_cache(maxsize=16)
def day_of(time: int) -> str:
    """Return the day of a Unix time, UTC, as ISO 8601 writes it.

    A record may bear a time after the year 9999, if a community's clock lies: that is its last
    day but one, so that balances can follow on the last.
    """
    return datetime.fromtimestamp(min(time, LAST_DAY_S - DAY_S), UTC).date().isoformat()


def day_after(time: int) -> str:
    """Return the day after that of ``day_of``."""
    after = min(time, LAST_DAY_S - DAY_S) + DAY_S
    return datetime.fromtimestamp(after, UTC).date().isoformat()


def kind_of(record: TransactionRecord) -> str:
    """Return what a transaction is called."""
    return KINDS[record.state]


def plain(text: str) -> str:
    """Return a text in one line: any white space as a space, no control characters."""
    return "".join(
        char if char.isprintable() else " " if char.isspace() else "\ufffd" for char in text
    )


def memo_of(record: TransactionRecord) -> str:
    """Return a transaction's memo in one line, or that it is sealed."""
    return SEALED if record.sealed else plain(record.memo)


def category_of(state: State, record: TransactionRecord) -> str:
    """Return what the bill is filed under that a transaction pays a part of; else nothing."""
    if record.refers is None:
        return ""
    bill = state.bills.get(record.refers) or state.past_bills.get(record.refers)
    return plain(bill.category) if bill else ""


def accounts_of(state: State) -> list[Account]:
    """Return all accounts by their handles, so that two exports have them in one order."""
    return sorted(state.accounts.values(), key=lambda one: one.handle)


def parties(state: State, entry: Entry) -> str:
    """Return who gave and who got, by handles: ``anna to bert``."""
    ends = []
    for whose in ("debit", "credit"):
        seen = dict.fromkeys(getattr(one, whose) for one in entry.transfers)
        names = [handle_of(state.accounts, account) for account in seen]
        ends.append(names[0] if len(names) == 1 else f"{len(names)} accounts")
    return " to ".join(ends)


def number(amount_minor: int, unit: Unit) -> str:
    """Return an amount as a plain decimal number: ``-12.50``."""
    return format_amount(amount_minor, unit).removesuffix(f" {unit.code}")
