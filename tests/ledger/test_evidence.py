"""What a reading shows, and that nothing but the truth is shown."""

from collections.abc import Callable
from functools import cache

import pytest

from ledger import crypto
from ledger.checkpoint import add_cosignatures, cosign, sign_checkpoint
from ledger.errors import ProofInvalid
from ledger.link.evidence import verify_reading
from ledger.link.reading import READING_BYTES_MAX, Reading, ReadRecord, narrow_reading
from ledger.merkle_many import prove_many
from tests.support.attested import Attested
from tests.support.linked import linked_journal, stored_journal
from tests.support.township import START, seed_of

RIVER, HILL, OTHER = map(seed_of, ("river", "hill", "other"))
SIZE = 40
LINKED = [index for index in range(SIZE) if index % 3]
"""Where river's journal has entries for hill; the other records are of another kind."""


@cache
def river() -> Attested:
    records = linked_journal(RIVER, crypto.public_key(HILL), SIZE, LINKED)
    return Attested(RIVER, stored_journal(RIVER, records))


def read(*indices: int, books: Attested | None = None) -> Reading:
    books = books or river()
    signed = books.sign()
    entries = tuple(ReadRecord(index, books.records[index]) for index in indices)
    proof = prove_many(indices, signed.size, books.subtree(signed.size))
    return Reading(signed.community, signed.note.decode(), entries, proof)


def test_a_reading_shows_its_entries_under_the_signed_root() -> None:
    verified = verify_reading(crypto.public_key(RIVER), read(*LINKED))
    assert (verified.size, verified.root) == (SIZE, river().root(SIZE))
    assert [one.index for one in verified.entries] == LINKED
    numbers = [one.record.entry.number for one in verified.entries]
    assert numbers == list(range(1, len(LINKED) + 1))
    assert {one.record.link for one in verified.entries} == {crypto.public_key(HILL)}


def test_fewer_entries_are_shown_by_a_narrowed_reading() -> None:
    narrowed = narrow_reading(read(*LINKED), LINKED[-3:])
    verified = verify_reading(crypto.public_key(RIVER), narrowed)
    assert [one.index for one in verified.entries] == LINKED[-3:]


def test_cosignatures_of_others_change_nothing() -> None:
    reading = read(1, 2)
    cosigned = add_cosignatures(river().sign().note, [cosign(OTHER, river().sign(), START)])
    again = Reading(reading.community, cosigned.decode(), reading.entries, reading.proof)
    assert verify_reading(reading.community, again).root == river().root(SIZE)


def replaced(note: bytes = b"", **fields: object) -> Reading:
    whole = read(4, 5, 28)
    changed = {
        "community": whole.community,
        "note": note.decode() or whole.note,
        "entries": whole.entries,
        "proof": whole.proof,
    } | fields
    return Reading(**changed)  # type: ignore[arg-type]


def entries(*pairs: tuple[int, int]) -> tuple[ReadRecord, ...]:
    return tuple(ReadRecord(index, river().records[of]) for index, of in pairs)


WRONG: dict[str, tuple[Callable[[], Reading], str]] = {
    "another community": (
        lambda: read(4, 5, books=Attested(OTHER, river().records)), "expected",
    ),
    "another community's note": (
        lambda: replaced(Attested(OTHER, river().records).sign().note), "checkpoint",
    ),
    "a note that nobody signed": (
        lambda: replaced(river().sign().note.replace(b"\n40\n", b"\n41\n")), "checkpoint",
    ),
    "no note": (lambda: replaced(note=b"nothing"), "checkpoint"),
    "a note over its length": (lambda: replaced(note=b"\xc3\xa9" * 2_100), "at most 4096"),
    "an older note": (lambda: replaced(river().sign(39).note), "do not lead"),
    "another root": (
        lambda: replaced(sign_checkpoint(RIVER, SIZE, bytes(32)).note), "do not lead",
    ),
    "a record at another place": (
        lambda: replaced(entries=entries((4, 4), (5, 5), (29, 28))), "do not lead",
    ),
    "a changed record": (
        lambda: replaced(entries=entries((4, 4), (5, 7), (28, 28))), "do not lead",
    ),
    "a record twice": (
        lambda: replaced(entries=entries((4, 4), (4, 4), (28, 28))), "do not lead",
    ),
    "records in another order": (
        lambda: replaced(entries=entries((5, 5), (4, 4), (28, 28))), "do not lead",
    ),
    "a record left out": (lambda: replaced(entries=entries((4, 4), (5, 5))), "do not lead"),
    "a hash left out": (lambda: replaced(proof=read(4, 5, 28).proof[1:]), "do not lead"),
    "a hash too many": (lambda: replaced(proof=(*read(4, 5, 28).proof, bytes(32))), "do not lead"),
    "hashes in another order": (
        lambda: replaced(proof=read(4, 5, 28).proof[::-1]), "do not lead",
    ),
    "a place beyond the journal": (
        lambda: replaced(entries=entries((4, 4), (5, 5), (SIZE, 28))), "do not lead",
    ),
    "a record of another kind": (lambda: read(4, 6), "record 6 of the other journal"),
    "what is no record": (
        lambda: read(0, books=Attested(RIVER, [b"not a record of any kind"])), "no record",
    ),
    "more than fits": (
        lambda: replaced(proof=(bytes(32),) * (READING_BYTES_MAX // 34)), "at most 60000",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_nothing_is_shown_by(case: str) -> None:
    make, words = WRONG[case]
    with pytest.raises(ProofInvalid, match=words):
        verify_reading(crypto.public_key(RIVER), make())
