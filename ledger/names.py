"""Handles: what a unique name in the community may look like, and finding one by what was typed."""

import difflib
import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

import idna

from ledger.errors import NameInvalid
from ledger.saying import said

HANDLE_BYTES_MAX = 63
"""Length of a handle in the DNS (RFC 1035, section 2.3.4), as an A-label where it is not ASCII."""
TYPED_CHARS_MAX = 255
CANDIDATES_MAX = 5
RESERVED = frozenset(
    {
        "admin", "administrator", "all", "anonymous", "bank", "cashier", "clearing", "commons",
        "commontab", "community", "everybody", "everyone", "exchange", "federation", "fee", "fees",
        "help", "hostmaster", "info", "ledger", "link", "localhost", "manager", "member", "nobody",
        "none", "null", "official", "operator", "owner", "postmaster", "reserve", "root",
        "security", "support", "system", "tax", "test", "treasurer", "treasury", "wallet",
        "webmaster", "witness", "www",
    }
)  # fmt: skip
"""Words that would speak for the community or for a machine."""

_stable = unicodedata.ucd_3_2_0
"""Unicode 3.2, which every Python carries unchanged: all replicas judge a handle alike."""
_LABEL = re.compile(r"[a-z0-9_*-]+")
_TOGETHER = (
    frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "IDEOGRAPHIC"}),
    frozenset({"CJK", "HANGUL"}),
    frozenset({"CJK", "BOPOMOFO"}),
)
"""Scripts that one language writes together (UTS 39, section 5.1)."""
_LOOKS_LATIN = frozenset(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0455\u0456\u0458\u0475\u04af\u04bb\u0501"
    "\u03b1\u03b3\u03b9\u03ba\u03bd\u03bf\u03c1\u03c5\u03c7\u03c9"
    "\u0563\u0566\u0570\u0578\u057d\u0585"
)
"""Cyrillic, Greek and Armenian letters that a reader takes for Latin ones (UTS 39, section 4)."""


class Match(NamedTuple):
    """Who may be meant by a typed name.

    Attributes:
        handle: The one it is, or None.
        candidates: Else those it may be, likeliest first, at most 5.
    """

    handle: str | None
    candidates: tuple[str, ...]


def parse_handle(typed: str) -> str:
    """Return the canonical handle for what a person typed: lower case, NFC.

    Raises:
        NameInvalid: It breaks a rule; the message says which and what fits.

    Source:
        RFC 5891 (IDNA2008) and UTS 46 through the idna package; UTS 39 for mixed scripts.
    """
    if len(typed) > TYPED_CHARS_MAX:
        raise NameInvalid(
            said(
                "got {count} characters; a handle has at most {most}",
                count=len(typed),
                most=HANDLE_BYTES_MAX,
            )
        )
    text = typed.strip()
    if not text:
        raise NameInvalid("got an empty handle; it takes letters, digits or hyphens")
    try:
        handle = idna.uts46_remap(text, std3_rules=True, transitional=False)
    except idna.IDNAError as error:
        raise NameInvalid(
            said("got {text!r}; a handle has letters, digits and hyphens", text=text)
        ) from error
    check_handle(handle)
    return handle


def check_handle(handle: str) -> None:
    """Accept a canonical handle.

    Raises:
        NameInvalid: It breaks a rule; the message says which and what fits.
    """
    for char in handle:
        _check_char(handle, char)
    if handle[:1] in {"", "-"} or handle[-1] == "-" or "--" in handle:
        raise NameInvalid(
            said("got {handle!r}; hyphens stand one by one, inside a handle", handle=handle)
        )
    try:
        # It refuses A-labels over 63 bytes, and U-labels not in NFC or with code points that
        # IDNA2008 does not allow (RFC 5890, section 2.3.2.1; RFC 5892).
        idna.alabel(handle)
    except idna.IDNAError as error:
        raise NameInvalid(
            said(
                "got {handle!r}, which is no DNS label of at most {most} bytes: {error}",
                handle=handle,
                most=HANDLE_BYTES_MAX,
                error=error,
            )
        ) from error
    _check_scripts(handle)
    if handle in RESERVED:
        raise NameInvalid(
            said("got {handle!r}, which is reserved; choose a name of your own", handle=handle)
        )


def read_label(typed: str) -> str:
    """Return a label of a domain name as handles are spelled: lower case, NFC, no A-label.

    It need not be a handle: ``www``, ``_443`` and ``*`` are labels too.

    Raises:
        NameInvalid: No label of the DNS, or none of IDNA2008.

    Source:
        RFC 5891, section 4, and UTS 46 through the idna package.
    """
    text = typed[:TYPED_CHARS_MAX].strip().lower()
    if not text.isascii() or text.startswith("xn--"):
        try:
            text = idna.ulabel(idna.uts46_remap(text, std3_rules=True, transitional=False))
            idna.alabel(text)
        except idna.IDNAError as error:
            raise NameInvalid(
                said("got {text!r}, which is no label of a domain name", text=typed[:40])
            ) from error
    elif not 1 <= len(text) <= HANDLE_BYTES_MAX or not _LABEL.fullmatch(text):
        raise NameInvalid(said("got {text!r}, which is no label of a domain name", text=typed[:40]))
    return text


def format_label(label: str) -> str:
    """Return a label from ``read_label``, or a handle, as the DNS has it: in ASCII."""
    return label if label.isascii() else idna.alabel(label).decode()


def match_handle(handles: Iterable[str], typed: str) -> Match:
    """Return the handle that was typed, or those that it may have meant."""
    known = sorted(handles)
    text = typed[:TYPED_CHARS_MAX].strip().removeprefix("@")
    for form in (text, unicodedata.normalize("NFC", text.lower())):
        if form in known:
            return Match(form, ())
    folded = unicodedata.normalize("NFC", text.lower())
    begins = [handle for handle in known if folded and handle.startswith(folded)]
    near = difflib.get_close_matches(folded, known, CANDIDATES_MAX, 0.6)
    return Match(None, tuple(dict.fromkeys([*begins, *near]))[:CANDIDATES_MAX])


def _check_char(handle: str, char: str) -> None:
    if char.isascii() and (char.islower() or char.isdigit() or char == "-"):
        return
    if char.isascii() or _stable.category(char) not in {"Ll", "Lo", "Lm", "Mn", "Mc"}:
        shown = f"{char!r} (U+{ord(char):04X})"
        raise NameInvalid(
            said(
                "got {handle!r} with {shown}; a handle has lower-case letters, 0-9 and hyphens",
                handle=handle,
                shown=shown,
            )
        )


def _check_scripts(handle: str) -> None:
    scripts = {_script(char) for char in handle if not _common(char)}
    if len(scripts) > 1 and not any(scripts <= together for together in _TOGETHER):
        listed = " and ".join(sorted(script.capitalize() for script in scripts))
        raise NameInvalid(
            said(
                "got {handle!r}, which mixes {listed} letters; use one script",
                handle=handle,
                listed=listed,
            )
        )
    letters = [char for char in handle if not _common(char)]
    if letters and scripts != {"LATIN"} and all(char in _LOOKS_LATIN for char in letters):
        raise NameInvalid(
            said(
                "got {handle!r}, whose letters all look Latin but are {script}; write it in "
                "Latin letters, or add one that cannot be mistaken",
                handle=handle,
                script=scripts.pop().capitalize(),
            )
        )


def _common(char: str) -> bool:
    return char in "0123456789-" or _stable.name(char).startswith("COMBINING")


def _script(char: str) -> str:
    return _stable.name(char).split(" ")[0]
