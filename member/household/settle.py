"""Settling up: who should give whom how much, and saying that it happened."""

from typing import Literal, NamedTuple

from federation.console.people import find_unit, handle_of
from federation.console.sentence import money, units_of
from federation.console.terminal import UsageInvalid
from federation.console.typed import check_memo
from federation.console.views import View
from ledger.operation import Pay, Request
from ledger.saying import said
from ledger.settle_up import Payment, settle_up
from ledger.state import Account, State
from ledger.unit import Unit, parse_amount
from member.ask import REQUEST_S, end_of
from member.household.bill import find_person

Settled = Literal["got", "gave"]
_REST = b"\xff" * 17
"""Stands for everybody with whom nobody can settle here; behind all accounts in order."""
CASH_MEMO = "settled up in cash"


class TypedSettlement(NamedTuple):
    """What a person typed about money that changed hands outside the ledger.

    Attributes:
        how: ``got`` it from somebody, or ``gave`` it to somebody.
        who: The other one's handle.
        amount: A decimal number; None for what settling up suggests between the two.
        unit: A unit's code; None for the community's only one.
        memo: What it says in both histories.
    """

    how: Settled
    who: str
    amount: str | None = None
    unit: str | None = None
    memo: str = CASH_MEMO


def suggest(state: State, unit: Unit) -> tuple[Payment, ...]:
    """Return few payments in money that would bring all members to zero in a unit.

    Who is below zero gives, who is above gets. What members have with linked communities, the
    commons and people who do not take part stays.

    Args:
        state: The own replica's.
        unit: In which.
    """
    balances = {
        account.id: one.posted
        for account in state.accounts.values()
        for one in account.balances
        if one.unit == unit.code and _takes_part(state, account)
    }
    balances[_REST] = -sum(balances.values())
    return tuple(one for one in settle_up(balances) if _REST not in {one.payer, one.payee})


def view_settle(state: State, own: Account, unit: Unit) -> View:
    """Return the suggestions, the own ones first, and the balances that they bring to zero."""
    made = suggest(state, unit)
    rows = [_view(state, own, one, unit) for one in made]
    balance = next((one.posted for one in own.balances if one.unit == unit.code), 0)
    return {
        "unit": unit.code,
        "balance": money(units_of(state), balance, unit.code),
        "balance_minor": balance,
        "payments": sorted(rows, key=lambda row: (row["yours"] is None, row["from"], row["to"])),
    }


def ask_settle(state: State, own: Account, typed: TypedSettlement, now: int) -> Pay | Request:
    """Return what tells the ledger of money that changed hands: a payment, or a request.

    Who got money signs for it himself: he pays the same amount here to the one who gave it. Who
    gave money asks the other to do so.

    Raises:
        UsageInvalid: Nobody is called that, or there is no amount and none is suggested.
        AmountInvalid: Not an amount of the unit.
    """
    assert state.community is not None, "a member is in a community"
    unit, other = find_unit(state, typed.unit), find_person(state, own, typed.who)
    if other.id == own.id:
        raise UsageInvalid("nobody settles up with himself; name the other one")
    amount = (
        parse_amount(typed.amount, unit)
        if typed.amount is not None
        else _suggested(state, own, other, unit, typed.how)
    )
    memo = check_memo(typed.memo)
    if typed.how == "got":
        return Pay(other.id, amount, unit.code, memo, b"", None)
    ends = end_of(None, REQUEST_S, state.community.rules.request_s_max, now)
    return Request(other.id, amount, unit.code, memo, b"", ends)


def _takes_part(state: State, account: Account) -> bool:
    return bool(account.keys) and account.status == "active" and account.id != state.commons


def _suggested(state: State, own: Account, other: Account, unit: Unit, how: Settled) -> int:
    payer, payee = (other.id, own.id) if how == "got" else (own.id, other.id)
    for one in suggest(state, unit):
        if (one.payer, one.payee) == (payer, payee):
            return one.amount
    sentence = (
        said("settling up has nothing for you to get from {handle}", handle=other.handle)
        if how == "got"
        else said("settling up has nothing for you to give to {handle}", handle=other.handle)
    )
    raise UsageInvalid(
        said("{sentence}; type the amount if it happened all the same", sentence=sentence)
    )


def _view(state: State, own: Account, one: Payment, unit: Unit) -> View:
    yours = {one.payer: "gave", one.payee: "got"}.get(own.id)
    return {
        "from": handle_of(state.accounts, one.payer),
        "to": handle_of(state.accounts, one.payee),
        "amount": money(units_of(state), one.amount, unit.code),
        "amount_minor": one.amount,
        "unit": unit.code,
        "yours": yours,
    }
