"""The present: what all records so far add up to."""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from ledger.codec import Shape
from ledger.field import (
    AccountId,
    Amount,
    Balance,
    Count,
    DisplayName,
    EntryId,
    Handle,
    Hash,
    Limit,
    Memo,
    OptionalHash,
    PublicKey,
    SealedMemo,
    Time,
    UnitCode,
)
from ledger.map import SparseMap
from ledger.merkle import Frontier
from ledger.operation import Rules
from ledger.record import Transfer
from ledger.unit import Unit

Status = Literal["active", "suspended", "closed"]


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
    """A member's account, or the commons; its canonical bytes are its leaf in the state map.

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
    """A proposal that the debtor has not answered."""

    id: EntryId
    creditor: AccountId
    debtor: AccountId
    amount: Amount
    unit: UnitCode
    expires: Time
    memo: Memo
    sealed: SealedMemo


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


@dataclass(slots=True)
class State:
    """Everything merge reads.

    ``transactions`` and ``history`` may be read-through views of the store: they grow with the
    ledger, while all else grows with its members.

    Attributes:
        key: The community's public key.
        time: ``now`` of the last merge.
        history: Tree size after each merge -> its root; what a change-set may have seen.
    """

    key: bytes
    community: Community | None = None
    time: int = 0
    accounts: MutableMapping[bytes, Account] = field(default_factory=dict)
    handles: MutableMapping[str, bytes] = field(default_factory=dict)
    keys: MutableMapping[bytes, KeyState] = field(default_factory=dict)
    holds: MutableMapping[bytes, OpenHold] = field(default_factory=dict)
    requests: MutableMapping[bytes, OpenRequest] = field(default_factory=dict)
    transactions: Mapping[bytes, Transaction] = field(default_factory=dict)
    history: Mapping[int, bytes] = field(default_factory=dict)
    tree: Frontier = field(default_factory=Frontier)
    accounts_map: SparseMap = field(default_factory=SparseMap)
    keys_map: SparseMap = field(default_factory=SparseMap)
    names_map: SparseMap = field(default_factory=SparseMap)
    links_map: SparseMap = field(default_factory=SparseMap)


@dataclass(slots=True)
class Changes:
    """What one merge makes different; None removes an entry."""

    community: Community | None = None
    time: int = 0
    accounts: dict[bytes, Account] = field(default_factory=dict)
    keys: dict[bytes, KeyState] = field(default_factory=dict)
    holds: dict[bytes, OpenHold | None] = field(default_factory=dict)
    requests: dict[bytes, OpenRequest | None] = field(default_factory=dict)
    transactions: dict[bytes, Transaction] = field(default_factory=dict)


replace = msgspec.structs.replace
__all__ = [
    "Account",
    "Changes",
    "Community",
    "Hash",
    "KeyState",
    "OpenHold",
    "OpenRequest",
    "State",
    "Status",
    "Transaction",
    "UnitBalance",
    "replace",
]
