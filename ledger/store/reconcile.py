"""The stored present against what the records add up to: the first row that differs, in words."""

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import Connection, select

from ledger.codec import Shape
from ledger.errors import CodecError
from ledger.state import Account, State
from ledger.store.compare_bills import find_different_bill
from ledger.store.compare_links import Begun, find_different_link
from ledger.store.present import fill_state
from ledger.store.tables import BalanceRow, table_of

Newest = Mapping[tuple[object, object], object]
"""Account and unit -> id of the last transfer that moved its balance."""
_balance = table_of(BalanceRow)
_SHOWN_CHARS_MAX = 60
_TABLES = (
    "accounts",
    "keys",
    "holds",
    "requests",
    "bills",
    "mandates",
    "links",
    "transits",
    "linked_requests",
    "filed",
)


def find_difference(
    connection: Connection, state: State, newest: Newest, begun: Begun
) -> str | None:
    """Return what is stored otherwise than the records say, or None where all agrees.

    Compares settings, accounts, balances and their zero sums, keys, holds, requests, open bills,
    mandates, links and what is under way across them, whole: the cost follows the number of
    members and not that of records.

    Args:
        connection: Reading.
        state: The present, worked out from the records.
        newest: The last transfer of each balance, likewise.
        begun: The record of each payment that is under way across links, likewise.
    """
    present = State(state.key)
    try:
        fill_state(connection, present)
    except (CodecError, ValueError) as error:
        return f"the present state: {error}"
    for name in _TABLES:
        found, wanted = getattr(present, name), getattr(state, name)
        if found != wanted:
            return _first_of(name.replace("_", " "), found, wanted, state)
    if (present.key, present.successions) != (state.key, state.successions):
        return "the community's key, or how it came to it, is stored otherwise than the records say"
    if present.community != state.community:
        return _told("the community's settings", present.community, state.community)
    return (
        find_different_bill(connection, state)
        or find_different_link(connection, state, begun)
        or _balances(connection, state, newest)
    )


def _balances(connection: Connection, state: State, newest: Newest) -> str | None:
    sums: Counter[str] = Counter()
    for row in connection.execute(select(_balance)):
        sums[row.unit] += row.posted
        if row.newest != newest.get((row.account, row.unit), -1):
            return f"{_whose(state, row.account)} in {row.unit} names another newest transfer"
    wrong = {unit: total for unit, total in sums.items() if total}
    return f"balances add up to {wrong} minor units instead of zero" if wrong else None


def _first_of(
    name: str, found: Mapping[bytes, Shape], wanted: Mapping[bytes, Shape], state: State
) -> str:
    for one in sorted(found.keys() | wanted.keys()):
        got, fits = found.get(one), wanted.get(one)
        if isinstance(got, Account) and isinstance(fits, Account) and got != fits:
            return _of_account(got, fits, state)
        if got != fits:
            return _told(f"in {name}, {one.hex()}", got, fits)
    raise AssertionError("maps that differ differ in an entry")


def _of_account(got: Account, fits: Account, state: State) -> str:
    if len(got.balances) == len(fits.balances):
        for one, other in zip(got.balances, fits.balances, strict=True):
            if one != other:
                return _told(f"{_whose(state, fits.id)} in {other.unit}", one, other)
    return _told(f"account {fits.handle!r}", got, fits)


def _whose(state: State, account: bytes) -> str:
    known = state.accounts.get(account)
    return f"the balance of {known.handle!r}" if known else f"a balance of {account.hex()}"


def _told(what: str, got: Shape | None, fits: Shape | None) -> str:
    if got is None or fits is None:
        stands = "is not stored" if got is None else "is stored"
        return f"{what} {stands}, and by the records it is {'not ' if fits is None else ''}there"
    for name in fits.__struct_fields__:
        one, other = getattr(got, name), getattr(fits, name)
        if one != other:
            return f"{what}: {name} is {_shown(one)}; by the records it is {_shown(other)}"
    raise AssertionError("what differs differs in a field")


def _shown(value: object) -> str:
    text = value.hex() if isinstance(value, bytes) else repr(value)
    return text if len(text) <= _SHOWN_CHARS_MAX else f"{text[:_SHOWN_CHARS_MAX]}…"
