"""What comes again: a bill that there is, or a payment as it was typed."""

from federation.console.terminal import UsageInvalid
from ledger.operation import Pay
from ledger.saying import said
from member.household.bills import find_bill
from member.household.recurring import Repeated
from member.membership import Membership
from member.web.bill_form import make_again
from member.web.wish import ID_DIGITS, Wish, ask, crosses


def repeated(member: Membership, bill: str, wish: Wish, now: int) -> Repeated:
    """Return what is to come again.

    Args:
        member: Who signs it.
        bill: Id of a bill in hex, or empty for the payment.
        wish: The payment as typed.
        now: Unix seconds.

    Raises:
        UsageInvalid: There is no such bill of the member's, or the payment is no plain one.
        AmountInvalid: Not an amount of the unit.
    """
    if bill:
        digits = bill.lower() if set(bill.lower()) <= set("0123456789abcdef") else ""
        found = find_bill(member.state, bytes.fromhex(digits)) if len(digits) == ID_DIGITS else None
        if found is None or member.account.id not in found.parties:
            raise UsageInvalid(said("no bill of yours has the id {bill!r}", bill=bill[:ID_DIGITS]))
        return make_again(found)
    if crosses(member, wish):
        raise UsageInvalid("what comes again stays at home; its way across links may change")
    operation = ask(member, wish, now)
    if not isinstance(operation, Pay) or operation.card is not None:
        raise UsageInvalid("a payment request is paid once; type a handle and an amount")
    return operation
