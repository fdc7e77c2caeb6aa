"""A linked community's word: what its slot shows, and what it must not make us believe."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace as changed

from federation.link.slot import LinkInline
from federation.link.word import Contradicted, Known, Word, judge_decision, judge_word
from ledger import crypto
from ledger.checkpoint import VerifiedCheckpoint, sign_checkpoint
from ledger.errors import ProofInvalid
from ledger.link.reading import Reading, ReadRecord
from ledger.merkle_many import prove_many
from ledger.proof.fork import parse_fork, verify_fork
from tests.support.attested import Attested
from tests.support.linked import linked_journal, short, stored_journal
from tests.support.river import HILL, RIVER

OWN, PEER = crypto.public_key(HILL), crypto.public_key(RIVER)
LINKED = tuple(range(3, 40, 4))
"""Places of ten entries, numbered from 1, in a journal of 40 records."""
BOOKS = Attested(RIVER, stored_journal(RIVER, linked_journal(RIVER, OWN, 40, LINKED, short)))


def known(size: int, before: int = 0) -> Known:
    """Return what somebody knows who has seen these sizes of the journal."""
    signed = BOOKS.sign(size)
    earlier = (before, BOOKS.root(before)) if before else (0, b"")
    return Known(size, signed.root, signed.note, *earlier)


def told(size: int, base: int = 0, entries: tuple[int, ...] = ()) -> LinkInline:
    """Return what the journal's manager says of it to somebody who has seen ``base`` records."""
    hashes = BOOKS.consistency(base, size).hashes if 0 < base < size else ()
    shown = reading(entries, size) if entries else None
    return LinkInline(
        b"s" * 32, b"r" * 32, b"salt", 7, 9, BOOKS.sign(size).note.decode(), hashes,
        shown.entries if shown else (), shown.proof if shown else (),
    )  # fmt: skip


def reading(entries: tuple[int, ...], size: int) -> Reading:
    """Return a reading of some entries under the checkpoint of a size."""
    proof = prove_many(entries, size, BOOKS.subtree(size))
    shown = tuple(ReadRecord(index, BOOKS.records[index]) for index in entries)
    return Reading(PEER, BOOKS.sign(size).note.decode(), shown, proof)


def judge(inline: LinkInline, what: Known, *, taken: int = 0, later: bool = True) -> Word:
    return judge_word(OWN, PEER, inline, what, taken=taken, later=later)


def numbers(word: Word) -> list[int]:
    assert word.reading is not None
    return [one.record.entry.number for one in word.reading.entries]


@pytest.mark.parametrize(
    ("base", "what"),
    [(0, Known()), (20, known(20)), (20, known(20, 10)), (0, known(40)), (20, known(40, 20))],
    ids=["the first", "the newest", "the newest of two", "the same", "the same of two"],
)
def test_a_checkpoint_that_continues_the_known_one_is_taken(base: int, what: Known) -> None:
    word = judge(told(40, base), what)
    assert word.checkpoint is not None
    assert (word.checkpoint.size, word.taken, word.seen_size) == (40, 7, 9)
    after = what.advance(word.checkpoint)
    assert (after.size, after.root) == (40, BOOKS.root(40))
    assert after.before_size == (what.before_size if what.size == 40 else what.size)


@pytest.mark.parametrize(
    ("inline", "what", "later"),
    [
        (told(40), known(20), True),
        (told(40, 10), known(20, 10), True),
        (told(10), known(20), False),
    ],
    ids=["nothing read yet", "one step behind", "an old version"],
)
def test_whoever_is_a_step_behind_only_answers(
    inline: LinkInline, what: Known, *, later: bool
) -> None:
    word = judge(inline, what, later=later)
    assert (word.checkpoint, word.reading, word.taken, word.seen_size) == (None, None, 7, 9)


def test_two_roots_of_one_size_are_a_proof_for_anybody() -> None:
    other = sign_checkpoint(RIVER, 20, b"\x66" * 32)
    with pytest.raises(Contradicted, match="two roots for 20 records") as found:
        judge(replaced(told(20), other), known(20))
    assert verify_fork(PEER, parse_fork(found.value.proof)).what == "size"


def test_another_root_of_the_size_before_is_a_contradiction_too() -> None:
    other = sign_checkpoint(RIVER, 10, b"\x66" * 32)
    with pytest.raises(Contradicted) as found:
        judge(replaced(told(10), other), known(20, 10), later=False)
    assert found.value.notes == (BOOKS.sign(20).note, other.note)


def test_a_smaller_journal_in_a_later_version_went_back() -> None:
    with pytest.raises(Contradicted, match="went back to 10 records after it had signed 20"):
        judge(told(10), known(20))


def test_hashes_that_show_no_extension_are_a_contradiction() -> None:
    with pytest.raises(Contradicted, match="does not show that it continues"):
        judge(told(40, 10), known(20))


def replaced(inline: LinkInline, checkpoint: VerifiedCheckpoint) -> LinkInline:
    return changed(inline, note=checkpoint.note.decode())


def test_entries_that_were_merged_are_left_out() -> None:
    word = judge(told(40, 20, LINKED[2:6]), known(20), taken=4)
    assert numbers(word) == [5, 6]
    assert judge(told(40, 20, LINKED[2:4]), known(20), taken=4).reading is None
    assert numbers(judge(told(40, 20, LINKED[4:6]), known(20), taken=4)) == [5, 6]


@pytest.mark.parametrize(
    ("entries", "taken", "why"),
    [((LINKED[0], LINKED[2]), 0, "have holes"), (LINKED[3:5], 1, "between are missing")],
)
def test_entries_that_do_not_follow_are_refused(
    entries: tuple[int, ...], taken: int, why: str
) -> None:
    with pytest.raises(ProofInvalid, match=why):
        judge(told(40, 20, entries), known(20), taken=taken)


def test_entries_for_somebody_else_are_refused() -> None:
    with pytest.raises(ProofInvalid, match="for another community"):
        judge_word(b"x" * 32, PEER, told(40, 20, LINKED[:2]), known(20), taken=0, later=True)


def test_another_community_s_checkpoint_is_refused() -> None:
    other = sign_checkpoint(HILL, 20, BOOKS.root(20))
    with pytest.raises(ProofInvalid):
        judge(replaced(told(20), other), Known())


@given(st.binary(max_size=200), st.sampled_from(["note", "proof", "entries"]))
def test_damage_is_refused_or_a_contradiction(noise: bytes, where: str) -> None:
    inline = told(40, 20, LINKED[:3])
    match where:
        case "note":
            hostile = changed(inline, note=noise.decode("latin-1"))
        case "proof":
            hostile = changed(inline, proof=(*inline.proof, noise.ljust(32)[:32]))
        case _:
            first = changed(inline.entries[0], stored=noise)
            hostile = changed(inline, entries=(first, *inline.entries[1:]))
    with pytest.raises(ProofInvalid):
        judge(hostile, known(20))


def decision(index: int) -> Reading:
    return reading((index,), 40)


def test_a_decision_is_the_origin_s_own_record_of_this_payment() -> None:
    index = LINKED[0]
    payment = index.to_bytes(16)
    assert judge_decision(PEER, payment, decision(index)).entries[0].index == index
    with pytest.raises(ProofInvalid, match="does not decide this payment"):
        judge_decision(PEER, b"y" * 16, decision(index))
    with pytest.raises(ProofInvalid, match="of the journal of"):
        judge_decision(OWN, payment, decision(index))
