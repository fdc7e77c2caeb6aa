"""Parts of a text: any order, doubled and wrapped, and never a wrong text."""

import zlib
from base64 import b32decode, b32encode
from contextlib import suppress
from hashlib import sha256
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.proof.parts import HEAD, PARTS_MAX, count_parts, is_part, join_parts, split_parts
from federation.qr import draw_png, read_picture
from ledger.errors import ProofInvalid
from ledger.proof.text import PROOF_BYTES_MAX

TEXT = Random(1).randbytes(2_000)  # noqa: S311 -- no secret, and nothing compresses it


def damaged(part: str, at: int) -> str:
    data = bytearray(b32decode(part.removeprefix(HEAD) + "=" * (-len(part[len(HEAD) :]) % 8)))
    data[at] ^= 1
    return HEAD + b32encode(bytes(data)).decode().rstrip("=")


def made(number: int, count: int, mark: bytes, chunk: bytes) -> str:
    body = bytes((number, count)) + mark + chunk
    return HEAD + b32encode(body + sha256(body).digest()[:4]).decode().rstrip("=")


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=4_000), st.randoms(use_true_random=False))
def test_parts_in_any_order_and_doubled_make_up_their_text(text: bytes, dice: Random) -> None:
    parts = split_parts(text)
    assert len(parts) == count_parts(text)
    shuffled = [*parts, *dice.sample(parts, dice.randint(0, len(parts)))]
    dice.shuffle(shuffled)
    assert join_parts(shuffled) == text
    assert join_parts(["\n".join(shuffled).lower()]) == text


def test_a_part_wrapped_over_lines_is_read() -> None:
    wrapped = ["\r\n ".join(one[at : at + 60] for at in range(0, len(one), 60))
               for one in split_parts(TEXT)]  # fmt: skip
    assert join_parts(wrapped) == TEXT
    assert is_part(wrapped[0])
    assert not is_part("COMMONTAB:M:ABC")


def test_every_part_is_a_code_that_is_read_back() -> None:
    parts = split_parts(TEXT)
    assert len(parts) == 3
    assert join_parts(read_picture(draw_png(part)) for part in reversed(parts)) == TEXT


def test_a_missing_part_is_named() -> None:
    parts = split_parts(TEXT)
    with pytest.raises(ProofInvalid, match=r"got 1 of 3 parts; number 1, 3 is missing"):
        join_parts([parts[1]])


@pytest.mark.parametrize("at", [0, 1, 2, 9, 10, 300, -5, -4, -1])
def test_a_damaged_part_is_refused(at: int) -> None:
    first, *rest = split_parts(TEXT)
    with pytest.raises(ProofInvalid, match="damaged"):
        join_parts([damaged(first, at), *rest])


def wrong() -> dict[str, list[str]]:
    mark, packed = sha256(TEXT).digest()[:8], zlib.compress(TEXT, 9)
    bomb = zlib.compress(bytes(PROOF_BYTES_MAX + 1), 9)
    return {
        "nothing": [],
        "another text": ["COMMONTAB:M:ABCD"],
        "something before it": ["see " + split_parts(TEXT)[0]],
        "no base32": [HEAD + "1!"],
        "too short": [HEAD + "AE"],
        "number 0": [made(0, 1, mark, packed)],
        "a number above the count": [made(2, 1, mark, packed)],
        "too many": [made(1, PARTS_MAX + 1, mark, packed)],
        "parts of two texts": [split_parts(TEXT)[0], *split_parts(TEXT + b"x")[1:]],
        "one number twice": [made(1, 1, mark, packed), made(1, 1, mark, packed + b"x")],
        "not compressed": [made(1, 1, mark, TEXT)],
        "cut short": [made(1, 1, mark, packed[:-9])],
        "more behind it": [made(1, 1, mark, packed + b"x")],
        "another mark": [made(1, 1, bytes(8), packed)],
        "a bomb": [made(1, 1, sha256(bytes(PROOF_BYTES_MAX + 1)).digest()[:8], bomb)],
        "a very long text": [HEAD + "A" * 300_000],
        "a crowd": [HEAD * 300],
    }


@pytest.mark.parametrize("what", wrong())
def test_what_does_not_make_up_a_text_is_refused(what: str) -> None:
    with pytest.raises(ProofInvalid):
        join_parts(wrong()[what])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(max_size=60).map(lambda text: HEAD + text) | st.text(max_size=60)))
def test_the_reader_survives_whatever_comes(texts: list[str]) -> None:
    with suppress(ProofInvalid):
        join_parts(texts)
