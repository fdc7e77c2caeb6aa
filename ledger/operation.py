"""What members and managers can ask for: one small struct an operation.

Tags are part of the format. Names have 20 to 26 and 86 to 89 (ledger.name.operation); reserved for
later: 18, 19 and 27 to 31.
"""

from typing import Annotated

from msgspec import Meta

from ledger.codec import Shape
from ledger.field import (
    AccountId,
    Amount,
    Category,
    Count,
    DisplayName,
    EntryId,
    FileLength,
    FileName,
    FileTarget,
    Handle,
    Hash,
    Limit,
    Memo,
    PublicKey,
    Reason,
    SealedMemo,
    Signature,
    Time,
    UnitCode,
)
from ledger.link.entry import LinkStatus
from ledger.link.instruction import HOPS_MAX, About, Hops
from ledger.link.terms import Fee, Terms
from ledger.name.operation import (
    Claim,
    Delegate,
    Dispute,
    NameRules,
    Offer,
    Release,
    Renew,
    Reserve,
    RevokeName,
    SetRecords,
    Take,
)
from ledger.unit import Unit

BILL_PAID_MAX = 16
"""Accounts that may have paid for one bill, so that a part has few transfers."""
BILL_SHARES_MAX = 64
"""Accounts that may share one bill."""
EQUAL, SHARES, PERCENT, EXACT = range(4)
"""How a bill was split (Bill.method): what people read; the shares are what counts."""
WEBP, JPEG, PNG, PDF, TEXT = range(5)
"""What an attached file is (Attach.kind): image/webp, image/jpeg, image/png, application/pdf or
text/plain in UTF-8."""


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
    """Pay a request that names the author as its debtor, or the author's part of a bill."""

    request: EntryId


class Decline(Shape, tag=4):
    """Say no to a request that names the author as its debtor, or to his part of a bill."""

    request: EntryId
    reason: Reason


class Cancel(Shape, tag=5):
    """Take back the author's own request while it is open, or the open parts of his bill."""

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


class Part(Shape):
    """An account and what it paid, or what its share is, in minor units."""

    account: AccountId
    amount: Amount


class Bill(Shape, tag=13):
    """Say who paid what for whom; whoever owes after that may accept his part.

    Attributes:
        paid: What each payer laid out; an account stands once.
        shares: What each one's share is; the sums are equal, an account stands once.
        method: How the shares came about: EQUAL, SHARES, PERCENT or EXACT.
        spent: When the money was spent, Unix seconds.
        expires: Until when parts can be accepted, Unix seconds.
        replaces: The author's earlier bill that this one corrects, or nothing.
    """

    unit: UnitCode
    paid: Annotated[tuple[Part, ...], Meta(min_length=1, max_length=BILL_PAID_MAX)]
    shares: Annotated[tuple[Part, ...], Meta(min_length=1, max_length=BILL_SHARES_MAX)]
    method: Annotated[int, Meta(ge=EQUAL, le=EXACT)]
    spent: Time
    category: Category
    memo: Memo
    expires: Time
    replaces: EntryId | None


class Mandate(Shape, tag=14):
    """Let requests and parts of bills be accepted for the author, where he does not object.

    Attributes:
        creditor: Who may be paid by it; nothing for anybody in the community.
        each: The most that one request or part may cost, minor units.
        month: The most that a calendar month (UTC) may cost, minor units.
        ends: Unix seconds; what falls due then or later is not accepted.
    """

    creditor: AccountId | None
    unit: UnitCode
    each: Amount
    month: Amount
    ends: Time
    memo: Memo


class EndMandate(Shape, tag=15):
    """End the author's own mandate at once."""

    mandate: EntryId


class Annotate(Shape, tag=16):
    """Say something about an entry that the author is a party of, or file it.

    Attributes:
        about: The entry; nothing for the one that the nearest operation before in the same
            change-set makes that is no annotation itself.
        category: What the author files it under; empty with a text leaves that as it is.
        text: A comment; empty where it is only filed.
    """

    about: EntryId | None
    category: Category
    text: Memo


