"""A town whose members claim names, and what they say about them."""

from ledger.name.operation import (
    Claim,
    Delegate,
    Dispute,
    NameRecord,
    NameRules,
    Offer,
    Release,
    Renew,
    Reserve,
    RevokeName,
    SetRecords,
    Take,
)
from ledger.name.records import RecordType, sort_records
from ledger.name.state import NameState
from ledger.operation import ManagerOperation, Operation
from ledger.refusal import Code, Refusal
from tests.support.township import DAY_S, Town

NAMES = ("anna", "bert", "cleo", "dora")
PRICED = NameRules("EUR", 500, 300, 100 * DAY_S, 10 * DAY_S, 3)
"""Five euros for a hundred days, three for a hundred more; three names for everybody."""
ADDRESS = NameRecord("", RecordType.A, 3_600, bytes((192, 0, 2, 1)))
WWW = NameRecord("www", RecordType.A, 3_600, bytes((192, 0, 2, 2)))
TEXT = NameRecord("", RecordType.TXT, 60, b"\x05hello")


def registry(rules: NameRules | None = None) -> Town:
    """Return a town of four people, with these rules for names where any are given."""
    town = Town(*NAMES)
    if rules is not None:
        assert manage(town, rules) is None
    return town


def claimed(town: Town, name: str, word: str) -> NameState:
    """Merge a claim at the present price, and return the name."""
    assert (
        ask(town, name, Claim(word, town.state.name_rules.claim, town.state.name_rules.unit))
        is None
    )
    return town.state.names[word]


def ask(town: Town, name: str, *operations: Operation) -> Refusal | None:
    """Merge a change-set and return why it was refused, or None."""
    return town.ask(name, *operations).refusal


def code(town: Town, name: str, *operations: Operation) -> Code | None:
    """Merge a change-set and return the code with which it was refused, or None."""
    refusal = ask(town, name, *operations)
    return refusal.code if refusal else None


def manage(town: Town, operation: ManagerOperation) -> Code | None:
    """Merge a statement and return the code with which it was refused, or None."""
    refusal = town.manage(operation).refusal
    return refusal.code if refusal else None


def keep_names(town: Town) -> None:
    """Let a bit of everything happen to names; four are left, one of them reserved."""
    town.ask("anna", Claim("river", 0, None))
    assert manage(town, PRICED) is None
    assert manage(town, Reserve("mayor", held=True, reason="the office")) is None
    records = sort_records((ADDRESS, WWW, TEXT))
    key = town["cleo"].key
    town.ask("anna", Claim("bakery", 500, "EUR"), SetRecords("bakery", records, key))
    town.ask("bert", Claim("bakery", 500, "EUR"))
    town.ask("bert", Claim("harbour", 500, "EUR"), Claim("ferry", 500, "EUR"))
    town.ask("bert", Offer("ferry", town["cleo"].id), Delegate("harbour", town["dora"].id))
    town.ask("dora", SetRecords("harbour", (ADDRESS,), None))
    town.ask("cleo", Take("ferry"), Claim("garden", 500, "EUR"))
    town.ask("cleo", Release("garden"))
    assert manage(town, Dispute("harbour", frozen=True, reason="two harbours")) is None
    town.ask("bert", SetRecords("harbour", (), None))
    assert manage(town, Dispute("harbour", frozen=False, reason="settled")) is None
    town.ask("dora", Claim("fraud", 500, "EUR"), SetRecords("fraud", (TEXT,), None))
    assert manage(town, RevokeName("fraud", "a fraud")) is None
    town.now += 20 * DAY_S
    town.ask("bert", Renew("harbour", 300, "EUR"))
    town.now += 91 * DAY_S
    town.ask("anna", town.payment("bert", 1))
    assert set(town.state.names) == {"harbour", "mayor", "river"}
    town.ask("bert", Renew("harbour", 299, "EUR"))
    town.ask("dora", Claim("bakery", 500, "EUR"), SetRecords("bakery", (WWW,), None))
    assert set(town.state.names) == {"bakery", "harbour", "mayor", "river"}
