"""Five communities with random links, whose people and managers do random things."""

from collections.abc import Iterable, Sequence
from itertools import pairwise, permutations
from random import Random

from ledger.link.evidence import VerifiedReading
from ledger.link.instruction import GIVEN_BACK, LINK_REQUEST, About, Hop
from ledger.link.machine import Role, Stage, is_held, is_moved
from ledger.operation import (
    Cancel,
    Decline,
    ForceRelease,
    LimitLink,
    LinkCancel,
    LinkRequest,
    NetLinks,
    Operation,
    SetLinkStatus,
)
from tests.support.realm import Shire, decisions, link, order, replay_all, settle
from tests.support.township import DAY_S, START

NAMES = ("lake", "river", "hill", "mill", "wood")
PEOPLE = ("anna", "ben", "cem")
Path = tuple[Shire, ...]


class County:
    """Communities, and what happens between them by one seed."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)  # noqa: S311 -- repeatable
        self.shires = [Shire(name, *PEOPLE) for name in NAMES]
        self.by_key = {one.key: one for one in self.shires}
        self.away: set[str] = set()
        self.kept: list[tuple[Shire, VerifiedReading]] = []
        self.refused: dict[str, int] = {}
        self.payments = 0
        for one, other in self._pairs():
            link(one, other)

    def live(self, steps: int) -> None:
        """Let random things happen."""
        doings = (
            (20, self.pay), (4, self.request), (6, self.answer), (4, self.give_back),
            (3, self.cancel), (5, self.net), (90, self.read), (4, self.read_old),
            (4, self.lose), (3, self.crash), (3, self.leave), (4, self.come_back),
            (10, self.wait), (2, self.force), (2, self.stop), (2, self.limit),
        )  # fmt: skip
        weights, verbs = zip(*doings, strict=True)
        for verb in self.chance.choices(verbs, weights, k=steps):
            verb()

    def rest(self) -> None:
        """Let everybody come back, all time pass, and all read all until nobody has news."""
        self.away.clear()
        for one in self.shires:
            one.now = START + 3 * DAY_S
            for peer in one.state.links:
                one.manage(LimitLink(peer, 10**9, 10**9))
                one.manage(SetLinkStatus(peer, "active", "quiet"))
        settle(*self.shires, rounds=60)

    def pay(self) -> None:
        way = self._way()
        life_s = self.chance.choice((300, DAY_S, DAY_S))
        asked = order(
            self.chance.choice((*PEOPLE, "nobody")), self.chance.randint(1, 800), *way[1:],
            deadline=way[0].now + life_s,
        )  # fmt: skip
        self.payments += self._ask(way[0], self.chance.choice(PEOPLE), asked)

    def request(self) -> None:
        way = self._way()
        path = tuple(one.key for one in way[1:])
        amount, end = self.chance.randint(1, 300), way[0].now + DAY_S
        asked = LinkRequest(path, self.chance.choice(PEOPLE), "EUR", amount, "", end)
        self._ask(way[0], self.chance.choice(PEOPLE), asked)

    def answer(self) -> None:
        """Pay, decline or take back a request."""
        here = self.chance.choice(self.shires)
        for request, found in list(here.state.linked_requests.items())[:1]:
            if not found.account:
                continue
            name = here.state.accounts[found.account].handle
            back = (*reversed(found.asked.path[:-1]), found.asked.origin)
            way = [self.by_key[one] for one in back]
            about = About(LINK_REQUEST, request)
            paid = order(
                found.asked.creditor, found.asked.amount, *way, about=about,
                deadline=here.now + DAY_S,
            )  # fmt: skip
            answers: Sequence[Operation] = (paid, paid, Decline(request, "no"))
            self._ask(
                here, name, self.chance.choice(answers) if found.upstream else Cancel(request)
            )

    def give_back(self) -> None:
        here = self.chance.choice(self.shires)
        came = [one for one in here.state.finished.values() if one.role is Role.PAYEE]
        if not came:
            return
        found = self.chance.choice(came)
        asked = found.instruction
        keys = (*reversed([hop.community for hop in asked.hops[:-1]]), asked.origin)
        amount = self.chance.choice((asked.amount, 1))
        back = order(
            asked.payer, amount, *(self.by_key[one] for one in keys),
            about=About(GIVEN_BACK, found.id), deadline=here.now + DAY_S,
        )  # fmt: skip
        self._ask(here, here.state.accounts[found.account].handle, back)

    def cancel(self) -> None:
        here = self.chance.choice(self.shires)
        for found in here.state.transits.values():
            if found.role is Role.ORIGIN and not found.instruction.nets:
                name = here.state.accounts[found.account].handle
                self._ask(here, name, LinkCancel(found.id))
                return

    def net(self) -> None:
        """Propose to clear what is owed around a circle of three."""
        for way in self._shuffled(permutations(self.shires, 3)):
            circle = (*way, way[0])
            if all(other.key in one.state.links for one, other in pairwise(circle)):
                owed = min(other.owes(one) for one, other in pairwise(circle))
                if owed > 0:
                    amount, end = self.chance.randint(1, owed), way[0].now + DAY_S
                    hops = tuple(Hop(one.key, "EUR", amount) for one in circle[1:])
                    way[0].manage(NetLinks(hops, end))
                    return

    def read(self) -> None:
        here = self._awake()
        peers = [self.by_key[key] for key in here.state.links]
        peers = peers if self.chance.random() < 0.7 else [self.chance.choice(peers)]
        news = [
            reading
            for peer in peers
            if peer.name not in self.away
            for reading in peer.news_for(here, self.chance.choice((1, 2, 64)))
        ]
        self.kept += [(here, one) for one in news]
        awake = [one for one in self.shires if one.name not in self.away]
        here.merge(*news, *decisions(here, *awake))

    def read_old(self) -> None:
        """Read something once more that was read before, or was on its way for long."""
        if self.kept:
            here, reading = self.chance.choice(self.kept)
            before = len(here.records)
            taken = here.state.links[reading.reading.community].taken
            here.merge(reading)
            entries = reading.entries
            news = entries[0].record.entry.number == taken + 1
            assert news or len(here.records) == before, "an old reading left a trace"

    def lose(self) -> None:
        """Let a merge be worked out and lost before it is committed; what was read comes late."""
        here = self._awake()
        other = self.chance.choice([self.by_key[key] for key in here.state.links])
        news = other.news_for(here)
        here.try_merge(*news)
        self.kept += [(here, one) for one in news]

    def crash(self) -> None:
        here = self.chance.choice(self.shires)
        before = here.state
        here.load(here.records)
        assert here.state == before

    def leave(self) -> None:
        if len(self.away) < 2:
            self.away.add(self._awake().name)

    def come_back(self) -> None:
        if self.away:
            self.away.remove(self.chance.choice(sorted(self.away)))

    def wait(self) -> None:
        here = self._awake()
        here.now += self.chance.choice((5, 60, 300))
        here.merge()

    def force(self) -> None:
        here = self.chance.choice(self.shires)
        for found in here.state.transits.values():
            if is_held(found.stage) and found.role is not Role.ORIGIN:
                here.manage(ForceRelease(found.id, "waited long enough"))
                return

    def stop(self) -> None:
        here = self.chance.choice(self.shires)
        peer = self.chance.choice(sorted(here.state.links))
        status = self.chance.choice(("suspended", "active", "active"))
        here.manage(SetLinkStatus(peer, status, "why"))  # type: ignore[arg-type]

    def limit(self) -> None:
        here = self.chance.choice(self.shires)
        peer = self.chance.choice(sorted(here.state.links))
        here.manage(LimitLink(peer, self.chance.randint(0, 9_000), self.chance.randint(0, 9_000)))

    def check(self) -> None:
        """Check that the books explain each other; true at any moment."""
        for here in self.shires:
            for key in here.state.links:
                found = here.mirror(self.by_key[key])
                assert found.unexplained == 0, (here.name, found)
                assert not here.state.links[key].drift

    def check_final(self) -> None:
        """Check that every payment is final in all ledgers, and nothing is left over."""
        for here in self.shires:
            assert not here.state.transits, (here.name, here.state.transits)
            assert not here.state.linked_requests
            for peer in map(self.by_key.__getitem__, here.state.links):
                assert here.owes(peer) + peer.owes(here) == 0
                assert not here.mirror(peer).under_way
            assert replay_all(here.key, here.records) == here.state
        self.check()
        total = 0
        for books in (
            books
            for here in self.shires
            for account in here.state.accounts.values()
            for books in account.balances
        ):
            assert (books.pending_debit, books.pending_credit) == (0, 0)
            total += books.posted
        assert total == 0
        self._check_payments()

    def _check_payments(self) -> None:
        for here in self.shires:
            for payment, found in here.state.finished.items():
                if found.role is Role.ORIGIN:
                    path = [here, *(self.by_key[one.community] for one in found.instruction.hops)]
                    seen = [one.transit(payment) for one in path]
                    moved = {one is not None and is_moved(one.stage) for one in seen}
                    assert len(moved) == 1, (here.name, found.stage, seen)

    def stages(self) -> dict[Stage, int]:
        """Return how payments ended for their payers."""
        ended: dict[Stage, int] = {}
        for here in self.shires:
            for found in here.state.finished.values():
                if found.role is Role.ORIGIN:
                    ended[found.stage] = ended.get(found.stage, 0) + 1
        return ended

    def _pairs(self) -> Iterable[tuple[Shire, Shire]]:
        """Give links that join all, and some more."""
        yield from pairwise(self.shires)
        for at, one in enumerate(self.shires):
            for other in self.shires[at + 2 :]:
                if self.chance.random() < 0.5:
                    yield one, other

    def _way(self, longest: int = 5) -> Path:
        """Return communities in a row, each linked with the next."""
        way = [self.chance.choice(self.shires)]
        while len(way) < longest:
            onward = [self.by_key[key] for key in way[-1].state.links]
            fresh = [one for one in onward if one not in way]
            if not fresh or (len(way) > 1 and self.chance.random() < 0.4):
                break
            way.append(self.chance.choice(fresh))
        return tuple(way)

    def _shuffled(self, ways: Iterable[Path]) -> list[Path]:
        listed = list(ways)
        self.chance.shuffle(listed)
        return listed

    def _awake(self) -> Shire:
        return self.chance.choice([one for one in self.shires if one.name not in self.away])

    def _ask(self, here: Shire, name: str, operation: Operation) -> bool:
        refusal = here.ask(name, operation).refusal
        if refusal is not None:
            self.refused[refusal.code] = self.refused.get(refusal.code, 0) + 1
        return refusal is None
