"""One account's records: that the chain they form is whole, and that they explain its books."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ledger.changeset import (
    SignedChangeSet,
    SignedStatement,
    Verified,
    verify_change_set,
    verify_statement,
)
from ledger.errors import CodecError, HistoryMismatch, SignatureInvalid
from ledger.operation import AddKey, Admit
from ledger.own_mandates import OwnMandates
from ledger.record import (
    EXPIRED,
    PENDING,
    POSTED,
    POSTED_PENDING,
    REVERSAL,
    VOIDED,
    WRITE_OFF,
    ChangeSetRecord,
    ManagerRecord,
    Record,
    RefusalRecord,
    SuccessorRecord,
    TransactionRecord,
    Transfers,
)
from ledger.state import Account

_MOVING = frozenset((POSTED, POSTED_PENDING, REVERSAL, WRITE_OFF))
_ENDING = frozenset((POSTED_PENDING, VOIDED, EXPIRED))
_ASKED = frozenset((POSTED, PENDING))
"""States of a transaction that only the payer's own signature can bring about."""
_POSTED, _DEBIT, _CREDIT = "posted", "pending debit", "pending credit"


def previous_own(index: int, record: Record, account: bytes) -> int:
    """Return the index + 1 of an account's record before one of them, 0 for none.

    Raises:
        HistoryMismatch: The record does not concern the account, or names no earlier one.
    """
    for one in getattr(record, "concerns", ()):
        if one.account == account and one.previous <= index:
            previous: int = one.previous
            return previous
    raise HistoryMismatch(
        f"record {index} stands in the chain of your records and does not concern your account; "
        "what this community published to you is not whole"
    )


def walk_own(account: Account, record_at: Callable[[int], Record]) -> Iterator[tuple[int, Record]]:
    """Yield an account's records with their indexes, newest first.

    Args:
        account: As a state record commits to it.
        record_at: Gives a record by its index.

    Raises:
        HistoryMismatch: The chain is broken.
    """
    at = account.last_record
    while at:
        record = record_at(at - 1)
        yield at - 1, record
        at = previous_own(at - 1, record, account.id)


def find_keys(
    community: bytes, commons: Account, record_at: Callable[[int], Record]
) -> tuple[tuple[int, bytes], ...]:
    """Return from which record on which key was the community's, oldest first.

    Args:
        community: The key of the checkpoint, 32 bytes.
        commons: The community's own account, whose id comes from its first key.
        record_at: Gives a record by its index.

    Raises:
        HistoryMismatch: Its successors do not lead from the first key to this one.
    """
    found, key = [], community
    if not key.startswith(commons.id):
        for index, record in walk_own(commons, record_at):
            if isinstance(record, SuccessorRecord) and record.statement.new == key:
                found.append((index, key))
                key = record.statement.old
            if key.startswith(commons.id):
                break
    if not key.startswith(commons.id):
        raise HistoryMismatch("the community's successors do not lead from its first key to this")
    return ((0, key), *found[::-1])


def check_own(
    keys: Sequence[tuple[int, bytes]], account: Account, own: Iterable[tuple[int, Record]]
) -> None:
    """Accept the records that explain an account: from its admission on, without a hole.

    The first is the manager's signed admission, the account's signed change-sets are numbered
    without a hole, every payment was signed by the account or is what a mandate of its allows,
    and all transactions together give the balances.

    Args:
        keys: From which record on which key was the community's, oldest first.
        account: As a state record commits to it.
        own: Its records with their indexes, oldest first.

    Raises:
        HistoryMismatch: Something is missing, was put in, or does not add up.
    """
    books = _Books(keys, account.id)
    first = True
    for index, record in own:
        try:
            if first:
                books.begin(index, record)
            else:
                books.take(index, record)
        except (CodecError, SignatureInvalid) as error:
            raise HistoryMismatch(f"record {index}: {error}") from error
        first = False
    if first:
        raise HistoryMismatch("an account is said to have no record, not even its admission")
    books.compare(account)


