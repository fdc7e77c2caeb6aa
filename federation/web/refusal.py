"""A refusal in the language of the page: the commands' sentences, translated."""

from collections.abc import Iterable

from federation.web.language import say
from ledger.refusal import Refusal, explain
from ledger.unit import Unit


def refusal_words(refusal: Refusal, units: Iterable[Unit]) -> str:
    """Return why the ledger says no, with figures, and what to do next.

    Args:
        refusal: From a merge, a look ahead, or a record; facts may be missing.
        units: The community's, for the decimals of amounts.
    """
    return str(say(explain(refusal, units)))
