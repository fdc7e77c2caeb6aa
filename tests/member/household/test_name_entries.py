"""What a name costs is told as such in the history of whoever pays it."""

from ledger.name.operation import Claim
from tests.support.flat import Flat
from tests.support.registry import PRICED


def test_the_history_says_that_a_name_was_paid(flat: Flat) -> None:
    flat.town.manage(PRICED)
    flat.town.merge(flat.town["anna"].sign(Claim("bakery", 500, "EUR")))
    flat.merge()
    (entry,) = flat.read("anna", "history")
    assert (entry["what"], entry["with"], entry["memo"]) == ("paid for a name", "commons", "bakery")
    assert entry["amount"] == "-5.00 EUR"
