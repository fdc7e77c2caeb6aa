"""The proofs' own vectors: a text of each kind about the ledger of journal.json.

Records of that ledger are signed over by the community's key of journal.json, whose seed is the
SHA-256 of "seed of community"; the rival history has a zero nonce in record 9.
"""

import json
from functools import cache
from pathlib import Path

import pytest

from federation.item import sign_item
from federation.proof.kind import parse_proof, verify_proof
from federation.proof.parts import join_parts
from federation.proof.rollback import format_rollback, rollback_of
from federation.proof.sentence import tell_proven
from federation.slot import CheckpointValue, encode_checkpoint_value
from ledger import crypto
from ledger.checkpoint import add_cosignatures, cosign
from ledger.merkle_path import prove_consistency
from ledger.proof.consistency import ConsistencyProof, format_consistency
from ledger.proof.fork import PrefixFork, fork_of_notes, fork_of_records, format_fork
from ledger.proof.inclusion import InclusionProof, format_inclusion
from ledger.proof.present import format_present
from ledger.proof.receipt import format_receipt
from ledger.record import RefusalRecord, TransactionRecord, decode_record
from tests.support.attested import Attested
from tests.support.eventful import eventful_town
from tests.support.township import Town, seed_of

PATH = Path(__file__).parents[1] / "vectors" / "proofs.json"
VECTORS = json.loads(PATH.read_text("utf-8"))
NOW = 1_800_000_000
CHANGED = 9


@cache
def town() -> Town:
    return eventful_town()


@cache
def attested() -> Attested:
    return Attested(town().seed, town().records)


@cache
def rival() -> Attested:
    records = list(town().records)
    records[CHANGED] = bytes(16) + records[CHANGED][16:]
    return Attested(town().seed, records)


def index_of(kind: type) -> int:
    return next(at for at, one in enumerate(town().records) if isinstance(decode_record(one), kind))


def cosigned(proof: InclusionProof) -> InclusionProof:
    signed = attested().sign()
    note = add_cosignatures(signed.note, [cosign(seed_of("anna"), signed, NOW)])
    return InclusionProof(proof.index, proof.hashes, note, proof.extra)


def prefix_fork() -> PrefixFork:
    size = len(town().records)
    path = prove_consistency(13, size, rival().subtree(size))
    proof = ConsistencyProof(13, path, rival().sign().note, attested().sign(13).note)
    return PrefixFork(rival().root(13), proof)


def item(size: int) -> bytes:
    value = CheckpointValue(attested().sign(size).note, (b"\xaa" * 20,))
    return encode_checkpoint_value(value)


def made() -> dict[str, bytes]:
    paid, state = index_of(TransactionRecord), town().state
    whole, other = attested(), rival()
    absent = crypto.public_key(seed_of("nobody"))
    return {
        "inclusion of a transaction": format_inclusion(whole.inclusion(paid)),
        "inclusion of a refusal, cosigned": format_inclusion(
            cosigned(whole.inclusion(index_of(RefusalRecord)))
        ),
        "consistency from 13": format_consistency(whole.consistency(13)),
        "an account": format_present(whole.present(state, "accounts", town()["anna"].id)),
        "a key": format_present(whole.present(state, "keys", town()["cleo"].key)),
        "no key": format_present(whole.present(state, "keys", absent)),
        "no name": format_present(whole.present(state, "names", b"bakery")),
        "receipt": format_receipt(whole.receipt(state, paid)),
        "fork of notes": format_fork(fork_of_notes(whole.sign(), other.sign())),
        "fork of a prefix": format_fork(prefix_fork()),
        "fork of records": format_fork(
            fork_of_records(
                whole.leaves[CHANGED],
                whole.inclusion(CHANGED),
                other.leaves[CHANGED],
                other.inclusion(CHANGED, 20),
            )
        ),
        "rollback": format_rollback(
            rollback_of(
                sign_item(town().seed, b"", NOW, item(20)),
                sign_item(town().seed, b"", NOW + 60, item(13)),
            )
        ),
    }


def test_there_is_a_vector_of_each_kind() -> None:
    assert set(made()) == set(VECTORS["proofs"])
    assert VECTORS["community_key"] == town().key.hex()


@pytest.mark.parametrize("kind", sorted(VECTORS["proofs"]))
def test_the_same_history_gives_the_same_text(kind: str) -> None:
    assert made()[kind].decode() == VECTORS["proofs"][kind]["text"]


@pytest.mark.parametrize("kind", sorted(VECTORS["proofs"]))
def test_the_text_shows_what_it_shows(kind: str) -> None:
    vector = VECTORS["proofs"][kind]
    proof = parse_proof(vector["text"].encode())
    assert tell_proven(verify_proof(town().key, proof)) == vector["shows"]


def test_the_receipts_parts_make_up_its_text() -> None:
    # Another zlib may pack them otherwise: reading is normative, packing is not.
    text = VECTORS["proofs"]["receipt"]["text"]
    assert join_parts(VECTORS["parts of the receipt"]) == text.encode()
