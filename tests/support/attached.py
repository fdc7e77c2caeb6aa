"""Files attached in tests: small texts under keys that follow from their content."""

from hashlib import sha256

from federation.blob import cut_blob
from ledger.attachment import seal_file
from ledger.operation import TEXT, Attach


def text_file(
    text: str, name: str = "list.txt", about: bytes | None = None
) -> tuple[Attach, bytes]:
    """Return what attaches a text, and the sealed file."""
    return attach(text, about, name=name), sealed_file(text)


def attach(
    text: str, about: bytes | None = None, *, name: str = "list.txt", length: int | None = None
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
    named = sha256(sealed).digest()
    return Attach(about, name, TEXT, told, named, cut_blob(sealed).target, _key(text))


def sealed_file(text: str) -> bytes:
    """Return a sealed file; the same text gives the same bytes in every test."""
    return seal_file(text.encode(), _key(text))


def _key(text: str) -> bytes:
    return sha256(b"key of " + text.encode()).digest()
