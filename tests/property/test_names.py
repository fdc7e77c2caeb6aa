"""Registries at random: whatever is asked for, a name has one owner, and the journal says who."""

from collections import Counter
from collections.abc import Iterator
from random import Random

from ledger import crypto
from ledger.changeset import (
    CHANGE_SET_BYTES_MAX,
    ChangeSet,
    Verified,
    VerifiedStatement,
    change_set_hash,
)
from ledger.codec import decode
from ledger.entry import entry_id, name_payment_id
from ledger.map import map_root
from ledger.name.index import NameIndex, ends
from ledger.name.operation import (
    Claim,
    Delegate,
    Dispute,
    NameRules,
    Offer,
    Release,
    Renew,
    Reserve,
    RevokeName,
    SetRecords,
    Take,
)
from ledger.name.records import fault
from ledger.name.state import FREE_RULES, NameState, name_values
from ledger.operation import (
    AddKey,
    Close,
    ManagerOperation,
    Operation,
    Reinstate,
    RevokeKey,
    Suspend,
)
from ledger.record import (
    ChangeSetRecord,
    ManagerRecord,
    RefusalRecord,
    StateRecord,
    decode_record,
)
from ledger.replay import replay
from ledger.rule.key import add_key_signable
from ledger.state import State
from tests.support.audit import add_up
from tests.support.registry import ADDRESS, NAMES, TEXT, WWW
from tests.support.township import Town, seed_of

WORDS = ("mail", "mall", "bakery", "anna", "bert", "evan", "admin", "river", "ferry", "sea")
STEPS = 150
SEEDS = 10


class Registry:
    """Four people and a manager, what they sign, and what has been merged of it."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)  # noqa: S311
        self.town = Town(*NAMES)
        self.waiting: list[Verified | VerifiedStatement] = []
        self.manage(self.rules())
        self.cycle()

    def live(self) -> None:
        """Let somebody ask for something; now and then time passes and all is merged."""
        if self.dice.random() < 0.15:
            self.manage(self.ruling())
        else:
            name, operations = self.asking()
            self.waiting.append(self.town[name].sign(*operations))
        if self.dice.random() < 0.5:
            self.town.now += self.dice.choice((0, 1, 5, 12))
            self.cycle()

    def cycle(self) -> None:
        """Merge what waits, the same in any order and repeated, and look at each change."""
        state, first = self.town.state, len(self.town.records)
        before, grace_s = dict(state.names), state.name_rules.grace_s
        again = [*self.waiting, *self.waiting[:2]]
        self.dice.shuffle(again)
        expected = self.town.try_merge(*self.waiting).bodies
        merged = self.town.merge(*again)
        assert merged.bodies == expected
        self.waiting = []
        for name, value in merged.changes.names.items():
            assert value != before.get(name), "a change makes a difference"
            if value is not None:
                self.check_reason(first, value)
        for name, held in before.items() if merged.records else ():
            if ends(held) and held.expires + grace_s <= state.time:
                stands = state.names.get(name)
                assert stands is None or stands.record > first, "its time was over"

    def check_reason(self, first: int, name: NameState) -> None:
        """Look for who asked for what a name is now, in this merge's own records."""
        assert first < name.changed
        assert name.record <= name.changed
        record = decode_record(self.town.records[name.changed - 1])
        if isinstance(record, ChangeSetRecord):
            author = self.town.state.keys[record.key].account
            assert author in {name.owner, name.delegate}
        else:
            assert isinstance(record, ManagerRecord)

    def manage(self, operation: ManagerOperation) -> None:
        self.waiting.append(self.town.statement(operation))

    def rules(self) -> NameRules:
        claim, renew = self.dice.randrange(60), self.dice.randrange(60)
        term_s, grace_s = self.dice.randrange(20, 120), self.dice.randrange(20)
        return NameRules("EUR", claim, renew, term_s, grace_s, self.dice.randrange(1, 5))

    def ruling(self) -> ManagerOperation:
        word, who = self.word(), self.town[self.dice.choice(NAMES)].id
        holds = self.dice.random() < 0.5
        rulings: list[ManagerOperation] = [
            self.rules(),
            Reserve(word, holds, ""),
            Dispute(word, frozen=holds, reason=""),
            Dispute(word, frozen=holds, reason=""),
            RevokeName(word, ""),
            Reinstate(who),
            Reinstate(who),
        ]
        if self.dice.random() < 0.04:
            rulings = [Suspend(who, ""), Close(who, "", write_off=True)]
        return self.dice.choice(rulings)

    def asking(self) -> tuple[str, tuple[Operation, ...]]:
        word, other = self.word(), self.dice.choice(NAMES)
        name = self.author(word)
        to = self.dice.choice([self.town[other].id, self.town[other].id, None])
        records = self.dice.choice([(), (ADDRESS,), (ADDRESS, TEXT, WWW), (WWW, ADDRESS)])
        key = self.dice.choice([None, None, self.town[other].key, self.phone(name)[1]])
        pays, unit = self.dice.randrange(20, 80), self.dice.choice(["EUR", "EUR", "HOUR", None])
        claims: list[tuple[Operation, ...]] = [
            (Claim(word, pays, unit),),
            (Claim(word, pays, unit), SetRecords(word, records, key)),
            (Claim(self.dice.choice(WORDS), pays, unit), Claim(word, pays, unit)),
        ]
        changes: list[tuple[Operation, ...]] = [
            (SetRecords(word, records, key),),
            (Renew(word, pays, unit),),
            (Offer(word, to),),
            (Offer(word, to),),
            (Take(word),),
            (Delegate(word, to),),
            (Release(word),),
            (self.change_of_keys(name),),
        ]
        fresh = word not in self.town.state.names
        likely = claims if fresh == (self.dice.random() < 0.9) else changes
        return name, self.dice.choice(likely)

    def word(self) -> str:
        present = sorted(self.town.state.names)
        return self.dice.choice(present if present and self.dice.random() < 0.6 else WORDS)

    def author(self, word: str) -> str:
        """Return, most of the time, somebody who has to do with a name."""
        held = self.town.state.names.get(word)
        parties = {held.owner, held.delegate, held.offered} if held else set()
        named = [name for name in NAMES if self.town[name].id in parties]
        return self.dice.choice(named if named and self.dice.random() < 0.8 else NAMES)

    def phone(self, name: str) -> tuple[bytes, bytes]:
        seed = seed_of(f"phone of {name}")
        return seed, crypto.public_key(seed)

    def change_of_keys(self, name: str) -> Operation:
        seed, key = self.phone(name)
        account = self.town.account(name)
        signable = add_key_signable(self.town.key, account.id)
        known = key in account.keys
        return RevokeKey(key) if known else AddKey(key, crypto.sign(seed, signable))


