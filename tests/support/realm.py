"""Communities that are linked and read each other's journals, in memory and without a network."""

from collections.abc import Iterable

from ledger import crypto
from ledger.entry import entry_id
from ledger.link.entry import Decided
from ledger.link.evidence import VerifiedReading, verify_reading
from ledger.link.instruction import About, Hop
from ledger.link.link import Link
from ledger.link.reading import Reading, ReadRecord
from ledger.link.terms import NO_FEE, Fee, Terms
from ledger.link.transit import Transit
from ledger.merge import Merge
from ledger.merkle_many import prove_many
from ledger.operation import AddLink, LinkPay
from ledger.record import LinkRecord, decode_record
from ledger.unit import Unit
from tests.support.attested import Attested
from tests.support.township import DAY_S, EUR, START, Town, seed_of

IN_EUR = Terms("EUR", 2, "", 0, 1, 1)
READ_MAX = 64


class Shire(Town):
    """One of several communities."""

    def __init__(self, name: str, *people: str, units: Iterable[Unit] = (EUR,)) -> None:
        super().__init__(*people, units=units, name=name)
        self.name = name
        self.link_key = _link_key(name)

    def link_to(self, peer: "Shire") -> Link:
        """Return the link to a peer."""
        return self.state.links[peer.key]

    def owes(self, peer: "Shire", unit: str = "EUR") -> int:
        """Return what this community owes a peer; below zero, the peer owes it."""
        return self.books(peer.name, unit).posted

    def transit(self, payment: bytes) -> Transit | None:
        """Return a payment, under way or not."""
        return self.state.transits.get(payment) or self.state.finished.get(payment)

    def told(self, peer: "Shire") -> list[tuple[int, LinkRecord]]:
        """Return the entries for a peer, with their indices."""
        found = []
        for index, record in enumerate(self.records):
            parsed = decode_record(record)
            if isinstance(parsed, LinkRecord) and parsed.link == peer.key:
                found.append((index, parsed))
        return found

    def shown(self, indices: Iterable[int]) -> VerifiedReading:
        """Return a verified reading of some link records here."""
        books = Attested(self.seed, self.records)
        wanted = tuple(indices)
        signed = books.sign()
        entries = tuple(ReadRecord(index, self.records[index]) for index in wanted)
        proof = prove_many(wanted, signed.size, books.subtree(signed.size))
        note = signed.note.decode()
        return verify_reading(self.key, Reading(self.key, note, entries, proof))

    def news_for(self, peer: "Shire") -> tuple[VerifiedReading, ...]:
        """Return what a peer has not taken of the entries for it, none where there is nothing."""
        link = peer.state.links.get(self.key)
        taken = 0 if link is None else link.taken
        new = [index for index, record in self.told(peer) if record.entry.number > taken]
        return (self.shown(new[:READ_MAX]),) if new else ()

    def decision(self, payment: bytes) -> tuple[VerifiedReading, ...]:
        """Return what this ledger decided of a payment that began here, as its slot shows it."""
        for index, record in enumerate(self.records):
            parsed = decode_record(record)
            if isinstance(parsed, LinkRecord) and _decides(parsed, payment):
                return (self.shown((index,)),)
        return ()


def _decides(record: LinkRecord, payment: bytes) -> bool:
    content = record.entry.content
    return isinstance(content, Decided) and content.payment == payment


def _link_key(name: str) -> bytes:
    return crypto.public_key(seed_of(f"{name}'s links"))


def add_link(
    here: Shire,
    peer: Shire,
    terms: Terms = IN_EUR,
    *,
    converts: bool = False,
    fee: Fee = NO_FEE,
    trusts: int = 10_000,
    owes: int = 10_000,
) -> None:
    """Let one side add its link to a peer."""
    added = AddLink(
        peer.key, peer.link_key, here.link_key, peer.name, peer.name.capitalize(), terms, converts,
        fee, trusts, owes,
    )  # fmt: skip
    outcome = here.merge(here.statement(added)).outcomes[0]
    assert outcome.refusal is None, outcome.refusal


def link(one: Shire, other: Shire, terms: Terms = IN_EUR) -> None:
    """Link two communities up, in one unit, and let both read that."""
    add_link(one, other, terms)
    add_link(other, one, terms)
    read(one, other)
    read(other, one)


def read(here: Shire, *peers: Shire) -> Merge:
    """Let one community merge what others have told it, and what they decided."""
    news = [reading for peer in peers for reading in peer.news_for(here)]
    news += [
        reading
        for transit in here.state.transits.values()
        for peer in peers
        if transit.instruction.origin == peer.key != transit.upstream
        for reading in peer.decision(transit.id)
    ]
    return here.merge(*news)


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
    hops = tuple(Hop(each.key, "EUR", amount) for each in way)
    operation = LinkPay(hops, payee, "EUR", amount, "EUR", amount, "eggs", b"", deadline, about)
    signed = here[name].sign(operation)
    outcome = here.merge(signed).outcomes[0]
    assert outcome.refusal is None, outcome.refusal
    return entry_id(signed.hash, 0)
