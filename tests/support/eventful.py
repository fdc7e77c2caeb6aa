"""A town in which everything has happened once."""

from ledger.entry import entry_id
from ledger.operation import (
    Accept,
    Hold,
    Operation,
    Pay,
    Post,
    Request,
    Reverse,
    Suspend,
)
from tests.support.township import DAY_S, Town


def eventful_town() -> Town:
    """A closed ledger with every kind of record."""
    town = Town("anna", "bert", "cleo", closed=True)
    bert, soon = town["bert"].id, town.now + DAY_S
    paid = town.ask("anna", town.payment("bert", 700))
    town.ask("anna", Hold(bert, 300, "EUR", "", b"", soon))
    held = town.ask("anna", Hold(bert, 200, "EUR", "", b"", soon))
    town.ask("bert", Post(entry_id(held.hash, 0), 150))
    asked = town.ask("bert", Request(town["cleo"].id, 50, "EUR", "", b"", soon))
    town.ask("cleo", Accept(entry_id(asked.hash, 0)))
    town.ask("cleo", town.payment("bert", 50_000))
    large: list[Operation] = [Pay(bert, 50_000, "EUR", "", b"s" * 900, None)] * 5
    town.ask("cleo", *large)
    town.now += DAY_S
    town.merge()
    town.manage(Reverse(entry_id(paid.hash, 0), None, "robbery"))
    town.manage(Suspend(bert, "robbery"))
    town.merge(town.pay("anna", "cleo", 1), town.pay("cleo", "anna", 2))
    return town
