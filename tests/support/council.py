"""A community's home as its manager's commands make it, without a network."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from federation.card import MemberCard, sign_card
from federation.home import Home
from federation.settings import Network, Settings
from ledger import crypto
from ledger.changeset import Verified
from ledger.operation import Pay
from ledger.state import Account
from ledger.store.database import Role, open_database
from ledger.store.door import Arrivals, Poll
from ledger.store.journal import JournalStore
from manager.books import Books, Merged
from manager.delivery import Delivery
from manager.safe import begin_home
from tests.support.prompt import Cli
from tests.support.township import START, Person, seed_of

NETWORK = Network("loopback", (("127.0.0.1", 9),))
"""A network in which nobody answers."""


class Council:
    """One community's home, its people, and the command line that manages it."""

    def __init__(self, path: Path, cli: Cli) -> None:
        self.home = Home(path)
        self.seed = seed_of("community")
        self.key = crypto.public_key(self.seed)
        self.cli = cli
        self.people: dict[str, Person] = {}
        begin_home(self.home, self.seed, None, Settings(network=NETWORK), "Riverside")

    def do(self, *words: object) -> str:
        """Run a signing command that succeeds and return what it said."""
        said = self.cli(*words, "--home", self.home.path, "--yes")
        assert said.code == 0, said.err
        return said.out

    def refuse(self, code: int, *words: object) -> str:
        """Run a signing command that ends with another code and return what it complained of."""
        said = self.cli(*words, "--home", self.home.path, "--yes")
        assert said.code == code, said.out + said.err
        return said.err

    def open(self, *names: str, closed: bool = False) -> None:
        """Open the ledger with euros, and admit people."""
        kind = "--closed" if closed else "--open"
        self.do("open", kind, "--unit", "EUR", "--credit-limit", "100")
        for name in names:
            self.do("admit", self.card(name))

    def card(self, name: str) -> str:
        """Return a person's card."""
        person = self.people.setdefault(name, Person(self.key, name))
        hints = (("127.0.0.1", 4_001),)
        return sign_card(person.seed, MemberCard(person.key, name.capitalize(), START, hints))

    def pay(self, payer: str, payee: str, amount: int, memo: str = "") -> Verified:
        """Return a signed payment in minor units of EUR."""
        to = self.people[payee].id
        return self.people[payer].sign(Pay(to, amount, "EUR", memo, b"", None))

    def merge(
        self, *change_sets: Verified, now: int = START, arrivals: Arrivals | None = None
    ) -> Merged:
        """Merge what members' slots brought, as a cycle does.

        Args:
            change_sets: Verified.
            now: Unix seconds.
            arrivals: What else came.
        """
        items: dict[bytes, tuple[Verified, ...]] = {}
        for one in change_sets:
            items[one.key] = (*items.get(one.key, ()), one)
        polls = tuple(Poll(key, seq=1, polled=now, seen=now) for key in items)
        with closing(open_database(self.home.ledger, Role.MANAGER, write=True)) as database:
            came = replace(arrivals or Arrivals(), polls=polls, items=items)
            return Books(JournalStore(database), self.seed).merge(now, Delivery.of(came))

    def account(self, handle: str) -> Account:
        """Return an account as the home has it."""
        with closing(open_database(self.home.ledger, Role.MANAGER, write=False)) as database:
            state = JournalStore(database).load_state()
            return state.accounts[state.handles[handle]]
