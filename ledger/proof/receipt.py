"""Receipts: a transaction in the journal, with what lets a stranger read it.

An inclusion proof alone names accounts by ids and amounts in minor units. A receipt adds, under the
same checkpoint, the state record, which commits to the community's name and units, and the
statements that admitted the people it is about. It shows no balance and nobody else.
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ledger.changeset import SignedStatement, verify_statement
from ledger.errors import ProofInvalid, SignatureInvalid
from ledger.field import AMOUNT_MAX
from ledger.link.link import clearing_id
from ledger.merkle import leaf_hash
from ledger.operation import AddLink, Admit
from ledger.proof.inclusion import (
    InclusionProof,
    ProvenRecord,
    check_path,
    decode_proven,
    format_inclusion,
    parse_inclusion,
    verify_inclusion,
)
from ledger.proof.present import ProvenState, read_state
from ledger.proof.text import (
    format_hashes,
    need_same,
    parse_base64,
    parse_field,
    parse_hashes,
    parse_size,
    split_head,
)
from ledger.record import ManagerRecord, SuccessorRecord, TransactionRecord

HEADER = "commontab/receipt/v1"
ACCOUNT_BYTES = 16
BESIDE_MAX = 32
"""Records beside the transaction: the state record, the admissions of up to 16 people, and up to 15
successions since the first of them."""
_COMMUNITY, _RECORD = "community", "record"


@dataclass(frozen=True, slots=True)
class Beside:
    """A record that explains another: its place, nonce and body, and path."""

    index: int
    stored: bytes
    hashes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt as it is written; nothing about it is verified.

    Attributes:
        community: Canonical bytes of the community's settings.
        beside: Admissions of those who pay or are paid, beginnings of links that it passes, and
            successions since, by index; last the state record.
        proof: The transaction's inclusion proof, with its record and the checkpoint of all.
    """

    community: bytes
    beside: tuple[Beside, ...]
    proof: InclusionProof


@dataclass(frozen=True, slots=True)
class ProvenReceipt:
    """A transaction that is in the journal, and who it is about. Made by verify_receipt.

    Attributes:
        proven: Its record and place.
        transaction: What it says.
        state: The checkpoint's state record and the community's settings.
        people: The statements that admitted those it moves amounts between, by account id.
        linked: The statements that began the links that it passes, by their accounts' ids.
        former: Keys of the community before the present one that it names, oldest first.
    """

    proven: ProvenRecord
    transaction: TransactionRecord
    state: ProvenState
    people: Mapping[bytes, Admit]
    linked: Mapping[bytes, AddLink]
    former: tuple[bytes, ...] = ()


def format_receipt(receipt: Receipt) -> bytes:
    """Return a receipt's text; ``parse_receipt`` gives it back."""
    beside = "".join(
        f"{_RECORD} {one.index} {b64encode(one.stored).decode()}\n{format_hashes(one.hashes)}"
        for one in receipt.beside
    )
    community = b64encode(receipt.community).decode()
    head = f"{HEADER}\n{_COMMUNITY} {community}\n{beside}\n"
    return head.encode() + format_inclusion(receipt.proof)


def parse_receipt(data: bytes) -> Receipt:
    """Return the receipt that ``data`` holds, without verifying it.

    Raises:
        ProofInvalid: Too long, or not a receipt in its one spelling.

    Source:
        docs/protocol.md, "Proofs".
    """
    lines, rest = split_head(data)
    if lines.pop(0) != HEADER:
        raise ProofInvalid(f"got a text that does not start with {HEADER}")
    community = parse_base64(parse_field(lines, _COMMUNITY))
    beside: list[Beside] = []
    while lines:
        if len(beside) == BESIDE_MAX:
            raise ProofInvalid(f"got over {BESIDE_MAX} records beside the receipt's own")
        beside.append(_take_beside(lines))
    receipt = Receipt(community, tuple(beside), parse_inclusion(rest))
    need_same(data, format_receipt(receipt))
    return receipt


