"""A household that shares bills: what its members ask for, in a town of four."""

from ledger.entry import entry_id
from ledger.operation import (
    EXACT,
    Accept,
    Annotate,
    Bill,
    Cancel,
    Decline,
    EndMandate,
    Mandate,
    Operation,
    Part,
    Request,
)
from ledger.refusal import Code
from ledger.state import OpenBill
from tests.support.township import DAY_S, RULES, Town

NAMES = ("anna", "bert", "cleo", "dora")


def house() -> Town:
    """Return a town of four people, in which anybody can owe 100 EUR."""
    return Town(*NAMES)


def bill(
    town: Town,
    paid: dict[str, int],
    shares: dict[str, int],
    *,
    replaces: bytes | None = None,
    life_s: int = 30 * DAY_S,
) -> Bill:
    """Return a bill over what was paid and the shares, both in cents by name."""
    return Bill(
        "EUR",
        tuple(Part(town[name].id, amount) for name, amount in paid.items()),
        tuple(Part(town[name].id, amount) for name, amount in shares.items()),
        EXACT,
        town.now,
        "food",
        "dinner",
        town.now + life_s,
        replaces,
    )


def dinner(town: Town) -> Bill:
    """Return a bill over 90 EUR that anna paid for herself, bert and cleo."""
    return bill(town, {"anna": 9_000}, {"anna": 3_000, "bert": 3_000, "cleo": 3_000})


def mandate(
    town: Town,
    creditor: str | None = None,
    *,
    each: int = 5_000,
    month: int = 10_000,
    life_s: int = 365 * DAY_S,
) -> Mandate:
    """Return a mandate for somebody, or for anybody."""
    named = None if creditor is None else town[creditor].id
    return Mandate(named, "EUR", each, month, town.now + life_s, "rent")


def propose(town: Town, author: str, operation: Operation) -> bytes:
    """Merge what makes a bill, a request or a mandate, and return its id."""
    outcome = town.ask(author, operation)
    assert outcome.refusal is None, outcome.refusal
    return entry_id(outcome.hash, 0)


def code(town: Town, name: str, *operations: Operation) -> Code | None:
    """Merge a change-set and return why it was refused, or None."""
    refusal = town.ask(name, *operations).refusal
    return refusal.code if refusal else None


def found_bill(town: Town, entry: bytes) -> OpenBill:
    """Return a bill, be it open or not."""
    return town.state.bills.get(entry) or town.state.past_bills[entry]


def stages(town: Town, entry: bytes) -> list[int]:
    """Return the stages of a bill's parts."""
    return [part.stage for part in found_bill(town, entry).parts]


def keep_house(town: Town) -> tuple[bytes, bytes]:
    """Let a bit of everything happen; return an open bill's id and one's that is over."""
    anna, bert = town["anna"].id, town["bert"].id
    first = propose(town, "anna", dinner(town))
    propose(town, "cleo", mandate(town, "anna", each=3_500, month=4_000))
    ended = propose(town, "cleo", mandate(town))
    town.ask("cleo", EndMandate(ended))
    town.ask("bert", Accept(first), Annotate(None, "food", "thanks"))
    town.ask("anna", Annotate(first, "", "it was good"))
    town.now += RULES.objection_s
    town.merge()
    town.ask("anna", Annotate(first, "", "all paid"))
    mended = bill(town, {"anna": 600}, {"bert": 300, "dora": 300}, replaces=first)
    second = propose(town, "anna", mended)
    town.ask("dora", Decline(second, "I was away"))
    short = propose(town, "bert", bill(town, {"bert": 5}, {"anna": 5}, life_s=DAY_S))
    town.ask("bert", Request(anna, 70, "EUR", "soup", b"", town.now + 30 * DAY_S))
    town.now += DAY_S
    town.ask("cleo", Request(bert, 90, "EUR", "tea", b"", town.now + 30 * DAY_S))
    gone = propose(town, "bert", bill(town, {"bert": 5, "cleo": 5}, {"dora": 10}))
    town.ask("bert", Cancel(gone), Annotate(gone, "", "it was a slip"))
    assert set(town.state.bills) == {second}
    assert set(town.state.past_bills) == {first, short, gone}
    return second, first
