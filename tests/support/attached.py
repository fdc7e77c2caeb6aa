"""Files for tests to attach: small, and sealed as members seal them."""

from hashlib import sha256

from ledger.attachment import seal_file
from ledger.operation import TEXT, Attach

TARGET = b"t" * 20


def sealed_file(text: str) -> bytes:
    """Return a sealed file; the same text gives the same bytes in every test."""
    return seal_file(text.encode(), _key(text))


def attach(
    text: str, about: bytes | None = None, *, name: str = "note.txt", length: int | None = None
) -> Attach:
    """Return the operation that attaches a text.

    Args:
        text: What the file says.
        about: Id of the entry, or nothing for what the operation before makes.
        name: What the file is called.
        length: What the operation says of its length, where that is not true.
    """
    plain, sealed = text.encode(), sealed_file(text)
    told = len(plain) if length is None else length
    return Attach(about, name, TEXT, told, sha256(sealed).digest(), TARGET, _key(text))


def _key(text: str) -> bytes:
    return sha256(b"key of " + text.encode()).digest()
