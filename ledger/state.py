"""The present: what all records so far add up to."""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta

from ledger.codec import Shape
from ledger.field import (
    AccountId,
    Amount,
    Balance,
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
    OptionalHash,
    PublicKey,
    Reason,
    SealedMemo,
    Time,
    UnitCode,
)
from ledger.link.link import Link
from ledger.link.transit import LinkedRequest, Transit
from ledger.map import SparseMap
from ledger.merkle import Frontier
from ledger.name.index import NameIndex
from ledger.name.operation import NameRules
from ledger.name.state import FREE_RULES, NameState
from ledger.operation import Part, Rules
from ledger.record import Transfer
from ledger.unit import Unit

Status = Literal["active", "suspended", "closed"]
ACCOUNT_ID_BYTES = 16
OPEN, ACCEPTED, DECLINED, CANCELLED, EXPIRED = range(5)
"""What became of a part of a bill (OpenPart.stage)."""


class UnitBalance(Shape):
    """One account's books in one unit, all in minor units."""

    unit: UnitCode
    posted: Balance
    pending_debit: Limit
    pending_credit: Limit
    credit_limit: Limit
    maximum_balance: Limit

    @property
    def available(self) -> int:
        """What the account can spend now: pending gains are never room."""
        return self.posted - self.pending_debit + self.credit_limit


class Account(Shape):
    """A member's account, the commons, or one that a link needs.

    Its canonical bytes are its leaf in the state map. A linked community's clearing account and
    the exchange account have no keys: nobody signs for them, and nobody is paid there.

    Attributes:
        last_record: Index + 1 of its newest journal record, 0 for none.
        balances: One per unit it ever had a limit or a transfer in, sorted by unit.
    """

    id: AccountId
    handle: Handle
    name: DisplayName
    status: Status
    admitted: Time
    keys: tuple[PublicKey, ...]
    balances: tuple[UnitBalance, ...]
    last_record: Count


class KeyState(Shape):
    """Where a key's chain of change-sets stands; its leaf in the keys map."""

    key: PublicKey
    account: AccountId
    active: bool
    generation: Count
    number: Count
    hash: OptionalHash


class OpenHold(Shape):
    """A pending transfer."""

    id: EntryId
    payer: AccountId
    payee: AccountId
    amount: Amount
    unit: UnitCode
    expires: Time
    memo: Memo
    sealed: SealedMemo


class OpenRequest(Shape):
    """A proposal that the debtor has not answered.

    Attributes:
        merged: When it was, Unix seconds; objections count from then.
    """

    id: EntryId
    creditor: AccountId
    debtor: AccountId
    amount: Amount
    unit: UnitCode
    expires: Time
    memo: Memo
    sealed: SealedMemo
    merged: Time


class OpenPart(Shape):
    """What one account owes by a bill, and what became of it.

    Attributes:
        amount: All that it owes, to one or several creditors, in minor units.
        stage: One of OPEN, ACCEPTED, DECLINED, CANCELLED, EXPIRED.
    """

    account: AccountId
    amount: Amount
    stage: Annotated[int, Meta(ge=OPEN, le=EXPIRED)]


class OpenBill(Shape):
    """A bill and what became of its parts; it is open while one of them is.

    Attributes:
        merged: When it was, Unix seconds; objections count from then.
        parts: Those who owe, in the order of the shares.
    """

    id: EntryId
    author: AccountId
    unit: UnitCode
    paid: tuple[Part, ...]
    shares: tuple[Part, ...]
    method: Count
    spent: Time
    category: Category
    memo: Memo
    expires: Time
    replaces: EntryId | None
    merged: Time
    parts: tuple[OpenPart, ...]

    @property
    def is_open(self) -> bool:
        """Whether somebody can still accept a part."""
        return any(part.stage == OPEN for part in self.parts)

    @property
    def parties(self) -> frozenset[bytes]:
        """Ids of all accounts that the bill names, its author's too."""
        return frozenset({self.author, *(one.account for one in (*self.paid, *self.shares))})