class Attach(Shape, tag=17):
    """Attach a file to an entry that the author is a party of; the file itself travels apart.

    Attributes:
        about: The entry; nothing for the one that the nearest operation before in the same
            change-set makes that is no annotation and no attachment.
        kind: One of WEBP, JPEG, PNG, PDF, TEXT.
        length: Bytes of the file before it is sealed; sealed it is 16 longer.
        hash: SHA-256 of the sealed file.
        target: Where the sealed file is found in the DHT.
        key: What the sealed file opens with, used for this file only; 32 bytes.
    """

    about: EntryId | None
    name: FileName
    kind: Annotated[int, Meta(ge=WEBP, le=TEXT)]
    length: FileLength
    hash: Hash
    target: FileTarget
    key: Hash


class LinkPay(Shape, tag=32):
    """Pay somebody in another community, by links; held until the decision is known.

    Attributes:
        hops: The ledgers on the way, the payee's last, and what enters each.
        payee: Handle there.
        unit: In which the payee is paid.
        amount: What the payee gets.
        pays_unit: In which the author pays.
        pays: The most that may leave the author's account, fees and all.
        deadline: Unix seconds; what is not accepted by then expires.
        about: What it settles, or nothing.
    """

    hops: Hops
    payee: Handle
    unit: UnitCode
    amount: Amount
    pays_unit: UnitCode
    pays: Amount
    memo: Memo
    sealed: SealedMemo
    deadline: Time
    about: About | None


class LinkCancel(Shape, tag=33):
    """Take the author's own payment across links back before it is accepted."""

    payment: EntryId


class LinkRequest(Shape, tag=34):
    """Ask somebody in another community for an amount.

    Attributes:
        path: Keys of the ledgers on the way to the debtor's, which is the last.
        debtor: Handle there.
        unit: In which the author wants to be paid.
        amount: What the author wants to get.
    """

    path: Annotated[tuple[PublicKey, ...], Meta(min_length=1, max_length=HOPS_MAX)]
    debtor: Handle
    unit: UnitCode
    amount: Amount
    memo: Memo
    expires: Time


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
    | Bill
    | Mandate
    | EndMandate
    | Annotate
    | Attach
    | Claim
    | SetRecords
    | Renew
    | Offer
    | Take
    | Release
    | Delegate
    | LinkPay
    | LinkCancel
    | LinkRequest
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


class WithdrawFile(Shape, tag=72):
    """Take an attached file out of all later snapshots; the journal keeps its name and hash."""

    attachment: EntryId
    reason: Reason


class AddLink(Shape, tag=80):
    """Link up with another community, or go on with one that was closed.

    Attributes:
        key: The peer community's.
        link_key: The key of its slot for us.
        own_key: The key of our slot for it.
        handle: What its clearing account is called here.
        name: The community's own name for itself.
        terms: The agreed unit and rate.
        converts: Our members have the other unit, not the link's.
        fee: What the commons takes on payments that leave by it.
        credit_limit: How much the peer may owe us, in minor units of the link's unit.
        maximum_balance: How much we may owe it.
    """

    key: PublicKey
    link_key: PublicKey
    own_key: PublicKey
    handle: Handle
    name: DisplayName
    terms: Terms
    converts: bool
    fee: Fee
    credit_limit: Limit
    maximum_balance: Limit


class LimitLink(Shape, tag=81):
    """Set how much a linked community may owe us, and we it; for new payments."""

    key: PublicKey
    credit_limit: Limit
    maximum_balance: Limit


class RateLink(Shape, tag=82):
    """Change a link's rate and fee; no payment passes until both sides name the same rate."""

    key: PublicKey
    terms: Terms
    fee: Fee


class SetLinkStatus(Shape, tag=83):
    """Stop a link from taking new payments, or let it go on; what is under way ends as always."""

    key: PublicKey
    status: LinkStatus
    reason: Reason


class ForceRelease(Shape, tag=84):
    """Let go of what is held for a payment whose payer's ledger has vanished."""

    payment: EntryId
    reason: Reason


class NetLinks(Shape, tag=85):
    """Propose a clearing round: the same amount off every debt around a circle of communities.

    Attributes:
        hops: The ledgers on the way round; this one is the last.
        deadline: Unix seconds.
    """

    hops: Hops
    deadline: Time


ManagerOperation = (
    Open
    | AddUnit
    | Rules
    | Admit
    | Suspend
    | Reinstate
    | Close
    | SetLimit
    | WithdrawFile
    | Reverse
    | AddLink
    | LimitLink
    | RateLink
    | SetLinkStatus
    | ForceRelease
    | NetLinks
    | NameRules
    | Reserve
    | Dispute
    | RevokeName
)
"""What the manager may sign into the journal."""