@dataclass(slots=True)
class _Books:
    """What an account's records add up to so far."""

    communities: Sequence[tuple[int, bytes]]
    account: bytes
    keys: set[bytes] = field(default_factory=set)
    places: dict[bytes, tuple[int, int, bytes]] = field(default_factory=dict)
    signed: set[bytes] = field(default_factory=set)
    mandates: OwnMandates = field(default_factory=OwnMandates)
    holds: dict[bytes, Transfers] = field(default_factory=dict)
    sums: Counter[tuple[str, str]] = field(default_factory=Counter)

    def begin(self, index: int, record: Record) -> None:
        """Take the admission in."""
        if isinstance(record, ManagerRecord):
            signed = SignedStatement(record.statement, record.signature)
            verify_statement(self._community(index), signed)
            operation = record.statement.operation
            if isinstance(operation, Admit) and operation.key[: len(self.account)] == self.account:
                self.keys.add(operation.key)
                return
        raise HistoryMismatch(
            f"the chain of your records begins with record {index}, which is not your admission: "
            "it was cut, and what came before is kept from you"
        )

    def take(self, index: int, record: Record) -> None:
        """Take one more record in."""
        match record:
            case ChangeSetRecord():
                self._take_change_set(index, record)
            case RefusalRecord():
                self._take_refusal(index, record)
            case TransactionRecord():
                self._take_transaction(index, record)
            case _:
                return

    def compare(self, account: Account) -> None:
        """Accept the balances that follow."""
        told: Counter[tuple[str, str]] = Counter()
        for books in account.balances:
            told[books.unit, _POSTED] = books.posted
            told[books.unit, _DEBIT] = books.pending_debit
            told[books.unit, _CREDIT] = books.pending_credit
        for unit, kind in sorted({*told, *self.sums}):
            sums, says = self.sums[unit, kind], told[unit, kind]
            if sums != says:
                raise HistoryMismatch(
                    f"your records add up to {sums} {unit} {kind} (in minor units), and the "
                    f"community says {says}: a record is kept from you, or was never yours"
                )

    def _take_change_set(self, index: int, record: ChangeSetRecord) -> None:
        one = self._verify(index, record)
        if one.key not in self.keys:  # the other party of a request has signed it
            return
        self._follow(index, one.key, _place(one), one.change_set.previous)
        self.signed.add(one.hash)
        self.mandates.sign(one.hash, one.change_set.operations)
        for operation in one.change_set.operations:
            if isinstance(operation, AddKey):
                self.keys.add(operation.key)

    def _take_refusal(self, index: int, record: RefusalRecord) -> None:
        place, previous = (record.generation, record.number, record.hash), None
        if record.body:
            one = self._verify(index, record)
            place, previous = _place(one), one.change_set.previous
        self._follow(index, record.key, place, previous)

    def _verify(self, index: int, record: ChangeSetRecord | RefusalRecord) -> Verified:
        signed = SignedChangeSet(record.key, record.body, record.signature)
        return verify_change_set(self._community(index), signed)

    def _community(self, index: int) -> bytes:
        """Return the community's key at a record."""
        return next(key for first, key in reversed(self.communities) if first <= index)

    def _follow(
        self, index: int, key: bytes, place: tuple[int, int, bytes], previous: bytes | None
    ) -> None:
        """Accept a change-set that follows the key's one before; ``previous`` None if unknown."""
        generation, number, newest = self.places.get(key, (0, 0, b""))
        next_one = place[:2] == (generation, number + 1) and previous in {None, newest}
        begins = place[0] > generation and place[1] == 1
        if not (next_one or begins):
            raise HistoryMismatch(
                f"record {index} holds your change-set number {place[1]} of generation {place[0]} "
                f"after number {number} of generation {generation}: one between is kept from you"
            )
        self.places[key] = place

    def _take_transaction(self, index: int, record: TransactionRecord) -> None:
        pays = any(move.debit == self.account for move in record.transfers)
        asked = record.cause in self.signed or (pays and self.mandates.pay(record))
        if pays and record.state in _ASKED and not asked:
            raise HistoryMismatch(
                f"record {index} takes from your account, and nothing that you signed asks for it"
            )
        if record.state in _ENDING:
            self._add(self._end_hold(index, record.refers), -1, _DEBIT, _CREDIT)
        if record.state == PENDING:
            self.holds[record.id] = record.transfers
            self._add(record.transfers, 1, _DEBIT, _CREDIT)
        if record.state in _MOVING:
            self._add(record.transfers, 1, _POSTED, _POSTED)

    def _end_hold(self, index: int, hold: bytes | None) -> Transfers:
        if hold is None or hold not in self.holds:
            raise HistoryMismatch(f"record {index} ends a hold that is kept from you")
        return self.holds.pop(hold)

    def _add(self, transfers: Transfers, times: int, debit: str, credit: str) -> None:
        """Add transfers up; a debit lowers what is posted and raises what is pending."""
        for move in transfers:
            if move.debit == self.account:
                sign = -1 if debit == _POSTED else 1
                self.sums[move.unit, debit] += sign * times * move.amount
            if move.credit == self.account:
                self.sums[move.unit, credit] += times * move.amount


def _place(one: Verified) -> tuple[int, int, bytes]:
    return one.change_set.generation, one.change_set.number, one.hash