class OpenMandate(Shape):
    """A mandate that has not ended.

    Attributes:
        debtor: Who gave it.
        merged: When it was, Unix seconds; what was asked before waits from then.
        month_number: Calendar month (UTC) that ``spent_minor`` counts: 12 * year + month - 1.
        spent_minor: What it has accepted in that month.
    """

    id: EntryId
    debtor: AccountId
    creditor: AccountId | None
    unit: UnitCode
    each: Amount
    month: Amount
    ends: Time
    memo: Memo
    merged: Time
    month_number: Count
    spent_minor: Limit


class Attachment(Shape):
    """A file that was attached to an entry.

    Attributes:
        id: Entry id of the operation that attached it.
        record: Journal index of the change-set's record.
        operation: Index of the operation in it.
        time: When it was merged, Unix seconds.
        kind: One of WEBP, JPEG, PNG, PDF, TEXT in ledger.operation.
        length: Bytes of the file before it was sealed.
        hash: SHA-256 of the sealed file.
        target: Where the sealed file is found in the DHT until a snapshot has it.
        key: What it opens with.
        withdrawn: Index of the record by which the manager took it out, or nothing.
        reason: The manager's, empty before.
    """

    id: EntryId
    record: Count
    operation: Count
    time: Time
    about: EntryId
    author: AccountId
    name: FileName
    kind: Count
    length: FileLength
    hash: Hash
    target: FileTarget
    key: Hash
    withdrawn: Count | None
    reason: Reason


class Filed(Shape):
    """How much an account has attached in the newest month in which it attached anything.

    Attributes:
        month_number: Calendar month (UTC): 12 * year + month - 1.
        length: Bytes of the files before they were sealed, all together.
    """

    month_number: Count
    length: Count


class Transaction(Shape):
    """A transaction that moved something, and whether it was undone."""

    id: EntryId
    index: Count
    transfers: tuple[Transfer, ...]
    reverts: EntryId | None
    reverted_by: EntryId | None


class Community(Shape):
    """The community's own settings; its hash is in every state record."""

    name: DisplayName
    closed: bool
    opened: Time
    rules: Rules
    units: tuple[Unit, ...]
    manager_number: Count
    epoch: Count
    epoch_first: Count

    def unit(self, code: str) -> Unit | None:
        """Return the unit with this code, if the community has it."""
        for unit in self.units:
            if unit.code == code:
                return unit
        return None


class Succession(Shape):
    """How the community came to a new key.

    Attributes:
        index: Of the record that says so.
        old: The key before.
        new: The key after.
        size: How many records were kept.
        time: When it was proposed.
        reason: Why, in the proposer's words.
        signed: How many active accounts signed.
        accounts: How many there were.
    """

    index: Count
    old: PublicKey
    new: PublicKey
    size: Count
    time: Time
    reason: Reason
    signed: Count
    accounts: Count


GROWING = ("transactions", "finished", "past_bills", "attachments", "history")
"""What of the present grows with the ledger, so that a store may give it as read-through views."""