def check(town: Town) -> None:
    """Accept a present: one owner a name, no more than he may have, and an index that is right."""
    state = town.state
    again, kept = NameIndex.of(state.names, state.handles), state.name_index
    owned = Counter(name.owner for name in state.names.values() if name.owner)
    assert kept.owned == again.owned == dict(owned)
    assert {form: set(each) for form, each in kept.alike.items()} == {
        form: set(each) for form, each in again.alike.items()
    }
    assert kept.first_end <= again.first_end
    for word, name in state.names.items():
        assert (word, word == "admin") == (name.name, False)
        if name.owner is None:
            assert (name.records, name.key, name.expires) == ((), None, 0)
            continue
        known = state.keys.get(name.key or b"")
        assert state.handles.get(word) in {None, name.owner}
        assert state.accounts[name.owner].status != "closed"
        assert name.key is not None
        assert known is None or known.active or known.account != name.owner
        assert fault(name.records) == ""


def prices_asked(town: Town) -> Iterator[tuple[bytes, int, Claim | Renew]]:
    """Give each claim and renewal that took effect: id, price by the rules then, and itself."""
    rules = FREE_RULES
    for record in map(decode_record, town.records):
        if isinstance(record, ManagerRecord):
            ruled = record.statement.operation
            rules = ruled if isinstance(ruled, NameRules) else rules
        if isinstance(record, ChangeSetRecord):
            asked = decode(record.body, ChangeSet, CHANGE_SET_BYTES_MAX)
            cause = change_set_hash(town.key, record.key, record.body)
            for place, operation in enumerate(asked.operations):
                if isinstance(operation, Claim | Renew):
                    claims = isinstance(operation, Claim)
                    price = rules.claim if claims else rules.renew
                    yield entry_id(cause, place), price, operation


def check_journal(town: Town) -> None:
    """Accept a journal that alone gives the names of every size, each of them paid for."""
    state = State(town.key)
    for replayed in replay(state, town.records):
        last = replayed.merged.records[-1]
        assert isinstance(last, StateRecord)
        rules = None if state.name_rules is FREE_RULES else state.name_rules
        held = name_values(state.names, rules).items()
        assert last.names_root == map_root((key, value) for key, value in held if value)
    assert state == town.state
    add_up(town.key, town.records)
    for entry, price, operation in prices_asked(town):
        paid = state.transactions.get(name_payment_id(entry))
        moved = sum(move.amount for move in paid.transfers) if paid else 0
        assert moved == price <= operation.pays
        assert paid is None or paid.transfers[0].credit == state.commons


def test_a_name_never_has_two_owners_and_every_state_is_a_fold_of_the_journal() -> None:
    happened: Counter[str] = Counter()
    for seed in range(SEEDS):
        lived = Registry(seed)
        for _ in range(STEPS):
            lived.live()
            check(lived.town)
        check_journal(lived.town)
        happened += what_happened(lived.town)
    wanted = {Claim, SetRecords, Renew, Offer, Take, Release, Delegate, RevokeName, Dispute}
    assert all(happened[kind.__name__] > 2 for kind in wanted), happened
    codes = ("name_taken", "name_confusable", "name_expired", "name_frozen", "too_many_names")
    assert all(happened[one] > 2 for one in codes), happened


def what_happened(town: Town) -> Counter[str]:
    """Count the operations that took effect and the codes of the others."""
    happened: Counter[str] = Counter()
    for record in map(decode_record, town.records):
        if isinstance(record, RefusalRecord):
            happened[record.code] += 1
        elif isinstance(record, ManagerRecord):
            happened[type(record.statement.operation).__name__] += 1
        elif isinstance(record, ChangeSetRecord):
            asked = decode(record.body, ChangeSet, CHANGE_SET_BYTES_MAX)
            happened.update(type(operation).__name__ for operation in asked.operations)
    return happened
