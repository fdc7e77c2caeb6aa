"""A transit: a payment across links as one of its ledgers keeps it."""

from typing import Annotated

from msgspec import Meta

from ledger.codec import Shape
from ledger.field import AccountId, OptionalHash
from ledger.link.entry import Requested
from ledger.link.instruction import Instruction
from ledger.link.link import clearing_id
from ledger.link.machine import Role, Stage, is_moved
from ledger.record import Transfers

BEFORE, BEHIND = 1, 2
"""Whose books show a payment as moved (Transit.shown): the ledger's before, the next one's."""


class Transit(Shape):
    """Where a payment across links stands in this ledger.

    Attributes:
        role: What this ledger is to the payment.
        stage: How far it is.
        below: Whether nothing is left to wait for behind this ledger.
        instruction: The payment itself.
        account: The member who pays or is paid; at a hop the clearing account it came by.
        upstream: Key of the ledger before, empty at the origin; in a clearing round the last one.
        downstream: Key of the next ledger, empty at the payee's.
        transfers: What it holds or moved here, every unit adding up to zero.
        code: Why it was rejected, a refusal's code; else empty.
        shown: Whose books are known to show it as moved: BEFORE, BEHIND, their sum, or 0.
    """

    role: Role
    stage: Stage
    below: bool
    instruction: Instruction
    account: AccountId
    upstream: OptionalHash
    downstream: OptionalHash
    transfers: Transfers
    code: Annotated[str, Meta(max_length=40)]
    shown: Annotated[int, Meta(ge=0, le=BEFORE | BEHIND)]

    @property
    def id(self) -> bytes:
        """Names the payment, 16 bytes."""
        return self.instruction.payment

    @property
    def explained(self) -> bool:
        """Whether the books of both neighbours show what this ledger's show."""
        beside = (BEFORE if self.upstream else 0) | (BEHIND if self.downstream else 0)
        return self.shown == (beside if is_moved(self.stage) else 0)

    def amount_from(self, community: bytes) -> int:
        """Return what enters a ledger on the way, minor units of the link it comes by."""
        place = self.instruction.place(community)
        return 0 if place is None else self.instruction.hops[place].amount


class LinkedRequest(Shape):
    """A request across links that was not paid, declined or taken back.

    Attributes:
        asked: The request itself.
        account: The member who asks or is asked; empty at a ledger between.
        upstream: Key of the ledger it came from, empty where it was made.
        downstream: Key of the ledger it went to, empty where the debtor is.
    """

    asked: Requested
    account: Annotated[bytes, Meta(max_length=16)]
    upstream: OptionalHash
    downstream: OptionalHash

    @property
    def asker(self) -> bytes:
        """Id of the account that it counts for: its author's, or that of the link it came by."""
        return clearing_id(self.upstream) if self.upstream else self.account
