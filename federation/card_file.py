"""Cards as people hand them over: pasted text, a text file, or a picture of the QR code."""

from pathlib import Path

from federation.card_frame import CARD_CHARS_MAX, SCHEME
from federation.errors import CardInvalid, ImageInvalid

PICTURES = frozenset((".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp"))
_FILE_BYTES_MAX = 4 * CARD_CHARS_MAX
"""A text file with a card and some white space around it."""


def is_picture(typed: str) -> bool:
    """Return whether a word names a picture file; no handle ever does."""
    return Path(typed).suffix.lower() in PICTURES


def read_card_text(typed: str, bytes_max: int = _FILE_BYTES_MAX) -> str:
    """Return a card's text from what was typed: the text itself, or the name of a file.

    Args:
        typed: Untrusted.
        bytes_max: Longest file; for what is longer than a card.

    Raises:
        CardInvalid: Neither a card nor a file with one.
        ImageInvalid: A picture without a QR code, or too large.
    """
    if typed.strip().upper().startswith(f"{SCHEME}:"):
        return typed
    if is_picture(typed):
        return read_card_picture(Path(typed))
    try:
        with Path(typed).open("rb") as stream:
            data = stream.read(bytes_max + 1)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise CardInvalid(
            f"got {typed[:40]!r}, which is neither a card, which starts with {SCHEME}:, nor a file"
        ) from None
    if len(data) > bytes_max:
        raise CardInvalid(f"{typed} has over {bytes_max} bytes; a card has fewer")
    return data.decode("utf-8", "replace")


def read_card_picture(path: Path) -> str:
    """Return the text of the QR code in a picture.

    Raises:
        ImageInvalid: No such file, too large, or no QR code or several in it.
    """
    from federation.qr import read_picture_file  # noqa: PLC0415 -- takes long to import

    text = read_picture_file(path)
    if not text.upper().startswith(f"{SCHEME}:"):
        raise ImageInvalid(f"the QR code in {path} is not a card: {text[:40]!r}")
    return text
