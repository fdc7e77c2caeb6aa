"""A refusal's sentence that was kept as text is read again."""

import pytest

from ledger.refusal import ADVICE, Moment, Money, Refusal, explain
from ledger.refusal_code import Code
from ledger.retelling import retell
from ledger.saying import Saying
from ledger.unit import Unit

EUR = Unit("EUR", 2, "Euro", 0, 0)


@pytest.mark.parametrize("code", Code)
def test_every_sentence_without_figures_is_read_again(code: Code) -> None:
    text = explain(Refusal(code), [EUR])
    again = retell(code, str(text), [EUR])
    assert again == text
    assert again.template == "{sentence} {step}"
    sentence = again.values["sentence"]
    assert isinstance(sentence, Saying)
    assert sentence.template in {ADVICE[code].sentence, ADVICE[code].detail}


def test_figures_and_times_are_what_they_were() -> None:
    facts = {"amount": Money(1250, "EUR"), "available": Money(-100, "EUR")}
    said = explain(Refusal(Code.INSUFFICIENT_CREDIT, facts), [EUR])
    again = retell(Code.INSUFFICIENT_CREDIT, str(said), [EUR])
    assert again == said
    assert again.values == said.values
    expired = explain(Refusal(Code.NAME_EXPIRED, {"name": "bakery", "expired": Moment(60)}), [EUR])
    assert retell(Code.NAME_EXPIRED, str(expired), [EUR]).values == expired.values


def test_a_sentence_of_another_version_stays_as_it_is() -> None:
    assert retell(Code.ACCOUNT_CLOSED, "Closed, {as} it said.", [EUR]) == "Closed, {as} it said."
