"""Handles: one script, lower case, nobody else's words; and finding people by what was typed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import NameInvalid
from ledger.names import RESERVED, Match, check_handle, match_handle, parse_handle


@pytest.mark.parametrize(
    ("typed", "handle"),
    [
        ("anna", "anna"),
        ("  Anna ", "anna"),
        ("ANNA-2", "anna-2"),
        ("7", "7"),
        ("a" * 63, "a" * 63),
        ("Müller", "müller"),
        ("Mu\u0308ller", "müller"),
        ("straße", "straße"),
        ("\uff41nna", "anna"),
        ("анна", "анна"),
        ("νίκη", "νίκη"),
        ("さくらサクラ桜", "さくらサクラ桜"),
        ("한국", "한국"),
        ("דני", "דני"),
    ],
)
def test_a_handle_is_read_in_its_canonical_form(typed: str, handle: str) -> None:
    assert parse_handle(typed) == handle
    check_handle(handle)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        pytest.param("", "empty", id="nothing"),
        pytest.param("   ", "empty", id="blanks"),
        pytest.param("an na", "letters, digits and hyphens", id="a blank inside"),
        pytest.param("anna.b", "lower-case letters", id="a dot"),
        pytest.param("anna_b", "letters, digits and hyphens", id="an underscore"),
        pytest.param("-anna", "hyphens", id="hyphen first"),
        pytest.param("anna-", "hyphens", id="hyphen last"),
        pytest.param("an--na", "hyphens", id="two hyphens"),
        pytest.param("xn--mller-kva", "hyphens", id="an A-label"),
        pytest.param("a" * 64, "label", id="64 letters"),
        pytest.param("ü" * 60, "label", id="too long in the DNS"),
        pytest.param("a" * 256, "256 characters", id="a long text"),
        pytest.param("\u0430nna", "mixes Cyrillic and Latin", id="Cyrillic a among Latin letters"),
        pytest.param("ann\u03b1", "mixes Greek and Latin", id="Greek alpha among Latin letters"),
        pytest.param(
            "\u0430\u0440\u0435", "look Latin but are Cyrillic", id="Cyrillic that looks like ape"
        ),
        pytest.param("\u03bf\u03c1", "look Latin but are Greek", id="Greek that looks like op"),
        pytest.param("☺", "lower-case letters", id="a picture"),
        pytest.param("a\u200db", "got", id="a joiner"),
        pytest.param("\u202eanna", "got", id="a direction override"),
        pytest.param("a\ud800", "got", id="half a surrogate pair"),
        pytest.param("١٢", "lower-case letters", id="other digits"),
        pytest.param("\u0301a", "got", id="an accent first"),
        pytest.param("\U0001e030", "got", id="a letter newer than Unicode 3.2"),
    ],
)
def test_a_handle_is_refused(typed: str, said: str) -> None:
    with pytest.raises(NameInvalid, match=said):
        parse_handle(typed)


@pytest.mark.parametrize("word", ["commons", "Manager", "ADMIN", "localhost", "www", "root"])
def test_words_of_the_community_are_reserved(word: str) -> None:
    with pytest.raises(NameInvalid, match="reserved"):
        parse_handle(word)


def test_reserved_words_would_otherwise_be_handles() -> None:
    assert all(word.isascii() and word.isalnum() and word.islower() for word in RESERVED)


@pytest.mark.parametrize("handle", ["Anna", " anna", "Mu\u0308ller", "\uff41nna", ""])
def test_only_the_canonical_form_is_accepted_from_a_statement(handle: str) -> None:
    with pytest.raises(NameInvalid):
        check_handle(handle)


@settings(max_examples=300)
@given(st.text(max_size=80))
def test_any_text_is_a_canonical_handle_or_one_documented_error(text: str) -> None:
    try:
        handle = parse_handle(text)
    except NameInvalid:
        return
    check_handle(handle)
    assert parse_handle(handle) == handle


KNOWN = ["anna", "annabel", "bert", "müller", "zoe"]


@pytest.mark.parametrize(
    ("typed", "match"),
    [
        ("anna", Match("anna", ())),
        ("@Anna ", Match("anna", ())),
        ("MU\u0308LLER", Match("müller", ())),
        ("ann", Match(None, ("anna", "annabel"))),
        ("brt", Match(None, ("bert",))),
        ("mueller", Match(None, ("müller",))),
        ("nobody-like-it", Match(None, ())),
        ("", Match(None, ())),
    ],
)
def test_people_are_found_by_what_was_typed(typed: str, match: Match) -> None:
    assert match_handle(KNOWN, typed) == match


def test_at_most_five_candidates_are_offered() -> None:
    assert len(match_handle([f"anna{n}" for n in range(20)], "anna").candidates) == 5
