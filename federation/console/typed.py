"""Texts as people type them: names, memos and reasons that fit the ledger's fields."""

from federation.console.terminal import UsageInvalid
from ledger.field import MEMO_CHARS_MAX, NAME_CHARS_MAX, REASON_CHARS_MAX


def check_memo(text: str) -> str:
    """Return a memo that fits.

    Raises:
        UsageInvalid: Over 200 characters, or with control characters.
    """
    return _fitting("memo", text, MEMO_CHARS_MAX)


def check_reason(text: str) -> str:
    """Return a reason that fits.

    Raises:
        UsageInvalid: Over 200 characters, or with control characters.
    """
    return _fitting("reason", text, REASON_CHARS_MAX)


def check_name(text: str) -> str:
    """Return a display name that fits.

    Raises:
        UsageInvalid: Empty, over 64 characters, or with control characters.
    """
    name = _fitting("name", text.strip(), NAME_CHARS_MAX)
    if not name:
        raise UsageInvalid("got an empty name; type what people call you")
    return name


def _fitting(what: str, text: str, chars_max: int) -> str:
    if len(text) > chars_max:
        raise UsageInvalid(f"got a {what} of {len(text)} characters; at most {chars_max} fit")
    if not text.isprintable():
        raise UsageInvalid(f"got a {what} with line breaks or control characters; leave them out")
    return text
