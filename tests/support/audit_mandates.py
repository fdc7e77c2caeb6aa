"""What an auditor who shares no rule with the ledger asks of payments by mandate."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from ledger.operation import AddKey, EndMandate, Mandate, Operation
from ledger.record import POSTED, TransactionRecord


@dataclass(slots=True)
class Mandates:
    """Who let whom be paid, and what was paid by it.

    Attributes:
        given: Id -> the account that gave it, and what it says.
        spent: Id and calendar month (UTC) -> minor units.
        answered: What was paid by a mandate: a request or a debtor's part, once.
    """

    given: dict[bytes, tuple[bytes, Mandate]] = field(default_factory=dict)
    spent: Counter[tuple[bytes, int, int]] = field(default_factory=Counter)
    answered: set[tuple[bytes, bytes]] = field(default_factory=set)
    owners: dict[bytes, bytes] = field(default_factory=dict)

    def sign(self, key: bytes, cause: bytes, operations: Sequence[Operation]) -> None:
        """Take in what a key's owner signed; ``cause`` is the change-set's hash."""
        account = self.owners.setdefault(key, key[:16])
        for place, operation in enumerate(operations):
            if isinstance(operation, Mandate):
                entry = sha256(b"commontab/entry/v1\n" + cause + bytes((place,))).digest()[:16]
                self.given[entry] = (account, operation)
            elif isinstance(operation, EndMandate):
                giver, _ = self.given.pop(operation.mandate, (account, None))
                assert giver == account, "ended by somebody else"
            elif isinstance(operation, AddKey):
                self.owners[operation.key] = account

    def names(self, record: TransactionRecord) -> bool:
        """Say whether a mandate asks for a record."""
        return record.cause[:16] in self.given and record.cause.endswith(bytes(16))

    def pay(self, record: TransactionRecord) -> None:
        """Accept a payment by a mandate."""
        entry = record.cause[:16]
        debtor, mandate = self.given[entry]
        assert record.state == POSTED, "a mandate only pays"
        assert record.time < mandate.ends, "after its end"
        amount = 0
        for move in record.transfers:
            assert (move.debit, move.unit) == (debtor, mandate.unit), "not what it is for"
            assert mandate.creditor in {None, move.credit}, "not whom it is for"
            amount += move.amount
        assert record.refers is not None, "pays nothing"
        assert (record.refers, debtor) not in self.answered, "paid twice"
        self.answered.add((record.refers, debtor))
        assert amount <= mandate.each, "over the cap of one"
        day = datetime.fromtimestamp(record.time, UTC)
        place = (entry, day.year, day.month)
        self.spent[place] += amount
        assert self.spent[place] <= mandate.month, "over the cap of a month"
