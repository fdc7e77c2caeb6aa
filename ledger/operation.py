"""What members and managers can ask for: one small struct an operation.

Tags are part of the format. Reserved for later: 13 to 19 bills and mandates, 20 to 31 names,
32 to 47 links across communities.
"""

from ledger.codec import Shape
from ledger.field import (
    AccountId,
    Amount,
    Count,
    DisplayName,
    EntryId,
    Handle,
    Limit,
    Memo,
    PublicKey,
    Reason,
    SealedMemo,
    Signature,
    Time,
    UnitCode,
)
from ledger.unit import Unit


class Pay(Shape, tag=1):
    """Move an amount from the author's account to another.

    ``card`` is the id of the payment request card that is paid, or nothing; a card is paid once.
    """

    to: AccountId
    amount: Amount
    unit: UnitCode
    memo: Memo
    sealed: SealedMemo
    card: EntryId | None


class Request(Shape, tag=2):
    """Ask another account for an amount; it moves nothing until the debtor accepts."""

    debtor: AccountId
    amount: Amount
    unit: UnitCode
    memo: Memo
    sealed: SealedMemo
    expires: Time


class Accept(Shape, tag=3):
    """Pay a request that names the author as its debtor."""

    request: EntryId


class Decline(Shape, tag=4):
    """Say no to a request that names the author as its debtor."""

    request: EntryId
    reason: Reason


class Cancel(Shape, tag=5):
    """Take back the author's own request while it is open."""

    request: EntryId


class Hold(Shape, tag=6):
    """Reserve an amount for a payee until it is posted, voided or expired."""

    to: AccountId
    amount: Amount
    unit: UnitCode
    memo: Memo
    sealed: SealedMemo
    expires: Time


class Post(Shape, tag=7):
    """Move a held amount, or a part of it; the rest is released. By payee or payer."""

    hold: EntryId
    amount: Amount | None


class Void(Shape, tag=8):
    """Release a held amount to its payer. By the payee."""

    hold: EntryId
    reason: Reason


class Reverse(Shape, tag=9):
    """Undo a transaction once, whole or in part, by a mirror transaction.

    A payee gives back what was received; a manager undoes with a public reason.
    """

    transaction: EntryId
    amount: Amount | None
    reason: Reason


class Profile(Shape, tag=10):
    """Change the author's display name."""

    name: DisplayName


class AddKey(Shape, tag=11):
    """Attach another key to the author's account; ``proof`` is that key's own signature."""

    key: PublicKey
    proof: Signature


class RevokeKey(Shape, tag=12):
    """Detach a key from the author's account for good."""

    key: PublicKey


Operation = (
    Pay
    | Request
    | Accept
    | Decline
    | Cancel
    | Hold
    | Post
    | Void
    | Reverse
    | Profile
    | AddKey
    | RevokeKey
)
"""What a member's change-set may hold."""


class Rules(Shape, tag=66):
    """The community's own settings.

    Attributes:
        hold_s_max: Longest life of a hold, seconds.
        request_s_max: Longest life of a request, seconds.
        objection_s: How long a debtor may object before a mandate accepts, seconds.
    """

    hold_s_max: Count
    request_s_max: Count
    objection_s: Count


class Open(Shape, tag=64):
    """Begin the ledger: the community's name and whether its records are encrypted."""

    name: DisplayName
    closed: bool
    rules: Rules


class AddUnit(Shape, tag=65):
    """Begin a unit of account, or change its name and the limits of new accounts."""

    unit: Unit


class Admit(Shape, tag=67):
    """Open an account for a key, under a handle unique in the community."""

    key: PublicKey
    handle: Handle
    name: DisplayName


class Suspend(Shape, tag=68):
    """Stop an account from paying and being paid; in a closed ledger starts a key epoch."""

    account: AccountId
    reason: Reason


class Reinstate(Shape, tag=69):
    """Let a suspended account take part again."""

    account: AccountId


class Close(Shape, tag=70):
    """End an account without holds; ``write_off`` moves its balance to the commons."""

    account: AccountId
    reason: Reason
    write_off: bool


class SetLimit(Shape, tag=71):
    """Set both limits of one account in one unit, for new transfers."""

    account: AccountId
    unit: UnitCode
    credit_limit: Limit
    maximum_balance: Limit


ManagerOperation = Open | AddUnit | Rules | Admit | Suspend | Reinstate | Close | SetLimit | Reverse
"""What the manager may sign into the journal."""
