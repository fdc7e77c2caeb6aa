"""A page in German, looked through for English that was left in it."""

import re
from collections.abc import Iterable
from html.parser import HTMLParser

SPOKEN = ("aria-label", "title", "alt", "placeholder", "data-lost", "data-back")
"""Attributes that people read or hear."""
SILENT = frozenset({"script", "style", "code", "pre"})
VOID = frozenset({"input", "meta", "link", "br", "img", "hr", "use", "rect", "path", "wbr"})
_ENGLISH = """
accept account accounts ago amount and are as at balance be been bill bills but by can charge
closed community day days did does entry for free from has have held here hold how if into is it
its key keys ledger limit limits link links manager member members merged month more never newest
no nobody not nothing of on open or other out over page paid pay pays people published put
received records refused request requests reversed round same says see settle shares should signed
since some state statement than that the their them then there these they this those time to today
transaction transactions units until up version waits was we week were what when where which who
whom why with within without would years yet you your yours
"""
"""Words that no German sentence has; a name, a memo or a command may."""
ENGLISH = frozenset(_ENGLISH.split())
_WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?")
_TYPED = re.compile(
    r"commontab(?:-manager)?(?: [a-z]+)*|--[a-z-]+|/\S+|„[^“]*“|Fingerabdruck(?: [a-z]+){6}"
)
"""Commands, options, paths, and what is quoted: they are the same in every language."""
ALSO_GERMAN = frozenset(
    {"limit", "limits", "link", "links", "not", "page", "state", "version", "was", "week"}
)
"""Words that German has too, or writes as nouns: ``was``, ``links``, ``die Version``."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {name: value or "" for name, value in attrs}
        silent = tag in SILENT or held.get("lang") == "en" or held.get("translate") == "no"
        if not silent and not self._is_silent():
            self.said += [held[name] for name in SPOKEN if held.get(name)]
        if tag not in VOID:
            self._open.append((tag, silent))

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            closed, _silent = self._open.pop()
            if closed == tag:
                return

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._is_silent():
            self.said.append(" ".join(data.split()))

    def _is_silent(self) -> bool:
        return any(silent for _tag, silent in self._open)


def english_in(html: str, own: Iterable[str] = ()) -> list[str]:
    """Return the texts of a page in German that read as English.

    Args:
        html: The page.
        own: What people wrote, which stays as it is: memos, names.
    """
    reader = _Reader()
    reader.feed(html)
    texts = [_TYPED.sub(" ", text) for text in reader.said]
    for one in sorted(own, key=len, reverse=True):
        texts = [text.replace(one, " ") for text in texts]
    return [text for text in texts if _is_english(text)]


def _is_english(text: str) -> bool:
    words = [word for word in _WORD.findall(text) if word.lower() in ENGLISH]
    return any(word.lower() not in ALSO_GERMAN for word in words)
