"""Editing a bill: give back what was accepted, and put the corrected one in its place, at once."""

from dataclasses import replace

import msgspec

from federation.console.people import handle_of
from federation.console.sentence import money, short_id, units_of
from federation.console.terminal import Refused, UsageInvalid
from ledger.bill import legs
from ledger.changeset import OPERATIONS_MAX
from ledger.entry import part_payment_id
from ledger.operation import EQUAL, Bill, Operation, Reverse
from ledger.saying import listing, said
from ledger.state import ACCEPTED, OpenBill
from ledger.store.story import StoryLookup
from ledger.unit import format_amount
from member.household.bill import Named, TypedBill, ask_bill
from member.membership import Membership

REASON = "the bill was corrected"


def ask_edit(member: Membership, before: OpenBill, corrected: Bill) -> tuple[Operation, ...]:
    """Return what puts a corrected bill in the place of an earlier one, in one change-set.

    The open parts of the earlier bill end by the new one; what was paid by it to the author is
    given back.

    Args:
        member: The author.
        before: His earlier bill, open or not.
        corrected: With ``replaces`` set to that one.

    Raises:
        UsageInvalid: It is somebody else's, or was corrected already.
        Refused: A part was paid to others: only they can give it back.
    """
    assert corrected.replaces == before.id, "the new bill names the one that it corrects"
    check_editable(member, before)
    own = member.account.id
    back: list[Operation] = []
    for part in before.parts:
        entry = part_payment_id(before.id, part.account)
        paid = member.state.transactions.get(entry) if part.stage == ACCEPTED else None
        if paid is None or paid.reverted_by is not None:
            continue
        payees = {leg.creditor for leg in legs(before.paid, before.shares)
                  if leg.debtor == part.account}  # fmt: skip
        if payees != {own}:
            raise _not_ours(member, before, part.account, payees - {own})
        back.append(Reverse(entry, None, REASON))
    if len(back) >= OPERATIONS_MAX:
        raise Refused(
            said(
                "{count} people have paid their part, more than one change-set can give "
                "back; give some of it back first with `commontab reverse`",
                count=len(back),
            )
        )
    return (*back, corrected)


def ask_correction(
    member: Membership, before: OpenBill, typed: TypedBill, now: int, expires: str | None = None
) -> tuple[Operation, ...]:
    """Return what corrects a bill; what was not typed stays as it was.

    Args:
        member: The author.
        before: His earlier bill, open or not.
        typed: What is to change; no memo, category, date, payer or split where that stays.
        now: Unix seconds.
        expires: For how long parts can be accepted, a duration.

    Raises:
        UsageInvalid: See ``ask_bill`` and ``ask_edit``; or shares that were not equal, or several
            payers, are not named again.
        AmountInvalid: Not an amount of the unit.
        SplitInvalid: Something does not add up.
        Refused: See ``ask_edit``.
    """
    check_editable(member, before)
    whole = _as_before(member, before, typed)
    made = ask_bill(member.state, member.account, whole, now, expires=expires, replaces=before.id)
    if typed.date is None:
        made = msgspec.structs.replace(made, spent=before.spent)
    return ask_edit(member, before, made)


def check_editable(member: Membership, bill: OpenBill) -> None:
    """Accept a bill that its author has not corrected yet.

    Raises:
        UsageInvalid: It is somebody else's, or was corrected already.
    """
    if bill.author != member.account.id:
        author = handle_of(member.state.accounts, bill.author)
        raise UsageInvalid(
            said("{author} made this bill; only {author} can correct it", author=author)
        )
    newer = StoryLookup(member.store.database).replaced_by(bill.id)
    if newer is not None:
        raise UsageInvalid(
            said(
                "this bill was corrected already; edit the newer one, {newer}",
                newer=short_id(newer),
            )
        )


def _as_before(member: Membership, before: OpenBill, typed: TypedBill) -> TypedBill:
    """Return what was typed with what it leaves out taken from the earlier bill.

    Raises:
        UsageInvalid: Something cannot be taken over, because it depends on the amount.
    """
    accounts = member.state.accounts
    total = sum(part.amount for part in before.paid)
    unit = units_of(member.state)[before.unit]
    whole = replace(
        typed,
        unit=typed.unit or before.unit,
        memo=typed.memo or before.memo,
        category=typed.category or before.category,
    )
    if typed.amount is None and not typed.paid:
        whole = replace(whole, amount=format_amount(total, unit).split(" ", maxsplit=1)[0])
    if not typed.paid:
        if len(before.paid) > 1:
            raise UsageInvalid("several paid the earlier bill; name them again with --paid")
        whole = replace(whole, paid=(Named(handle_of(accounts, before.paid[0].account)),))
    if not typed.split:
        if before.method != EQUAL:
            raise UsageInvalid("the earlier bill was not split equally; name the shares again")
        people = tuple(Named(handle_of(accounts, part.account)) for part in before.shares)
        whole = replace(whole, split=people, method="equal")
    return whole


def _not_ours(member: Membership, bill: OpenBill, debtor: bytes, payees: set[bytes]) -> Refused:
    state = member.state
    amount = next(part.amount for part in bill.parts if part.account == debtor)
    whom = listing(sorted(handle_of(state.accounts, one) for one in payees))
    return Refused(
        said(
            "{debtor} has paid {amount} by this bill, to {whom}, who alone can give it back: ask "
            "{whom} for `commontab reverse {payment}`, then correct the bill",
            debtor=handle_of(state.accounts, debtor),
            amount=money(units_of(state), amount, bill.unit),
            whom=whom,
            payment=short_id(part_payment_id(bill.id, debtor)),
        )
    )
