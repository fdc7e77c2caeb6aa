"""Editing a bill: give back what was accepted, and put the corrected one in its place, at once."""

from federation.console.people import handle_of
from federation.console.sentence import money, short_id, units_of
from federation.console.terminal import Refused, UsageInvalid
from ledger.bill import legs
from ledger.changeset import OPERATIONS_MAX
from ledger.entry import part_payment_id
from ledger.operation import Bill, Operation, Reverse
from ledger.state import ACCEPTED, OpenBill
from ledger.store.story import StoryLookup
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
            f"{len(back)} people have paid their part, more than one change-set can give back; "
            "give some of it back first with `commontab reverse`"
        )
    return (*back, corrected)


def check_editable(member: Membership, bill: OpenBill) -> None:
    """Accept a bill that its author has not corrected yet.

    Raises:
        UsageInvalid: It is somebody else's, or was corrected already.
    """
    if bill.author != member.account.id:
        author = handle_of(member.state.accounts, bill.author)
        raise UsageInvalid(f"{author} made this bill; only {author} can correct it")
    newer = StoryLookup(member.store.database).replaced_by(bill.id)
    if newer is not None:
        raise UsageInvalid(
            f"this bill was corrected already; edit the newer one, {short_id(newer)}"
        )


def _not_ours(member: Membership, bill: OpenBill, debtor: bytes, payees: set[bytes]) -> Refused:
    state = member.state
    amount = next(part.amount for part in bill.parts if part.account == debtor)
    whom = " and ".join(sorted(handle_of(state.accounts, one) for one in payees))
    return Refused(
        f"{handle_of(state.accounts, debtor)} has paid {money(units_of(state), amount, bill.unit)} "
        f"by this bill, to {whom}, who alone can give it back: ask {whom} for `commontab reverse "
        f"{short_id(part_payment_id(bill.id, debtor))}`, then correct the bill"
    )
