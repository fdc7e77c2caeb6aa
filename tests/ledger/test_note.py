from base64 import b64decode

import pytest

from ledger import crypto
from ledger.errors import NoteError
from ledger.note import (
    ED25519,
    NOTE_BYTES_MAX,
    Note,
    NoteSignature,
    format_note,
    key_id,
    parse_note,
    sign_note,
    verify_note,
)

SEED = bytes(range(32))
KEY = crypto.public_key(SEED)
NOTE = sign_note(SEED, "example.org/log", "one line\n\nand another\n")

GO_NAME, GO_ID, GO_KEY = (
    "PeterNeumann", "c74f20a3", "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
)  # fmt: skip
GO_SIGNATURE = (
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
)
GO_NOTE = f"""If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— {GO_NAME} {GO_SIGNATURE}
"""
"""The verifier key and note in the documentation of golang.org/x/mod/sumdb/note."""


def test_a_note_of_the_go_implementation_verifies() -> None:
    kind, key = b64decode(GO_KEY)[:1], b64decode(GO_KEY)[1:]
    assert kind == ED25519
    assert key_id(GO_NAME, kind, key).hex() == GO_ID
    verify_note(parse_note(GO_NOTE.encode()), GO_NAME, key)


def test_a_signed_note_parses_to_itself_and_verifies() -> None:
    assert parse_note(format_note(NOTE)) == NOTE
    verify_note(NOTE, "example.org/log", KEY)


def test_unknown_keys_lines_are_ignored() -> None:
    other = sign_note(bytes(32), "else.example", NOTE.text).signatures
    verify_note(parse_note(format_note(Note(NOTE.text, other + NOTE.signatures))),
                "example.org/log", KEY)  # fmt: skip


def test_sixteen_signatures_fit_and_seventeen_do_not() -> None:
    lines = tuple(NoteSignature(f"w{at}.example", b"abcd", bytes(72)) for at in range(17))
    assert len(parse_note(format_note(Note("text\n", lines[:16]))).signatures) == 16
    with pytest.raises(NoteError, match="17 signatures"):
        parse_note(format_note(Note("text\n", lines)))


WHOLE = format_note(NOTE).decode()
LINE = WHOLE.splitlines()[-1]


@pytest.mark.parametrize(
    ("case", "data"),
    [
        ("empty", b""),
        ("no blank line", b"text\n" + LINE.encode() + b"\n"),
        ("no signature", b"text\n\n"),
        ("no newline at the end", WHOLE[:-1].encode()),
        ("a carriage return", WHOLE.replace("\n", "\r\n").encode()),
        ("a tab in the text", WHOLE.replace("one", "one\t").encode()),
        ("not UTF-8", b"\xff" + WHOLE.encode()),
        ("a hyphen for the dash", WHOLE.replace("—", "-").encode()),
        ("two spaces", WHOLE.replace("log ", "log  ").encode()),
        ("a plus in the name", WHOLE.replace("/log", "+log").encode()),
        ("a no-break space in the name", WHOLE.replace("org/log", "org\u00a0log").encode()),
        ("no base64", WHOLE.replace("=", "!").encode()),
        ("base64 without padding", WHOLE.replace("=", "").encode()),
        ("base64 that is too short", b"text\n\n\xe2\x80\x94 name YWJjZA==\n"),
        ("base64 with spare bits", b"text\n\n\xe2\x80\x94 name YWJjZGV=\n"),
        ("one key twice", WHOLE.encode() + LINE.encode() + b"\n"),
        ("too long", b"a" * NOTE_BYTES_MAX + WHOLE.encode()),
    ],
)
def test_a_malformed_note_is_refused(case: str, data: bytes) -> None:
    with pytest.raises(NoteError):
        parse_note(data)
    assert case


def test_flipping_any_bit_of_a_note_is_refused() -> None:
    whole = format_note(NOTE)
    for at in range(len(whole)):
        for bit in range(8):
            changed = bytearray(whole)
            changed[at] ^= 1 << bit
            with pytest.raises(NoteError):
                verify_note(parse_note(bytes(changed)), "example.org/log", KEY)


def test_a_note_signed_under_another_name_or_key_is_refused() -> None:
    with pytest.raises(NoteError, match="without a signature"):
        verify_note(NOTE, "example.org/other", KEY)
    with pytest.raises(NoteError, match="without a signature"):
        verify_note(NOTE, "example.org/log", crypto.public_key(bytes(32)))
