"""Words, amounts and dates in the languages of the pages, and that none is missing."""

import re
from collections import Counter
from datetime import UTC, datetime

import pytest

from federation.card import _WORDS as CARD_WORDS
from federation.console.link_sentence import _DONE as DONE
from federation.console.record_sentence import _KINDS as KINDS
from federation.console.record_sentence import _WORDS as MOVED
from federation.link.quote import _BARRED as BARRED
from federation.web.language import (
    CATALOGUES,
    _,
    amount_words,
    day_words,
    negotiate,
    ngettext,
    number_words,
    since_words,
    speak,
    spoken,
)
from federation.web.refusal import refusal_words
from ledger.refusal import ADVICE, Code, Money, Refusal
from ledger.unit import Unit
from manager.cycle import _FATES as FATES
from member.exchange.sheet import _SEPARATORS as SEPARATORS
from tests.support.catalogue import LANGUAGES, ROOMS, catalogue, known, messages, sayings
from tests.support.told import put_together, tellings

EUR = Unit("EUR", 2, "Euro", 0, 0)
HOUR = Unit("HOUR", 0, "Hour", 0, 0)
GRAIN = Unit("GRAIN", 3, "Grain", 0, 0)
PLACE = re.compile(r"%\((\w+)\)[sd]|\{(\w+)(?:!r)?(?::,)?\}|%[sd]")
TABLES = (CARD_WORDS, BARRED, SEPARATORS, DONE, FATES, MOVED, KINDS)
"""Words that are said from a table."""
WHY = "{why}"
"""A detail that is the rule's own sentence."""
NOON = int(datetime(2027, 3, 4, 12, tzinfo=UTC).timestamp())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("package", ROOMS)
def test_everything_that_a_page_says_is_said_in_every_language(package: str, language: str) -> None:
    said = known(language)
    missing = {
        f"{path}:{line}: {words!r}"
        for path, line, words in sayings(package)
        if not all(said.get(words if isinstance(words, str) else words[0], ("",)))
    }
    assert not missing, "\n".join(
        [
            f"add to federation/web/locale/{language}/LC_MESSAGES/{ROOMS[package]}.po:",
            *sorted(missing),
        ]
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_is_explained_in_every_language(language: str) -> None:
    said = known(language)
    sentences = {text for advice in ADVICE.values() for text in advice if text not in {"", WHY}}
    missing = sorted(text for text in sentences if not all(said.get(text, ("",))))
    assert not missing, f"add to {language}'s refusal.po:\n" + "\n".join(missing)


def test_a_refusal_has_its_figures_in_the_language_of_the_page() -> None:
    facts = {"amount": Money(1250, "EUR"), "available": Money(-100, "EUR")}
    refusal = Refusal(Code.INSUFFICIENT_CREDIT, facts)
    speak("en")
    assert refusal_words(refusal, [EUR]).startswith("It takes €12.50, and ")
    speak("de")
    said = refusal_words(refusal, [EUR])
    assert said.startswith("Nötig sind 12,50\N{NO-BREAK SPACE}€, übrig sind \N{MINUS SIGN}1,00")
    assert refusal_words(Refusal(Code.SAME_ACCOUNT), []) == (
        "Zahler und Empfänger sind dasselbe Konto. Wähle ein anderes Konto."
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_the_programs_say_on_pages_is_said_in_every_language(language: str) -> None:
    said = known(language)
    tables = [text for table in TABLES for text in table.values()]
    told = [*tellings(), *(("a table", 0, text) for text in tables)]
    missing = sorted({text for _path, _line, text in told if not all(said.get(text, ("",)))})
    assert not missing, f"add to {language}'s said.po:\n" + "\n".join(missing)


def test_no_message_for_people_is_put_together_where_only_english_knows_how() -> None:
    assert [f"{path}:{line}: {text}" for path, line, text in put_together()] == [], "use said()"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_same_places_for_values(language: str) -> None:
    wrong = [
        ids
        for ids, texts in messages(language)
        for text in texts
        if text and set(PLACE.findall(text)) - set(PLACE.findall("".join(ids)))
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_translated_in_two_catalogues(language: str) -> None:
    counted = Counter(
        str(message.id)
        for name in CATALOGUES
        for message in catalogue(name, language)
        if message.id
    )
    assert [text for text, count in counted.items() if count > 1] == []


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr,de;q=0.4,en;q=0.6", "en"),
        ("fr", "en"),
        ("de;q=0,en;q=0.1", "en"),
        ("*", "en"),
        ("de;q=x;q=y,,;", "en"),
        ("../../etc/passwd", "en"),
        ("\x00,de", "de"),
        ("a" * 10_000 + ",de", "en"),
    ],
)
def test_the_language_is_the_one_that_the_browser_likes_best(header: str, language: str) -> None:
    assert negotiate(header) == language


@pytest.mark.parametrize(
    ("language", "amount_minor", "unit", "words"),
    [
        ("en", -123_456, EUR, "\N{MINUS SIGN}€1,234.56"),
        ("de", -123_456, EUR, "\N{MINUS SIGN}1.234,56\N{NO-BREAK SPACE}€"),
        ("en", 0, EUR, "€0.00"),
        ("de", 3, HOUR, "3\N{NO-BREAK SPACE}HOUR"),
        ("de", -1, GRAIN, "\N{MINUS SIGN}0,001\N{NO-BREAK SPACE}GRAIN"),
        ("en", 2**53 - 1, GRAIN, "9,007,199,254,740.991\N{NO-BREAK SPACE}GRAIN"),
        ("en", 2**53 - 1, EUR, "€90,071,992,547,409.91"),
    ],
)
def test_an_amount_is_exact_and_written_as_the_language_does(
    language: str, amount_minor: int, unit: Unit, words: str
) -> None:
    speak(language)
    assert amount_words(amount_minor, unit) == words


def test_a_sign_is_shown_where_it_is_wanted() -> None:
    speak("en")
    words = [amount_words(amount_minor, EUR, sign=True) for amount_minor in (5, 0, -5)]
    assert words == ["+€0.05", "€0.00", "\N{MINUS SIGN}€0.05"]


def test_dates_and_numbers_follow_the_language() -> None:
    speak("de")
    assert spoken() == "de"
    assert day_words(NOON) == "04.03.2027"
    assert since_words(NOON - 3 * 3_600, NOON) == "vor 3 Stunden"
    assert number_words(1234.5) == "1.234,5"
    assert _("Sign in") == "Anmelden"
    speak("xx")
    assert spoken() == "en"
    assert _("Sign in") == "Sign in"
    assert ngettext("one", "many", 2) == "many"