def verify_receipt(
    community: bytes, receipt: Receipt, witnesses: Iterable[bytes] = ()
) -> ProvenReceipt:
    """Return the transaction that a receipt shows.

    Args:
        community: The community's public key, 32 bytes.
        receipt: Parsed.
        witnesses: Public keys whose cosignatures count.

    Raises:
        ProofInvalid: The checkpoint is not the community's, a record is not where it says, the
            receipt's own is no transaction, or one beside it does not explain it.
    """
    proven = verify_inclusion(community, receipt.proof, witnesses)
    if not isinstance(proven.record, TransactionRecord):
        raise ProofInvalid(f"record {proven.index} is no transaction, so this is no receipt")
    beside = [_prove_beside(proven, one) for one in receipt.beside]
    if not beside or any(one.index >= two.index for one, two in pairwise(beside)):
        raise ProofInvalid("got a receipt whose records do not end with the state record, by index")
    state = read_state(beside[-1], receipt.community)
    keys = _read_keys(community, beside[:-1])
    others = [one for one in beside[:-1] if not isinstance(one.record, SuccessorRecord)]
    explained = _read_accounts(keys, proven.record, others)
    people = {one: said for one, said in explained.items() if isinstance(said, Admit)}
    linked = {one: said for one, said in explained.items() if isinstance(said, AddLink)}
    former = tuple(key for _, key in keys[:-1])
    return ProvenReceipt(proven, proven.record, state, people, linked, former)


def opens(operation: object) -> bytes | None:
    """Return the id of the account that a statement's operation opens, or None."""
    match operation:
        case Admit(key=key):
            return key[:ACCOUNT_BYTES]
        case AddLink(key=key):
            return clearing_id(key)
        case _:
            return None


def _take_beside(lines: list[str]) -> Beside:
    index, _, stored = parse_field(lines, _RECORD).partition(" ")
    hashes: list[str] = []
    while lines and " " not in lines[0]:
        hashes.append(lines.pop(0))
    return Beside(parse_size(index), parse_base64(stored), parse_hashes(hashes))


def _prove_beside(proven: ProvenRecord, one: Beside) -> ProvenRecord:
    check_path(proven.checkpoint, leaf_hash(one.stored), one.index, one.hashes)
    return ProvenRecord(proven.checkpoint, one.index, one.stored, decode_proven(one.stored))


def _read_keys(community: bytes, records: Sequence[ProvenRecord]) -> list[tuple[int, bytes]]:
    """Return until which record which key was the community's, the present one last."""
    keys = [(AMOUNT_MAX, community)]
    for one in reversed(records):
        if isinstance(one.record, SuccessorRecord):
            if one.record.statement.new != keys[0][1]:
                raise ProofInvalid(f"record {one.index} leads to another key than the community's")
            keys.insert(0, (one.index, one.record.statement.old))
    return keys


def _read_accounts(
    keys: Sequence[tuple[int, bytes]],
    transaction: TransactionRecord,
    records: Iterable[ProvenRecord],
) -> Mapping[bytes, Admit | AddLink]:
    moved = {one for move in transaction.transfers for one in (move.debit, move.credit)}
    explained: dict[bytes, Admit | AddLink] = {}
    for one in records:
        community = next(key for until, key in keys if one.index < until)
        opening = _read_opening(community, one)
        account = opens(opening)
        if account is None or account not in moved or account in explained:
            raise ProofInvalid(f"record {one.index} admits somebody whom this receipt is not about")
        explained[account] = opening
    return explained


def _read_opening(community: bytes, one: ProvenRecord) -> Admit | AddLink:
    record = one.record
    operation = record.statement.operation if isinstance(record, ManagerRecord) else None
    if not isinstance(record, ManagerRecord) or not isinstance(operation, Admit | AddLink):
        raise ProofInvalid(f"record {one.index} admits nobody, so it explains no receipt")
    try:
        verify_statement(community, SignedStatement(record.statement, record.signature))
    except SignatureInvalid as error:
        raise ProofInvalid(f"record {one.index}: {error}") from error
    return operation
