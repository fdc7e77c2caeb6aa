"""Payments across links in simulation: routes, entries, time and memory of a whole federation.

``python -m tests.benchmarks.bench_links [--communities N] [--links N] [--payments N]
[--json FILE]`` from the repository's root prints a table and writes the figures. Communities with
random links merge and read each other's journals in one process, without a network. In each wave
members of all of them pay random others: in the first wave one of each community by the cheapest
route that adverts tell, the rest by a shortest way with enough room; then all read all once. In the
end all read until nobody has news, and every payment must be final, every book explained, every sum
zero. The peer is a payment within one of the same communities, without links.
"""

import argparse
import json
import resource
import time
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path
from random import Random

from federation.link.advert import Advert, write_advert
from federation.link.graph import build_graph
from federation.link.own import own_links, room_out
from federation.link.route import find_route
from federation.link.search import Wanted
from ledger.link.instruction import HOPS_MAX, Hop
from ledger.link.machine import Role, Stage
from ledger.operation import LinkPay, Operation
from ledger.record import LinkRecord, ReadingRecord, decode_record
from ledger.unit import Unit
from tests.support.realm import Shire, adding, decisions
from tests.support.township import DAY_S, START

SEED = 1
WAVES = 20
LIMIT = 2_000_000
TRUST = 25_000
PEOPLE = ("anna", "ben", "cem", "dora", "emil")
EUR = Unit("EUR", 2, "Euro", LIMIT, LIMIT)
AMOUNT_MAX = 5_000
MIB_KIB = 1_024
AT_HOME = 2_000
Figures = dict[str, float]


class Federation:
    """Communities, their links, and what it took to let them pay each other."""

    def __init__(self, communities: int, links: int) -> None:
        self.chance = Random(SEED)  # noqa: S311 -- repeatable
        names = [f"shire{number:03}" for number in range(communities)]
        self.shires = [Shire(name, *PEOPLE, units=(EUR,)) for name in names]
        self.by_key = {one.key: one for one in self.shires}
        self.routes_s = self.consent_s = 0.0
        self.rooms: dict[bytes, list[tuple[bytes, int]]] = {}
        self.unroutable = self.refused = 0
        for one, other in self._pairs(links):
            for here, peer in ((one, other), (other, one)):
                here.merge(here.statement(adding(here, peer, trusts=TRUST, owes=TRUST)))
        self.read_all()

    def pay(self, payments: int) -> None:
        """Let random members of random communities pay random others."""
        started = time.monotonic()
        self.rooms = {one.key: self._rooms(one) for one in self.shires}
        chosen = self.chance.choices(range(len(self.shires)), k=payments)
        for at, each in sorted(Counter(chosen).items()):
            here = self.shires[at]
            asked = [one for _ in range(each) if (one := self._order(here))]
            self.unroutable += each - len(asked)
            self._merge(here, asked)
        self.consent_s += time.monotonic() - started

    def pay_cheapest(self) -> None:
        """Let one member of each community pay by the route that adverts tell."""
        started = time.monotonic()
        adverts = [self._advert(one) for one in self.shires]
        for here in self.shires:
            graph = build_graph(here.key, own_links(here.state), adverts, START)
            there, amount = self._whom(here)
            route = find_route(graph, Wanted("EUR", there.key, "EUR", amount))
            assert route is not None, "the ring joins all"
            self._merge(here, [self._payment(route.hops, amount)])
        self.routes_s += time.monotonic() - started

    def read_all(self) -> bool:
        """Let all read all once; return whether anybody had news."""
        before = sum(len(one.records) for one in self.shires)
        for here in self.shires:
            peers = [self.by_key[key] for key in here.state.links]
            news = [reading for peer in peers for reading in peer.news_for(here)]
            here.merge(*news, *decisions(here, *self.shires))
        return sum(len(one.records) for one in self.shires) > before

    def check(self) -> None:
        """Check that all is final, explained and zero."""
        total = 0
        for here in self.shires:
            assert not here.state.transits, here.name
            for key in here.state.links:
                found = here.mirror(self.by_key[key])
                assert found.ours + found.theirs == found.unexplained == 0
            for account in here.state.accounts.values():
                for books in account.balances:
                    assert books.pending_debit == books.pending_credit == 0
                    total += books.posted
        assert total == 0

    def ended(self) -> Iterator[tuple[Stage, int]]:
        """Give how each payment ended for its payer, and its hops."""
        for here in self.shires:
            for found in here.state.finished.values():
                if found.role is Role.ORIGIN:
                    yield found.stage, len(found.instruction.hops)

    def _pairs(self, links: int) -> list[tuple[Shire, Shire]]:
        """Return random pairs, each once; a ring first, so that all can reach all."""
        count = len(self.shires)
        chosen = {(at, (at + 1) % count) for at in range(count)}
        while len(chosen) < links:
            one, other = sorted(self.chance.sample(range(count), 2))
            if (one, other) not in chosen and (other, one) not in chosen:
                chosen.add((one, other))
        return [(self.shires[one], self.shires[other]) for one, other in sorted(chosen)]

    def _advert(self, here: Shire) -> Advert:
        links = [one.link for one in own_links(here.state)]
        return write_advert(here.key, here.name, START, links)

    def _rooms(self, here: Shire) -> list[tuple[bytes, int]]:
        """Return a community's linked ones, and how much can leave to each."""
        links = here.state.links.values()
        return [(one.key, room_out(here.state, one)) for one in links]

    def _whom(self, here: Shire) -> tuple[Shire, int]:
        there = self.chance.choice([one for one in self.shires if one is not here])
        return there, self.chance.randint(1, AMOUNT_MAX)

    def _order(self, here: Shire) -> LinkPay | None:
        there, amount = self._whom(here)
        way = self._shortest(here.key, there.key, amount)
        if way is None:
            return None
        return self._payment(tuple(Hop(key, "EUR", amount) for key in way), amount)

    def _shortest(self, source: bytes, target: bytes, amount: int) -> tuple[bytes, ...] | None:
        """Return the communities on a shortest way with enough room, the first one left out."""
        ways: dict[bytes, tuple[bytes, ...]] = {source: ()}
        waiting = deque([source])
        while waiting and target not in ways:
            key = waiting.popleft()
            for peer, room in self.rooms[key]:
                if room >= amount and peer not in ways and len(ways[key]) < HOPS_MAX:
                    ways[peer] = (*ways[key], peer)
                    waiting.append(peer)
        return ways.get(target)

    def _payment(self, hops: tuple[Hop, ...], amount: int) -> LinkPay:
        payee, end = self.chance.choice(PEOPLE), START + DAY_S
        return LinkPay(hops, payee, "EUR", amount, "EUR", amount, "bread", b"", end, None)

    def _merge(self, here: Shire, asked: list[LinkPay]) -> None:
        """Merge what members ask for, one change-set each."""
        merged = here.merge(*(here[self.chance.choice(PEOPLE)].sign(one) for one in asked))
        self.refused += sum(one.refusal is not None for one in merged.outcomes)


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--communities", type=int, default=100)
    parser.add_argument("--links", type=int, default=1_000)
    parser.add_argument("--payments", type=int, default=10_000)
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    figures = measure(wanted.communities, wanted.links, wanted.payments)
    for name, value in figures.items():
        print(f"{name:36}{value:14,.2f}")  # noqa: T201 -- what a benchmark is for
    if wanted.json:
        wanted.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


