"""Link slots: what one community tells another, sealed, and what must not open."""

from collections.abc import Callable
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from federation import bencode
from federation.errors import SlotInvalid
from federation.item import VALUE_BYTES_MAX, immutable_target
from federation.link.key import link_seed
from federation.link.slot import (
    LinkEnd,
    LinkInline,
    LinkListed,
    LinkValue,
    join_link_slot,
    link_slot,
    open_link_slot,
    seal_link_slot,
)
from federation.slot import PADDED_BYTES, seal_slot
from federation.tier import CHUNKS_MAX, Filled
from ledger import crypto
from ledger.codec import decode, encode
from ledger.field import AMOUNT_MAX
from ledger.link.entry import Content, LinkEntry, Prepared
from ledger.link.evidence import verify_reading
from ledger.link.instruction import About, Hop, Instruction
from ledger.link.reading import ReadRecord
from ledger.merkle_path import is_consistent
from ledger.note import NOTE_BYTES_MAX
from ledger.record import Concern, LinkRecord
from tests.support.linked import long, short
from tests.support.river import HILL, RIVER, read, river
from tests.support.township import seed_of

LINK_SEEDS = [link_seed(seed) for seed in (RIVER, HILL)]
RIVER_END, HILL_END = (
    LinkEnd(crypto.public_key(seed), crypto.public_key(link_seed(seed))) for seed in (RIVER, HILL)
)
SLOT = link_slot(LINK_SEEDS[0], RIVER_END, HILL_END)
NONCES = (bytes(24), bytes(range(24)))
SIZE_MAX = 2**53 - 1


def told(count: int, content: Callable[[int], Content] = short, size: int = 97) -> LinkValue:
    reading = read(river(size, content), count)
    return LinkValue(7, 1_000, reading.note, (), reading.entries, reading.proof)


def opened(sealed: Filled) -> LinkInline:
    """What hill reads."""
    slot = link_slot(LINK_SEEDS[1], RIVER_END, HILL_END)
    assert len(sealed.value) in PADDED_BYTES
    content = open_link_slot(slot, sealed.value)
    if isinstance(content, LinkInline):
        assert sealed.items == ()
        return content
    assert list(content.targets) == [immutable_target(item) for item in sealed.items]
    assert all(len(item) <= VALUE_BYTES_MAX for item in sealed.items)
    return join_link_slot(slot, content, sealed.items)


@pytest.mark.parametrize("count", [0, 1, 2, 5, 64])
def test_the_other_community_reads_what_was_told(count: int) -> None:
    said = told(count)
    sealed = seal_link_slot(SLOT, said, NONCES)
    assert sealed.count == count
    inline = opened(sealed)
    assert inline.said == said
    reading = inline.reading(RIVER_END.community)
    if count == 0:
        assert reading is None
    else:
        assert reading is not None
        verified = verify_reading(RIVER_END.community, reading)
        assert [one.record.entry.number for one in verified.entries] == list(range(1, count + 1))


def test_a_value_has_one_of_three_sizes() -> None:
    sizes = [len(seal_link_slot(SLOT, told(count), NONCES).value) for count in (0, 2, 12)]
    assert sizes == [512, 999, 256], "the note alone; with two entries; twelve are listed"
    many = seal_link_slot(SLOT, told(64, long), NONCES)
    assert (len(many.value), len(many.items)) == (999, CHUNKS_MAX)
    assert len(seal_link_slot(SLOT, LinkValue(0, 0, ""), NONCES).value) == 256


def test_what_does_not_fit_waits_and_the_oldest_go_first() -> None:
    said = told(64, long)
    sealed = seal_link_slot(SLOT, said, NONCES)
    inline = opened(sealed)
    assert 5 < sealed.count < 64
    assert inline.entries == said.entries[: sealed.count]
    reading = inline.reading(RIVER_END.community)
    assert reading is not None
    assert len(verify_reading(RIVER_END.community, reading).entries) == sealed.count
    one_more = read(river(97, long), sealed.count + 1)
    entries, proof = one_more.entries, one_more.proof
    more = seal_link_slot(SLOT, LinkValue(7, 1_000, said.note, (), entries, proof), NONCES)
    assert more.count == sealed.count, "one more did not fit"


def test_a_note_tells_that_it_continues_what_the_reader_has_seen() -> None:
    books = river(97)
    proof = books.consistency(40)
    reading = read(books, 1)
    said = LinkValue(0, 0, reading.note, proof.hashes, reading.entries, reading.proof)
    inline = opened(seal_link_slot(SLOT, said, NONCES))
    assert is_consistent(40, books.root(40), 97, books.root(97), inline.consistency)


def largest_record() -> bytes:
    hops = (Hop(bytes([255]) * 32, "ABCDEFGH", AMOUNT_MAX),) * 8
    instruction = Instruction(
        bytes(16), bytes(32), bytes(32), 2**40 - 1, hops, "😀" * 63, "ABCDEFGH", AMOUNT_MAX,
        "😀" * 63, "😀" * 200, bytes(900), About(3, bytes(16)),
    )  # fmt: skip
    entry = LinkEntry(SIZE_MAX, bytes(32), 2**40 - 1, -AMOUNT_MAX, Prepared(instruction))
    concerns = (Concern(bytes(16), SIZE_MAX),) * 8
    return bytes(16) + encode(LinkRecord(concerns, bytes(32), entry))


