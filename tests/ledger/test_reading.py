"""Readings as they are written: one spelling, fewer records, and as many as fit."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.codec import encode
from ledger.errors import ProofInvalid
from ledger.link.reading import (
    ENTRIES_MAX,
    READING_BYTES_MAX,
    Reading,
    ReadRecord,
    decode_reading,
    encode_reading,
    fit_reading,
    leaves_of,
    narrow_reading,
)
from ledger.merkle_many import prove_many, root_of_many
from tests.support.attested import Attested
from tests.support.township import seed_of

SIZE = 150
BOOKS = Attested(seed_of("river"), [b"record %d" % index for index in range(SIZE)])
LONG = Attested(seed_of("river"), [b"%d" % index + bytes(2_000) for index in range(SIZE)])


def read(books: Attested, *indices: int) -> Reading:
    signed = books.sign()
    entries = tuple(ReadRecord(index, books.records[index]) for index in indices)
    proof = prove_many(indices, signed.size, books.subtree(signed.size))
    return Reading(signed.community, signed.note.decode(), entries, proof)


def holds(reading: Reading) -> bool:
    return root_of_many(leaves_of(reading), SIZE, reading.proof) in {
        BOOKS.root(SIZE),
        LONG.root(SIZE),
    }


def test_a_reading_is_read_as_it_was_written() -> None:
    reading = read(BOOKS, 0, 7, 149)
    assert decode_reading(encode_reading(reading)) == reading
    assert holds(reading)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x94",
        encode_reading(read(BOOKS, 3)) + b"\x00",
        encode_reading(read(BOOKS, 3))[:-1],
        encode(Reading(bytes(31), "", (ReadRecord(0, b""),), ())),
        encode(Reading(bytes(32), "", (), ())),
        encode(Reading(bytes(32), "a" * 4_097, (ReadRecord(0, b""),), ())),
        encode(Reading(bytes(32), "", (ReadRecord(-1, b""),), ())),
        encode(Reading(bytes(32), "", (ReadRecord(0, b""),), (bytes(31),))),
        encode(Reading(bytes(32), "", (ReadRecord(0, b""),) * (ENTRIES_MAX + 1), ())),
        encode(Reading(bytes(32), "", (ReadRecord(0, bytes(READING_BYTES_MAX)),), ())),
    ],
)
def test_what_is_no_reading_is_refused(data: bytes) -> None:
    with pytest.raises(ProofInvalid, match="cannot be read"):
        decode_reading(data)


@settings(max_examples=60, deadline=None)
@given(st.sets(st.integers(0, SIZE - 1), min_size=1, max_size=ENTRIES_MAX).map(sorted), st.data())
def test_a_narrowed_reading_is_the_one_of_those_records(
    indices: list[int], data: st.DataObject
) -> None:
    keep = data.draw(st.sets(st.sampled_from(indices), min_size=1).map(sorted))
    assert narrow_reading(read(BOOKS, *indices), keep) == read(BOOKS, *keep)


def test_a_reading_that_does_not_fit_together_is_not_narrowed() -> None:
    whole = read(BOOKS, 5, 6, 80)
    community, note, entries, proof = whole.community, whole.note, whole.entries, whole.proof
    for wrong in (
        Reading(community, note, entries, proof[1:]),
        Reading(community, note, entries[::-1], proof),
        Reading(community, note + "x", entries, proof),
        Reading(community, "nothing", entries, proof),
    ):
        with pytest.raises(ProofInvalid):
            narrow_reading(wrong, [5])


def test_a_reading_that_is_too_long_is_cut_to_the_first_records_that_fit() -> None:
    whole = read(LONG, *range(40, 104))
    assert len(encode(whole)) > READING_BYTES_MAX
    fitting = fit_reading(whole)
    assert holds(fitting)
    count = len(fitting.entries)
    assert fitting == read(LONG, *range(40, 40 + count))
    assert len(encode_reading(fitting)) <= READING_BYTES_MAX
    assert len(encode(read(LONG, *range(40, 41 + count)))) > READING_BYTES_MAX


@pytest.mark.parametrize("count", [1, 2, 3, 6])
def test_every_number_of_records_can_be_the_one_that_fits(count: int) -> None:
    whole = read(LONG, 0, 9, 10, 77, 78, 149)
    first = narrow_reading(whole, [one.index for one in whole.entries[:count]])
    assert fit_reading(whole, len(encode(first))) == first
    assert fit_reading(first) is first
