import pytest

from federation import bencode
from federation.errors import SlotInvalid
from federation.item import SEQ_MAX, sign_item, verify_item
from federation.slot import (
    PADDED_BYTES,
    PLAINTEXT_BYTES_MAX,
    CheckpointValue,
    changes_slot,
    checkpoint_slot,
    decode_checkpoint_value,
    encode_checkpoint_value,
    next_seq,
    open_slot,
    seal_size,
    seal_slot,
)
from ledger import crypto
from ledger.checkpoint import SIZE_MAX, add_cosignatures, cosign, sign_checkpoint
from ledger.errors import KeyRefused

COMMUNITY, MEMBER, OTHER = (bytes([number]) * 32 for number in (1, 2, 3))
KEYS = [crypto.public_key(seed) for seed in (COMMUNITY, MEMBER, OTHER)]
SLOT = changes_slot(MEMBER, KEYS[0], KEYS[1])
NONCE = bytes(range(24))
HASHES = tuple(bytes([number]) * 20 for number in range(5))


def test_member_and_manager_find_the_same_slot() -> None:
    assert changes_slot(COMMUNITY, KEYS[0], KEYS[1]) == SLOT
    assert (SLOT.name.key, SLOT.sender, SLOT.receiver) == (KEYS[1], KEYS[1], KEYS[0])
    assert len(SLOT.name.salt) == 16


def test_slots_differ_by_community_and_member() -> None:
    salts = {
        SLOT.name.salt,
        changes_slot(MEMBER, KEYS[2], KEYS[1]).name.salt,
        changes_slot(OTHER, KEYS[0], KEYS[2]).name.salt,
        changes_slot(MEMBER, KEYS[1], KEYS[2]).name.salt,
    }
    assert len(salts) == 4


def test_a_key_that_nothing_can_be_sealed_to_has_no_slot() -> None:
    with pytest.raises(KeyRefused):
        changes_slot(COMMUNITY, KEYS[0], bytes(32))


@pytest.mark.parametrize(
    ("length", "size"),
    [
        (0, 256),
        (1, 256),
        (211, 256),
        (212, 512),
        (467, 512),
        (468, 999),
        (PLAINTEXT_BYTES_MAX, 999),
    ],
)
def test_a_sealed_value_has_one_of_three_sizes(length: int, size: int) -> None:
    plaintext = (b"\x80\x00" * 500)[:length]
    value = seal_slot(SLOT.shared, NONCE, plaintext)
    assert len(value) == size == seal_size(length)
    assert size in PADDED_BYTES
    assert open_slot(SLOT.shared, value) == plaintext


def test_the_largest_sealed_value_is_a_valid_item() -> None:
    value = seal_slot(SLOT.shared, NONCE, bytes(PLAINTEXT_BYTES_MAX))
    item = sign_item(MEMBER, SLOT.name.salt, SEQ_MAX, value)
    verify_item(item)
    assert len(item.value) == 999


def test_every_changed_byte_of_a_sealed_value_is_refused() -> None:
    value = seal_slot(SLOT.shared, NONCE, b"text")
    for at in range(len(value)):
        changed = bytearray(value)
        changed[at] ^= 1
        with pytest.raises(SlotInvalid):
            open_slot(SLOT.shared, bytes(changed))


def test_a_foreign_sealed_value_is_refused() -> None:
    foreign = changes_slot(OTHER, KEYS[0], KEYS[2])
    value = seal_slot(foreign.shared, NONCE, b"text")
    with pytest.raises(SlotInvalid, match="did not seal"):
        open_slot(SLOT.shared, value)


def boxed(padded: bytes) -> bytes:
    return bencode.encode(NONCE + crypto.box(SLOT.shared, NONCE, padded))