def measure(communities: int, links: int, payments: int) -> Figures:
    """Return what it takes to let so many communities pay each other."""
    began = time.monotonic()
    federation = Federation(communities, links)
    linked = time.monotonic()
    before = _entries(federation)
    rounds = 0
    federation.pay_cheapest()
    for wave in range(WAVES):
        share = payments - communities
        federation.pay(share * (wave + 1) // WAVES - share * wave // WAVES)
        federation.read_all()
        rounds += 1
    while federation.read_all():
        rounds += 1
    quiet = time.monotonic()
    federation.check()
    ended = Counter(stage for stage, _ in federation.ended())
    hops = [hops for _, hops in federation.ended()]
    told, read = (after - at for after, at in zip(_entries(federation), before, strict=True))
    seconds, done = quiet - linked, max(len(hops), 1)
    own_s = seconds - federation.routes_s - federation.consent_s
    return {
        "communities": communities,
        "links": links,
        "payments": len(hops),
        "without_a_route": federation.unroutable,
        "refused_at_home": federation.refused,
        "posted": ended[Stage.POSTED],
        "voided": ended[Stage.VOIDED],
        "expired": ended[Stage.EXPIRED],
        "hops_each": sum(hops) / done,
        "rounds": rounds,
        "entries_told_each": told / done,
        "entries_read_each": read / done,
        "records": sum(len(one.records) for one in federation.shires),
        "linking_s": linked - began,
        "paying_s": seconds,
        "consent_s": federation.consent_s,
        "cheapest_route_milliseconds": 1_000 * federation.routes_s / communities,
        "milliseconds_each": 1_000 * own_s / done,
        "at_home_milliseconds_each": 1_000 * _at_home(federation.shires[0]),
        "memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB_KIB,
    }


def _entries(federation: Federation) -> tuple[int, int]:
    """Return how many entries were told, and how many read, decisions in slots included."""
    told = read = 0
    for here in federation.shires:
        for stored in here.records:
            record = decode_record(stored)
            told += isinstance(record, LinkRecord)
            read += len(record.reading.entries) if isinstance(record, ReadingRecord) else 0
    return told, read


def _at_home(here: Shire) -> float:
    """Return the seconds that a payment within a community takes to merge, in batches as above."""
    batches = []
    for _ in range(AT_HOME // len(PEOPLE)):
        ordered: list[Operation] = [here.payment(other, 1) for other in PEOPLE]
        pairs = zip(PEOPLE, (*ordered[1:], ordered[0]), strict=True)
        batches.append([here[name].sign(one) for name, one in pairs])
    started = time.monotonic()
    for batch in batches:
        here.merge(*batch)
    return (time.monotonic() - started) / AT_HOME


if __name__ == "__main__":
    main()
