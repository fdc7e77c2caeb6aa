"""The timeline: an account's past as a person looks through it, with words, filters and places."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from federation.console.people import handle_of
from federation.console.sentence import address
from federation.console.views import View
from ledger.operation import Hold, LinkPay, LinkRequest, Operation, Pay, Request
from ledger.record import TransactionRecord
from ledger.store.lookup import StoredRecord
from member.household.statement import filed_under
from member.membership import Membership
from member.past import Reader, view_transaction
from member.standing import view_confirmed
from member.views import view_outbox

LOOKED_AT_MAX = 2_000
"""Records that one search looks at before it shows what it has and offers to look further back."""
SENT_MAX = 200
"""Own change-sets among which those are found that the ledger does not hold."""
RECENT_LOOKED_AT = 60
AT_ONCE = 60
"""The newest records are read together; further back one by one, as far as somebody looks."""
KINDS = ("paid", "received", "held", "given back")
STATES = ("waiting", "published", "refused", "merged", "final")


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody looks for; empty fields fit everything.

    Attributes:
        text: Part of a memo, a handle or a name, any case.
        who: A handle.
        kind: One of ``KINDS``.
        state: One of ``STATES``.
        unit: A unit's code.
        category: A category as it was given.
        since: Unix seconds, from when on; 0 for the beginning.
        until: Unix seconds, before when; 0 for now.
        before: Index of a record of the account, where an earlier search ended; 0 for the newest.
    """

    text: str = ""
    who: str = ""
    kind: str = ""
    state: str = ""
    unit: str = ""
    category: str = ""
    since: int = 0
    until: int = 0
    before: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, newest first, and where to go on; ``more`` is 0 at the beginning."""

    entries: list[View]
    more: int


def search(member: Membership, reader: Reader, wanted: Search, limit: int) -> Found:
    """Return what fits, newest first.

    Args:
        member: Whose past.
        reader: Opens memos.
        wanted: What to look for.
        limit: How many entries at most.
    """
    sent = [] if wanted.before else [one for one in _sent(member) if _fits(wanted, one)]
    found: list[View] = []
    looked_at, more = 0, 0
    if wanted.state not in {"waiting", "published", "refused"}:
        for stored in walk(member, wanted.before):
            looked_at += 1
            if len(found) == limit or looked_at > LOOKED_AT_MAX or _time(stored) < wanted.since:
                more = 0 if _time(stored) < wanted.since else _after(found, stored)
                break
            if isinstance(stored.record, TransactionRecord):
                one = view_line(member, reader, stored)
                found += [one] if _fits(wanted, one) else []
    return Found(sorted(sent + found, key=lambda one: one["time"], reverse=True), more)


def walk(member: Membership, before: int = 0) -> Iterator[StoredRecord]:
    """Give an account's records, newest first, along the chain that they form.

    Args:
        member: Whose.
        before: Index of a record of the account; only what is older comes. 0 for all.
    """
    own = member.account.id
    at = member.account.last_record if not before else _previous(member, before)
    for newest in member.lookup.history(own, AT_ONCE) if not before else ():
        yield newest
        at = previous_of(newest, own)
    while at:
        stored = member.lookup.record(at - 1)
        assert stored is not None, "what a record names as the one before is in the journal"
        yield stored
        at = previous_of(stored, own)


def previous_of(stored: StoredRecord, account: bytes) -> int:
    """Return the index + 1 of an account's record before one, 0 for none."""
    concerns = getattr(stored.record, "concerns", ())
    return next((one.previous for one in concerns if one.account == account), 0)


def view_line(member: Membership, reader: Reader, stored: StoredRecord) -> View:
    """Return one transaction as a line of the timeline."""
    one = view_transaction(member.state, member.lookup, reader, stored)
    held = view_confirmed(member.confirmation, stored.index)
    return (
        one
        | held
        | {
            "state": "final" if held["final"] else "merged",
            "kind": kind_of_line(one),
            "category": filed_under(member, one),
        }
    )


