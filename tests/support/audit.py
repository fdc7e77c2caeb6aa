"""An auditor that shares no rule with the ledger: it adds up a journal by itself.

It reads plain records and asserts what must hold whatever happened: signatures, chains, numbers
without holes, nothing applied twice, zero sums, limits kept.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ledger import crypto
from ledger.changeset import (
    CHANGE_SET_BYTES_MAX,
    ChangeSet,
    SignedChangeSet,
    SignedStatement,
    statement_hash,
    verify_change_set,
    verify_statement,
)
from ledger.codec import decode
from ledger.merkle import Frontier, leaf_hash
from ledger.operation import AddLink, AddUnit, Admit, LimitLink, ManagerOperation, Open, SetLimit
from ledger.record import (
    EXPIRED,
    NONCE_BYTES,
    PENDING,
    POSTED,
    POSTED_PENDING,
    RECORD_BYTES_MAX,
    REVERSAL,
    VOIDED,
    ChangeSetRecord,
    Concern,
    EpochRecord,
    LinkRecord,
    ManagerRecord,
    ReadingRecord,
    Record,
    RefusalRecord,
    StateRecord,
    SuccessorRecord,
    TransactionRecord,
    Transfer,
    Transfers,
)
from ledger.successor import successor_signable
from ledger.unit import Unit
from tests.support.audit_links import Links, clearing_account, exchange_account
from tests.support.audit_mandates import Mandates

Place = tuple[bytes, str]
"""An account and a unit."""


@dataclass(slots=True)
class Books:
    """What a journal adds up to.

    Attributes:
        merged: Hash of each change-set in the journal -> its record's index.
        refused: Hash of each refused change-set -> its code.
        refusals: Hash of each refused change-set -> its record's index.
        heads: Key -> generation, number and hash of its last change-set.
        roots: Tree size after each merge -> its root.
        commons: The community's own account.
        holds: What is held: open holds, and payments across links that are under way.
        payments: Payments across links that were ever held here -> whether they began here.
    """

    community: bytes
    commons: bytes
    posted: Counter[Place] = field(default_factory=Counter)
    pending_debit: Counter[Place] = field(default_factory=Counter)
    pending_credit: Counter[Place] = field(default_factory=Counter)
    credit_limit: dict[Place, int] = field(default_factory=dict)
    maximum_balance: dict[Place, int] = field(default_factory=dict)
    units: dict[str, Unit] = field(default_factory=dict)
    holds: dict[bytes, Transfers] = field(default_factory=dict)
    links: Links = field(default_factory=Links)
    payments: dict[bytes, bool] = field(default_factory=dict)
    transactions: dict[bytes, TransactionRecord] = field(default_factory=dict)
    reverted: set[bytes] = field(default_factory=set)
    merged: dict[bytes, int] = field(default_factory=dict)
    refused: dict[bytes, str] = field(default_factory=dict)
    refusals: dict[bytes, int] = field(default_factory=dict)
    heads: dict[bytes, tuple[int, int, bytes]] = field(default_factory=dict)
    causes: set[bytes] = field(default_factory=set)
    mandates: Mandates = field(default_factory=Mandates)
    last_record: dict[bytes, int] = field(default_factory=dict)
    manager_number: int = 0
    time: int = 0
    roots: dict[int, bytes] = field(default_factory=dict)

    def sums(self) -> dict[str, int]:
        """Return the sum of all balances, by unit: all zero or the books are wrong."""
        sums: Counter[str] = Counter(dict.fromkeys(self.units, 0))
        for (_, unit), amount in self.posted.items():
            sums[unit] += amount
        return dict(sums)


def parse(record: bytes) -> Record:
    """Return the record behind its nonce."""
    return decode(record[NONCE_BYTES:], Record, RECORD_BYTES_MAX)  # type: ignore[arg-type]


def add_up(community: bytes, records: Sequence[bytes]) -> Books:
    """Return the books of a whole journal.

    Args:
        community: The community's public key, the first one.
        records: Plain records from index 0: nonce and body.

    Raises:
        AssertionError: The journal breaks a promise; the message names the record.
    """
    books, tree = Books(community, community[:16]), Frontier()
    for index, plain in enumerate(records):
        record = parse(plain)
        tree = tree.append([leaf_hash(plain)])
        try:
            _enter(books, index, record)
        except AssertionError as error:
            raise AssertionError(f"record {index}, {type(record).__name__}: {error}") from error
        if isinstance(record, StateRecord):
            books.roots[index + 1] = tree.root
    assert not records or isinstance(parse(records[-1]), StateRecord), "no state at the end"
    assert not any(books.sums().values()), f"sums are {books.sums()}"
    return books


def _enter(books: Books, index: int, record: Record) -> None:
    if isinstance(record, StateRecord):
        assert record.time >= books.time, f"time went from {books.time} to {record.time}"
        assert record.manager_number == books.manager_number, "manager's number"
        books.time = record.time
        return
    if isinstance(record, EpochRecord):
        return
    _follow_concerns(books, index, record.concerns)
    if isinstance(record, ManagerRecord):
        _enter_statement(books, record)
    elif isinstance(record, ChangeSetRecord):
        _enter_change_set(books, index, record)
    elif isinstance(record, RefusalRecord):
        _enter_refusal(books, index, record)
    elif isinstance(record, SuccessorRecord):
        _enter_successor(books, index, record)
    elif isinstance(record, LinkRecord):
        place = (clearing_account(record.link), books.links.units.get(record.link, ""))
        books.links.tell(books.community, record, books.posted[place], books.time)
        assert [one.account for one in record.concerns] == [place[0]], "concerns its account"
    elif isinstance(record, ReadingRecord):
        books.links.read(books.community, record)
    else:
        _enter_transaction(books, record)


def _follow_concerns(books: Books, index: int, concerns: Sequence[Concern]) -> None:
    assert len({concern.account for concern in concerns}) == len(concerns), "an account twice"
    for concern in concerns:
        last = books.last_record.get(concern.account, 0)
        assert concern.previous == last, f"names {concern.previous} as the one before, not {last}"
        books.last_record[concern.account] = index + 1


def _enter_successor(books: Books, index: int, record: SuccessorRecord) -> None:
    statement, signable = record.statement, successor_signable(record.statement)
    assert statement.old == books.community, "another key is succeeded"
    assert statement.size == max(books.roots), f"{statement.size} records stay before {index}"
    assert statement.root == books.roots[statement.size], "another root"
    crypto.verify(statement.new, signable, record.consent)
    for one in record.signers:
        assert one.key[:16] in books.last_record, "nobody's signature"
        crypto.verify(one.key, signable, one.signature)
    assert [one.account for one in record.concerns] == [books.commons], "concerns the commons"
    books.community = statement.new


def _enter_statement(books: Books, record: ManagerRecord) -> None:
    statement = record.statement
    verify_statement(books.community, SignedStatement(statement, record.signature))
    assert statement.number > books.manager_number, f"number {statement.number} came before"
    books.manager_number = statement.number
    books.causes.add(statement_hash(books.community, statement))
    _enter_operation(books, statement.operation)


def _enter_operation(books: Books, operation: ManagerOperation) -> None:
    if isinstance(operation, AddUnit):
        books.units[operation.unit.code] = operation.unit
    elif isinstance(operation, Admit):
        for unit in books.units.values():
            _begin(books, (operation.key[:16], unit.code))
    elif isinstance(operation, SetLimit):
        _limit(books, (operation.account, operation.unit), operation)
    elif isinstance(operation, AddLink):
        terms = operation.terms
        books.units.setdefault(terms.unit, Unit(terms.unit, terms.scale, terms.unit, 0, 0))
        books.links.units.setdefault(operation.key, terms.unit)
        _limit(books, (clearing_account(operation.key), terms.unit), operation)
    elif isinstance(operation, LimitLink):
        place = (clearing_account(operation.key), books.links.units[operation.key])
        _limit(books, place, operation)
    elif isinstance(operation, Open):
        assert not books.units, "opened late"


def _limit(books: Books, place: Place, limits: SetLimit | AddLink | LimitLink) -> None:
    books.credit_limit[place] = limits.credit_limit
    books.maximum_balance[place] = limits.maximum_balance


def _enter_change_set(books: Books, index: int, record: ChangeSetRecord) -> None:
    signed = SignedChangeSet(record.key, record.body, record.signature)
    verified = verify_change_set(books.community, signed)
    assert verified.hash not in books.merged, "merged before"
    assert verified.hash not in books.refused, "refused before"
    _advance(books, record.key, verified.change_set, verified.hash)
    books.merged[verified.hash] = index
    books.causes.add(verified.hash)
    books.mandates.sign(record.key, verified.hash, verified.change_set.operations)


def _enter_refusal(books: Books, index: int, record: RefusalRecord) -> None:
    assert record.hash not in books.merged, "merged before"
    assert record.hash not in books.refused, "refused before"
    if record.body:
        signed = SignedChangeSet(record.key, record.body, record.signature)
        assert verify_change_set(books.community, signed).hash == record.hash, "another hash"
        change_set = decode(record.body, ChangeSet, CHANGE_SET_BYTES_MAX)
        assert (change_set.generation, change_set.number) == (record.generation, record.number)
        _advance(books, record.key, change_set, record.hash)
    else:
        books.heads[record.key] = (record.generation, record.number, record.hash)
    books.refused[record.hash] = record.code
    books.refusals[record.hash] = index


def _advance(books: Books, key: bytes, change_set: ChangeSet, hashed: bytes) -> None:
    generation, number, previous = books.heads.get(key, (0, 0, b""))
    if change_set.generation > generation:
        number, previous = 0, b""
    assert change_set.generation >= generation, f"generation {change_set.generation} is over"
    assert change_set.number == number + 1, f"number {change_set.number} follows {number}"
    assert change_set.previous == previous, "another change-set before it"
    books.heads[key] = (change_set.generation, change_set.number, hashed)


def _enter_transaction(books: Books, record: TransactionRecord) -> None:
    assert record.id not in books.transactions, "the same transaction again"
    books.transactions[record.id] = record
    _check_cause(books, record)
    assert all(transfer.debit != transfer.credit for transfer in record.transfers)
    if record.state in (POSTED_PENDING, VOIDED, EXPIRED):
        _end_hold(books, record)
    if record.state == REVERSAL:
        _check_reversal(books, record)
    if record.state in (VOIDED, EXPIRED):
        return
    for transfer in record.transfers:
        _move(books, record, transfer)


def _check_cause(books: Books, record: TransactionRecord) -> None:
    """Accept who asked for it: a signature here, or another ledger for a payment across links."""
    ended = (record.refers or b"").ljust(32, b"\0")
    ours = record.cause in books.causes
    if record.state == EXPIRED:
        assert record.cause == ended, "expired without its hold"
    elif record.state == PENDING:
        if not ours:
            books.links.check_begun(record)
        books.payments[record.id] = ours
    elif not ours and books.mandates.names(record):
        books.mandates.pay(record)
    elif not ours:
        assert record.cause == ended, "caused by nothing in the journal"
        assert record.refers in books.payments, "ends a payment that was never held"
        assert record.state in (POSTED, POSTED_PENDING, VOIDED), "no end of a payment"
        if record.state != VOIDED:
            books.links.check_paid(record.refers, ours=books.payments[record.refers])


def _move(books: Books, record: TransactionRecord, transfer: Transfer) -> None:
    debit, credit = (transfer.debit, transfer.unit), (transfer.credit, transfer.unit)
    _begin(books, debit)
    _begin(books, credit)
    if record.state == PENDING:
        books.holds[record.id] = record.transfers
        books.pending_debit[debit] += transfer.amount
        books.pending_credit[credit] += transfer.amount
    else:
        books.posted[debit] -= transfer.amount
        books.posted[credit] += transfer.amount
    if record.state in (POSTED, PENDING):
        available = books.posted[debit] - books.pending_debit[debit] + books.credit_limit[debit]
        assert available >= 0, f"{transfer.debit.hex()} is {-available} over its credit limit"
        room = books.maximum_balance[credit] - books.posted[credit] - books.pending_credit[credit]
        assert room >= 0, f"{transfer.credit.hex()} is {-room} over its maximum balance"


def _end_hold(books: Books, record: TransactionRecord) -> None:
    assert record.refers in books.holds, "ends a hold that is not open"
    held = books.holds.pop(record.refers)
    # A hold is ended in part by what somebody signs; nothing else is.
    part = record.cause in books.causes
    for moved, reserved in zip(record.transfers, held, strict=True):
        assert (moved.debit, moved.credit, moved.unit) == (
            reserved.debit, reserved.credit, reserved.unit,
        )  # fmt: skip
        assert moved.amount <= reserved.amount, "more than was held"
        assert moved.amount == reserved.amount or part, "a part of a payment"
        books.pending_debit[reserved.debit, reserved.unit] -= reserved.amount
        books.pending_credit[reserved.credit, reserved.unit] -= reserved.amount


def _check_reversal(books: Books, record: TransactionRecord) -> None:
    assert record.refers in books.transactions, "reverts nothing"
    assert record.refers not in books.reverted, "reverted before"
    books.reverted.add(record.refers)
    original = books.transactions[record.refers]
    assert original.state not in (PENDING, VOIDED, EXPIRED, REVERSAL), "moved nothing to revert"
    for mirror, transfer in zip(record.transfers, original.transfers, strict=True):
        assert (mirror.debit, mirror.credit) == (transfer.credit, transfer.debit)
        assert mirror.unit == transfer.unit
        assert mirror.amount <= transfer.amount, "more than was moved"


def _begin(books: Books, place: Place) -> None:
    unit = books.units[place[1]]
    own = place[0] in {books.commons, exchange_account(books.commons)}
    boundless = 2**53 - 1
    books.credit_limit.setdefault(place, boundless if own else unit.credit_limit)
    books.maximum_balance.setdefault(place, boundless if own else unit.maximum_balance)


def check_extends(earlier: Sequence[bytes], later: Sequence[bytes]) -> None:
    """Accept two journals of which one begins with the other.

    Raises:
        AssertionError: They part; the message names the first differing record.
    """
    for index, (one, other) in enumerate(zip(earlier, later, strict=False)):
        assert one == other, f"journals part at record {index}: {one.hex()} and {other.hex()}"
    assert len(earlier) <= len(later), f"{len(earlier)} records do not begin {len(later)}"


def check_checkpoints(books: Books, checkpoints: Sequence[tuple[int, bytes]]) -> None:
    """Accept the checkpoints ever published: each is of this journal, none twice different.

    Raises:
        AssertionError: A size has two roots, or a size or root is not of this journal.
    """
    roots: dict[int, bytes] = {}
    for size, root in checkpoints:
        assert roots.setdefault(size, root) == root, f"size {size} has two roots"
        assert books.roots.get(size) == root, f"size {size}: another root than the journal's"
    sizes = [size for size, _ in checkpoints]
    assert all(one <= other for one, other in pairwise(sizes)), f"sizes went back: {sizes}"
