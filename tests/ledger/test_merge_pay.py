"""Payments: what moves, what is refused, and what stands in the journal."""

from tests.support.township import Town


def test_a_payment_moves_the_amount_and_writes_two_records_and_the_state() -> None:
    town = Town("anna", "bert")
    merged = town.merge(town.pay("anna", "bert", 500))
    assert [type(record).__name__ for record in merged.records] == [
        "ChangeSetRecord",
        "TransactionRecord",
        "StateRecord",
    ]
    assert town.posted("anna", "bert") == (-500, 500)
