import pytest

from federation.errors import MemoInvalid
from federation.memo import open_memo, seal_memo
from ledger import crypto
from ledger.errors import KeyRefused
from ledger.field import MEMO_CHARS_MAX, SEALED_MEMO_BYTES_MAX

PAYER, PAYEE, OTHER = (bytes([number]) * 32 for number in (1, 2, 3))
NONCE = bytes(range(24))
SEALED = seal_memo(PAYER, crypto.public_key(PAYEE), NONCE, "for the bread 🍞")


def test_payer_and_payee_read_a_memo() -> None:
    assert open_memo(PAYER, crypto.public_key(PAYEE), SEALED) == "for the bread 🍞"
    assert open_memo(PAYEE, crypto.public_key(PAYER), SEALED) == "for the bread 🍞"


def test_the_longest_memo_fits_its_field() -> None:
    text = "🍞" * MEMO_CHARS_MAX
    sealed = seal_memo(PAYER, crypto.public_key(PAYEE), NONCE, text)
    assert len(sealed) == 840 <= SEALED_MEMO_BYTES_MAX
    assert open_memo(PAYEE, crypto.public_key(PAYER), sealed) == text


def test_nobody_else_reads_it() -> None:
    for seed, key in ((OTHER, PAYER), (OTHER, PAYEE), (PAYER, OTHER), (PAYEE, OTHER)):
        with pytest.raises(MemoInvalid):
            open_memo(seed, crypto.public_key(key), SEALED)


def test_every_changed_byte_is_refused() -> None:
    for at in range(len(SEALED)):
        changed = bytearray(SEALED)
        changed[at] ^= 1
        with pytest.raises(MemoInvalid):
            open_memo(PAYEE, crypto.public_key(PAYER), bytes(changed))


def sealed_bytes(text: bytes) -> bytes:
    shared = crypto.shared_key(PAYER, crypto.public_key(PAYEE))
    return NONCE + crypto.box(shared, NONCE, text)


@pytest.mark.parametrize(
    "sealed",
    [b"", bytes(23), bytes(30), bytes(901), sealed_bytes(b""), sealed_bytes(b"\xff"),
     sealed_bytes(b"a" * 201)],
)  # fmt: skip
def test_what_is_no_memo_is_refused(sealed: bytes) -> None:
    with pytest.raises(MemoInvalid):
        open_memo(PAYEE, crypto.public_key(PAYER), sealed)


def test_a_key_that_nothing_can_be_sealed_to_is_refused() -> None:
    with pytest.raises(KeyRefused):
        seal_memo(PAYER, bytes(32), NONCE, "text")
    with pytest.raises(MemoInvalid):
        open_memo(PAYER, bytes(32), SEALED)
