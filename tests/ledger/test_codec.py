"""Canonical bytes: one encoding of every value, and one error for everything else."""

import subprocess
import sys

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.changeset import CHANGE_SET_BYTES_MAX, ChangeSet, Seen
from ledger.codec import Shape, decode, encode
from ledger.errors import CodecError
from ledger.field import Count, UnitCode
from ledger.operation import Pay
from ledger.record import decode_record


class Small(Shape):
    """A shape with one field of each encoded kind."""

    number: Count
    data: bytes
    text: str
    item: bytes | None


SMALL = Small(5, b"ab", "c", None)
BYTES = b"\x94\x05\xc4\x02ab\xa1c\xc0"


def test_a_struct_is_an_array_in_field_order() -> None:
    assert encode(SMALL) == BYTES
    assert decode(BYTES, Small, 100) == SMALL


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(b"\x94\xcc\x05\xc4\x02ab\xa1c\xc0", "non-canonical", id="integer in 2 bytes"),
        pytest.param(b"\x94\xd0\x05\xc4\x02ab\xa1c\xc0", "non-canonical", id="signed integer"),
        pytest.param(b"\x94\x05\xc5\x00\x02ab\xa1c\xc0", "non-canonical", id="long bytes header"),
        pytest.param(b"\x94\x05\xc4\x02ab\xd9\x01c\xc0", "non-canonical", id="long text header"),
        pytest.param(b"\xdc\x00\x04\x05\xc4\x02ab\xa1c\xc0", "non-canonical", id="long array"),
        pytest.param(BYTES + b"\xc0", "do not fit", id="bytes after the end"),
        pytest.param(BYTES[:-1], "do not fit", id="cut short"),
        pytest.param(b"\x95\x05\xc4\x02ab\xa1c\xc0\xc0", "do not fit", id="a field too many"),
        pytest.param(b"\x93\x05\xc4\x02ab\xa1c", "do not fit", id="a field too few"),
        pytest.param(b"\x94\xff\xc4\x02ab\xa1c\xc0", "do not fit", id="below the bounds"),
        pytest.param(
            b"\x94\xcf" + (2**53).to_bytes(8) + b"\xc4\x02ab\xa1c\xc0",
            "do not fit",
            id="above the bounds",
        ),
        pytest.param(b"\x94\xca\x40\xa0\x00\x00\xc4\x02ab\xa1c\xc0", "do not fit", id="a float"),
        pytest.param(b"\x94\x05\xc4\x02ab\xa1\xff\xc0", "do not fit", id="text not UTF-8"),
        pytest.param(b"\x94\x05\xc4\x02ab\xa3\xed\xa0\x80\xc0", "do not fit", id="a surrogate"),
        pytest.param(b"\x80", "do not fit", id="a map"),
        pytest.param(b"\x91" * 5_000, "do not fit", id="arrays in arrays"),
        pytest.param(b"", "do not fit", id="nothing"),
    ],
)
def test_any_other_encoding_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(CodecError, match=said):
        decode(data, Small, 10_000)


def test_what_is_too_long_is_refused_unread() -> None:
    with pytest.raises(CodecError, match="got 9 bytes where at most 8 fit"):
        decode(BYTES, Small, 8)


def test_a_text_in_place_of_bytes_is_refused() -> None:
    with pytest.raises(CodecError):
        decode(b"\x94\x05\xa2ab\xa1c\xc0", Small, 100)


@pytest.mark.parametrize("code", ["E", "eur", "EURO12345", "1EU", "EUR\n", "E R", "ÉUR", ""])
def test_a_units_code_is_two_to_eight_capitals_and_digits(code: str) -> None:
    with pytest.raises(CodecError):
        decode(msgspec.msgpack.encode(code), UnitCode, 100)


@settings(max_examples=400)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_change_set_or_one_documented_error(data: bytes) -> None:
    try:
        value = decode(data, ChangeSet, CHANGE_SET_BYTES_MAX)
    except CodecError:
        return
    assert encode(value) == data


VALID = encode(
    ChangeSet(0, 7, bytes(32), 9, Seen(3, bytes(32)), (Pay(bytes(16), 5, "EUR", "m", b"", None),))
)


@settings(max_examples=400)
@given(st.integers(0, len(VALID) - 1), st.binary(max_size=3))
def test_damaged_bytes_are_another_change_set_or_one_documented_error(
    at: int, spliced: bytes
) -> None:
    data = VALID[:at] + spliced + VALID[at + 1 :]
    try:
        value = decode(data, ChangeSet, CHANGE_SET_BYTES_MAX)
    except CodecError:
        return
    assert encode(value) == data


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_record_or_one_documented_error(data: bytes) -> None:
    try:
        record = decode_record(data)
    except CodecError:
        return
    assert encode(record) == data[16:]


_MANY_FIRST_DECODES = """
import sys, threading
from ledger.codec import Shape, decode, encode

sys.setswitchinterval(1e-6)
for number in range(150):
    inner = type(f"Inner{number}", (Shape,), {"__annotations__": {"a": int, "b": bytes}})
    outer = type(f"Outer{number}", (Shape,), {"__annotations__": {"c": inner, "d": tuple[inner]}})
    data = encode(outer(inner(1, b"x"), (inner(2, b"y"),)))
    together = threading.Barrier(4)

    def first_decode():
        together.wait()
        for _ in range(20):
            decode(data, outer, 100)

    threads = [threading.Thread(target=first_decode) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def test_threads_may_decode_a_shape_for_the_first_time_at_once() -> None:
    command = [sys.executable, "-c", _MANY_FIRST_DECODES]
    done = subprocess.run(command, check=False, capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
