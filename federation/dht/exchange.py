"""Questions and answers over one UDP socket: sends, matches replies to what was asked, replies.

A reply counts only from the address that was asked and with the transaction it was asked under,
which nobody else can guess.
"""

import asyncio
import contextlib
import secrets
import socket
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from federation.dht import krpc
from federation.dht.contact import Address
from federation.dht.pace import Buckets, Pace
from federation.dht.settings import DhtSettings
from federation.errors import MessageInvalid, NetworkUnreachable

TRANSACTION_BYTES = 4
DATAGRAMS_PER_TURN = 512
"""Read from the socket before others get their turn. Enough that no timer of a busy program
fires while the answer lies in the socket buffer."""
EVERYBODY = ""
LATE_MAX = 1_024
"""Questions that nobody waits for any more, whose answers still show that a node lives."""


class Flow(Protocol):
    """A sans-IO conversation: what to send now, what came, when to look again."""

    @property
    def done(self) -> bool:
        """Whether it has ended."""

    @property
    def wake_at(self) -> float:
        """When to take the next step if nothing comes before."""

    def step(self, now: float) -> Iterable[tuple[Address, krpc.Question]]:
        """Return the questions to send now."""

    def heard(self, address: Address, answer: krpc.Answer, now: float) -> None:
        """Take in an answer."""

    def failed(self, address: Address, now: float) -> None:
        """Take in that a node refused."""


@dataclass(slots=True)
class Traffic:
    """Datagrams since the start.

    Attributes:
        asked: Questions of ours, repeated ones too.
        sent: Those and our replies.
        received: Everything that came.
        dropped: Of those received: garbage, strangers' replies, and queries beyond the limits.
        bytes: Payload of all sent and received.
    """

    asked: int = 0
    sent: int = 0
    received: int = 0
    dropped: int = 0
    bytes: int = 0


@dataclass(slots=True)
class _Asked:
    address: Address
    at: float
    run: "_Run"


