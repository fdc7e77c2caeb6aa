"""The words of a command line before they are parsed, and what every command shares."""

import pytest

from member.cli.options import arrange
from tests.support.prompt import Cli


@pytest.mark.parametrize(
    ("typed", "arranged"),
    [
        pytest.param("pay bert 5", "pay bert 5", id="as it is"),
        pytest.param("--home h --json balance", "balance --home h --json", id="options first"),
        pytest.param("--home=h key add x", "key add x --home=h", id="before a group"),
        pytest.param("pay bert 5 --wait", "pay bert 5 --wait=promised", id="wait alone"),
        pytest.param("pay bert 5 --wait=9", "pay bert 5 --wait=9", id="wait with seconds"),
        pytest.param("pay bert -5", "pay bert \u22125", id="a negative amount"),
        pytest.param("--home h pay -- -x", "pay --home h -- -x", id="after two hyphens"),
        pytest.param("--help", "--help", id="help"),
    ],
)
def test_words_are_put_in_the_parsers_order(typed: str, arranged: str) -> None:
    assert arrange(typed.split()) == arranged.split()


@pytest.mark.parametrize("words", [["pay"], ["nonsense"], ["pay", "bert", "5", "--unti", "EUR"]])
def test_what_does_not_parse_is_a_usage_error(cli: Cli, words: list[str]) -> None:
    assert cli(*words).code == 2


def test_help_names_every_verb(cli: Cli) -> None:
    said = cli("--help")
    assert said.code == 0
    verbs = (
        "init card join fingerprint pay request accept decline hold post void cancel balance "
        "history members profile outbox sync verify backup restore run doctor"
    )
    assert set(verbs.split()) <= set(said.out.replace("│", " ").split())


@pytest.mark.parametrize("wait", ["soon", "-1", "nan", "86401"])
def test_a_wait_is_a_number_of_seconds(cli: Cli, wait: str) -> None:
    said = cli("pay", "bert", "5", f"--wait={wait}")
    assert said.code == 2
    assert "seconds up to a day" in said.err
