"""Proofs of every kind in one reader, and rollbacks of the checkpoint slot."""

from contextlib import suppress
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.item import MutableItem, sign_item
from federation.proof.kind import (
    Proven,
    checkpoint_of,
    claimed_community,
    parse_proof,
    verify_proof,
)
from federation.proof.rollback import (
    ProvenRollback,
    Rollback,
    SlotVersion,
    format_rollback,
    parse_rollback,
    rollback_of,
    verify_rollback,
)
from federation.slot import CheckpointValue, encode_checkpoint_value
from ledger import crypto
from ledger.checkpoint import sign_checkpoint
from ledger.errors import ProofInvalid
from ledger.proof.consistency import format_consistency
from ledger.proof.fork import RecordsFork, fork_of_notes, fork_of_records, format_fork
from ledger.proof.inclusion import format_inclusion
from ledger.proof.present import format_present
from ledger.proof.receipt import format_receipt
from ledger.record import TransactionRecord, decode_record
from tests.support.attested import Attested
from tests.support.eventful import eventful_town
from tests.support.forgery import altered
from tests.support.township import Town, seed_of


@cache
def town() -> Town:
    return eventful_town()


@cache
def attested() -> Attested:
    return Attested(town().seed, town().records)


def item(seq: int, size: int, seed: bytes | None = None) -> MutableItem:
    note = attested().sign(size).note
    value = encode_checkpoint_value(CheckpointValue(note, (bytes(20),)))
    return sign_item(seed or town().seed, b"", seq, value)


def rollback() -> Rollback:
    return rollback_of(item(1_800_000_060, 9), item(1_800_000_000, 20))


def fork_of_leaves() -> RecordsFork:
    records = [*town().records[:-1], bytes(40)]
    rival = Attested(town().seed, records)
    last = len(records) - 1
    return fork_of_records(
        attested().leaves[last],
        attested().inclusion(last),
        rival.leaves[last],
        rival.inclusion(last),
    )


@cache
def proofs() -> dict[str, bytes]:
    last = len(town().records)
    paid = next(
        at
        for at, stored in enumerate(town().records)
        if isinstance(decode_record(stored), TransactionRecord)
    )
    fork = fork_of_notes(attested().sign(), sign_checkpoint(town().seed, last, bytes(32)))
    present = attested().present(town().state, "accounts", town()["anna"].id)
    return {
        "inclusion": format_inclusion(attested().inclusion(paid)),
        "consistency": format_consistency(attested().consistency(9)),
        "present": format_present(present),
        "receipt": format_receipt(attested().receipt(town().state, paid)),
        "fork": format_fork(fork),
        "fork of records": format_fork(fork_of_leaves()),
        "rollback": format_rollback(rollback()),
    }


def check(data: bytes) -> Proven:
    return verify_proof(town().key, parse_proof(data))


@pytest.mark.parametrize("kind", proofs())
def test_every_kind_is_known_by_its_first_line_and_names_its_community(kind: str) -> None:
    proof = parse_proof(proofs()[kind])
    assert claimed_community(proof) == town().key
    checkpoint = checkpoint_of(verify_proof(town().key, proof))
    assert checkpoint.size == (20 if kind == "rollback" else len(town().records))
    with pytest.raises(ProofInvalid):
        verify_proof(crypto.public_key(seed_of("other")), proof)


def test_a_rollback_of_which_anything_was_changed_shows_nothing() -> None:
    for forged in altered(proofs()["rollback"]):
        with pytest.raises(ProofInvalid):
            check(forged)


def test_a_smaller_journal_after_a_larger_one_is_a_rollback() -> None:
    proven = check(proofs()["rollback"])
    assert isinstance(proven, ProvenRollback)
    assert (proven.earlier.size, proven.later.size) == (20, 9)
    assert proven.seqs == (1_800_000_000, 1_800_000_060)


def honest() -> dict[str, Rollback]:
    other = seed_of("other")
    bad = SlotVersion(7, bytes(64), b"i1e")
    later = rollback().later
    return {
        "a journal that grows": rollback_of(item(5, 9), item(6, 20)),
        "the same again": rollback_of(item(5, 9), item(6, 9)),
        "one seq": rollback_of(item(5, 20), item(5, 9)),
        "the later first": Rollback(later, rollback().earlier),
        "another key's item": rollback_of(item(5, 20, other), item(6, 9)),
        "no checkpoint's value": Rollback(bad, later),
        "a signature of another seq": Rollback(replace(rollback().earlier, seq=4), later),
    }


@pytest.mark.parametrize("what", honest())
def test_what_takes_nothing_back_is_no_rollback(what: str) -> None:
    with pytest.raises(ProofInvalid):
        verify_rollback(town().key, honest()[what])


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n",
        b"-----BEGIN",
        b"commontab/receipt/v2\n\n",
        b"commontab/rollback/v1\nitem 1\n\n",
        b"commontab/rollback/v1\n\n",
        b"commontab/rollback/v1\nitem 1 AA== AA==\nitem 2 AA== AA==\n\n",
        b"c2sp.org/tlog-proof@v1\nindex 0\n\nexample.com/log\n0\n" + b"A" * 43 + b"=\n\n"
        b"\xe2\x80\x94 example.com/log AAAAAAA=\n",
        b"c2sp.org/tlog-proof@v1\nindex 0\n\ncommontab.alt/me\n0\n" + b"A" * 43 + b"=\n\n"
        b"\xe2\x80\x94 example.com/log AAAAAAA=\n",
    ],
)
def test_what_is_no_proof_names_no_community(text: bytes) -> None:
    with pytest.raises(ProofInvalid):
        claimed_community(parse_proof(text))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(proofs())), st.data())
def test_the_reader_survives_damage(kind: str, data: st.DataObject) -> None:
    text = proofs()[kind]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 60)))
    damaged = text[:start] + data.draw(st.binary(max_size=60)) + text[end:]
    with suppress(ProofInvalid):
        assert claimed_community(parse_proof(damaged))
        assert check(damaged) == check(text)


versions = st.builds(
    SlotVersion, st.integers(0, 10**16 - 1), st.binary(max_size=64), st.binary(max_size=99)
)


@settings(deadline=None)
@given(versions, versions)
def test_what_was_written_is_read_back(earlier: SlotVersion, later: SlotVersion) -> None:
    whole = Rollback(earlier, later)
    if all((earlier.signature, earlier.value, later.signature, later.value)):
        assert parse_rollback(format_rollback(whole)) == whole
