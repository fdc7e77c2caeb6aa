"""Files attached in tests: small texts under keys that follow from their content."""

from hashlib import sha256

from federation.blob import cut_blob
from ledger.attachment import seal_file
from ledger.operation import TEXT, Attach


def text_file(
    text: str, name: str = "list.txt", about: bytes | None = None
) -> tuple[Attach, bytes]:
    """Return what attaches a text, and the sealed file."""
    plain = text.encode()
    key = sha256(b"key of " + plain).digest()
    sealed = seal_file(plain, key)
    target = cut_blob(sealed).target
    named = sha256(sealed).digest()
    return Attach(about, name, TEXT, len(plain), named, target, key), sealed
