"""A small community to merge into: people with keys, their change-sets, one manager."""

from collections.abc import Iterable
from hashlib import sha256

from ledger import crypto
from ledger.apply import apply
from ledger.changeset import (
    NOTHING_SEEN,
    ChangeSet,
    ManagerStatement,
    Seen,
    Verified,
    VerifiedStatement,
    by_key,
    sign_change_set,
    sign_statement,
)
from ledger.link.evidence import VerifiedReading
from ledger.merge import Batch, Merge, merge
from ledger.merkle import leaf_hash
from ledger.operation import AddKey, AddUnit, Admit, ManagerOperation, Open, Operation, Pay, Rules
from ledger.outcome import Outcome
from ledger.rule.key import add_key_signable
from ledger.rule.successor import VerifiedSuccessor
from ledger.state import Account, State, UnitBalance
from ledger.unit import Unit

DAY_S = 86_400
START = 1_700_000_000
RULES = Rules(30 * DAY_S, 90 * DAY_S, 7 * DAY_S)
EUR = Unit("EUR", 2, "Euro", 10_000, 20_000)
HOUR = Unit("HOUR", 2, "Hours", 500, 500)
EPOCH_KEY = bytes(range(32))
Input = Verified | VerifiedStatement | VerifiedSuccessor | VerifiedReading


def seed_of(name: str) -> bytes:
    """Return a person's seed: the same name has the same key in every test."""
    return sha256(b"seed of " + name.encode()).digest()


def add_key(community: bytes, account: bytes, device: str) -> AddKey:
    """Return the operation that adds a device's key to an account, with its proof."""
    seed = seed_of(device)
    signable = add_key_signable(community, account)
    return AddKey(crypto.public_key(seed), crypto.sign(seed, signable))


class Person:
    """A member's key and the end of its chain of change-sets."""

    def __init__(self, community: bytes, name: str) -> None:
        self.community = community
        self.name = name
        self.seed = seed_of(name)
        self.key = crypto.public_key(self.seed)
        self.id = self.key[:16]
        self.generation = 0
        self.number = 0
        self.previous = b""

    def sign(self, *operations: Operation, seen: Seen = NOTHING_SEEN) -> Verified:
        """Return the next change-set of the chain."""
        signed = self.sign_as(self.number + 1, self.previous, *operations, seen=seen)
        self.number += 1
        self.previous = signed.hash
        return signed

    def sign_as(
        self, number: int, previous: bytes, *operations: Operation, seen: Seen = NOTHING_SEEN
    ) -> Verified:
        """Return a change-set at any place of the chain, which stays where it is."""
        asked = ChangeSet(self.generation, number, previous, START, seen, operations)
        return sign_change_set(self.community, self.seed, asked)

    def restore(self) -> None:
        """Go on like a home restored from a backup: a new generation."""
        self.generation += 1
        self.number, self.previous = 0, b""


class Town:
    """A community whose every merge is applied and kept."""

    def __init__(
        self,
        *names: str,
        closed: bool = False,
        units: Iterable[Unit] = (EUR,),
        name: str = "community",
    ) -> None:
        self.seed = seed_of(name)
        self.key = crypto.public_key(self.seed)
        self.state = State(self.key)
        self.now = START
        self.stated = 0
        self.records: list[bytes] = []
        self.people: dict[str, Person] = {}
        rules = self.statement(Open("Riverside", closed, RULES))
        self.first = self.merge(rules, *map(self.new_unit, units))
        if names:
            self.merge(*(self.admission(name) for name in names))

    def __getitem__(self, name: str) -> Person:
        return self.people[name]

    def statement(self, operation: ManagerOperation) -> VerifiedStatement:
        """Return the manager's next statement."""
        self.stated += 1
        return sign_statement(self.seed, ManagerStatement(self.stated, START, operation))

    def admission(self, name: str) -> VerifiedStatement:
        """Return the statement that admits a new person."""
        person = self.people[name] = Person(self.key, name)
        return self.statement(Admit(person.key, name, name.capitalize()))

    def new_unit(self, unit: Unit) -> VerifiedStatement:
        """Return the statement that begins or changes a unit."""
        return self.statement(AddUnit(unit))

    def try_merge(self, *inputs: Input) -> Merge:
        """Merge without applying."""
        change_sets = tuple(each for each in inputs if isinstance(each, Verified))
        statements = tuple(each for each in inputs if isinstance(each, VerifiedStatement))
        successor = next((each for each in inputs if isinstance(each, VerifiedSuccessor)), None)
        readings = tuple(each for each in inputs if isinstance(each, VerifiedReading))
        batch = Batch(statements, by_key(change_sets), EPOCH_KEY, (), successor, readings)
        return merge(self.state, batch, self.now)

    def merge(self, *inputs: Input) -> Merge:
        """Merge and apply."""
        merged = self.try_merge(*inputs)
        first = self.state.tree.size
        records = [nonce(first + i, body) + body for i, body in enumerate(merged.bodies)]
        apply(self.state, merged, self.state.tree.append(leaf_hash(record) for record in records))
        self.records += records
        self.last = merged
        return merged

    def manage(self, operation: ManagerOperation) -> Outcome:
        """Merge one statement and return its outcome."""
        (outcome,) = self.merge(self.statement(operation)).outcomes
        return outcome

    def ask(self, name: str, *operations: Operation) -> Outcome:
        """Merge one change-set and return its outcome."""
        (outcome,) = self.merge(self[name].sign(*operations)).outcomes
        return outcome

    def pay(self, payer: str, payee: str, amount: int, unit: str = "EUR") -> Verified:
        """Return a signed payment."""
        return self[payer].sign(self.payment(payee, amount, unit))

    def payment(self, payee: str, amount: int, unit: str = "EUR") -> Pay:
        """Return the operation that pays somebody."""
        return Pay(self[payee].id, amount, unit, "", b"", None)

    def account(self, name: str) -> Account:
        """Return a person's account, or the commons."""
        return self.state.accounts[self.state.handles[name]]

    def books(self, name: str, unit: str = "EUR") -> UnitBalance:
        """Return an account's books in a unit that it has used."""
        return next(each for each in self.account(name).balances if each.unit == unit)

    def posted(self, *names: str, unit: str = "EUR") -> tuple[int, ...]:
        """Return what these accounts have posted."""
        return tuple(self.books(name, unit).posted for name in names)


def nonce(index: int, body: bytes) -> bytes:
    """Return the nonce of a record under this town's secret."""
    return crypto.keyed_hash(b"town secret".ljust(32), index.to_bytes(8) + body, 16)
