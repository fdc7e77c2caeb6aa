"""Sealed files: what opens, what is another file, and what a file may be called."""

import pytest

from ledger.attachment import (
    FILE_BYTES_MAX,
    IMAGES,
    MEDIA_TYPES,
    SEAL_BYTES,
    SEALED_BYTES_MAX,
    check_name,
    is_file_of,
    open_file,
    seal_file,
)
from ledger.codec import decode, encode
from ledger.errors import CodecError, FileInvalid
from ledger.operation import Attach
from ledger.state import replace
from tests.support.attached import attach, sealed_file

KEY = bytes(range(32))
GOOD = ["a", "a" * 64, "Rechnung März.pdf", "收据.png", "a.b.c", "…", "x.", "r\u00e9sum\u00e9"]
BAD = [
    "", "a" * 65, ".hidden", " a", "a ", "a/b", "a\\b", "a\nb", "a\x00", "a\x7f", "a\x85b",
    "gpj\u202eexe", "a\u200bb", "\u2028", "a\ufeff", "\ufff9a", "a\xadb", "\u2066a",
]  # fmt: skip


def test_a_sealed_file_opens_with_its_key_only() -> None:
    asked = attach("soup")
    sealed = sealed_file("soup")
    assert len(sealed) == asked.length + SEAL_BYTES
    assert is_file_of(sealed, asked)
    assert open_file(sealed, asked) == b"soup"
    stranger = replace(asked, key=KEY)
    with pytest.raises(FileInvalid, match="does not open with the key"):
        open_file(sealed, stranger)


@pytest.mark.parametrize(
    "sealed",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(sealed_file("soap"), id="another file"),
        pytest.param(sealed_file("soup") + b"\x00", id="longer"),
        pytest.param(sealed_file("soup")[:-1], id="shorter"),
    ],
)
def test_other_bytes_are_not_the_file(sealed: bytes) -> None:
    assert not is_file_of(sealed, attach("soup"))
    with pytest.raises(FileInvalid, match="not the sealed file of 4 bytes"):
        open_file(sealed, attach("soup"))


def test_a_true_hash_with_a_false_length_is_no_file() -> None:
    assert not is_file_of(sealed_file("soup"), attach("soup", length=5))


def test_the_largest_file_is_the_largest_that_an_operation_says() -> None:
    sealed = seal_file(bytes(FILE_BYTES_MAX), KEY)
    assert len(sealed) == SEALED_BYTES_MAX
    encode(attach("soup", length=FILE_BYTES_MAX))
    with pytest.raises(AssertionError):
        seal_file(bytes(FILE_BYTES_MAX + 1), KEY)
    for length in (0, FILE_BYTES_MAX + 1):
        with pytest.raises(CodecError):
            decode(encode(attach("soup", length=length)), Attach, 1_000)


@pytest.mark.parametrize("name", GOOD)
def test_a_name_that_prints_is_taken(name: str) -> None:
    check_name(name)
    assert decode(encode(attach("soup", name=name)), Attach, 1_000).name == name


@pytest.mark.parametrize("name", BAD)
def test_a_name_with_a_folder_or_what_does_not_print_is_not(name: str) -> None:
    with pytest.raises(FileInvalid, match="characters that print"):
        check_name(name)
    with pytest.raises(CodecError):
        decode(encode(attach("soup", name=name)), Attach, 1_000)


def test_a_name_that_is_no_text_is_not_taken() -> None:
    with pytest.raises(FileInvalid, match="characters that print"):
        check_name("a\udcff")


def test_every_kind_has_a_media_type() -> None:
    assert sorted(MEDIA_TYPES) == list(range(5))
    assert {MEDIA_TYPES[kind].partition("/")[0] for kind in IMAGES} == {"image"}
