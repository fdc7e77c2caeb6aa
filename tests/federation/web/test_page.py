"""Sentences on a page."""

import pytest

from federation.web.page import tell


@pytest.mark.parametrize(
    ("sentence", "drawn"),
    [
        ("run `commontab sync` now", "run <code>commontab sync</code> now"),
        ("`<b>` and <i>", "<code>&lt;b&gt;</code> and &lt;i&gt;"),
        ("a ` alone", "a ` alone"),
        ("``", "``"),
        ('"&`"`', "&#34;&amp;<code>&#34;</code>"),
    ],
)
def test_a_command_in_a_sentence_is_drawn_as_code_and_nothing_else_is(
    sentence: str, drawn: str
) -> None:
    assert tell(sentence) == drawn
