"""Being a node of the DHT: joining, staying known, answering, and looking up.

It answers queries like any node: a silent one poisons others' lookups.
"""

import asyncio
import contextlib
import secrets
import socket
from collections.abc import Callable, Iterable, Sequence

from federation.dht import krpc
from federation.dht.contact import ID_BYTES, Address, Contact, is_askable, name_addresses
from federation.dht.delivery import Delivery
from federation.dht.exchange import Exchange, Traffic, open_socket
from federation.dht.inquiry import Inquiry
from federation.dht.lookup import Lookup
from federation.dht.pace import Pace
from federation.dht.responder import Responder
from federation.dht.routing import RoutingTable
from federation.dht.settings import DhtSettings
from federation.dht.silence import DOUBTED_S, GONE_S, Silence
from federation.dht.storage import Storage, Tokens
from federation.errors import NetworkUnreachable


class Presence:
    """A node on one UDP port. Arguments are those of ``Endpoint``."""

    def __init__(
        self,
        host: str,
        port: int,
        bootstrap: Iterable[Address],
        *,
        own: Iterable[Address],
        node_id: bytes | None,
        settings: DhtSettings,
        monotonic: Callable[[], float],
    ) -> None:
        bound = open_socket(host, port, settings)
        self.id = node_id or secrets.token_bytes(ID_BYTES)
        self.address: Address = bound.getsockname()
        self._settings = settings
        self._monotonic = monotonic
        self.own = frozenset(own)
        self._bootstrap = dict.fromkeys((*self.own, *bootstrap))
        self._pace = Pace(settings)
        self._table = RoutingTable(self.id, settings)
        self._silence = Silence()
        self._storage = Storage(self.id, settings)
        tokens = Tokens(secrets.token_bytes, settings)
        self._responder = Responder(self._table, self._storage, tokens, settings)
        self._exchange = Exchange(
            bound,
            self.id,
            self._pace,
            on_query=self._answer_query,
            on_answer=self._note_answer,
            monotonic=monotonic,
        )
        self._joining: asyncio.Task[None] | None = None
        self._joined_at: float | None = None
        self._newcomers: dict[Address, asyncio.Task[bool]] = {}
        self._upkeep = asyncio.create_task(self._keep_up())

    @property
    def traffic(self) -> Traffic:
        """Datagrams since the start."""
        return self._exchange.traffic

    def add_nodes(self, nodes: Iterable[Address]) -> None:
        """Meet more nodes when none is known, and at the next look after the table."""
        self._bootstrap |= dict.fromkeys(nodes)
        self._joined_at = None

    def good(self) -> list[Contact]:
        """Return the nodes that answered lately, best first."""
        return self._table.good()

    async def join(self) -> None:
        """Come to know nodes, unless enough are known.

        Raises:
            NetworkUnreachable: Nobody answered.
        """
        now = self._monotonic()
        met = self._joined_at is not None and now - self._joined_at < self._settings.upkeep_s
        if len(self._table) >= self._settings.k or (met and len(self._table)):
            return
        await self._join_anew()

    async def look_up(
        self, target: bytes, question: krpc.Question, enough: krpc.Judge | None = None
    ) -> Lookup:
        """Ask the nodes closest to a target.

        Raises:
            NetworkUnreachable: Nobody answered but own nodes, the first nodes neither.
        """
        await self.join()
        lookup = await self._run_lookup(target, question, (), enough)
        if not lookup.answers.keys() - self.own:
            await self._join_anew()
            lookup = await self._run_lookup(target, question, (), enough)
        if not lookup.answers.keys() - self.own:
            asked = [one for one in lookup.tried_addresses() if one not in self.own]
            raise _unreachable(asked or list(self._bootstrap.keys() - self.own), ())
        return lookup

    async def inquire(
        self, nodes: Sequence[Address], question: krpc.Question, settles: krpc.Judge
    ) -> Inquiry:
        """Ask nodes one after another until an answer settles it."""
        inquiry = Inquiry(nodes, question, settles, self._pace, self._monotonic())
        await self._exchange.converse(inquiry)
        if inquiry.answers.keys() - self.own:
            self._note_silence(inquiry.silent)
        return inquiry

    async def deliver(self, questions: Iterable[tuple[Address, krpc.Question]]) -> list[Address]:
        """Ask each node its own question and return those that acknowledged."""
        delivery = Delivery(questions, self._pace, self._monotonic())
        await self._exchange.converse(delivery)
        return delivery.accepted

    async def close(self) -> None:
        """Release the port and end every task."""
        tasks: list[asyncio.Task[None] | asyncio.Task[bool]] = [
            self._upkeep,
            *self._newcomers.values(),
        ]
        if self._joining:
            tasks.append(self._joining)
        for task in tasks:
            task.cancel()
        self._exchange.close()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _join_anew(self) -> None:
        """Join once, however many wait for it."""
        if self._joining is None or self._joining.done():
            self._joining = asyncio.create_task(self._enter())
            self._joining.add_done_callback(_mark_seen)
        try:
            await asyncio.shield(self._joining)
        except asyncio.CancelledError:
            if self._joining.cancelled():  # by close, not the one who waits here
                raise NetworkUnreachable("the DHT endpoint was closed meanwhile") from None
            raise

    async def _enter(self) -> None:
        first = list(self._bootstrap)
        resolved = await asyncio.gather(*map(self._resolve, first))
        start = [Contact(b"", address) for address in resolved if address]
        unknown = [node for node, found in zip(first, resolved, strict=True) if not found]
        lookup = await self._run_lookup(self.id, krpc.FindNode(self.id), start)
        if not lookup.answers:
            raise _unreachable(lookup.tried_addresses(), unknown)
        self._joined_at = self._monotonic()

    async def _resolve(self, node: Address) -> Address | None:
        """Return a first node's IPv4 address, None if its name leads nowhere."""
        loop = asyncio.get_running_loop()
        family, kind = socket.AF_INET, socket.SOCK_DGRAM
        try:
            async with asyncio.timeout(self._settings.bootstrap_s):
                found = await loop.getaddrinfo(*node, family=family, type=kind)
        except (OSError, UnicodeError):
            return None
        host, port = found[0][4][:2]
        return str(host), int(port)

    async def _run_lookup(
        self,
        target: bytes,
        question: krpc.Question,
        start: Iterable[Contact],
        enough: krpc.Judge | None = None,
    ) -> Lookup:
        lookup = Lookup(
            target,
            question,
            [*self._table.closest(target, self._settings.k), *start],
            self._pace,
            own_id=self.id,
            now=self._monotonic(),
            enough=enough,
            silence=self._silence,
        )
        await self._exchange.converse(lookup)
        if lookup.answers.keys() - self.own:
            self._note_silence(lookup.lost)
            for address in lookup.lost:
                self._doubt(address)
        return lookup

    async def _is_alive(self, address: Address) -> bool:
        inquiry = await self.inquire([address], krpc.Ping(), lambda _node, _answer: True)
        return inquiry.settled is not None

    def _note_silence(self, addresses: Iterable[Address]) -> None:
        """Count against silent nodes, when others answered: else it is our own network."""
        for address in addresses:
            self._table.failed(address)

    def _note_answer(self, answer: krpc.Answer, address: Address, now: float) -> None:
        self._table.heard(Contact(answer.id, address), now)
        self._silence.heard(address)

    def _answer_query(self, query: krpc.Query, sender: Address, now: float) -> krpc.Message | None:
        self._silence.heard(sender)
        if not query.read_only and sender not in self._table:
            self._meet(Contact(query.id, sender))
        return self._responder.respond(query, sender, now)

    def _doubt(self, address: Address) -> None:
        """Wait no more for a node that was slow, and find out whether it is there at all."""
        self._silence.note(address, self._monotonic() + DOUBTED_S)
        if address not in self._newcomers and len(self._newcomers) < self._settings.newcomers_max:
            self._ping(address).add_done_callback(lambda task: self._settle_doubt(address, task))

    def _settle_doubt(self, address: Address, task: asyncio.Task[bool]) -> None:
        ended = task.cancelled() or task.exception() is not None
        if not ended and not task.result():
            self._silence.note(address, self._monotonic() + GONE_S)

    def _ping(self, address: Address) -> asyncio.Task[bool]:
        task = asyncio.create_task(self._is_alive(address))
        self._newcomers[address] = task
        task.add_done_callback(lambda _: self._newcomers.pop(address, None))
        return task

    def _meet(self, contact: Contact) -> None:
        """Ping a node that asked us: its answer, not its question, brings it into the table."""
        room = len(self._newcomers) < self._settings.newcomers_max
        askable = is_askable(contact.address, global_only=self._settings.global_addresses_only)
        known = contact.address in self._newcomers
        if room and askable and not known and self._table.has_room(contact.id):
            self._ping(contact.address)

    async def _keep_up(self) -> None:
        """Forget expired items, ping quiet nodes and look around, again and again."""
        looked_at = self._monotonic()
        while True:
            await asyncio.sleep(self._settings.upkeep_s)
            self._storage.expire(self._monotonic())
            with contextlib.suppress(NetworkUnreachable):  # the next verb says so to a person
                await self.join()
                now = self._monotonic()
                await self._ping_quiet(now)
                if now - looked_at > self._settings.quiet_s:
                    looked_at = now
                    target = secrets.token_bytes(ID_BYTES)
                    await self.look_up(target, krpc.FindNode(target))

    async def _ping_quiet(self, now: float) -> None:
        quiet = [contact.address for contact in self._table.quiet(now)[: self._settings.k]]
        alive = await asyncio.gather(*map(self._is_alive, quiet))
        if len(quiet) < len(self._table) or any(alive):
            self._note_silence(
                address for address, lives in zip(quiet, alive, strict=True) if not lives
            )


def _mark_seen(task: asyncio.Task[None]) -> None:
    """Keep asyncio from reporting a failure whose every waiter was cancelled."""
    if not task.cancelled():
        task.exception()


def _unreachable(asked: Sequence[Address], unknown: Sequence[Address]) -> NetworkUnreachable:
    names = f"; no address for {name_addresses(unknown)}" if unknown else ""
    return NetworkUnreachable(
        f"no DHT node answered; asked {name_addresses(asked)}{names}. Check that this machine is "
        "online and that UDP passes its firewall, or name other nodes with --network"
    )
