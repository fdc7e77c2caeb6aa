"""Mutable items: BEP 44's own vectors, and what does not verify."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from federation.errors import ItemInvalid
from federation.item import (
    SALT_BYTES_MAX,
    SEQ_MAX,
    VALUE_BYTES_MAX,
    MutableItem,
    SlotName,
    immutable_target,
    sign_item,
    signable,
    verify_item,
)

BEP44: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "vectors" / "bep44.json").read_text("utf-8")
)
SEED = bytes(range(32))


@pytest.mark.parametrize("vector", BEP44["vectors"], ids=["without salt", "with salt"])
def test_the_vectors_of_bep44_hold(vector: dict[str, str]) -> None:
    salt, value = vector["salt"].encode(), BEP44["value"].encode()
    slot = SlotName(bytes.fromhex(BEP44["public_key"]), salt)
    item = MutableItem(slot, BEP44["seq"], value, bytes.fromhex(vector["signature"]))
    assert signable(salt, BEP44["seq"], value).decode() == vector["signed"]
    assert slot.target.hex() == vector["target"]
    verify_item(item)


def test_what_we_sign_verifies_at_the_largest_sizes() -> None:
    value = b"%d:" % (VALUE_BYTES_MAX - 4) + bytes(VALUE_BYTES_MAX - 4)
    verify_item(sign_item(SEED, bytes(SALT_BYTES_MAX), SEQ_MAX, value))


GOOD = sign_item(SEED, b"salt", 5, b"1:a")


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(replace(GOOD, seq=6), id="another seq"),
        pytest.param(replace(GOOD, value=b"1:b"), id="another value"),
        pytest.param(replace(GOOD, signature=bytes(64)), id="no signature"),
        pytest.param(replace(GOOD, signature=GOOD.signature[:-1]), id="cut signature"),
        pytest.param(replace(GOOD, slot=SlotName(GOOD.slot.key, b"tlas")), id="another salt"),
        pytest.param(replace(GOOD, slot=SlotName(bytes(32), b"salt")), id="another key"),
        pytest.param(replace(GOOD, slot=SlotName(b"short", b"salt")), id="cut key"),
        pytest.param(replace(GOOD, slot=SlotName(GOOD.slot.key, bytes(65))), id="long salt"),
        pytest.param(replace(GOOD, value=bytes(1_000)), id="long value"),
        pytest.param(replace(GOOD, value=b""), id="no value"),
        pytest.param(replace(GOOD, seq=-1), id="negative seq"),
        pytest.param(replace(GOOD, seq=2**63), id="seq beyond 63 bits"),
    ],
)
def test_what_is_not_signed_so_or_does_not_fit_is_refused(item: MutableItem) -> None:
    with pytest.raises(ItemInvalid):
        verify_item(item)


def test_an_immutable_value_lives_under_its_sha1() -> None:
    # BEP 44, test vector 3
    assert immutable_target(b"12:Hello World!").hex() == "e5f96f6f38320f0f33959cb4d3d656452117aadb"
