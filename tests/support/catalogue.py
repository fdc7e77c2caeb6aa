"""What the pages say, found in templates and code, and what the catalogues know of it."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from federation.web.language import CATALOGUES
from tests.support.project import ROOT

KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
ROOMS = {"federation": "base", "member": "member", "manager": "manager"}
"""Whose strings belong to which catalogue; `base` may hold any of them."""
LANGUAGES = ("de",)
Words = str | tuple[str, ...]


def sayings(package: str) -> Iterator[tuple[Path, int, Words]]:
    """Yield where a package's pages say something, and what."""
    for path in sorted((ROOT / package).rglob("*")):
        method = {".py": "python", ".html": "jinja2"}.get(path.suffix)
        if method is None or "web" not in path.parts:
            continue
        with path.open("rb") as stream:
            options = {"trim_blocks": "true", "lstrip_blocks": "true"}
            for line, words, _comments, _context in extract(method, stream, KEYWORDS, (), options):
                if words:
                    yield path.relative_to(ROOT), line, words


def catalogue(name: str, language: str) -> Catalog:
    """Return a catalogue; an empty one where there is no file."""
    folder = files("federation.web").joinpath("locale", language, "LC_MESSAGES")
    path = folder.joinpath(f"{name}.po")
    if not path.is_file():
        return Catalog(locale=language)
    with path.open("rb") as stream:
        return read_po(stream, locale=language, abort_invalid=True)


def messages(language: str) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield every text of a language's catalogues, one and many, with its translations."""
    for name in CATALOGUES:
        for message in catalogue(name, language):
            if message.id and not message.fuzzy:
                said = message.string or ""
                ids = (message.id,) if isinstance(message.id, str) else tuple(message.id)
                yield ids, (said,) if isinstance(said, str) else tuple(said)


def known(language: str) -> dict[str, tuple[str, ...]]:
    """Return every text that a language's catalogues know, with its translations."""
    return {ids[0]: texts for ids, texts in messages(language)}