def recent(
    member: Membership, reader: Reader, entries: int, people: int
) -> tuple[list[View], list[View]]:
    """Return the newest lines, and whom one dealt with lately, newest first.

    Args:
        member: Whose.
        reader: Opens memos.
        entries: How many lines at most.
        people: How many people at most.
    """
    lines: list[View] = []
    met: dict[str, View] = {}
    for stored in islice(walk(member), RECENT_LOOKED_AT):
        if not isinstance(stored.record, TransactionRecord):
            continue
        if len(lines) < entries:
            lines.append(view_line(member, reader, stored))
        for move in stored.record.transfers:
            other = member.state.accounts.get(
                move.credit if move.debit == reader.account else move.debit
            )
            if other is not None and other.keys and other.id != reader.account:
                met.setdefault(other.handle, {"handle": other.handle, "name": other.name})
    return lines, list(met.values())[:people]


def _previous(member: Membership, before: int) -> int:
    stored = member.lookup.record(before)
    return previous_of(stored, member.account.id) if stored else 0


def _after(found: list[View], stored: StoredRecord) -> int:
    """Return where the next search begins: behind the last entry shown, or as far as was seen."""
    return found[-1]["index"] if found else stored.index


def _time(stored: StoredRecord) -> int:
    return int(getattr(stored.record, "time", 1 << 62))


def _sent(member: Membership) -> Iterator[View]:
    """Give own changes that the ledger does not hold: on their way, refused or superseded."""
    for one in view_outbox(member.state, member.outgoing.newest(SENT_MAX), member.name_of):
        if one["state"] == "merged":
            continue
        kept = member.outgoing.find(bytes.fromhex(one["hash"]))
        assert kept is not None, "what was listed is kept"
        first = kept.change_set.change_set.operations[0]
        amount, unit = _moved_by(first)
        yield one | {
            "time": one["created"],
            "kind": "paid" if isinstance(first, Pay | LinkPay) else "",
            "with": _with(member, first),
            "amount_minor": amount,
            "unit": unit,
            "payment": None,
            "memo": getattr(first, "memo", ""),
            "category": getattr(first, "category", ""),
            "sealed": bool(getattr(first, "sealed", b"")),
        }


def _with(member: Membership, asked: Operation) -> str:
    """Return who an own change is about, empty for nobody."""
    match asked:
        case Pay(to=other) | Hold(to=other) | Request(debtor=other):
            return handle_of(member.state.accounts, other)
        case LinkPay(payee=handle, hops=(*_, last)):
            return address(handle, member.name_of(last.community))
        case LinkRequest(debtor=handle, path=(*_, community)):
            return address(handle, member.name_of(community))
        case _:
            return ""


def _moved_by(asked: Operation) -> tuple[int | None, str]:
    """Return what an own change would move on the own account, and in which unit; or nothing."""
    match asked:
        case Pay(amount=amount, unit=unit) | Hold(amount=amount, unit=unit):
            return -amount, unit
        case LinkPay(pays=amount, pays_unit=unit):
            return -amount, unit
        case Request(amount=amount, unit=unit) | LinkRequest(amount=amount, unit=unit):
            return amount, unit
        case _:
            return None, ""


def _fits(wanted: Search, one: View) -> bool:
    text = wanted.text.strip().lower()
    words = f"{one['memo']} {one['with']} {one['what']} {one.get('category', '')}".lower()
    return (
        (not text or text in words)
        and wanted.who in {"", one["with"]}
        and wanted.kind in {"", one["kind"]}
        and (wanted.state in {"", one["state"]} or (wanted.state == "merged" and "index" in one))
        and wanted.unit in {"", one["unit"]}
        and wanted.category in {"", one.get("category", "")}
        and wanted.since <= one["time"]
        and (not wanted.until or one["time"] < wanted.until)
    )


def kind_of_line(one: View) -> str:
    """Return which of ``KINDS`` a transaction is, from its own side."""
    what = one["what"]
    if what.startswith("reversed"):
        return "given back"
    if what.startswith("h"):
        return "held"
    return "paid" if one["amount_minor"] < 0 else "received"
