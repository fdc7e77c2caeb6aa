"""Texts as people type them: names, memos and reasons that fit the ledger's fields."""

from federation.console.terminal import UsageInvalid
from ledger.field import MEMO_CHARS_MAX, NAME_CHARS_MAX, REASON_CHARS_MAX
from ledger.saying import said


def check_memo(text: str) -> str:
    """Return a memo that fits.

    Raises:
        UsageInvalid: Over 200 characters, or with control characters.
    """
    return _fitting(said("memo"), text, MEMO_CHARS_MAX)


def check_reason(text: str) -> str:
    """Return a reason that fits.

    Raises:
        UsageInvalid: Over 200 characters, or with control characters.
    """
    return _fitting(said("reason"), text, REASON_CHARS_MAX)


def check_name(text: str) -> str:
    """Return a display name that fits.

    Raises:
        UsageInvalid: Empty, over 64 characters, or with control characters.
    """
    name = _fitting(said("name"), text.strip(), NAME_CHARS_MAX)
    if not name:
        raise UsageInvalid("got an empty name; type what people call you")
    return name


def _fitting(what: str, text: str, chars_max: int) -> str:
    if len(text) > chars_max:
        raise UsageInvalid(
            said(
                "got a {what} of {count} characters; at most {most} fit",
                what=what,
                count=len(text),
                most=chars_max,
            )
        )
    if not text.isprintable():
        raise UsageInvalid(
            said("got a {what} with line breaks or control characters; leave them out", what=what)
        )
    return text
