"""The bencoding wrapper: canonical or refused, and one error only."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation import bencode
from federation.errors import ItemInvalid

VALUES = st.recursive(
    st.integers(-bencode.INTEGER_MAX, bencode.INTEGER_MAX) | st.binary(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.binary(max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=200)
@given(VALUES)
def test_what_was_encoded_decodes_to_the_same(value: bencode.Value) -> None:
    assert bencode.decode(bencode.encode(value), bytes_max=10_000) == value


@settings(max_examples=300)
@given(st.binary(max_size=60) | st.text("dile0123456789:-ax", max_size=30).map(str.encode))
def test_any_bytes_decode_canonically_or_raise_item_invalid(data: bytes) -> None:
    try:
        value = bencode.decode(data)
    except ItemInvalid:
        return
    assert bencode.encode(value) == data


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"i01e", id="leading zero"),
        pytest.param(b"i-0e", id="negative zero"),
        pytest.param(b"01:a", id="leading zero of a length"),
        pytest.param(b"i1ei2e", id="trailing bytes"),
        pytest.param(b"d1:bi1e1:ai2ee", id="unsorted keys"),
        pytest.param(b"d1:ai1e1:ai2ee", id="doubled keys"),
        pytest.param(b"i9223372036854775808e", id="integer out of range"),
        pytest.param(b"i99999999999999999999999999e", id="integer far out of range"),
        pytest.param(b"di1ei2ee", id="integer as a key"),
        pytest.param(b"5:abc", id="cut string"),
        pytest.param(b"l" * 400 + b"e" * 400, id="deep nesting"),
        pytest.param(b"1001:" + b"x" * 1001, id="too long"),
    ],
)
def test_bytes_that_are_not_canonical_are_refused(data: bytes) -> None:
    with pytest.raises(ItemInvalid, match="got"):
        bencode.decode(data)


@pytest.mark.parametrize("value", [None, 1.5, "text", True, {"key": 1}, [None], 2**63])
def test_a_value_without_a_bencoding_is_our_own_mistake(value: object) -> None:
    with pytest.raises(AssertionError):
        bencode.encode(value)  # type: ignore[arg-type]
