from collections.abc import Callable

import pytest

from ledger import crypto
from ledger.checkpoint import add_cosignatures, cosign, sign_checkpoint
from ledger.cosignature import (
    COSIGNATURES_BYTES_MAX,
    COSIGNATURES_MAX,
    ROW_BYTES,
    KeptCosignature,
    decode_cosignatures,
    encode_cosignatures,
    note_line,
    read_lines,
    verify_kept,
)
from ledger.errors import NoteError, SegmentInvalid
from ledger.note import parse_note

SEED, KEY = b"\x01" * 32, bytes(range(32))
COMMUNITY = crypto.public_key(SEED)
WITNESSES = [bytes([number]) * 32 for number in range(10, 13)]
KEYS = [crypto.public_key(seed) for seed in WITNESSES]
ROOT = b"\x07" * 32
SIGNED = sign_checkpoint(SEED, 5, ROOT)


def made(seed: bytes, time: int = 1_800_000_000) -> KeptCosignature:
    line = cosign(seed, SIGNED, time)
    return KeptCosignature(crypto.public_key(seed), SIGNED.size, time, line.signature[8:])


ROWS = sorted((made(seed) for seed in WITNESSES), key=lambda row: row.witness)


def test_a_kept_cosignature_gives_the_line_that_its_witness_made() -> None:
    assert note_line(made(WITNESSES[0])) == cosign(WITNESSES[0], SIGNED, 1_800_000_000)


def test_a_kept_cosignature_holds_for_its_root_only() -> None:
    verify_kept(COMMUNITY, ROOT, ROWS[0])
    for root, kept in (
        (b"\x08" * 32, ROWS[0]),
        (ROOT, KeptCosignature(ROWS[0].witness, 6, ROWS[0].time, ROWS[0].signature)),
        (ROOT, KeptCosignature(ROWS[0].witness, 5, ROWS[0].time + 1, ROWS[0].signature)),
        (ROOT, KeptCosignature(ROWS[1].witness, 5, ROWS[0].time, ROWS[0].signature)),
    ):
        with pytest.raises(NoteError):
            verify_kept(COMMUNITY, root, kept)


def test_lines_of_known_witnesses_are_read_and_others_left_out() -> None:
    forged = cosign(WITNESSES[2], sign_checkpoint(SEED, 5, b"\x08" * 32), 3)
    lines = [cosign(WITNESSES[0], SIGNED, 1), cosign(WITNESSES[1], SIGNED, 2), forged]
    note = parse_note(add_cosignatures(SIGNED.note, lines))
    found = read_lines(note, 5, (KEYS[0], KEYS[2]))
    assert found == (made(WITNESSES[0], 1),)


@pytest.mark.parametrize("key", [None, KEY], ids=["open", "closed"])
def test_files_of_cosignatures_go_round(key: bytes | None) -> None:
    data = encode_cosignatures(reversed(ROWS), key)
    assert decode_cosignatures(data, key) == tuple(ROWS)
    assert data == encode_cosignatures(ROWS, key)


def test_the_file_of_a_closed_ledger_names_nobody() -> None:
    data = encode_cosignatures(ROWS, KEY)
    assert not any(row.witness in data for row in ROWS)


def test_the_largest_file_fits_one_piece() -> None:
    rows = [KeptCosignature(bytes([n]) * 32, 2**53 - 1, 2**63 - 1, bytes(64)) for n in range(128)]
    assert len(rows) == COSIGNATURES_MAX
    assert len(encode_cosignatures(rows, KEY)) == COSIGNATURES_BYTES_MAX <= 16_384
    assert decode_cosignatures(encode_cosignatures(rows)) == tuple(rows)


PLAIN = encode_cosignatures(ROWS)
ONE = PLAIN[:ROW_BYTES]
BAD: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "half a row": lambda: PLAIN[:-1],
    "too many": lambda: PLAIN * 50,
    "not sorted": lambda: PLAIN[ROW_BYTES:] + ONE,
    "one twice": lambda: ONE + ONE,
    "size 0": lambda: bytes(8) + ONE[8:],
    "a size that cannot be": lambda: b"\xff" * 8 + ONE[8:],
    "a time that cannot be": lambda: ONE[:40] + b"\xff" * 8 + ONE[48:],
}


@pytest.mark.parametrize("case", BAD)
def test_a_file_that_is_not_written_the_one_way_is_refused(case: str) -> None:
    with pytest.raises(SegmentInvalid):
        decode_cosignatures(BAD[case]())


def test_a_sealed_file_that_was_changed_or_sealed_under_another_nonce_is_refused() -> None:
    data = encode_cosignatures(ROWS, KEY)
    for at in (0, 30, len(data) - 1):
        with pytest.raises(SegmentInvalid):
            decode_cosignatures(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :], KEY)
    other = bytes(24)
    with pytest.raises(SegmentInvalid, match="another nonce"):
        decode_cosignatures(other + crypto.secret_box(KEY, other, PLAIN), KEY)
