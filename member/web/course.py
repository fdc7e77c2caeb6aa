"""The course of an account: its balance over time, for a chart."""

from federation.console.views import View
from ledger.record import TransactionRecord
from member.membership import Membership
from member.past import MOVING
from member.web.timeline import walk

LOOKED_AT_MAX = 20_000
POINTS_MAX = 400
"""Points of a chart: more than a screen has room for say nothing more."""
DAY_S = 86_400


def view_course(member: Membership, unit: str, since: int) -> View:
    """Return an account's balance in a unit at the end of each day that moved it.

    Args:
        member: Whose.
        unit: A unit's code.
        since: Unix seconds, from when on.

    Returns:
        ``times`` and ``balances_minor``, oldest first, ending with the present; ``whole`` says
        whether all was looked at.
    """
    books = next((one for one in member.account.balances if one.unit == unit), None)
    balance = books.posted if books else 0
    days: dict[int, int] = {}
    looked_at = 0
    for stored in walk(member):
        record = stored.record
        looked_at += 1
        if looked_at > LOOKED_AT_MAX or getattr(record, "time", since) < since:
            break
        if isinstance(record, TransactionRecord) and record.state in MOVING:
            days.setdefault(record.time // DAY_S, balance)
            balance -= moved(record, member.account.id, unit)
    points = sorted(days.items())
    step = len(points) // POINTS_MAX + 1
    kept = points[::-step][::-1] if points else []
    first = [(points[0][0] - 1, balance)] if points else []
    return {
        "unit": unit,
        "times": [day * DAY_S for day, _ in (*first, *kept)],
        "balances_minor": [at_end for _, at_end in (*first, *kept)],
        "whole": looked_at <= LOOKED_AT_MAX,
    }


def moved(record: TransactionRecord, account: bytes, unit: str) -> int:
    """Return by how much a transaction changed an account's balance in a unit, minor units."""
    own = [one for one in record.transfers if one.unit == unit]
    gained = sum(one.amount for one in own if one.credit == account)
    return gained - sum(one.amount for one in own if one.debit == account)
