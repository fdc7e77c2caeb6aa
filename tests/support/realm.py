"""Communities that are linked and read each other's journals, in memory and without a network."""

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import fields, replace
from typing import Self

from ledger import crypto
from ledger.checkpoint import VerifiedCheckpoint, sign_checkpoint
from ledger.entry import entry_id
from ledger.link.entry import Content, Decided
from ledger.link.evidence import VerifiedReading, verify_reading
from ledger.link.instruction import About, Hop
from ledger.link.link import Link
from ledger.link.machine import Stage, is_waiting
from ledger.link.mirror import Mirror, mirror
from ledger.link.reading import Reading, ReadRecord
from ledger.link.terms import NO_FEE, Fee, Terms
from ledger.link.transit import Transit
from ledger.merge import Merge
from ledger.merkle import leaf_hash, node_hash
from ledger.merkle_many import prove_many
from ledger.merkle_path import range_root
from ledger.name.index import NameIndex
from ledger.operation import AddLink, LinkPay
from ledger.outcome import Outcome
from ledger.record import LinkRecord, Record, decode_record
from ledger.replay import replay
from ledger.state import State
from ledger.unit import Unit
from tests.support.township import DAY_S, EUR, START, Input, Person, Town, seed_of

IN_EUR = Terms("EUR", 2, "", 0, 1, 1)
READ_MAX = 64


class Shire(Town):
    """One of several communities."""

    def __init__(self, name: str, *people: str, units: Iterable[Unit] = (EUR,)) -> None:
        self._forget()
        super().__init__(*people, units=units, name=name)
        self.name = name
        self.link_key = _link_key(name)

    def merge(self, *inputs: Input) -> Merge:
        """Merge, apply, and keep where what was told stands."""
        first = len(self.records)
        merged = super().merge(*inputs)
        for index, record in enumerate(merged.records, first):
            self._note(index, record)
        return merged

    def twin(self) -> Self:
        """Return the same community once more, which goes its own way from here."""
        twin = copy(self)
        values = {one.name: getattr(self.state, one.name) for one in fields(State)}
        own = {name: dict(one) for name, one in values.items() if isinstance(one, Mapping)}
        twin.state = replace(self.state, **own)  # type: ignore[arg-type]  # each its own type
        twin.state.name_index = NameIndex.of(twin.state.names, twin.state.handles)
        twin.records = list(self.records)
        twin.people = {name: copy(one) for name, one in self.people.items()}
        twin.entries_by_peer = {peer: list(one) for peer, one in self.entries_by_peer.items()}
        twin.decided_at = dict(self.decided_at)
        twin.levels = [list(level) for level in self.levels]
        return twin

    def load(self, records: Iterable[bytes]) -> None:
        """Begin again from nothing but records: after a crash, or from a backup."""
        self.records = list(records)
        self.state = replay_all(self.key, self.records)
        self._forget()
        for index, record in enumerate(self.records):
            self._note(index, decode_record(record))

    def add(self, stored: bytes, record: Record) -> None:
        """Append a record that no merge made."""
        self.records.append(stored)
        self._note(len(self.records) - 1, record)

    def join(self, name: str) -> Person:
        """Admit somebody."""
        self.merge(self.admission(name))
        return self[name]

    def link_to(self, peer: "Shire") -> Link:
        """Return the link to a peer."""
        return self.state.links[peer.key]

    def owes(self, peer: "Shire", unit: str = "EUR") -> int:
        """Return what this community owes a peer; below zero, the peer owes it."""
        return self.books(peer.name, unit).posted

    def mirror(self, peer: "Shire", unit: str = "EUR") -> Mirror:
        """Return how the books of a link stand to each other."""
        ours, transits = self.owes(peer, unit), self.state.transits.values()
        return mirror(self.key, self.link_to(peer), ours, transits)

    def transit(self, payment: bytes) -> Transit | None:
        """Return a payment, under way or not."""
        return self.state.transits.get(payment) or self.state.finished.get(payment)

    def found(self, payment: bytes) -> Transit:
        """Return a payment that is here, under way or not."""
        found = self.transit(payment)
        assert found is not None, "no such payment is here"
        return found

    def last_word(self, peer: "Shire") -> Content:
        """Return what a peer was told last."""
        return self.told(peer)[-1][1].entry.content

    def told(self, peer: "Shire") -> list[tuple[int, LinkRecord]]:
        """Return the entries for a peer, with their indices."""
        return self.entries_by_peer.get(peer.key, [])

    def sign(self, size: int | None = None) -> VerifiedCheckpoint:
        """Return a signed checkpoint."""
        size = len(self.records) if size is None else size
        return sign_checkpoint(self.seed, size, range_root(0, size, self._subtree))

    def shown(self, indices: Iterable[int], size: int | None = None) -> VerifiedReading:
        """Return a verified reading of some link records here."""
        wanted = tuple(indices)
        signed = self.sign(size)
        entries = tuple(ReadRecord(index, self.records[index]) for index in wanted)
        proof = prove_many(wanted, signed.size, self._subtree)
        note = signed.note.decode()
        return verify_reading(self.key, Reading(self.key, note, entries, proof))

    def news_for(self, peer: "Shire", count: int = READ_MAX) -> tuple[VerifiedReading, ...]:
        """Return what a peer has not taken of the entries for it, none where there is nothing."""
        link = peer.state.links.get(self.key)
        taken = 0 if link is None else link.taken
        new = self.told(peer)[taken : taken + count]
        return (self.shown(index for index, _ in new),) if new else ()

    def decision(self, payment: bytes) -> tuple[VerifiedReading, ...]:
        """Return what this ledger decided of a payment that began here, as its slot shows it."""
        index = self.decided_at.get(payment)
        return () if index is None else (self.shown((index,)),)

    def _forget(self) -> None:
        self.entries_by_peer: dict[bytes, list[tuple[int, LinkRecord]]] = {}
        self.decided_at: dict[bytes, int] = {}
        self.levels: list[list[bytes]] = [[]]

    def _note(self, index: int, record: Record) -> None:
        self._grow(leaf_hash(self.records[index]))
        if not isinstance(record, LinkRecord):
            return
        self.entries_by_peer.setdefault(record.link, []).append((index, record))
        content = record.entry.content
        if isinstance(content, Decided):
            self.decided_at.setdefault(content.payment, index)

    def _grow(self, leaf: bytes) -> None:
        """Keep the root of every full subtree, so that a proof costs no more than its hashes."""
        levels, level = self.levels, 0
        levels[0].append(leaf)
        while len(levels[level]) % 2 == 0:
            if level + 1 == len(levels):
                levels.append([])
            levels[level + 1].append(node_hash(*levels[level][-2:]))
            level += 1

    def _subtree(self, level: int, position: int) -> bytes:
        return self.levels[level][position]


