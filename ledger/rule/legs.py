"""Legs: the transfers of a payment across links in one ledger, held, moved or let go together."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ledger.book import check, move, release, reserve
from ledger.draft import Draft
from ledger.field import AMOUNT_MAX
from ledger.link.link import EXCHANGE_HANDLE, Link, exchange_id
from ledger.names import RESERVED
from ledger.record import Transfer
from ledger.refusal import Code, Fact, Money, Refusal
from ledger.rule.name_book import note_word
from ledger.rule.tell import clearing
from ledger.state import Account, UnitBalance


class Leg(NamedTuple):
    """An amount that reaches an account; none where it is 0."""

    account: bytes
    amount: int
    unit: str


def lay(draft: Draft, source: Leg, outs: Iterable[Leg]) -> tuple[Transfer, ...]:
    """Return the transfers from one account to others.

    In one unit they are direct, and what is more than they take goes to the commons; between two
    units they pass through the exchange account, which keeps the difference of rounding.
    """
    legs = [leg for leg in outs if leg.amount]
    if legs[0].unit != source.unit:
        exchange = exchange_id(draft.commons)
        into = Transfer(source.account, exchange, source.amount, source.unit)
        return (into, *(_from(exchange, leg) for leg in legs))
    left = source.amount - sum(leg.amount for leg in legs)
    assert left >= 0, "a payment takes no more than comes in"
    surplus = Leg(draft.commons, left, source.unit)
    return _merged(_from(source.account, leg) for leg in (*legs, surplus) if leg.amount)


def hold_all(draft: Draft, transfers: Sequence[Transfer]) -> Refusal | None:
    """Reserve every transfer within all limits, or none."""
    for done, transfer in enumerate(transfers):
        refusal = check(draft, transfer) or reserve(draft, transfer)
        if refusal is not None:
            release_all(draft, transfers[:done])
            return refusal
    return None


def fits_all(draft: Draft, transfers: Sequence[Transfer]) -> bool:
    """Return whether every transfer could be reserved now."""
    if hold_all(draft, transfers) is not None:
        return False
    release_all(draft, transfers)
    return True


def release_all(draft: Draft, transfers: Iterable[Transfer]) -> None:
    """Let go of what ``hold_all`` reserved."""
    for transfer in transfers:
        release(draft, transfer)


def move_all(draft: Draft, transfers: Iterable[Transfer]) -> None:
    """Move what was reserved until now."""
    for transfer in transfers:
        refusal = move(draft, transfer)
        assert refusal is None, f"a reserved amount could not be moved: {refusal}"


def trusted(draft: Draft, link: Link, amount: int) -> Refusal | None:
    """Refuse what would make us owe a peer more than it, or we, allow."""
    assert link.told is not None, "a usable link was agreed"
    books = clearing(draft, link)
    allowed = min(link.told.credit_limit, books.maximum_balance)
    return _over(link, amount, allowed - books.posted - books.pending_credit)


def trusts(draft: Draft, link: Link, amount: int) -> Refusal | None:
    """Refuse what would make a peer owe us more than we allow."""
    return _over(link, amount, clearing(draft, link).available)


def open_exchange(draft: Draft, units: Iterable[str]) -> None:
    """Begin the account through which units are converted, and its books in some of them.

    It has no limits of its own: those of links and members bind all that passes through it.
    """
    entry = exchange_id(draft.commons)
    if draft.accounts.get(entry) is None:
        assert EXCHANGE_HANDLE in RESERVED, "nobody else can have its handle"
        account = Account(entry, EXCHANGE_HANDLE, "Exchange", "active", draft.now, (), (), 0)
        draft.accounts.set(entry, account)
        draft.handles.set(EXCHANGE_HANDLE, entry)
        note_word(draft, EXCHANGE_HANDLE)
    for code in units:
        _unlimit(draft, entry, code)


def _unlimit(draft: Draft, entry: bytes, code: str) -> None:
    account, unit = draft.held(entry), draft.unit(code)
    assert unit is not None, "an exchange is between units of the ledger"
    if all(books.unit != code for books in account.balances):
        draft.put_balance(account, UnitBalance(code, 0, 0, 0, AMOUNT_MAX, AMOUNT_MAX))


def _over(link: Link, amount: int, room: int) -> Refusal | None:
    if amount <= min(room, AMOUNT_MAX):
        return None
    unit = link.terms.unit
    facts: dict[str, Fact] = {
        "amount": Money(amount, unit),
        "room": Money(max(room, 0), unit),
        "link": link.name,
    }
    return Refusal(Code.EXCEEDS_TRUST_LIMIT, facts)


def _from(account: bytes, leg: Leg) -> Transfer:
    return Transfer(account, leg.account, leg.amount, leg.unit)


def _merged(transfers: Iterable[Transfer]) -> tuple[Transfer, ...]:
    """Return the transfers with one for each pair of accounts: a fee and what is over are one."""
    sums: dict[tuple[bytes, bytes, str], int] = {}
    for one in transfers:
        place = one.debit, one.credit, one.unit
        sums[place] = sums.get(place, 0) + one.amount
    return tuple(Transfer(*place[:2], amount, place[2]) for place, amount in sums.items())
