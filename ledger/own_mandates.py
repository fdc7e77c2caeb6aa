"""What an account's owner lets be paid for him, as his own signed change-sets say."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from ledger.entry import ENTRY_ID_BYTES, entry_id, unsigned_cause
from ledger.operation import EndMandate, Mandate, Operation
from ledger.record import POSTED, TransactionRecord
from ledger.rule.mandate import month_number


@dataclass(slots=True)
class OwnMandates:
    """The mandates that an account has given and not ended, and what they have paid."""

    given: dict[bytes, Mandate] = field(default_factory=dict)
    spent: Counter[tuple[bytes, int]] = field(default_factory=Counter)

    def sign(self, cause: bytes, operations: Sequence[Operation]) -> None:
        """Take in what the owner signed.

        Args:
            cause: Hash of the change-set, 32 bytes.
            operations: All of it.
        """
        for place, operation in enumerate(operations):
            if isinstance(operation, Mandate):
                self.given[entry_id(cause, place)] = operation
            elif isinstance(operation, EndMandate):
                self.given.pop(operation.mandate, None)

    def pay(self, record: TransactionRecord) -> bool:
        """Count what a mandate paid; return whether one allows just this."""
        entry = record.cause[:ENTRY_ID_BYTES]
        mandate = self.given.get(entry)
        if mandate is None or record.state != POSTED or record.cause != unsigned_cause(entry):
            return False
        amount = sum(move.amount for move in record.transfers)
        place = entry, month_number(record.time)
        self.spent[place] += amount
        whom = {move.credit for move in record.transfers}
        return (
            {move.unit for move in record.transfers} == {mandate.unit}
            and (mandate.creditor is None or whom == {mandate.creditor})
            and amount <= mandate.each
            and self.spent[place] <= mandate.month
            and record.time < mandate.ends
        )
