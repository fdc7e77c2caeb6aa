"""Bills: who owes whom how much, worked out from what was paid and what the shares are."""

from collections.abc import Iterable
from typing import NamedTuple

from ledger.operation import Part
from ledger.saying import said


class Leg(NamedTuple):
    """An amount, in minor units, that one account owes another by a bill."""

    debtor: bytes
    creditor: bytes
    amount: int


def legs(paid: Iterable[Part], shares: Iterable[Part]) -> tuple[Leg, ...]:
    """Return what each debtor owes each creditor.

    Who laid out less than his share owes the rest, who laid out more is owed it. Debtors, in the
    order of the shares, fill up creditors, in the order of what was paid: there is nothing to
    choose, and nobody owes more than his share.

    Args:
        paid: What each payer laid out, accounts distinct.
        shares: What each one's share is, accounts distinct; the sums are equal.

    Source:
        docs/protocol.md, "Merge".
    """
    paid, shares = tuple(paid), tuple(shares)
    laid_out = {part.account: part.amount for part in paid}
    share_of = {part.account: part.amount for part in shares}
    owed = [(part.account, part.amount - share_of.get(part.account, 0)) for part in paid]
    waiting = [(account, amount) for account, amount in owed if amount > 0]
    found = []
    creditor, room = waiting.pop(0) if waiting else (b"", 0)
    for part in shares:
        left = part.amount - laid_out.get(part.account, 0)
        while left > 0:
            amount = min(left, room)
            found.append(Leg(part.account, creditor, amount))
            left, room = left - amount, room - amount
            if not room and waiting:
                creditor, room = waiting.pop(0)
    return tuple(found)


def fault(paid: tuple[Part, ...], shares: tuple[Part, ...]) -> str:
    """Return why these lists are no bill, as a sentence; empty where they are one."""
    for listed in (paid, shares):
        if len({part.account for part in listed}) < len(listed):
            return said("The same account stands twice in one list.")
    laid_out, shared = (sum(part.amount for part in each) for each in (paid, shares))
    if laid_out != shared:
        return said(
            "What was paid adds up to {paid} minor units, the shares to {shared}.",
            paid=laid_out,
            shared=shared,
        )
    if not legs(paid, shares):
        return said("Everybody paid exactly his share, so nobody owes anything.")
    return ""
