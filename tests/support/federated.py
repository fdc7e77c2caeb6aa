"""Several communities in one simulated network: their managers' and members' real programs."""

from itertools import pairwise
from pathlib import Path

from federation.link.key import link_seed
from ledger import crypto
from ledger.entry import entry_id
from ledger.link.instruction import Hop
from ledger.link.link import Link
from ledger.link.terms import NO_FEE
from ledger.link.transit import Transit
from ledger.operation import AddLink, LinkPay
from ledger.state import State
from tests.support.realm import IN_EUR
from tests.support.world import World, seed_of

TRUST = 10_000
"""What each side of a link trusts the other with, in cents."""
DAY_S = 86_400


class Village(World):
    """One of several communities; its manager goes by its name."""

    def __init__(self, directory: Path, name: str, beside: "Village | None" = None) -> None:
        super().__init__(directory / name, 7, chief=name, beside=beside)
        self.name = name

    @property
    def ledger(self) -> State:
        """The present, as its manager has it."""
        return self.manager.books.state

    def link_to(self, other: "Village") -> Link:
        """Return the link to another community."""
        return self.ledger.links[other.community]

    def owes(self, other: "Village") -> int:
        """Return what this community owes another one in cents."""
        held = self.ledger.accounts[self.link_to(other).account].balances
        return next(one.posted for one in held if one.unit == "EUR")

    def transit(self, payment: bytes) -> Transit:
        """Return a payment across links, under way or not."""
        return self.ledger.transits.get(payment) or self.ledger.finished[payment]

    def link_up(self, other: "Village", trust: int = TRUST) -> None:
        """Queue this side's link to another community."""
        self.tell(
            AddLink(
                other.community, link_key_of(other), link_key_of(self), other.name,
                other.name.capitalize(), IN_EUR, False, NO_FEE, trust, trust,
            )
        )  # fmt: skip

    def pay(self, payer: str, payee: str, amount: int, *way: "Village", in_s: int = DAY_S) -> bytes:
        """Let a member pay somebody at the end of a way in EUR; return the payment's id."""
        hops = tuple(Hop(each.community, "EUR", amount) for each in way)
        deadline = self.now() + in_s
        operation = LinkPay(hops, payee, "EUR", amount, "EUR", amount, "eggs", b"", deadline, None)
        return entry_id(self.ask(payer, operation).hash, 0)


def link_key_of(village: Village) -> bytes:
    """Return a community's link key."""
    return crypto.public_key(link_seed(seed_of(village.name)))


async def settle_villages(*villages: Village) -> None:
    """Open ledgers with their people, and let neighbours in the row link up and read that."""
    for one in villages:
        one.found()
        one.settle_in(*people_of(one))
        await one.start_manager().open()
        await one.manager.run_cycle()
        for name in people_of(one):
            await one.start_member(name).look()
    for one, other in pairwise(villages):
        one.link_up(other)
        other.link_up(one)
    await exchange(*villages)
    for one in villages:
        for name in people_of(one):
            await one.members[name].look()


def people_of(village: Village) -> tuple[str, str]:
    """Return the members of a community, by names that only it has."""
    return f"ada-{village.name}", f"bo-{village.name}"


async def exchange(*villages: Village, rounds: int = 30) -> None:
    """Let all managers look at their links in turn, until nobody has anything to merge or put."""
    for _ in range(rounds):
        before = len(villages[0].dht.puts)
        sizes = [one.ledger.tree.size for one in villages]
        for one in villages:
            await one.manager.watch()
            await one.manager.run_links()
        quiet = sizes == [one.ledger.tree.size for one in villages]
        if quiet and before == len(villages[0].dht.puts):
            return
    raise AssertionError(f"managers still had something to say after {rounds} looks")


async def ask_for(village: Village, payer: str, payee: str, amount: int, *way: Village) -> bytes:
    """Let a member pay, and his manager merge it."""
    payment = village.pay(payer, payee, amount, *way)
    await village.members[payer].publish()
    await village.manager.run_cycle()
    return payment
