"""Two linked ledgers in which a bit of everything happens, the same bytes each time."""

from ledger.entry import entry_id
from ledger.link.instruction import LINK_REQUEST, About, Hop
from ledger.link.terms import Fee, Terms
from ledger.operation import (
    AddLink,
    ForceRelease,
    LimitLink,
    LinkCancel,
    LinkPay,
    LinkRequest,
    RateLink,
    SetLinkStatus,
)
from tests.support.realm import Shire, read, settle
from tests.support.township import DAY_S, EUR, HOUR, START

TERMS = Terms("EUR", 2, "HOUR", 2, 15, 1)
FEE, NOTHING = Fee(10, 10_000), Fee(0, 0)


class Pair:
    """Lake, whose members have hours, and river, whose members have euros; linked in euros."""

    def __init__(self) -> None:
        self.lake = Shire("lake", "anna", units=(HOUR,))
        self.river = Shire("river", "bakery", units=(EUR,))

    def live(self) -> None:
        """Let one payment be made, one be refused, one be taken back, and one be booked late."""
        self.link()
        self._pay("bakery", 300)
        self._pay("nobody", 200)
        cancelled = self._ask("bakery", 100)
        self.lake.ask("anna", LinkCancel(cancelled))
        settle(self.lake, self.river)
        self._request()
        forced = self._ask("bakery", 150)
        read(self.river, self.lake)
        self._manage(self.river, ForceRelease(forced, "lake is silent"))
        settle(self.lake, self.river)
        self._change()

    def link(self) -> None:
        """Let both link up, and read that."""
        lake, river = self.lake, self.river
        there = AddLink(
            river.key, river.link_key, lake.link_key, "river", "River", TERMS, True, FEE, 900, 800
        )
        back = AddLink(
            lake.key, lake.link_key, river.link_key, "lake", "Lake", TERMS, False, NOTHING, 700, 600
        )
        self._manage(lake, there)
        self._manage(river, back)
        settle(lake, river)

    def _pay(self, payee: str, amount: int) -> None:
        self._ask(payee, amount)
        settle(self.lake, self.river)

    def _ask(self, payee: str, amount: int, about: About | None = None) -> bytes:
        """Let anna pay in hours, fee and all; return the payment's id."""
        hops = (Hop(self.river.key, "EUR", amount),)
        end = START + DAY_S
        operation = LinkPay(hops, payee, "EUR", amount, "HOUR", 100, "bread", b"", end, about)
        outcome = self.lake.ask("anna", operation)
        assert outcome.refusal is None, outcome.refusal
        return entry_id(outcome.hash, 0)

    def _request(self) -> None:
        asked = LinkRequest((self.lake.key,), "anna", "EUR", 45, "rolls", START + DAY_S)
        outcome = self.river.ask("bakery", asked)
        assert outcome.refusal is None, outcome.refusal
        read(self.lake, self.river)
        self._ask("bakery", 45, About(LINK_REQUEST, entry_id(outcome.hash, 0)))
        settle(self.lake, self.river)

    def _change(self) -> None:
        """Change what can be changed of a link, and stop it."""
        lake, river = self.lake, self.river
        self._manage(lake, LimitLink(river.key, 1_000, 1_100))
        self._manage(lake, RateLink(river.key, Terms("EUR", 2, "HOUR", 2, 16, 1), FEE))
        self._manage(river, SetLinkStatus(lake.key, "suspended", "another rate"))
        settle(lake, river)

    def _manage(
        self, here: Shire, operation: AddLink | LimitLink | RateLink | SetLinkStatus | ForceRelease
    ) -> None:
        refusal = here.manage(operation).refusal
        assert refusal is None, refusal