@dataclass(slots=True)
class State:
    """Everything merge reads.

    ``transactions``, ``finished``, ``past_bills``, ``attachments`` and ``history`` may be
    read-through views of the store: they grow with the ledger, while all else grows with its
    members.

    Attributes:
        key: The community's public key, the present one.
        time: ``now`` of the last merge.
        history: Tree size after each merge -> its root; what a change-set may have seen.
        links: Linked communities by their keys.
        transits: Payments across links that are under way, by id.
        finished: Those that are not any more; it grows with the ledger too.
        linked_requests: Requests across links that are open, by id.
        bills: Bills with an open part, by id.
        past_bills: Bills without one; it grows with the ledger too.
        mandates: Those that have not ended, by id.
        attachments: All that were ever attached, by id, in the order of the journal.
        filed: How much each account has attached in its newest month, by account.
        names: Names that are owned or reserved.
        name_rules: What a claim costs and gives.
        name_index: What is looked up about all names and handles at once; it follows from them.
        successions: How the community came to its key, oldest first; none where it is the first.
    """

    key: bytes
    community: Community | None = None
    time: int = 0
    accounts: MutableMapping[bytes, Account] = field(default_factory=dict)
    handles: MutableMapping[str, bytes] = field(default_factory=dict)
    keys: MutableMapping[bytes, KeyState] = field(default_factory=dict)
    holds: MutableMapping[bytes, OpenHold] = field(default_factory=dict)
    requests: MutableMapping[bytes, OpenRequest] = field(default_factory=dict)
    links: MutableMapping[bytes, Link] = field(default_factory=dict)
    transits: MutableMapping[bytes, Transit] = field(default_factory=dict)
    linked_requests: MutableMapping[bytes, LinkedRequest] = field(default_factory=dict)
    bills: MutableMapping[bytes, OpenBill] = field(default_factory=dict)
    mandates: MutableMapping[bytes, OpenMandate] = field(default_factory=dict)
    names: MutableMapping[str, NameState] = field(default_factory=dict)
    name_rules: NameRules = FREE_RULES
    name_index: NameIndex = field(default_factory=NameIndex, compare=False)
    past_bills: Mapping[bytes, OpenBill] = field(default_factory=dict)
    attachments: Mapping[bytes, Attachment] = field(default_factory=dict)
    filed: MutableMapping[bytes, Filed] = field(default_factory=dict)
    finished: Mapping[bytes, Transit] = field(default_factory=dict)
    transactions: Mapping[bytes, Transaction] = field(default_factory=dict)
    history: Mapping[int, bytes] = field(default_factory=dict)
    tree: Frontier = field(default_factory=Frontier)
    accounts_map: SparseMap = field(default_factory=SparseMap)
    keys_map: SparseMap = field(default_factory=SparseMap)
    names_map: SparseMap = field(default_factory=SparseMap)
    links_map: SparseMap = field(default_factory=SparseMap)
    successions: tuple[Succession, ...] = ()

    @property
    def former(self) -> tuple[bytes, ...]:
        """The community's keys before the present one, oldest first."""
        return tuple(one.old for one in self.successions)

    @property
    def commons(self) -> bytes:
        """Id of the community's own account, which its first key has given it."""
        first = self.successions[0].old if self.successions else self.key
        return first[:ACCOUNT_ID_BYTES]


class Mention(NamedTuple):
    """A record that is about a bill or a mandate, or that annotates an entry.

    Attributes:
        about: Id of the entry, 16 bytes.
        record: Journal index of the record.
        operation: Index of the operation in its change-set; 0 in a transaction by a mandate.
    """

    about: bytes
    record: int
    operation: int


@dataclass(slots=True)
class Changes:
    """What one merge makes different; None removes an entry.

    Attributes:
        names: Only those that are not as before.
        name_rules: New ones; None where they stay.
        mentions: What was said about entries, for whoever tells of one; no part of the state.
    """

    community: Community | None = None
    time: int = 0
    accounts: dict[bytes, Account] = field(default_factory=dict)
    keys: dict[bytes, KeyState] = field(default_factory=dict)
    holds: dict[bytes, OpenHold | None] = field(default_factory=dict)
    requests: dict[bytes, OpenRequest | None] = field(default_factory=dict)
    transactions: dict[bytes, Transaction] = field(default_factory=dict)
    links: dict[bytes, Link] = field(default_factory=dict)
    transits: dict[bytes, Transit | None] = field(default_factory=dict)
    finished: dict[bytes, Transit] = field(default_factory=dict)
    linked_requests: dict[bytes, LinkedRequest | None] = field(default_factory=dict)
    bills: dict[bytes, OpenBill | None] = field(default_factory=dict)
    past_bills: dict[bytes, OpenBill] = field(default_factory=dict)
    mandates: dict[bytes, OpenMandate | None] = field(default_factory=dict)
    attachments: dict[bytes, Attachment] = field(default_factory=dict)
    filed: dict[bytes, Filed] = field(default_factory=dict)
    names: dict[str, NameState | None] = field(default_factory=dict)
    name_rules: NameRules | None = None
    mentions: frozenset[Mention] = frozenset()
    succession: Succession | None = None


replace = msgspec.structs.replace
__all__ = [
    "ACCEPTED",
    "ACCOUNT_ID_BYTES",
    "CANCELLED",
    "DECLINED",
    "EXPIRED",
    "GROWING",
    "OPEN",
    "Account",
    "Attachment",
    "Changes",
    "Community",
    "Filed",
    "Hash",
    "KeyState",
    "Mention",
    "OpenBill",
    "OpenHold",
    "OpenMandate",
    "OpenPart",
    "OpenRequest",
    "State",
    "Status",
    "Succession",
    "Transaction",
    "UnitBalance",
    "replace",
]
