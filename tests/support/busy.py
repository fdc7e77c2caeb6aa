"""A town whose ledger has everything in it that an export has to write."""

from ledger.entry import entry_id
from ledger.operation import (
    EQUAL,
    Accept,
    Bill,
    Close,
    Hold,
    Part,
    Pay,
    Post,
    Profile,
    Request,
    Reverse,
    Void,
)
from ledger.unit import Unit
from tests.support.township import DAY_S, EUR, HOUR, Town

WATT = Unit("KWH3", 3, 'Kilowatt hours; "net"', 100_000, 100_000)
MEAL = Unit("TRUE", 0, "Meals", 10, 10)
ODD_MEMOS = (
    '=HYPERLINK("http://example.org";"free")',
    "-1; date:2020-02-30 [2020-02-30] | #tag ^link",
    'back\\slash "quoted"\nand a second line\ttab',
    "\u2028\u0000\u202e\x1b[31m 'apostrophe",
    "Grüße, 日本 \U0001f35e",
)


def busy_town() -> Town:
    """Payments, holds, requests, reversals, a write-off, four units and odd names and memos."""
    names = ("anna", "bert", "cleo", "dora", "3d-print", "élan", "日本", "ßtar", "कम")
    town = Town(*names, closed=True, units=(EUR, HOUR, WATT, MEAL))
    town.ask("bert", Profile('=cmd|"/c calc"!A0'))
    town.ask("dora", Profile("type:Q, date:2020-02-30; 2020-02-30"))
    for number, memo in enumerate(ODD_MEMOS, 1):
        to = town[names[number]].id
        town.ask("anna", Pay(to, 100 * number, "EUR", memo, b"", None))
        town.ask("anna", Pay(to, number, "TRUE", memo, b"", None))
    town.now += DAY_S
    _hold_and_ask(town)
    _share(town)
    paid = town.ask("cleo", Pay(town["dora"].id, 1, "KWH3", "", b"sealed" * 9, None))
    town.ask("dora", Reverse(entry_id(paid.hash, 0), None, "not mine"))
    town.ask("日本", town.payment("कम", 55, "HOUR"), town.payment("ßtar", 44, "HOUR"))
    town.now += 3 * DAY_S
    town.merge()
    town.manage(Close(town["bert"].id, "moved away", True))
    town.now += DAY_S
    town.ask("cleo", Pay(town.state.commons, 5, "EUR", "fee", b"", None))
    return town


def _share(town: Town) -> None:
    """Let two share a bill of which one part is paid and one is not."""
    a, c, d = (town[name].id for name in ("anna", "cleo", "dora"))
    shares = tuple(Part(each, 400) for each in (a, c, d))
    how = (EQUAL, town.now - DAY_S, "food, date:2020-02-30; =x", '"groceries"')
    bill = Bill("EUR", (Part(a, 700), Part(d, 500)), shares, *how, town.now + DAY_S, None)
    made = town.ask("anna", bill)
    assert made.refusal is None, made.refusal
    assert town.ask("cleo", Accept(entry_id(made.hash, 0))).refusal is None


def _hold_and_ask(town: Town) -> None:
    soon = town.now + DAY_S
    dora = town["dora"].id
    for amount in (300, 200, 70):
        held = town.ask("anna", Hold(dora, amount, "EUR", "for the boat", b"", soon))
    town.ask("dora", Post(entry_id(held.hash, 0), 50))
    held = town.ask("cleo", Hold(dora, 10, "HOUR", "", b"", soon))
    town.ask("dora", Void(entry_id(held.hash, 0), "no time"))
    town.ask("cleo", Hold(dora, 11, "HOUR", "", b"", soon + 30 * DAY_S))
    asked = town.ask("dora", Request(town["cleo"].id, 120, "EUR", "=rent", b"", soon))
    town.ask("cleo", Accept(entry_id(asked.hash, 0)))
