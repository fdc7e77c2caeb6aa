"""The decision slot: whoever was told of a payment reads what became of it, and nobody else."""

from hashlib import sha256

import pytest

from federation import bencode
from federation.errors import SlotInvalid
from federation.item import immutable_target
from federation.link.decision import (
    DecisionInline,
    DecisionListed,
    decision_slot,
    join_decision,
    open_decision,
    seal_decision,
)
from federation.link.key import link_seed
from federation.slot import seal_slot
from federation.tier import Tiered
from ledger import crypto
from ledger.codec import encode
from ledger.link.evidence import verify_reading
from ledger.link.reading import Reading, ReadRecord
from ledger.note import NOTE_BYTES_MAX
from tests.support.linked import long
from tests.support.river import RIVER, read, river

KEY = crypto.public_key(link_seed(RIVER))
PAYMENT = bytes(range(16))
SLOT = decision_slot(KEY, PAYMENT)
NONCES = (bytes(24), bytes(range(24)))
READING = read(river(4), 1)


def opened(sealed: Tiered) -> Reading:
    slot = decision_slot(KEY, PAYMENT)
    content = open_decision(slot, sealed.value)
    if isinstance(content, Reading):
        assert sealed.items == ()
        return content
    assert list(content.targets) == [immutable_target(item) for item in sealed.items]
    return join_decision(slot, content, sealed.items)


def test_a_decision_of_a_small_journal_fits_the_slot_itself() -> None:
    sealed = seal_decision(SLOT, READING, NONCES)
    assert (len(sealed.value), sealed.items) == (999, ())
    assert opened(sealed) == READING
    assert verify_reading(crypto.public_key(RIVER), opened(sealed)).size == 4


def test_a_decision_that_does_not_fit_is_listed() -> None:
    reading = read(river(4, long), 1)
    sealed = seal_decision(SLOT, reading, NONCES)
    assert (len(sealed.value), len(sealed.items)) == (256, 3)
    assert opened(sealed) == reading


def test_the_largest_values_fit() -> None:
    hashes = (bytes([255]) * 32,) * 53
    record = ReadRecord(2**53 - 1, river(4, long).records[1] * 3)
    reading = Reading(bytes(32), "😀" * (NOTE_BYTES_MAX // 4), (record,), hashes)
    assert opened(seal_decision(SLOT, reading, NONCES)) == reading


def test_a_value_is_a_secretbox_under_the_payments_key() -> None:
    sealed = seal_decision(SLOT, READING, NONCES)
    content = bencode.decode(sealed.value, 999)
    assert isinstance(content, bytes)
    padded = crypto.open_secret_box(SLOT.secret, content[:24], content[24:])
    assert padded.startswith(encode(DecisionInline(READING)) + b"\x80")


def test_each_payment_has_its_slot_and_its_secret() -> None:
    other = decision_slot(KEY, bytes(16))
    assert SLOT.name.key == other.name.key == KEY
    assert SLOT.name.salt != other.name.salt
    with pytest.raises(SlotInvalid, match="did not seal"):
        open_decision(other, seal_decision(SLOT, READING, NONCES).value)


def test_every_changed_byte_of_a_value_is_refused() -> None:
    value = seal_decision(SLOT, READING, NONCES).value
    for at in range(len(value)):
        with pytest.raises(SlotInvalid):
            open_decision(SLOT, value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :])


@pytest.mark.parametrize(
    ("plaintext", "said"),
    [
        (b"", "not canonical"),
        (b"\xc0", "not canonical"),
        (b"\x92\x03\xc0", "not canonical"),
        (encode(DecisionInline(Reading(bytes(32), "", (), ()))), "not canonical"),
        (
            encode(DecisionInline(Reading(bytes(32), "", (ReadRecord(1, b""),) * 2, ()))),
            "of 2 records",
        ),
    ],
    ids=["nothing", "nil", "kind 3", "no record", "two records"],
)
def test_what_is_no_decision_is_refused(plaintext: bytes, said: str) -> None:
    with pytest.raises(SlotInvalid, match=said):
        open_decision(SLOT, seal_slot(SLOT.secret, NONCES[0], plaintext))


def test_items_that_are_no_decision_are_refused() -> None:
    nested = encode(DecisionListed(1, bytes(32), (bytes(20),)))
    two = encode(DecisionInline(Reading(bytes(32), "", (ReadRecord(1, b""),) * 2, ())))
    for plaintext, said in ((nested, "list others"), (two, "of 2 records"), (b"", "not canonical")):
        sealed = NONCES[1] + crypto.box(SLOT.secret, NONCES[1], plaintext)
        item = bencode.encode(sealed)
        listed = DecisionListed(len(sealed), sha256(sealed).digest(), (immutable_target(item),))
        with pytest.raises(SlotInvalid, match=said):
            join_decision(SLOT, listed, [item])
        with pytest.raises(SlotInvalid, match="not the"):
            join_decision(SLOT, listed, [bencode.encode(b"x")])
