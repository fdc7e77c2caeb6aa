"""The page of threats promises what a test shows, and tells of every lie that a test tells."""

import re

from tests.support.project import ROOT

PAGE = ROOT / "docs" / "threats.md"
SECTION = "### Who finds what a manager does\n"
ADVERSARY = ROOT / "tests" / "simulation" / "test_liar.py"
CONTROLS = {"test_an_honest_copy_is_no_liar"}
"""Show that the others find the lie and not the way in which it is told."""
CASES = (
    "rewrites", "forks", "omits", "reorders", "rolls back", "freezes", "signs before",
    "restores an old backup", "two histories to two halves",
)  # fmt: skip
COLUMNS = 5
TEST = re.compile(r"def (test_\w+)\(")


def rows() -> list[list[str]]:
    """Return the cells of the table, without its head."""
    section = PAGE.read_text(encoding="utf-8").partition(SECTION)[2].partition("\n#")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def named() -> set[str]:
    """Return the tests that the table names."""
    return {name for row in rows() for name in re.findall(r"`(test_\w+)`", row[-1])}


def test_every_line_says_who_when_with_what_and_which_test_shows_it() -> None:
    for row in rows():
        assert len(row) == COLUMNS, row
        assert all(row), row
        assert re.search(r"`test_\w+`", row[-1]), row


def test_every_named_test_is_there() -> None:
    there = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in TEST.findall(path.read_text(encoding="utf-8"))
    }
    page = set(re.findall(r"`(test_\w+)`", PAGE.read_text(encoding="utf-8")))
    assert page >= named()
    assert page - there == set()


def test_every_story_of_a_cheating_manager_is_in_the_table() -> None:
    told = set(TEST.findall(ADVERSARY.read_text(encoding="utf-8")))
    assert told - named() == CONTROLS


def test_no_promised_case_is_left_out() -> None:
    cases = " ".join(row[0] for row in rows())
    assert [case for case in CASES if case not in cases] == []