def test_the_largest_values_fit() -> None:
    record = ReadRecord(SIZE_MAX, largest_record())
    hashes = (bytes([255]) * 32,)
    said = LinkValue(
        SIZE_MAX, SIZE_MAX, "x" * NOTE_BYTES_MAX, hashes * 63, (record,) * 3, hashes * 159
    )
    sealed = seal_link_slot(SLOT, said, NONCES)
    assert sealed.count == 3
    assert opened(sealed).said == said


def test_both_ends_find_one_slot_for_each_direction() -> None:
    there = link_slot(LINK_SEEDS[1], RIVER_END, HILL_END)
    back = link_slot(LINK_SEEDS[0], HILL_END, RIVER_END)
    assert there == SLOT
    assert back == link_slot(LINK_SEEDS[1], HILL_END, RIVER_END)
    assert (SLOT.name.key, back.name.key) == (RIVER_END.link_key, HILL_END.link_key)
    assert SLOT.name.salt != back.name.salt
    assert SLOT.shared == back.shared


def test_an_answer_cannot_pass_for_what_it_answers() -> None:
    back = link_slot(LINK_SEEDS[0], HILL_END, RIVER_END)
    value = seal_link_slot(SLOT, told(1), NONCES).value
    with pytest.raises(SlotInvalid, match="another slot"):
        open_link_slot(back, value)


def test_a_value_that_was_sealed_for_another_slot_is_refused() -> None:
    good = opened(seal_link_slot(SLOT, told(1), NONCES))
    for wrong in (
        replace(good, sender=HILL_END.link_key),
        replace(good, receiver=RIVER_END.link_key),
        replace(good, salt=bytes(16)),
        replace(good, salt=b""),
    ):
        with pytest.raises(SlotInvalid, match="another slot"):
            open_link_slot(SLOT, seal_slot(SLOT.shared, NONCES[0], encode(wrong)))


def test_another_community_opens_nothing() -> None:
    third = seed_of("third")
    end = LinkEnd(crypto.public_key(third), crypto.public_key(link_seed(third)))
    slot = link_slot(link_seed(third), RIVER_END, end)
    with pytest.raises(SlotInvalid, match="did not seal"):
        open_link_slot(slot, seal_link_slot(SLOT, told(1), NONCES).value)


def test_a_proof_without_entries_is_refused() -> None:
    value = seal_link_slot(SLOT, LinkValue(0, 0, "", (), (), (bytes(32),)), NONCES).value
    with pytest.raises(SlotInvalid, match="a proof and no entries"):
        open_link_slot(SLOT, value)


def test_every_changed_byte_of_a_value_is_refused() -> None:
    value = seal_link_slot(SLOT, told(1), NONCES).value
    for at in range(len(value)):
        changed = value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :]
        with pytest.raises(SlotInvalid):
            open_link_slot(SLOT, changed)


def listed_of(plaintext: bytes) -> tuple[LinkListed, list[bytes]]:
    sealed = NONCES[1] + crypto.box(SLOT.shared, NONCES[1], plaintext)
    item = bencode.encode(sealed)
    listed = LinkListed(
        SLOT.sender, SLOT.receiver, SLOT.name.salt, len(sealed), sha256(sealed).digest(),
        (immutable_target(item),),
    )  # fmt: skip
    return listed, [item]


def test_items_that_are_not_the_listed_ones_are_refused() -> None:
    sealed = seal_link_slot(SLOT, told(64, long), NONCES)
    listed = open_link_slot(SLOT, sealed.value)
    assert isinstance(listed, LinkListed)
    first, second, *rest = sealed.items
    for items in (
        [],
        [first],
        [second, first, *rest],
        [first, second, *rest, bencode.encode(b"more")],
        [bencode.encode([b"list"]), second, *rest],
        [first[:-1], second, *rest],
        [bytes(2_000), second, *rest],
    ):
        with pytest.raises(SlotInvalid):
            join_link_slot(SLOT, listed, items)


def test_items_that_hold_something_else_are_refused() -> None:
    inline = opened(seal_link_slot(SLOT, told(1), NONCES))
    assert join_link_slot(SLOT, *listed_of(encode(inline))) == inline
    nested, _ = listed_of(b"x")
    for plaintext, said in (
        (encode(nested), "list others"),
        (encode(replace(inline, salt=b"")), "another slot"),
        (b"\xc0", "not canonical"),
    ):
        with pytest.raises(SlotInvalid, match=said):
            join_link_slot(SLOT, *listed_of(plaintext))


def test_more_entries_than_a_reading_has_are_refused() -> None:
    one = ReadRecord(1, b"")
    inline = LinkInline(SLOT.sender, SLOT.receiver, SLOT.name.salt, 0, 0, "", (), (one,) * 65, ())
    with pytest.raises(SlotInvalid, match="not canonical"):
        open_link_slot(SLOT, seal_slot(SLOT.shared, NONCES[0], encode(inline)))
    fits = replace(inline, entries=(one,) * 64)
    assert decode(encode(fits), LinkInline, 10_000) == fits


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, SIZE_MAX), st.integers(0, SIZE_MAX), st.text(max_size=300),
    st.lists(st.binary(min_size=32, max_size=32), max_size=63),
    st.lists(st.tuples(st.integers(0, SIZE_MAX), st.binary(max_size=200)), max_size=64),
)  # fmt: skip
def test_whatever_is_told_reads_back(
    taken: int, seen: int, note: str, hashes: list[bytes], records: list[tuple[int, bytes]]
) -> None:
    entries = tuple(ReadRecord(*record) for record in records)
    said = LinkValue(taken, seen, note, tuple(hashes), entries, tuple(hashes) if entries else ())
    assert opened(seal_link_slot(SLOT, said, NONCES)).said == said