def replay_all(community: bytes, records: Iterable[bytes]) -> State:
    """Return the present that somebody works out who has only the records."""
    state = State(community)
    for _ in replay(state, records):
        pass
    return state


def _link_key(name: str) -> bytes:
    return crypto.public_key(seed_of(f"{name}'s links"))


def adding(
    here: Shire,
    peer: Shire,
    terms: Terms = IN_EUR,
    *,
    converts: bool = False,
    fee: Fee = NO_FEE,
    trusts: int = 10_000,
    owes: int = 10_000,
) -> AddLink:
    """Return the operation by which one side adds its link to a peer."""
    return AddLink(
        peer.key, peer.link_key, here.link_key, peer.name, peer.name.capitalize(), terms, converts,
        fee, trusts, owes,
    )  # fmt: skip


def link(
    one: Shire, other: Shire, there: AddLink | None = None, back: AddLink | None = None
) -> None:
    """Link two communities up, in EUR without fees if not told otherwise; both read that."""
    for here, added in ((one, there or adding(one, other)), (other, back or adding(other, one))):
        refusal = here.manage(added).refusal
        assert refusal is None, refusal
    read(one, other)
    read(other, one)


def read(here: Shire, *peers: Shire) -> Merge:
    """Let one community merge what others have told it, and what they decided."""
    news = [reading for peer in peers for reading in peer.news_for(here)]
    return here.merge(*news, *decisions(here, *peers))


def decisions(here: Shire, *peers: Shire) -> list[VerifiedReading]:
    """Return what payers' ledgers decided of payments that wait here, as their slots show it."""
    by_key = {peer.key: peer for peer in peers}
    return [
        reading
        for transit in here.state.transits.values()
        if is_waiting(transit.role, transit.stage)
        if transit.stage is Stage.FORCED or transit.instruction.origin != transit.upstream
        if (origin := by_key.get(transit.instruction.origin)) is not None
        for reading in origin.decision(transit.id)
    ]


def settle(*communities: Shire, rounds: int = 20) -> None:
    """Let all read all, in turn, until nobody has news."""
    for _ in range(rounds):
        before = [len(one.records) for one in communities]
        for one in communities:
            read(one, *(other for other in communities if other is not one))
        if before == [len(one.records) for one in communities]:
            return
    raise AssertionError(f"communities still had news after {rounds} rounds")


def pay(
    payer: tuple[Shire, str],
    payee: str,
    amount: int,
    *way: Shire,
    about: About | None = None,
    deadline: int = START + DAY_S,
) -> bytes:
    """Let a member pay somebody at the end of a way in EUR without fees; return its id."""
    here, name = payer
    payment, outcome = ask_pay(
        here, name, order(payee, amount, *way, about=about, deadline=deadline)
    )
    assert outcome.refusal is None, outcome.refusal
    return payment


def ask_pay(here: Shire, name: str, operation: LinkPay) -> tuple[bytes, Outcome]:
    """Let a member ask for a payment; return its id, and what became of it."""
    signed = here[name].sign(operation)
    outcome = here.merge(signed).outcomes[0]
    return entry_id(signed.hash, 0), outcome


def order(
    payee: str,
    amount: int,
    *way: Shire,
    about: About | None = None,
    deadline: int = START + DAY_S,
    memo: str = "eggs",
) -> LinkPay:
    """Return the operation that pays somebody at the end of a way in EUR without fees."""
    hops = tuple(Hop(each.key, "EUR", amount) for each in way)
    return LinkPay(hops, payee, "EUR", amount, "EUR", amount, memo, b"", deadline, about)
