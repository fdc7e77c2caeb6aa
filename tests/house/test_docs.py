"""The pages keep what they promise: links lead somewhere, commands exist, words have a meaning."""

import re
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
import typer.main

from ledger.outcome import Fate
from ledger.refusal import ADVICE, Code
from tests.support.project import ROOT, modules, settings

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LAUNCHER = re.compile(r"(?:^|[\s`])((?:\./|\.ci/)[a-z]+)(?=[\s`])", re.MULTILINE)
VERB = re.compile(
    r"(?:^|[`$] ?| {4})(commontab(?:-manager)?) (?:--home \S+ )?([a-z][a-z-]*)", re.MULTILINE
)
FORBIDDEN = re.compile(r"\b(?:wallet|coin|blockchain)s?\b", re.IGNORECASE)
ABOUT_WORDS = {"glossary.md"}
RESERVED = {ROOT / "ledger" / "names.py"}
"""Lists words that nobody may take as a name."""


def title(page: Path) -> str:
    return str(page.relative_to(ROOT))


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings}


@pytest.mark.parametrize("page", PAGES, ids=title)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    broken = []
    for link in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z][a-z0-9+.-]*:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert not broken


@pytest.mark.parametrize("page", PAGES, ids=title)
def test_every_launcher_that_a_page_names_exists(page: Path) -> None:
    for name in LAUNCHER.findall(page.read_text(encoding="utf-8")):
        assert (ROOT / name).exists(), f"{title(page)} names {name}"


def programs() -> dict[str, set[str]]:
    """Return each program's verbs, from the entry point that pyproject.toml gives it."""
    entries = {name: at.partition(":")[0] for name, at in settings()["project"]["scripts"].items()}
    return {
        name: set(getattr(typer.main.get_command(import_module(module).app), "commands", {}))
        for name, module in entries.items()
        if find_spec(module)
    }


@pytest.mark.parametrize("page", PAGES, ids=title)
def test_every_command_that_a_page_shows_exists(page: Path) -> None:
    verbs = programs()
    for program, verb in VERB.findall(page.read_text(encoding="utf-8")):
        if program in verbs:
            assert verb in verbs[program], f"{title(page)} shows `{program} {verb}`"


@pytest.mark.parametrize("page", PAGES, ids=title)
def test_a_page_uses_the_words_of_the_house(page: Path) -> None:
    if page.name not in ABOUT_WORDS:
        assert FORBIDDEN.findall(page.read_text(encoding="utf-8")) == []


def test_sources_use_the_words_of_the_house() -> None:
    for package in ("ledger", "federation", "member", "manager"):
        for path in set(modules(package).values()) - RESERVED:
            found = FORBIDDEN.findall(path.read_text(encoding="utf-8"))
            assert found == [], f"{title(path)}: docs/glossary.md has our words"


def test_the_glossary_knows_every_fate_of_a_change_set() -> None:
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    assert [fate for fate in Fate if fate.value.replace("_", " ") not in glossary] == []


def test_every_refusal_code_has_its_advice() -> None:
    assert set(ADVICE) == set(Code)
    for advice in ADVICE.values():
        assert advice.sentence.endswith(".")
        assert advice.step.endswith(".")


def test_every_decision_has_a_number_of_its_own_and_its_title_says_so() -> None:
    pages = sorted((ROOT / "docs" / "adr").glob("*.md"))
    for number, page in enumerate(pages, start=1):
        assert page.name.startswith(f"{number:04}-")
        assert page.read_text(encoding="utf-8").startswith(f"# {number}. ")
