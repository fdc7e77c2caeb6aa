import pytest

from ledger.blind import blind, community_secret, epoch_key
from ledger.errors import SegmentInvalid
from ledger.record import RECORD_BYTES_MAX
from ledger.segment import (
    LEVEL_MAX,
    PAYLOAD_BYTES_MAX,
    Leaf,
    SegmentName,
    encode_frames,
    encode_leaves,
    encode_segment,
    format_name,
    iter_frames,
    open_record,
    parse_name,
    seal_record,
    split_leaves,
    split_payloads,
)

SECRET = community_secret(bytes(32))
KEY = epoch_key(SECRET, 1)
RECORDS = [blind(SECRET, index, b"body %d" % index) for index in range(20)]


def test_an_open_segment_holds_its_records_as_frames() -> None:
    data = encode_segment(RECORDS, 0)
    assert data.startswith((16 + 6).to_bytes(4) + RECORDS[0])
    assert list(iter_frames(data)) == RECORDS
    assert [open_record(record, 0, None) for record in iter_frames(data)] == RECORDS


def test_a_closed_segment_opens_with_its_key_at_its_place() -> None:
    data = encode_segment(RECORDS[5:], 5, KEY)
    opened = [open_record(payload, at, KEY) for at, payload in enumerate(iter_frames(data), 5)]
    assert opened == RECORDS[5:]
    assert not any(record[16:] in data for record in RECORDS)


def test_segments_join_by_joining_their_files() -> None:
    whole = encode_segment(RECORDS, 0, KEY)
    assert encode_segment(RECORDS[:7], 0, KEY) + encode_segment(RECORDS[7:], 7, KEY) == whole


@pytest.mark.parametrize("length", [17, RECORD_BYTES_MAX])
def test_the_shortest_and_longest_records_go_round(length: int) -> None:
    record = bytes(length)
    (payload,) = iter_frames(encode_segment([record], 2**53 - 2, KEY))
    assert open_record(payload, 2**53 - 2, KEY) == record


@pytest.mark.parametrize(
    ("case", "payload", "index", "key"),
    [
        ("another key", seal_record(RECORDS[0], 3, KEY), 3, epoch_key(SECRET, 2)),
        ("another place", seal_record(RECORDS[0], 3, KEY), 4, KEY),
        ("a changed byte", seal_record(RECORDS[0], 3, KEY)[:-1] + b"\x00", 3, KEY),
        ("no nonce", b"abc", 3, KEY),
        ("nothing", b"", 3, KEY),
        ("sealed, too short", seal_record(bytes(16), 3, KEY), 3, KEY),
        ("sealed, too long", seal_record(bytes(RECORD_BYTES_MAX + 1), 3, KEY), 3, KEY),
        ("plain, too short", bytes(16), 3, None),
        ("plain, too long", bytes(RECORD_BYTES_MAX + 1), 3, None),
    ],
)
def test_a_payload_that_is_no_record_is_refused(
    case: str, payload: bytes, index: int, key: bytes | None
) -> None:
    with pytest.raises(SegmentInvalid, match=f"record {index} "):
        open_record(payload, index, key)
    assert case


@pytest.mark.parametrize(
    "data",
    [
        b"\x00",
        b"\x00\x00\x00",
        b"\x00\x00\x00\x02a",
        b"\xff\xff\xff\xff" + bytes(10),
        encode_frames([bytes(RECORD_BYTES_MAX + 41)]),
        encode_frames([b"whole"]) + b"\x00\x00\x00\x05cut",
    ],
)
def test_damaged_frames_are_refused(data: bytes) -> None:
    with pytest.raises(SegmentInvalid, match="frame"):
        list(iter_frames(data))


def test_blinding_depends_on_the_secret_the_place_and_the_content() -> None:
    nonces = {
        blind(secret, index, body)[:16]
        for secret in (SECRET, bytes(32))
        for index in (0, 1)
        for body in (b"one", b"two")
    }
    assert len(nonces) == 8
    assert blind(SECRET, 1, b"one") == blind(SECRET, 1, b"one")
    assert blind(SECRET, 1, b"one")[16:] == b"one"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("r0-0-1", SegmentName(0, 0, 1)),
        ("r3-a-1f", SegmentName(3, 10, 31)),
        (f"r{LEVEL_MAX}-0-1fffffffffffff", SegmentName(LEVEL_MAX, 0, 2**53 - 1)),
    ],
)
def test_names_go_round(text: str, name: SegmentName) -> None:
    assert parse_name(text) == ("r", name)
    assert format_name("r", name) == text
    assert parse_name("l" + text[1:]) == ("l", name)


@pytest.mark.parametrize(
    "text",
    [
        "", "r0", "r0-0-0", "r0-1-1", "r0-2-1", "r00-0-1", "r0-00-1", "r0-0-01", "r-0-1", "x0-0-1",
        "R0-0-1", "r0-A-F", "r0-0-1 ", "r0-0-1\n", "r0-0-1/..", "../r0-0-1", "r0--1-1", "r13-0-1",
        "r99-0-1", "r0-0-20000000000000", "r0-0-123456789abcdef", "r٣-0-1", "r0-0-1-2", "p-r0-0-1",
    ],
)  # fmt: skip
def test_names_that_are_not_a_segments_are_refused(text: str) -> None:
    with pytest.raises(SegmentInvalid, match="got a "):
        parse_name(text)


HASHES = [bytes([number]) * 32 for number in range(3)]
PAYLOADS = [bytes(17), bytes(300), bytes(18)]


def test_leaves_split_into_hashes_and_lengths() -> None:
    data = encode_leaves(HASHES, PAYLOADS)
    assert data[32:36] == (17).to_bytes(4)
    assert split_leaves(data, 3) == tuple(
        Leaf(leaf, len(payload)) for leaf, payload in zip(HASHES, PAYLOADS, strict=True)
    )
    for wrong in (data[:-1], data[:-36], b""):
        with pytest.raises(SegmentInvalid, match="leaf hashes for 3"):
            split_leaves(wrong, 3)


@pytest.mark.parametrize("length", [0, 16, PAYLOAD_BYTES_MAX + 1, 2**32 - 1])
def test_a_length_that_no_record_has_is_refused(length: int) -> None:
    with pytest.raises(SegmentInvalid, match=f"a length of {length} bytes for record 1"):
        split_leaves(bytes(32) + (17).to_bytes(4) + bytes(32) + length.to_bytes(4), 2)


def test_payloads_are_as_long_as_their_leaves_say() -> None:
    leaves = split_leaves(encode_leaves(HASHES, PAYLOADS), 3)
    assert list(split_payloads(encode_frames(PAYLOADS), leaves, 7)) == PAYLOADS


def test_who_lies_about_a_length_is_told_by_the_record() -> None:
    leaves = split_leaves(encode_leaves(HASHES, PAYLOADS), 3)
    swapped = encode_frames([PAYLOADS[0], PAYLOADS[2], PAYLOADS[1]])
    with pytest.raises(SegmentInvalid, match=r"record 8 has 18 bytes .* says 300"):
        list(split_payloads(swapped, leaves, 7))
    with pytest.raises(SegmentInvalid, match="record 9 has 0 bytes"):
        list(split_payloads(encode_frames(PAYLOADS[:2]), leaves, 7))
    with pytest.raises(SegmentInvalid, match="more than the 3 records"):
        list(split_payloads(encode_frames([*PAYLOADS, bytes(20)]), leaves, 7))
