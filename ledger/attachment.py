"""Attached files: sealed under a key of their own, and what fits.

A file is sealed in open ledgers too: who carries its bytes on their way cannot read them. Its key
stands in the journal, so whoever reads the journal can open it.
"""

from collections.abc import Mapping
from hashlib import sha256
from types import MappingProxyType
from typing import Protocol

import msgspec

from ledger import crypto
from ledger.errors import FileInvalid, SealInvalid
from ledger.field import FILE_NAME_CHARS_MAX, FileName
from ledger.operation import JPEG, PDF, PNG, TEXT, WEBP

FILE_BYTES_MAX = 262_144
"""The longest file before it is sealed, as ledger.field.FileLength says."""
SEAL_BYTES = crypto.BOX_MAC_BYTES
"""What a sealed file is longer than the file."""
SEALED_BYTES_MAX = FILE_BYTES_MAX + SEAL_BYTES
ATTACHED_MAX = 8
"""Files of one change-set."""
MONTH_BYTES_MAX = 8 * 2**20
"""What one account may attach in a calendar month (UTC), before sealing."""
KEY_BYTES = 32
_NONCE = bytes(crypto.BOX_NONCE_BYTES)
MEDIA_TYPES: Mapping[int, str] = MappingProxyType(
    {
        WEBP: "image/webp",
        JPEG: "image/jpeg",
        PNG: "image/png",
        PDF: "application/pdf",
        TEXT: "text/plain",
    }
)
"""What each kind of file is called elsewhere (RFC 6838)."""
IMAGES = frozenset((WEBP, JPEG, PNG))
"""The kinds that are pictures."""


class Sealing(Protocol):
    """What an attachment says of its sealed file: an Attach operation or an Attachment."""

    @property
    def length(self) -> int:
        """Bytes of the file before it was sealed."""

    @property
    def hash(self) -> bytes:
        """SHA-256 of the sealed file."""

    @property
    def key(self) -> bytes:
        """What it opens with, 32 bytes."""


def seal_file(plain: bytes, key: bytes) -> bytes:
    """Return the sealed file: 16 bytes longer than the file.

    Args:
        plain: The file, 1 to 262,144 bytes.
        key: 32 random bytes, never used for another file: the nonce is all zeros.

    Source:
        docs/protocol.md, "Attachments".
    """
    assert 1 <= len(plain) <= FILE_BYTES_MAX, f"a file of {len(plain)} bytes cannot be attached"
    assert len(key) == KEY_BYTES, "a key has 32 bytes"
    return crypto.secret_box(key, _NONCE, plain)


def is_file_of(sealed: bytes, attached: Sealing) -> bool:
    """Return whether untrusted bytes are the sealed file that an attachment names."""
    fits = len(sealed) == attached.length + SEAL_BYTES
    return fits and sha256(sealed).digest() == attached.hash


def open_file(sealed: bytes, attached: Sealing) -> bytes:
    """Return the file that an attachment names.

    Args:
        sealed: Untrusted.
        attached: What the journal says of it.

    Raises:
        FileInvalid: These are not the bytes that it names, or they do not open with its key.
    """
    if not is_file_of(sealed, attached):
        raise FileInvalid(
            f"got {len(sealed)} bytes that are not the sealed file of {attached.length} bytes "
            f"with hash {attached.hash.hex()[:16]}…; fetch it again"
        )
    try:
        return crypto.open_secret_box(attached.key, _NONCE, sealed)
    except SealInvalid:
        raise FileInvalid(
            "the file does not open with the key that its author wrote beside it; ask that person"
        ) from None


def check_name(name: str) -> None:
    """Accept what a file may be called.

    Raises:
        FileInvalid: It is too long, hidden or with a folder, or holds what does not print.
    """
    try:
        msgspec.convert(name, FileName)
    except msgspec.ValidationError:
        raise FileInvalid(
            f"got the file name {name[:FILE_NAME_CHARS_MAX]!r}; it has 1 to {FILE_NAME_CHARS_MAX} "
            "characters that print, no / or \\, and no dot or space to begin with"
        ) from None
