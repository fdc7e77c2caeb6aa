"""Reach: which communities can be paid from here, by what they advertise and by the own ledger."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from federation.home import Home
from federation.link.address import AddressBook
from federation.link.advert import Advert
from federation.link.crawl import Crawler, Tell
from federation.link.graph import Graph, build_graph
from federation.link.own import own_links
from federation.settings import Kind
from ledger.state import State

CRAWL_S = 20
"""How long adverts are read at most before a quote is made of what came; a lookup on the public
network takes one to five seconds, and those of a level are made at once."""
DEADLINE_S: Mapping[Kind, int] = {"public": 3_600, "private": 300, "loopback": 300}
"""How long a payment across links may take unless its payer says otherwise: some rounds of every
manager on the way, as each hears of it and answers."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What can be reached.

    Attributes:
        graph: All links that are known, usable or not.
        book: Names of communities.
    """

    graph: Graph
    book: AddressBook

    def name_of(self, community: bytes) -> str:
        """Return what a community is called in a sentence for a member of the own one."""
        return "your community" if community == self.graph.own else self.book.name_of(community)


def reach_of(state: State, adverts: Mapping[bytes, Advert], now: int) -> Reach:
    """Return what can be reached.

    Args:
        state: The own ledger's.
        adverts: By community; without any, only linked communities can be reached.
        now: Unix seconds.
    """
    graph = build_graph(state.key, own_links(state), adverts.values(), now)
    named = {link.name: link.key for link in state.links.values()}
    return Reach(graph, AddressBook(state.key, named, adverts))


def read_adverts(home: Home, state: State, now: int, tell: Tell) -> Mapping[bytes, Advert]:
    """Read what communities advertise, from the own links outward, in a place of its own.

    Args:
        home: Says which network, and remembers neighbours.
        state: The own ledger's.
        now: Unix seconds.
        tell: Called as communities are read, with how many of how many.

    Raises:
        NetworkUnreachable: Nobody answered at all.
    """
    return asyncio.run(_read(home, state, now, tell)) if state.links else {}


async def _read(home: Home, state: State, now: int, tell: Tell) -> Mapping[bytes, Advert]:
    # The network takes long to import, and most commands do not need it.
    from federation.poll import Poller  # noqa: PLC0415
    from federation.station import open_endpoint  # noqa: PLC0415

    async with open_endpoint(home, home.settings()) as dht:
        crawler = Crawler(dht, Poller(dht), {})
        crawled = await crawler.crawl(state.key, sorted(state.links), now, CRAWL_S, tell)
    return crawled.adverts
