import pytest
from nacl.public import PublicKey, SealedBox
from nacl.signing import SigningKey

from ledger import crypto
from ledger.errors import KeyRefused, SealInvalid, SignatureInvalid

ONE, OTHER = bytes([1]) * 32, bytes([2]) * 32
NONCE = bytes(24)


def test_both_parties_share_one_key_and_a_third_does_not() -> None:
    shared = crypto.shared_key(ONE, crypto.public_key(OTHER))
    assert shared == crypto.shared_key(OTHER, crypto.public_key(ONE))
    assert shared != crypto.shared_key(bytes(32), crypto.public_key(ONE))


@pytest.mark.parametrize(
    "key",
    [bytes(32), b"\x01" + bytes(31), b"\xff" * 32, b"\x02" + bytes(31), bytes(31), b"",
     bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")],
)  # fmt: skip
def test_a_key_that_nothing_can_be_sealed_to_is_refused(key: bytes) -> None:
    with pytest.raises(KeyRefused):
        crypto.exchange_key(key)
    with pytest.raises(KeyRefused):
        crypto.shared_key(ONE, key)


def test_a_box_opens_with_its_key_and_nonce_only() -> None:
    shared = crypto.shared_key(ONE, crypto.public_key(OTHER))
    sealed = crypto.box(shared, NONCE, b"text")
    assert len(sealed) == 4 + crypto.BOX_MAC_BYTES
    assert crypto.open_box(shared, NONCE, sealed) == b"text"
    for key, nonce, data in (
        (bytes(32), NONCE, sealed),
        (shared, b"\x01" * 24, sealed),
        (shared, NONCE, sealed[:-1]),
        (shared, b"short", sealed),
        (shared, NONCE, b""),
    ):
        with pytest.raises(SealInvalid):
            crypto.open_box(key, nonce, data)


def test_a_secret_box_opens_with_its_key_only() -> None:
    sealed = crypto.secret_box(ONE, NONCE, b"text")
    assert crypto.open_secret_box(ONE, NONCE, sealed) == b"text"
    for data in (b"", sealed[:15], sealed[:-1] + bytes([sealed[-1] ^ 1])):
        with pytest.raises(SealInvalid):
            crypto.open_secret_box(ONE, NONCE, data)
    with pytest.raises(SealInvalid):
        crypto.open_secret_box(OTHER, NONCE, sealed)


def test_sealed_boxes_are_libsodiums() -> None:
    ours = crypto.seal_to(crypto.public_key(ONE), b"text", OTHER)
    assert len(ours) == 4 + crypto.SEAL_BYTES
    secret = SigningKey(ONE).to_curve25519_private_key()
    assert SealedBox(secret).decrypt(ours) == b"text"
    theirs = SealedBox(PublicKey(crypto.exchange_key(crypto.public_key(ONE)))).encrypt(b"text")
    assert crypto.open_seal(ONE, theirs) == b"text"


def test_a_sealed_box_for_another_or_damaged_is_refused() -> None:
    sealed = crypto.seal_to(crypto.public_key(ONE), b"text", OTHER)
    for seed, data in ((OTHER, sealed), (ONE, sealed[:-1]), (ONE, b""), (ONE, bytes(60))):
        with pytest.raises(SealInvalid):
            crypto.open_seal(seed, data)


def test_signatures_of_other_lengths_are_refused() -> None:
    signature = crypto.sign(ONE, b"text")
    crypto.verify(crypto.public_key(ONE), b"text", signature)
    for bad in (b"", signature[:-1], signature + b"t", signature[:-1] + b"\x00"):
        with pytest.raises(SignatureInvalid):
            crypto.verify(crypto.public_key(ONE), b"ext", bad)


def test_a_stretched_passphrase_depends_on_every_input() -> None:
    salt, memory = b"somesaltsomesalt", crypto.STRETCH_MEMORY_BYTES_MIN
    keys = {
        crypto.stretch("password", salt, 1, memory),
        crypto.stretch("Password", salt, 1, memory),
        crypto.stretch("password", salt[::-1], 1, memory),
        crypto.stretch("password", salt, 2, memory),
        crypto.stretch("password", salt, 1, 2 * memory),
    }
    assert len(keys) == 5
    assert {len(key) for key in keys} == {32}
