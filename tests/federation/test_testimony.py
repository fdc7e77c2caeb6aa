from collections.abc import Callable

import pytest

from federation import bencode
from federation.errors import SlotInvalid, SplitView
from federation.item import SEQ_MAX, sign_item, verify_item
from federation.slot import witness_slot
from federation.witness.comparison import Compared, compare
from federation.witness.testimony import read_testimony, sign_testimony
from ledger import crypto
from ledger.checkpoint import SIZE_MAX, add_cosignatures, cosign, sign_checkpoint
from ledger.cosignature import verify_kept

COMMUNITY_SEED, SEED, OTHER = (bytes([number]) * 32 for number in (1, 2, 3))
COMMUNITY, WITNESS = crypto.public_key(COMMUNITY_SEED), crypto.public_key(SEED)
ROOT = b"\x07" * 32
SIGNED = sign_checkpoint(COMMUNITY_SEED, 9, ROOT)
HASHES = tuple(bytes([number]) * 32 for number in range(40, 46))
VALUE = sign_testimony(SEED, SIGNED, HASHES[:2], 1_800_000_000)


def test_a_testimony_goes_round() -> None:
    found = read_testimony(COMMUNITY, WITNESS, VALUE)
    assert (found.checkpoint.size, found.checkpoint.root) == (9, ROOT)
    assert found.waiting == HASHES[:2]
    assert (found.cosignature.witness, found.cosignature.time) == (WITNESS, 1_800_000_000)
    verify_kept(COMMUNITY, ROOT, found.cosignature)


def test_the_largest_testimony_fits_an_item() -> None:
    signed = sign_checkpoint(COMMUNITY_SEED, SIZE_MAX, b"\xff" * 32)
    value = sign_testimony(SEED, signed, HASHES, 2**63 - 1)
    assert len(value) == 570
    verify_item(sign_item(SEED, bytes(16), SEQ_MAX, value))
    assert read_testimony(COMMUNITY, WITNESS, value).waiting == HASHES[:4]


def test_a_testimony_speaks_for_nobody_else() -> None:
    crowded = add_cosignatures(SIGNED.note, [cosign(OTHER, SIGNED, 5)])
    signed = type(SIGNED)(COMMUNITY, 9, ROOT, crowded)
    assert read_testimony(COMMUNITY, WITNESS, sign_testimony(SEED, signed, (), 6)).waiting == ()


def note_with(*seeds: bytes) -> bytes:
    return add_cosignatures(SIGNED.note, [cosign(seed, SIGNED, 5) for seed in seeds])


GOOD: dict[bytes, bencode.Value] = {b"c": note_with(SEED), b"h": HASHES[0], b"v": 1}
FORGED = add_cosignatures(
    SIGNED.note, [cosign(SEED, sign_checkpoint(COMMUNITY_SEED, 9, bytes(32)), 5)]
)
BAD: dict[str, bencode.Value] = {
    "a string": b"note",
    "no hashes' field": {key: GOOD[key] for key in (b"c", b"v")},
    "another key beside": GOOD | {b"x": 1},
    "a later version": GOOD | {b"v": 2},
    "hashes of another kind": GOOD | {b"h": 5},
    "a note of another kind": GOOD | {b"c": [b"note"]},
    "half a hash": GOOD | {b"h": HASHES[0] + bytes(16)},
    "five hashes": GOOD | {b"h": b"".join(HASHES[:5])},
    "one hash twice": GOOD | {b"h": HASHES[0] * 2},
    "no cosignature": GOOD | {b"c": SIGNED.note},
    "another's cosignature": GOOD | {b"c": note_with(OTHER)},
    "another's cosignature beside": GOOD | {b"c": note_with(SEED, OTHER)},
    "a cosignature of another root": GOOD | {b"c": FORGED},
    "another community's note": GOOD | {b"c": sign_checkpoint(OTHER, 9, ROOT).note},
    "no note": GOOD | {b"c": b"text"},
}


@pytest.mark.parametrize("case", BAD)
def test_a_value_that_is_no_testimony_is_refused(case: str) -> None:
    with pytest.raises(SlotInvalid):
        read_testimony(COMMUNITY, WITNESS, bencode.encode(BAD[case]))


@pytest.mark.parametrize("at", range(0, len(VALUE), 3))
def test_a_flipped_byte_is_noticed(at: int) -> None:
    changed = VALUE[:at] + bytes([VALUE[at] ^ 1]) + VALUE[at + 1 :]
    try:
        found = read_testimony(COMMUNITY, WITNESS, changed)
    except SlotInvalid:
        return
    # The item's own signature covers the hashes; the notes' signatures do not.
    assert found.checkpoint.note == read_testimony(COMMUNITY, WITNESS, VALUE).checkpoint.note
    assert found.waiting != HASHES[:2]


def test_a_witness_slot_is_found_with_the_read_key_only() -> None:
    one = witness_slot(bytes(32), COMMUNITY, WITNESS)
    assert one.key == WITNESS
    assert len(one.salt) == 16
    others = (
        witness_slot(b"\x01" * 32, COMMUNITY, WITNESS),
        witness_slot(bytes(32), WITNESS, WITNESS),
        witness_slot(bytes(32), COMMUNITY, COMMUNITY),
    )
    assert len({one.salt, *(other.salt for other in others)}) == 4


ROOTS = {3: b"\x03" * 32, 9: ROOT}
OURS = b"our note"


def compared(size: int, root: bytes) -> Compared:
    notes: Callable[[int], bytes] = lambda _: OURS  # noqa: E731 -- a table of one
    return compare(sign_checkpoint(COMMUNITY_SEED, size, root), 9, ROOTS.get, notes)


def test_what_lies_on_the_own_history_is_known_and_what_is_larger_is_open() -> None:
    assert compared(9, ROOT) is compared(3, ROOTS[3]) is Compared.KNOWN
    assert compared(0, bytes(32)) is Compared.KNOWN
    assert compared(10, bytes(32)) is Compared.OPEN


@pytest.mark.parametrize(("size", "root"), [(9, bytes(32)), (3, ROOT), (4, ROOT)])
def test_another_root_or_a_size_at_which_no_merge_ended_is_a_split_view(
    size: int, root: bytes
) -> None:
    with pytest.raises(SplitView) as found:
        compared(size, root)
    assert found.value.notes == (OURS, sign_checkpoint(COMMUNITY_SEED, size, root).note)
