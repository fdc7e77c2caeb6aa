"""Statements: a period of an account with what it began and ended with, by the own replica."""

from collections import defaultdict
from datetime import date

from federation.console.sentence import money, units_of
from federation.console.terminal import UsageInvalid
from federation.console.views import View
from ledger.errors import StoreDamaged
from ledger.record import TransactionRecord
from ledger.saying import said
from ledger.unit import Unit
from member.household.attachments import view_attachments
from member.household.bills import find_bill
from member.household.rhythm import DAY_S, day_of, parse_date, start_of
from member.household.stories import category_of
from member.membership import Membership
from member.past import Reader, view_history
from member.standing import view_stand

READ_ENTRIES = 200
"""Entries that are read at first; four times as many each time they do not reach back enough."""
REFERS_MAX = 3
"""Steps from a reversal to the payment, and from that to its bill."""
_MONTH_CHARS = len("2026-11")


def parse_period(
    month: str | None, since: str | None, until: str | None, now: int
) -> tuple[int, int]:
    """Return a period in Unix seconds, its end not included; this month where nothing is typed.

    Args:
        month: ``2026-11``.
        since: First day, ``2026-11-01``.
        until: Last day.
        now: Unix seconds.

    Raises:
        UsageInvalid: Not such a month or day, a month beside days, or an end before the beginning.
    """
    if month is not None and (since or until):
        raise UsageInvalid("name a month, or a first and a last day, not both")
    if month is not None and len(month.strip()) != _MONTH_CHARS:
        raise UsageInvalid(said("got {month!r}; a month is typed as 2026-11", month=month))
    today = day_of(now)
    first = parse_date(f"{month.strip()}-01") if month else today.replace(day=1)
    if since is not None:
        first = parse_date(since)
    if since is None and until is None:
        return start_of(first), start_of(_next_month(first))
    last = today if until is None else parse_date(until)
    if last < first:
        raise UsageInvalid(
            said("the period ends on {last}, before it begins on {first}", last=last, first=first)
        )
    return start_of(first), start_of(last) + DAY_S


def view_statement(
    member: Membership, reader: Reader, unit: Unit, period: tuple[int, int], now: int
) -> View:
    """Return an account's statement in a unit.

    Every figure follows from the own verified records; the balance of today is the one that the
    ledger's checkpoint covers.

    Args:
        member: Whose.
        reader: The same, with what opens his memos.
        unit: In which.
        period: Beginning and end, Unix seconds, the end not included.
        now: Unix seconds.

    Raises:
        StoreDamaged: The records do not add up to the balance.
    """
    begin, end = period
    books = [one for one in member.account.balances if one.unit == unit.code]
    posted = books[0].posted if books else 0
    entries = _entries(member, reader, unit, begin)
    closing = posted - sum(one["moved_minor"] for one in entries if one["time"] >= end)
    inside = [one for one in reversed(entries) if begin <= one["time"] < end]
    inside = [one | _told_beside(member, one) for one in inside if one["moved_minor"]]
    opening = closing - sum(one["moved_minor"] for one in inside)
    gained = sum(one["moved_minor"] for one in inside if one["moved_minor"] > 0)
    amounts = {
        "opening": opening,
        "received": gained,
        "paid": opening + gained - closing,
        "closing": closing,
    }
    units = units_of(member.state)
    texts: View = {name: money(units, amount, unit.code) for name, amount in amounts.items()}
    return {
        "handle": member.account.handle,
        "unit": unit.code,
        "from": begin,
        "to": end,
        **texts,
        **{f"{name}_minor": amount for name, amount in amounts.items()},
        "entries": inside,
        "categories": _by_category(member, inside, unit),
        "ledger": view_stand(member, now),
    }


def _told_beside(member: Membership, entry: View) -> View:
    """Return what an entry is filed under, and the names of what is attached to it."""
    files = view_attachments(member, bytes.fromhex(entry["id"]), with_cause=True)
    return {
        "category": filed_under(member, entry),
        "files": [one["name"] for one in files if one["state"] != "withdrawn"],
    }


def _entries(member: Membership, reader: Reader, unit: Unit, begin: int) -> list[View]:
    """Return what moved since the beginning and a little before, newest first."""
    limit = READ_ENTRIES
    while True:
        held = view_history(member.state, member.lookup, reader, limit, unit.code)
        if len(held) < limit:
            _check_sum(member, unit, sum(one["moved_minor"] for one in held))
            return held
        if held[-1]["time"] < begin:
            return held
        limit *= 4


def _check_sum(member: Membership, unit: Unit, moved: int) -> None:
    """Accept a whole past that adds up to the present balance.

    Raises:
        StoreDamaged: It does not.
    """
    posted = next((one.posted for one in member.account.balances if one.unit == unit.code), 0)
    if moved != posted:
        raise StoreDamaged(
            f"the records of this account add up to {moved} minor {unit.code}, its balance is "
            f"{posted}; run `commontab verify`"
        )


def filed_under(member: Membership, entry: View) -> str:
    """Return what an entry is filed under: by the member himself, else by its bill.

    What was given back is filed where the payment was.
    """
    at: bytes | None = bytes.fromhex(entry["id"])
    for _ in range(REFERS_MAX):
        if at is None:
            break
        filed = category_of(member, at)
        bill = None if filed else find_bill(member.state, at)
        if filed or bill is not None:
            return filed or (bill.category if bill else "")
        at = _refers(member, at)
    return ""


def _refers(member: Membership, entry: bytes) -> bytes | None:
    """Return what a transaction refers to, if it does."""
    moved = member.lookup.transaction(entry)
    stored = member.lookup.record(moved.index) if moved else None
    record = stored.record if stored else None
    return record.refers if isinstance(record, TransactionRecord) else None


def _by_category(member: Membership, entries: list[View], unit: Unit) -> list[View]:
    """Return what was received and paid by category, the most paid first."""
    received: dict[str, int] = defaultdict(int)
    paid: dict[str, int] = defaultdict(int)
    for one in entries:
        moved = one["moved_minor"]
        (received if moved > 0 else paid)[one["category"]] += abs(moved)
    units = units_of(member.state)
    return [
        {
            "category": name,
            "received": money(units, received[name], unit.code),
            "received_minor": received[name],
            "paid": money(units, paid[name], unit.code),
            "paid_minor": paid[name],
        }
        for name in sorted({*received, *paid}, key=lambda name: (-paid[name], name))
    ]


def _next_month(first: date) -> date:
    year, month = divmod(12 * first.year + first.month, 12)
    return date(year, month + 1, 1)
