"""Views of proofs: what was checked, by whose key, and what it shows; for people and as JSON."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import asdict

from federation.console.link_sentence import describe_terms
from federation.console.record_sentence import kind_of, time_of
from federation.console.sentence import moment, money, printable, units_of
from federation.console.views import View
from federation.names.sentence import view_name
from federation.proof.kind import Proof, Proven, checkpoint_of, claimed_community, verify_proof
from federation.proof.rollback import ProvenRollback
from federation.proof.sentence import is_signed, kind_of_proof, known_by, tell_proven
from federation.words import fingerprint
from ledger.checkpoint import VerifiedCheckpoint, witness_name
from ledger.link.link import Link
from ledger.name.operation import NameRules
from ledger.name.state import NameState
from ledger.note import parse_note
from ledger.proof.consistency import ProvenExtension
from ledger.proof.fork import ProvenFork
from ledger.proof.inclusion import ProvenRecord
from ledger.proof.present import ProvenPresent
from ledger.proof.receipt import ProvenReceipt
from ledger.record import Record, TransactionRecord
from ledger.state import Account, KeyState, State


def check_proof(proof: Proof, community: bytes | None, witnesses: Sequence[bytes]) -> View:
    """Return what a proof shows, as JSON has it and, in ``told``, as people read it.

    Args:
        proof: Parsed.
        community: The community's public key as the reader knows it; None takes the one that the
            proof names, which the reader has to compare.
        witnesses: Public keys of witnesses that the reader knows.

    Raises:
        ProofInvalid: It does not hold; the message names the rule.
    """
    key = claimed_community(proof) if community is None else community
    proven = verify_proof(key, proof, witnesses)
    checkpoint = checkpoint_of(proven)
    held: View = {
        "holds": True,
        "kind": kind_of_proof(proven),
        "community": {
            "key": key.hex(),
            "fingerprint": fingerprint(key),
            "compared": community is not None,
        },
        "checkpoint": _view_checkpoint(checkpoint),
        "shows": _view_proven(proven),
    }
    return held | {"told": [*tell_proven(proven), *_tell_checkpoint(held)]}


def _view_checkpoint(checkpoint: VerifiedCheckpoint) -> View:
    names = [line.name for line in parse_note(checkpoint.note).signatures]
    checked = {witness_name(one.witness) for one in checkpoint.cosignatures}
    return {
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "witnesses": [
            {"key": one.witness.hex(), "time": one.time} for one in checkpoint.cosignatures
        ],
        "unchecked": [name for name in names[1:] if name not in checked],
    }


def _tell_checkpoint(held: View) -> list[str]:
    checkpoint, community = held["checkpoint"], held["community"]
    lines = [f"Checkpoint: {checkpoint['size']} records, root {checkpoint['root']}."]
    lines += [
        f"Confirmed by the witness {one['key']}, {moment(min(one['time'], 2**40))}."
        for one in checkpoint["witnesses"]
    ]
    if checkpoint["unchecked"]:
        names = ", ".join(map(printable, checkpoint["unchecked"]))
        lines.append(f"Signed too, not checked: {names}; give --witness KEY for each you know.")
    words = community["fingerprint"]
    if community["compared"]:
        lines.append(f"Signed by the community's key that you gave: {words}.")
    else:
        lines.append(
            f"Signed by the key with the fingerprint: {words}. Compare these words with the "
            "community's; without that, anybody's key could have signed."
        )
    return lines


def _view_proven(proven: Proven) -> View:
    match proven:
        case ProvenRecord():
            community = proven.checkpoint.community
            signed = is_signed(community, proven.record)
            view = _view_record(State(community), proven.index, proven.record)
            return view | {"signature_holds": signed}
        case ProvenReceipt():
            view = _view_record(known_by(proven), proven.proven.index, proven.transaction)
            return view | {"community": proven.state.community.name}
        case ProvenPresent():
            return _view_present(proven)
        case ProvenExtension():
            return {"old_size": proven.old.size, "old_root": proven.old.root.hex()}
        case ProvenFork():
            return {"what": proven.what, "index": proven.index} | _view_two(
                proven.first, proven.second
            )
        case ProvenRollback():
            return {"seqs": list(proven.seqs)} | _view_two(proven.earlier, proven.later)


def _view_record(known: State, index: int, record: Record) -> View:
    held: View = {"index": index, "record": kind_of(record)}
    if isinstance(record, TransactionRecord):
        held |= {
            "id": record.id.hex(),
            "time": time_of(record),
            "memo": record.memo,
            "sealed": bool(record.sealed),
            "refers": record.refers.hex() if record.refers else None,
            "transfers": [_view_transfer(known, move) for move in record.transfers],
        }
    return held


def _view_transfer(known: State, move: Any) -> View:
    def handle(account: bytes) -> str | None:
        return known.accounts[account].handle if account in known.accounts else None

    units = units_of(known)
    return {
        "from": handle(move.debit),
        "from_account": move.debit.hex(),
        "to": handle(move.credit),
        "to_account": move.credit.hex(),
        "amount": money(units, move.amount, move.unit) if units else None,
        "amount_minor": move.amount,
        "unit": move.unit,
    }


def _view_present(proven: ProvenPresent) -> View:
    value, community, time = proven.value, proven.checkpoint.community, proven.record.time
    held: View = {
        "community": proven.community.name if proven.community else None,
        "time": time,
        "map": proven.map,
        "key": proven.key.hex(),
        "present": value is not None,
    }
    match value:
        case Account():
            units = units_of(State(b"", community=proven.community))
            held["account"] = {
                "handle": value.handle,
                "name": value.name,
                "status": value.status,
                "keys": [key.hex() for key in value.keys],
                "balances": [
                    {
                        "unit": books.unit,
                        "balance": money(units, books.posted, books.unit),
                        "balance_minor": books.posted,
                        "credit_limit_minor": books.credit_limit,
                        "maximum_balance_minor": books.maximum_balance,
                        "held_minor": books.pending_debit,
                        "expected_minor": books.pending_credit,
                    }
                    for books in value.balances
                ],
            }
        case KeyState():
            held["state"] = {
                "account": value.account.hex(),
                "active": value.active,
                "generation": value.generation,
                "number": value.number,
                "hash": value.hash.hex(),
            }
        case Link():
            held["link"] = {
                "name": value.name,
                "status": value.status,
                "account": value.account.hex(),
                "terms": describe_terms(value.terms, value.fee),
                "sent": value.sent,
                "taken": value.taken,
                "drift": value.drift,
            }
        case NameState():
            held["name"] = view_name(value, community, time)
        case NameRules():
            held["rules"] = asdict(value)
        case None:
            pass
    return held


def _view_two(first: VerifiedCheckpoint, second: VerifiedCheckpoint) -> View:
    return {"checkpoints": [{"size": one.size, "root": one.root.hex()} for one in (first, second)]}