class Exchange:
    """One bound socket. Every flow runs in ``converse`` until it is done.

    Args:
        bound: UDP, not blocking.
        own_id: Sent with every question.
        on_query: Gives the reply to a query, or None.
        on_answer: Told of every matched answer.
    """

    def __init__(
        self,
        bound: socket.socket,
        own_id: bytes,
        pace: Pace,
        *,
        on_query: Callable[[krpc.Query, Address, float], krpc.Message | None],
        on_answer: Callable[[krpc.Answer, Address, float], None],
        monotonic: Callable[[], float],
    ) -> None:
        self.traffic = Traffic()
        self.monotonic = monotonic
        self._socket = bound
        self._own_id = own_id
        self._pace = pace
        self._on_query = on_query
        self._on_answer = on_answer
        self._asked: dict[bytes, _Asked] = {}
        self._late: dict[bytes, Address] = {}
        self._awaited: Counter[Address] = Counter()
        self._runs: set[_Run] = set()
        self._closed = False
        settings = pace.settings
        per_s, burst = settings.queries_per_s, settings.queries_burst
        self._strangers = Buckets(per_s, burst, settings.hosts_max)
        self._upload = Buckets(settings.reply_bytes_per_s, settings.reply_bytes_per_s, 1)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(bound.fileno(), self._read)

    async def converse(self, flow: Flow) -> None:
        """Run a flow to its end.

        Raises:
            NetworkUnreachable: The endpoint is closed.
        """
        if self._closed:
            raise _closed()
        run = _Run(self, flow)
        self._runs.add(run)
        try:
            run.advance()
            await run.ended
        finally:
            run.end()
            self._runs.discard(run)

    def ask(self, run: "_Run", address: Address, question: krpc.Question) -> bytes:
        """Send a question and return its transaction."""
        transaction = secrets.token_bytes(TRANSACTION_BYTES)
        self._asked[transaction] = _Asked(address, self.monotonic(), run)
        self._awaited[address] += 1
        self.traffic.asked += 1
        self._send(krpc.encode(krpc.Query(transaction, self._own_id, question)), address)
        return transaction

    def forget(self, transactions: Iterable[bytes]) -> None:
        """Wait no longer for these; a late answer only shows that its node lives."""
        for transaction in transactions:
            if asked := self._asked.pop(transaction, None):
                self._await_less(asked.address)
                self._late[transaction] = asked.address
        while len(self._late) > LATE_MAX:
            del self._late[next(iter(self._late))]

    def close(self) -> None:
        """Release the port; running flows raise NetworkUnreachable."""
        if self._closed:
            return
        self._closed = True
        self._loop.remove_reader(self._socket.fileno())
        self._socket.close()
        for run in self._runs:
            if not run.ended.done():
                run.ended.set_exception(_closed())

    def _read(self) -> None:
        for _ in range(DATAGRAMS_PER_TURN):
            try:
                datagram, address = self._socket.recvfrom(krpc.DATAGRAM_BYTES_MAX + 1)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:  # an ICMP error of an earlier datagram; that question times out
                continue
            self.traffic.received += 1
            self.traffic.bytes += len(datagram)
            self._take(datagram, address)
            if self._closed:
                return

    def _take(self, datagram: bytes, address: Address) -> None:
        now = self.monotonic()
        awaited = address in self._awaited
        if not awaited and not self._strangers.allows(address[0], now):
            self.traffic.dropped += 1
            return
        try:
            message = krpc.decode(datagram)
        except MessageInvalid:
            self.traffic.dropped += 1
            return
        if not isinstance(message, krpc.Query):
            self._match(message, address, now)
        elif not awaited or self._strangers.allows(address[0], now):
            self._reply(message, address, now)

    def _match(self, message: krpc.Reply | krpc.Failure, address: Address, now: float) -> None:
        asked = self._asked.get(message.transaction)
        if asked is None or asked.address != address:
            if self._late.pop(message.transaction, None) == address:
                if isinstance(message, krpc.Reply):
                    self._on_answer(message.answer, address, now)
            else:
                self.traffic.dropped += 1
            return
        del self._asked[message.transaction]
        self._await_less(address)
        self._pace.round_trip.measure(now - asked.at)
        if isinstance(message, krpc.Reply):
            self._on_answer(message.answer, address, now)
            asked.run.flow.heard(address, message.answer, now)
        else:
            asked.run.flow.failed(address, now)
        asked.run.advance()

    def _reply(self, query: krpc.Query, address: Address, now: float) -> None:
        reply = self._on_query(query, address, now)
        if reply is None:
            return
        datagram = krpc.encode(reply)
        if self._upload.allows(EVERYBODY, now, len(datagram)):
            self._send(datagram, address)
        else:
            self.traffic.dropped += 1

    def _send(self, datagram: bytes, address: Address) -> None:
        """Send; what the system does not take now is a lost datagram like others."""
        with contextlib.suppress(OSError):
            self._socket.sendto(datagram, address)
            self.traffic.sent += 1
            self.traffic.bytes += len(datagram)

    def _await_less(self, address: Address) -> None:
        self._awaited[address] -= 1
        if not self._awaited[address]:
            del self._awaited[address]


class _Run:
    """One flow on its way: sends what it wants, wakes it when it asked to be woken."""

    def __init__(self, exchange: Exchange, flow: Flow) -> None:
        self.flow = flow
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = self._loop.create_future()
        self._exchange = exchange
        self._transactions: list[bytes] = []
        self._timer: asyncio.TimerHandle | None = None
        self._wakes_at = float("inf")

    def advance(self) -> None:
        """Let the flow take its next step."""
        if self.ended.done():
            return
        now = self._exchange.monotonic()
        for address, question in self.flow.step(now):
            self._transactions.append(self._exchange.ask(self, address, question))
        if self.flow.done:
            self.ended.set_result(None)
        elif self._timer is None or self.flow.wake_at < self._wakes_at:
            self._set_timer(now)

    def end(self) -> None:
        """Wait for nothing any more."""
        if self._timer:
            self._timer.cancel()
        self._exchange.forget(self._transactions)

    def _set_timer(self, now: float) -> None:
        if self._timer:
            self._timer.cancel()
        self._wakes_at = self.flow.wake_at
        self._timer = self._loop.call_later(max(0.0, self._wakes_at - now), self._wake)

    def _wake(self) -> None:
        self._timer = None
        self.advance()


def open_socket(host: str, port: int, settings: DhtSettings) -> socket.socket:
    """Return a bound UDP socket with large buffers.

    Raises:
        NetworkUnreachable: The port is taken or the address is not this machine's.
    """
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        bound.setblocking(False)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            bound.setsockopt(socket.SOL_SOCKET, option, settings.socket_buffer_bytes)
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise NetworkUnreachable(
            f"UDP {host}:{port} cannot be opened ({error.strerror or error}); choose another port "
            "or stop the program that has it"
        ) from error
    return bound


def _closed() -> NetworkUnreachable:
    return NetworkUnreachable("the DHT endpoint is closed; open it again")