@pytest.mark.parametrize(
    ("case", "value"),
    [
        ("nothing", b""),
        ("another size", bencode.encode(bytes(100))),
        ("a number", b"i" + b"1" * 254 + b"e"),
        ("a list", bencode.encode([bytes(250)])),
        ("not bencoded", bytes(256)),
        ("no padding", boxed(bytes(212))),
        ("padding with something in it", boxed(b"text\x80" + bytes(206) + b"\x01")),
        ("a larger size than needed", boxed((b"text\x80").ljust(468, b"\x00"))),
    ],
)
def test_a_value_that_is_not_sealed_our_way_is_refused(case: str, value: bytes) -> None:
    with pytest.raises(SlotInvalid):
        open_slot(SLOT.shared, value)
    assert case


def test_the_largest_checkpoint_fits_an_item_with_five_infohashes_and_four_cosignatures() -> None:
    signed = sign_checkpoint(COMMUNITY, SIZE_MAX, b"\xff" * 32)
    lines = [cosign(bytes([number]) * 32, signed, 2**40 - 1) for number in range(10, 14)]
    note = add_cosignatures(signed.note, lines, 5)
    value = encode_checkpoint_value(CheckpointValue(note, HASHES))
    assert len(value) == 947
    verify_item(sign_item(COMMUNITY, b"", SEQ_MAX, value))
    assert decode_checkpoint_value(value) == CheckpointValue(note, HASHES)


def test_the_checkpoints_slot_is_the_communitys_key_without_salt() -> None:
    assert (checkpoint_slot(KEYS[0]).key, checkpoint_slot(KEYS[0]).salt) == (KEYS[0], b"")


@pytest.mark.parametrize("count", [1, 2, 5])
def test_checkpoint_values_go_round(count: int) -> None:
    value = CheckpointValue(b"note", HASHES[:count])
    fields = bencode.decode(encode_checkpoint_value(value))
    assert isinstance(fields, dict)
    assert fields[b"ih"] == HASHES[0]
    assert decode_checkpoint_value(encode_checkpoint_value(value)) == value


GOOD: dict[bytes, bencode.Value] = {b"c": b"note", b"i": HASHES[0], b"ih": HASHES[0], b"v": 1}
BAD: dict[str, bencode.Value] = {
    "a string": b"note",
    "nothing": {},
    "no note": {key: GOOD[key] for key in (b"i", b"ih", b"v")},
    "another key beside": GOOD | {b"x": 1},
    "a later version": GOOD | {b"v": 2},
    "a version of another kind": GOOD | {b"v": b"1"},
    "a long version": GOOD | {b"v": b"1" * 500},
    "a note of another kind": GOOD | {b"c": 5},
    "infohashes in a list": GOOD | {b"i": [HASHES[0]]},
    "no infohash": GOOD | {b"i": b""},
    "half an infohash": GOOD | {b"i": HASHES[0] + bytes(10)},
    "six infohashes": GOOD | {b"i": HASHES[0] * 6},
    "another newest": GOOD | {b"ih": HASHES[1]},
    "a newest of another kind": GOOD | {b"ih": 7},
}


@pytest.mark.parametrize("case", BAD)
def test_a_value_that_is_no_checkpoints_is_refused(case: str) -> None:
    with pytest.raises(SlotInvalid):
        decode_checkpoint_value(bencode.encode(BAD[case]))


@pytest.mark.parametrize("value", [b"", b"d", b"d1:c", bytes(1_200), b"d1:vi1e1:c0:e"])
def test_a_checkpoint_value_that_is_not_canonical_is_refused(value: bytes) -> None:
    with pytest.raises(SlotInvalid, match="bencoded"):
        decode_checkpoint_value(value)


@pytest.mark.parametrize(
    ("seen", "now", "seq"),
    [
        ([], 1_800_000_000, 1_800_000_000),
        ([5], 1_800_000_000, 1_800_000_000),
        ([1_800_000_000], 1_800_000_000, 1_800_000_001),
        ([3, 1_900_000_000, 7], 1_800_000_000, 1_900_000_001),
        ([SEQ_MAX], 1_800_000_000, SEQ_MAX),
    ],
)
def test_the_next_seq_is_past_all_that_was_seen_and_not_before_now(
    seen: list[int], now: int, seq: int
) -> None:
    assert next_seq(seen, now) == seq
