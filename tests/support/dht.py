"""A private DHT of real libtorrent sessions on loopback, in this process."""

import contextlib
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha512
from typing import Any, cast

import libtorrent as lt

from federation import bencode
from federation.dht.contact import Address
from federation.item import MutableItem, SlotName
from federation.settings import Kind
from federation.torrent.settings import SettingsPack, session_settings
from ledger.crypto import public_key

FRIENDS = 16
"""Each session is told of so many others, so that its table is as full as after hours of traffic;
with 5 a lookup finds 5 to 8 of the 8 closest nodes at first."""
WITH_ALERTS: SettingsPack = {"alert_mask": lt.alert_category.dht_operation | lt.alert_category.dht}
"""For sessions that get and put themselves."""
SETTLE_S = 30.0
LOOK_S = 0.05


@dataclass(slots=True)
class PrivateDht:
    """Sessions that know each other, and where each listens."""

    sessions: list[lt.session] = field(default_factory=list)
    nodes: list[Address] = field(default_factory=list)

    def stop(self, number: int) -> None:
        """Take one node away, without a word to the others."""
        del self.sessions[number], self.nodes[number]


@contextlib.contextmanager
def private_dht(count: int, seed: int = 1) -> Iterator[PrivateDht]:
    """Give a settled DHT of so many nodes; end every session afterwards."""
    dht = PrivateDht([open_session() for _ in range(count)])
    try:
        dht.nodes = [("127.0.0.1", listen_port(session)) for session in dht.sessions]
        introduce(dht.sessions, dht.nodes, random.Random(seed))  # noqa: S311 -- no secret
        few = min(count - 1, FRIENDS)
        wait_until(lambda: all(known_nodes(session) >= few for session in dht.sessions))
        yield dht
    finally:
        dht.sessions.clear()


def open_session(
    kind: Kind = "loopback", host: str = "127.0.0.1", port: int = 0, *, alerts: bool = False
) -> lt.session:
    """Return a session with a DHT node; on loopback, on a free port, unless you say.

    Args:
        kind: Of the network.
        host: Address to bind.
        port: 0 for any.
        alerts: Whether it gets and puts itself, and tells of it.
    """
    lean: SettingsPack = {"alert_mask": 0, "aio_threads": 1, "hashing_threads": 1}
    pack = session_settings(kind, host, port) | lean | (WITH_ALERTS if alerts else {})
    return lt.session(cast(Any, pack))


def listen_port(session: lt.session) -> int:
    """Return the port a session listens on, when it does."""
    wait_until(lambda: session.listen_port() > 0)
    return int(session.listen_port())


def introduce(
    sessions: Sequence[lt.session],
    nodes: Sequence[Address],
    choices: random.Random,
    elsewhere: Sequence[Address] = (),
) -> None:
    """Tell each session of a few others: of these nodes, which are theirs, and those elsewhere."""
    for session, own in zip(sessions, nodes, strict=True):
        others = [node for node in (*nodes, *elsewhere) if node != own]
        for node in choices.sample(others, min(FRIENDS, len(others))):
            session.add_dht_node(node)


def known_nodes(session: lt.session) -> int:
    """Return how many nodes are in a session's routing table."""
    flags = lt.save_state_flags_t.save_dht_state
    state: Any = lt.bdecode(lt.write_session_params_buf(session.session_state(flags), flags))
    return len(state[b"dht state"].get(b"nodes", ()))


def wait_until(holds: Callable[[], bool], within_s: float = SETTLE_S) -> None:
    """Return when a condition of another thread holds; it tells nobody when it does."""
    ends_at = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > ends_at:
            raise TimeoutError(f"condition did not hold within {within_s:g} s")
        time.sleep(LOOK_S)


def read_item(session: lt.session, slot: SlotName) -> MutableItem:
    """Return what libtorrent's own lookup finds and verifies; TimeoutError if nobody stores it.

    One of the DHT's own sessions will do; a new one that leaves costs later lookups 15 s.
    """
    session.apply_settings(cast(Any, WITH_ALERTS))
    session.dht_get_mutable_item(cast(Any, slot.key), cast(Any, slot.salt))
    found: list[MutableItem] = []

    def arrived() -> bool:
        for alert in session.pop_alerts():
            if isinstance(alert, lt.dht_mutable_item_alert) and alert.authoritative:
                said = cast(Any, alert)
                value = bencode.encode(said.item)
                found.append(MutableItem(slot, said.seq, value, bytes(said.signature)))
        return bool(found)

    wait_until(arrived)
    return found[0]


def put_string(session: lt.session, seed: bytes, text: bytes, salt: bytes) -> None:
    """Let libtorrent sign and put a byte string under a slot; return when it is stored.

    It looks the slot up and adds one to the seq it finds.
    """
    session.apply_settings(cast(Any, WITH_ALERTS))
    key = public_key(seed)
    clamped = bytearray(sha512(seed).digest())
    clamped[0] &= 248
    clamped[31] = clamped[31] & 63 | 64
    session.dht_put_mutable_item(
        cast(Any, bytes(clamped)), cast(Any, key), cast(Any, text), cast(Any, salt)
    )
    wait_until(lambda: any(isinstance(said, lt.dht_put_alert) for said in session.pop_alerts()))
