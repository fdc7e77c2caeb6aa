"""Proofs as texts: what each shows, and that no changed one shows anything else."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import crypto
from ledger.checkpoint import add_cosignatures, cosign
from ledger.errors import HistoryMismatch, ProofInvalid
from ledger.merkle import Frontier
from ledger.merkle_path import prove_consistency
from ledger.proof.consistency import (
    ConsistencyProof,
    extend,
    format_add_checkpoint,
    format_consistency,
    parse_consistency,
    verify_consistency,
)
from ledger.proof.fork import (
    Fork,
    NotesFork,
    PrefixFork,
    RecordsFork,
    fork_of_notes,
    fork_of_records,
    format_fork,
    parse_fork,
    verify_fork,
)
from ledger.proof.inclusion import (
    InclusionProof,
    format_inclusion,
    parse_inclusion,
    verify_inclusion,
)
from ledger.proof.text import PROOF_BYTES_MAX
from ledger.record import decode_record
from tests.support.attested import Attested
from tests.support.eventful import eventful_town
from tests.support.forgery import altered
from tests.support.township import seed_of

SEED = seed_of("community")
KEY = crypto.public_key(SEED)
WITNESS = seed_of("witness")


@cache
def town() -> Attested:
    return Attested(SEED, eventful_town().records)


@cache
def rival() -> Attested:
    """The same history but for record 9, signed by the same key."""
    records = list(town().records)
    records[9] = bytes(16) + records[9][16:]
    return Attested(SEED, records)


def prefix_fork(old: int, size: int) -> PrefixFork:
    """A follower of the rival history who was shown a checkpoint of the other one."""
    path = prove_consistency(old, size, rival().subtree(size))
    proof = ConsistencyProof(old, path, rival().sign(size).note, town().sign(old).note)
    return PrefixFork(rival().root(old), proof)


def records_fork() -> RecordsFork:
    return fork_of_records(
        town().leaves[9], town().inclusion(9), rival().leaves[9], rival().inclusion(9, 20)
    )


def check_inclusion(data: bytes, key: bytes = KEY) -> object:
    return verify_inclusion(key, parse_inclusion(data))


def check_consistency(data: bytes, key: bytes = KEY) -> object:
    return verify_consistency(key, parse_consistency(data))


def check_fork(data: bytes, key: bytes = KEY) -> object:
    return verify_fork(key, parse_fork(data))


Check = Callable[..., object]


def proofs() -> dict[str, tuple[Check, bytes]]:
    sizes = len(town().records)
    return {
        "inclusion": (check_inclusion, format_inclusion(town().inclusion(9))),
        "consistency": (check_consistency, format_consistency(town().consistency(11))),
        "fork of notes": (
            check_fork, format_fork(fork_of_notes(town().sign(), rival().sign())),
        ),
        "fork of a prefix": (check_fork, format_fork(prefix_fork(13, sizes))),
        "fork of records": (check_fork, format_fork(records_fork())),
    }  # fmt: skip


@pytest.mark.parametrize("kind", proofs())
def test_a_proof_of_which_anything_was_changed_shows_nothing(kind: str) -> None:
    check, text = proofs()[kind]
    assert check(text)
    for forged in altered(text):
        with pytest.raises(ProofInvalid):
            check(forged)


@pytest.mark.parametrize("kind", proofs())
def test_a_proof_of_another_communitys_key_shows_nothing(kind: str) -> None:
    check, text = proofs()[kind]
    with pytest.raises(ProofInvalid, match="checkpoint"):
        check(text, crypto.public_key(seed_of("other")))


def test_every_record_is_shown_with_what_it_says() -> None:
    for index, stored in enumerate(town().records):
        proof = parse_inclusion(format_inclusion(town().inclusion(index)))
        proven = verify_inclusion(KEY, proof)
        assert (proven.index, proven.stored) == (index, stored)
        assert proven.record == decode_record(stored)
        assert proven.checkpoint.size == len(town().records)


def test_the_text_is_the_standards() -> None:
    proof = town().inclusion(0, 1)
    lines = format_inclusion(proof).decode().split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert lines[1].startswith("extra ")
    assert lines[2:4] == ["index 0", ""]
    assert "\n".join(lines[4:]).encode() == town().sign(1).note
    body = format_add_checkpoint(7, (bytes(32),), town().sign().note)
    assert body.startswith(b"old 7\n" + b"A" * 43 + b"=\n\ncommontab.alt/")
    assert format_consistency(town().consistency(7)).startswith(b"old 7\n")


def test_a_proof_without_its_record_is_read_and_shows_no_record() -> None:
    bare = replace(town().inclusion(3), extra=b"")
    assert parse_inclusion(format_inclusion(bare)) == bare
    with pytest.raises(ProofInvalid, match="do not lead"):
        verify_inclusion(KEY, bare)


def test_a_leaf_that_is_no_record_shows_nothing() -> None:
    strange = Attested(SEED, [b"not a record", *town().records])
    with pytest.raises(ProofInvalid, match="no record"):
        verify_inclusion(KEY, strange.inclusion(0))


def test_a_known_witness_counts_and_another_ones_line_is_left_alone() -> None:
    signed = town().sign()
    note = add_cosignatures(signed.note, [cosign(WITNESS, signed, 1_800_000_000)])
    proof = replace(town().inclusion(9), note=note)
    witness = crypto.public_key(WITNESS)
    assert verify_inclusion(KEY, proof).checkpoint.cosignatures == ()
    (seen,) = verify_inclusion(KEY, proof, [witness]).checkpoint.cosignatures
    assert (seen.witness, seen.time) == (witness, 1_800_000_000)


def test_a_changed_line_of_an_unknown_witness_leaves_the_statement_as_it_is() -> None:
    # Notes carry lines of keys that a reader does not know and must ignore (c2sp.org/signed-note).
    signed = town().sign()
    note = add_cosignatures(signed.note, [cosign(WITNESS, signed, 1_800_000_000)])
    text = format_inclusion(replace(town().inclusion(9), note=note))
    whole = verify_inclusion(KEY, parse_inclusion(text))
    held = 0
    for forged in altered(text):
        try:
            proven = verify_inclusion(KEY, parse_inclusion(forged))
        except ProofInvalid:
            continue
        held += 1
        assert replace(proven, checkpoint=whole.checkpoint) == whole
        assert (proven.checkpoint.size, proven.checkpoint.root) == (signed.size, signed.root)
    assert held, "some changes hit the unknown witness's line"


def test_every_pair_of_sizes_is_shown_to_be_one_history() -> None:
    sizes = len(town().records)
    for old in range(1, sizes + 1):
        for size in range(old, sizes + 1):
            text = format_consistency(town().consistency(old, size))
            proven = verify_consistency(KEY, parse_consistency(text))
            assert (proven.old.size, proven.new.size) == (old, size)
            assert proven.old.root == town().root(old)


def test_a_rewritten_history_has_no_consistency_proof() -> None:
    proof = replace(rival().consistency(13), old_note=town().sign(13).note)
    with pytest.raises(ProofInvalid, match="nothing was rewritten"):
        verify_consistency(KEY, proof)
    with pytest.raises(ProofInvalid, match="from size 13 and a note of 12"):
        verify_consistency(KEY, replace(proof, old_note=town().sign(12).note))


def test_new_leaf_hashes_show_the_extension_to_who_has_the_tree() -> None:
    for old in range(len(town().leaves) + 1):
        tree = Frontier().append(town().leaves[:old])
        longer = extend(tree, town().leaves[old:], town().sign())
        assert longer.root == town().root(len(town().leaves))
    for wrong in (town().leaves[9:], town().leaves[8:-1], rival().leaves[8:], ()):
        with pytest.raises(HistoryMismatch, match="the community signed"):
            extend(Frontier().append(town().leaves[:8]), wrong, town().sign())


def test_two_roots_of_one_size_are_a_fork() -> None:
    one, other = town().sign(), rival().sign()
    fork = fork_of_notes(one, other)
    assert fork == fork_of_notes(other, one)
    proven = verify_fork(KEY, parse_fork(format_fork(fork)))
    assert proven.what == "size"
    assert {proven.first.root, proven.second.root} == {one.root, other.root}
    for honest in (
        NotesFork(one.note, one.note),
        NotesFork(fork.second, fork.first),
        NotesFork(one.note, town().sign(7).note),
    ):
        with pytest.raises(ProofInvalid, match="do not contradict"):
            verify_fork(KEY, honest)


def test_a_larger_checkpoint_of_another_history_is_a_fork() -> None:
    sizes = len(town().records)
    for old in range(10, sizes):
        proven = verify_fork(KEY, parse_fork(format_fork(prefix_fork(old, sizes))))
        assert (proven.what, proven.first.size, proven.second.size) == ("prefix", old, sizes)
    for old in range(1, 10):
        with pytest.raises(ProofInvalid, match="no fork"):
            verify_fork(KEY, prefix_fork(old, sizes))
    with pytest.raises(ProofInvalid, match="no fork"):
        verify_fork(KEY, replace(prefix_fork(13, sizes), root=town().root(13)))
    with pytest.raises(ProofInvalid, match="no fork"):
        verify_fork(KEY, prefix_fork(13, 13))


def test_two_records_at_one_place_are_a_fork_and_stay_secret() -> None:
    fork = records_fork()
    proven = verify_fork(KEY, parse_fork(format_fork(fork)))
    assert (proven.what, proven.index) == ("record", 9)
    assert {proven.first.size, proven.second.size} == {20, len(town().records)}
    assert b"extra" not in format_fork(fork)
    same = fork_of_records(
        town().leaves[9], town().inclusion(9), town().leaves[9], town().inclusion(9, 20)
    )
    elsewhere = fork_of_records(
        town().leaves[9], town().inclusion(9), town().leaves[8], town().inclusion(8)
    )
    turned = RecordsFork((fork.leaves[1], fork.leaves[0]), (fork.proofs[1], fork.proofs[0]))
    for honest in (same, elsewhere, turned):
        with pytest.raises(ProofInvalid):
            verify_fork(KEY, honest)


def test_an_honest_history_gives_no_fork() -> None:
    sizes = len(town().records)
    for old in range(1, sizes):
        proof = town().consistency(old)
        with pytest.raises(ProofInvalid):
            verify_fork(KEY, PrefixFork(town().root(old), proof))


def hostile() -> Iterator[bytes]:
    yield from (b"", b"\n\n", b"old\n\n", b"old 1\n\n\n\n\n\n", b"commontab/fork-notes/v1\n\n")
    yield b"c2sp.org/tlog-proof@v1\nindex 01\n\n"
    yield b"c2sp.org/tlog-proof@v1\nextra \nindex 1\n\n"
    yield b"c2sp.org/tlog-proof@v1\nindex 1\n" + b"A" * 43 + b"\n\n"
    yield b"c2sp.org/tlog-proof@v1\nindex 1\n" + (b"A" * 43 + b"=\n") * 64 + b"\n"
    yield b"c2sp.org/tlog-proof@v1\nindex \xd9\xa1\n\n"
    yield b"c2sp.org/tlog-proof@v1\nindex 99999999999999999\n\n"
    yield b"A" * PROOF_BYTES_MAX + b"\n\n"


@pytest.mark.parametrize("text", list(hostile()))
@pytest.mark.parametrize("check", [check_inclusion, check_consistency, check_fork])
def test_a_malformed_text_is_refused(check: Check, text: bytes) -> None:
    with pytest.raises(ProofInvalid):
        check(text)


pieces = st.sampled_from(
    [b"c2sp.org/tlog-proof@v1", b"commontab/fork-notes/v1", b"commontab/fork-prefix/v1",
     b"commontab/fork-records/v1", b"extra ", b"index ", b"old ", b"root ", b"leaf ", b"\n",
     b"\n\n", b"A" * 43 + b"=", b"0", b"12"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(pieces | st.binary(max_size=8) | st.just(town().sign().note), max_size=14))
def test_parsers_survive_whatever_comes(parts: list[bytes]) -> None:
    for check in (check_inclusion, check_consistency, check_fork):
        with suppress(ProofInvalid):
            check(b"".join(parts))


hashes = st.lists(st.binary(min_size=32, max_size=32), max_size=63).map(tuple)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**53 - 1), hashes, st.binary(max_size=99))
def test_what_was_written_is_read_back(index: int, path: tuple[bytes, ...], extra: bytes) -> None:
    note = town().sign().note
    inclusion = InclusionProof(index, path, note, extra)
    assert parse_inclusion(format_inclusion(inclusion)) == inclusion
    consistency = ConsistencyProof(index, path, note, note)
    assert parse_consistency(format_consistency(consistency)) == consistency
    bare = replace(inclusion, extra=b"")
    forks: list[Fork] = [
        NotesFork(note, note),
        PrefixFork(bytes(32), consistency),
        RecordsFork((bytes(32), bytes(32)), (bare, bare)),
    ]
    assert [parse_fork(format_fork(fork)) for fork in forks] == forks
