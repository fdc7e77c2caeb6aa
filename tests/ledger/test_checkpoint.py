import pytest

from ledger import crypto
from ledger.checkpoint import (
    SIZE_MAX,
    Checkpoint,
    add_cosignatures,
    cosign,
    format_checkpoint,
    origin,
    parse_checkpoint,
    sign_checkpoint,
    verify_checkpoint,
    witness_name,
)
from ledger.errors import NoteError
from ledger.note import Note, NoteSignature, format_note, parse_note, sign_note

SEED = bytes(range(32))
KEY = crypto.public_key(SEED)
ROOT = bytes(range(100, 132))
WITNESSES = [bytes([number]) * 32 for number in range(1, 6)]
WITNESS_KEYS = [crypto.public_key(seed) for seed in WITNESSES]
SIGNED = sign_checkpoint(SEED, 20_852_163, ROOT)
COSIGNED = add_cosignatures(
    SIGNED.note, [cosign(seed, SIGNED, 1_800_000_000) for seed in WITNESSES]
)


def test_a_checkpoint_verifies_and_says_what_was_signed() -> None:
    assert verify_checkpoint(KEY, SIGNED.note) == SIGNED
    assert (SIGNED.community, SIGNED.size, SIGNED.root) == (KEY, 20_852_163, ROOT)


def test_its_text_is_origin_size_and_root() -> None:
    lines = SIGNED.note.decode().split("\n")
    assert lines[0] == origin(KEY)
    assert lines[1:4] == ["20852163", "ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1+f4CBgoM=", ""]
    assert lines[4].startswith(f"— {origin(KEY)} ")
    assert len(origin(KEY)) == len("commontab.alt/") + 52


def test_cosignatures_of_known_witnesses_are_verified_and_others_are_ignored() -> None:
    seen = verify_checkpoint(KEY, COSIGNED, WITNESS_KEYS[:3])
    assert [one.witness for one in seen.cosignatures] == WITNESS_KEYS[:3]
    assert {one.time for one in seen.cosignatures} == {1_800_000_000}
    assert verify_checkpoint(KEY, COSIGNED).cosignatures == ()


def test_a_cosignature_signs_the_time_and_the_text() -> None:
    line = cosign(WITNESSES[0], SIGNED, 1_679_315_147)
    message = b"cosignature/v1\ntime 1679315147\n" + parse_note(SIGNED.note).text.encode()
    crypto.verify(WITNESS_KEYS[0], message, line.signature[8:])
    assert int.from_bytes(line.signature[:8]) == 1_679_315_147
    assert len(witness_name(WITNESS_KEYS[0])) == 16


def test_adding_cosignatures_keeps_the_text_and_drops_repeats_and_what_does_not_fit() -> None:
    again = add_cosignatures(COSIGNED, [cosign(WITNESSES[0], SIGNED, 1_800_000_009)])
    assert again == COSIGNED
    assert parse_note(COSIGNED).text == parse_note(SIGNED.note).text
    lines = [cosign(seed, SIGNED, 1) for seed in WITNESSES]
    assert len(parse_note(add_cosignatures(SIGNED.note, lines, 5)).signatures) == 5


@pytest.mark.parametrize(
    ("size", "root"), [(0, bytes(32)), (1, ROOT), (SIZE_MAX, bytes([255]) * 32)]
)
def test_sizes_and_roots_at_their_bounds_go_round(size: int, root: bytes) -> None:
    checkpoint = Checkpoint("a.example", size, root)
    assert parse_checkpoint(format_checkpoint(checkpoint)) == checkpoint


ROOT_LINE = "ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1+f4CBgoM="


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"a.example\n{ROOT_LINE}\n",
        f"\n1\n{ROOT_LINE}\n",
        f"a.example\n01\n{ROOT_LINE}\n",
        f"a.example\n-1\n{ROOT_LINE}\n",
        f"a.example\n+1\n{ROOT_LINE}\n",
        f"a.example\n١\n{ROOT_LINE}\n",  # noqa: RUF001 -- a digit, and not an ASCII one
        f"a.example\n{SIZE_MAX + 1}\n{ROOT_LINE}\n",
        f"a.example\n{'9' * 17}\n{ROOT_LINE}\n",
        f"a.example\n1\n{ROOT_LINE}\nextension\n",
        f"a.example\n1\n{ROOT_LINE}",
        f"a.example\n1\n{ROOT_LINE[:-2]}N=\n",
        f"a.example\n1\n{ROOT_LINE[:-1]}A\n",
        f"a.example\n1\n{'!' * 44}\n",
        f"a.example\n1\n{'é' * 44}\n",
    ],
)
def test_a_text_that_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        parse_checkpoint(text)


def test_another_communitys_checkpoint_is_refused() -> None:
    other = crypto.public_key(bytes(32))
    with pytest.raises(NoteError, match="expected commontab"):
        verify_checkpoint(other, SIGNED.note)


def test_a_checkpoint_that_only_a_witness_signed_is_refused() -> None:
    text = parse_note(SIGNED.note).text
    note = Note(text, (cosign(WITNESSES[0], SIGNED, 1),))
    with pytest.raises(NoteError, match="without a signature"):
        verify_checkpoint(KEY, format_note(note), WITNESS_KEYS)


def test_a_foreign_key_under_our_origin_is_refused() -> None:
    note = sign_note(bytes(32), origin(KEY), parse_note(SIGNED.note).text)
    with pytest.raises(NoteError, match="without a signature"):
        verify_checkpoint(KEY, format_note(note))


def test_a_known_witness_with_a_wrong_cosignature_makes_the_note_refused() -> None:
    good = cosign(WITNESSES[0], SIGNED, 5)
    for signature in (
        (6).to_bytes(8) + good.signature[8:],
        good.signature[:-1],
        b"\xff" * 8 + good.signature[8:],
    ):
        line = NoteSignature(good.name, good.key_id, signature)
        with pytest.raises(NoteError):
            verify_checkpoint(KEY, add_cosignatures(SIGNED.note, [line]), WITNESS_KEYS)


def test_flipping_any_byte_is_refused_or_loses_a_cosignature() -> None:
    whole = verify_checkpoint(KEY, COSIGNED, WITNESS_KEYS)
    for at in range(len(COSIGNED)):
        changed = bytearray(COSIGNED)
        changed[at] ^= 1
        try:
            left = verify_checkpoint(KEY, bytes(changed), WITNESS_KEYS)
        except NoteError:
            continue
        assert (left.size, left.root) == (whole.size, whole.root)
        assert len(left.cosignatures) < len(whole.cosignatures)
