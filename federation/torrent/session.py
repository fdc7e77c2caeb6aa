"""A libtorrent session on a thread of its own: calls go in, events come out.

libtorrent's calls block until its network thread answers; here they never stall the event loop.
"""

import asyncio
import socket
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from ipaddress import ip_address
from typing import Any, TypeVar, cast

import libtorrent as lt

from federation.errors import NetworkUnreachable
from federation.torrent.alerts import Event, read_alert
from federation.torrent.settings import SettingsPack

Result = TypeVar("Result")
PORT_BYTES = 2
WAKE_BYTES = 4_096


class SessionThread:
    """Owns one libtorrent session from start to close.

    Args:
        settings: libtorrent's settings.
        state: What ``save_state`` gave in an earlier life, or nothing.
        deliver: Gets events, on the event loop, in their order.
    """

    def __init__(
        self, settings: SettingsPack, state: bytes, deliver: Callable[[Sequence[Event]], None]
    ) -> None:
        self._settings = settings
        self._state = state
        self._deliver = deliver
        self._loop = asyncio.get_running_loop()
        self._calls: deque[tuple[Callable[[lt.session], Any], Future[Any]]] = deque()
        self._closing = False
        self._woken, self._wake = socket.socketpair()
        self._wake.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="libtorrent", daemon=True)
        self._thread.start()

    async def call(self, ask: Callable[[lt.session], Result]) -> Result:
        """Return what ``ask`` returns when it runs on the session's thread.

        Raises:
            NetworkUnreachable: The session is closed.
        """
        if self._closing:
            raise _closed()
        answer: Future[Result] = Future()
        self._calls.append((ask, answer))
        self._ring()
        return await asyncio.wrap_future(answer)

    async def close(self, within_s: float) -> None:
        """End the session; give up waiting for its thread after ``within_s`` seconds."""
        if not self._closing:
            self._closing = True
            self._ring()
        await asyncio.to_thread(self._thread.join, within_s)

    def _ring(self) -> None:
        try:
            self._wake.send(b"\0")
        except BlockingIOError:
            return  # enough wake-ups lie in the buffer already

    def _run(self) -> None:
        session = lt.session(_session_params(self._settings, self._state))
        session.set_alert_fd(self._wake.fileno())
        while not self._closing:
            self._woken.recv(WAKE_BYTES)
            self._answer_calls(session)
            events = [event for alert in session.pop_alerts() if (event := read_alert(alert))]
            if events and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._deliver, events)
        del session  # blocks until libtorrent has closed its sockets
        for _, answer in self._calls:
            answer.set_exception(_closed())
        self._woken.close()
        self._wake.close()

    def _answer_calls(self, session: lt.session) -> None:
        while self._calls:
            ask, answer = self._calls.popleft()
            if not answer.set_running_or_notify_cancel():
                continue
            try:
                answer.set_result(ask(session))
            except Exception as error:  # noqa: BLE001 -- it belongs to whoever asked
                answer.set_exception(error)


def _closed() -> NetworkUnreachable:
    return NetworkUnreachable("the node is closed; open it again")


def save_state(session: lt.session) -> bytes:
    """Return the DHT nodes a session knows, for its next life."""
    flags = lt.save_state_flags_t.save_dht_state
    return bytes(lt.write_session_params_buf(session.session_state(flags), flags))


def list_nodes(state: bytes) -> list[tuple[str, int]]:
    """Return addresses of the nodes in a saved state; none if it does not read.

    Source:
        BEP 5, "Contact Encoding": the address and two bytes of port, big-endian.
    """
    try:
        held: Any = lt.bdecode(state)
        dht = held[b"dht state"]
        compact: list[bytes] = [*dht.get(b"nodes", ()), *dht.get(b"nodes6", ())]
        return [
            (str(ip_address(node[:-PORT_BYTES])), int.from_bytes(node[-PORT_BYTES:], "big"))
            for node in compact
        ]
    except (RuntimeError, LookupError, TypeError, ValueError, AttributeError):
        return []  # nothing saved yet, or damaged: the bootstrap nodes lead back


def _session_params(settings: SettingsPack, state: bytes) -> lt.session_params:
    try:
        params = lt.read_session_params(state, lt.save_state_flags_t.save_dht_state)
    except RuntimeError:  # as above
        params = lt.session_params()
    params.settings = cast(Any, settings)  # its stub lists every key of libtorrent's
    return params
