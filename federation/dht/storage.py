"""Items that we store for others, and the tokens that a put must bring."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from federation.dht import krpc
from federation.dht.contact import Address, distance
from federation.dht.settings import DhtSettings
from federation.errors import ItemInvalid
from federation.item import (
    SALT_BYTES_MAX,
    VALUE_BYTES_MAX,
    MutableItem,
    immutable_target,
    verify_item,
)
from ledger.crypto import keyed_hash

TOKEN_BYTES = 8
SECRET_BYTES = 16


class Tokens:
    """Tokens that prove that a sender receives at its address, without keeping any state.

    Source:
        BEP 5, "get_peers": a hash of the address and a secret that changes every five minutes;
        tokens up to ten minutes old are accepted.
    """

    def __init__(self, random_bytes: Callable[[int], bytes], settings: DhtSettings) -> None:
        self._random_bytes = random_bytes
        self._lifetime_s = settings.token_s
        self._secrets = (random_bytes(SECRET_BYTES), random_bytes(SECRET_BYTES))
        self._changed_at: float | None = None

    def issue(self, address: Address, now: float) -> bytes:
        """Return the token for a sender."""
        self._change(now)
        return _token(self._secrets[0], address)

    def fits(self, token: bytes, address: Address, now: float) -> bool:
        """Return whether we issued this token to this sender lately."""
        self._change(now)
        return any(token == _token(secret, address) for secret in self._secrets)

    def _change(self, now: float) -> None:
        if self._changed_at is None:
            self._changed_at = now
        passed = (now - self._changed_at) // self._lifetime_s
        if passed >= 1:
            fresh = self._random_bytes(SECRET_BYTES)
            older = self._secrets[0] if passed == 1 else self._random_bytes(SECRET_BYTES)
            self._secrets = (fresh, older)
            self._changed_at += passed * self._lifetime_s


@dataclass(frozen=True, slots=True)
class _Stored:
    value: bytes
    item: MutableItem | None
    host: str
    put_at: float


class Storage:
    """Items of others, bounded in all, per host and in time.

    When it is full, the item farthest from our own id leaves: others look for it elsewhere.
    """

    def __init__(self, own_id: bytes, settings: DhtSettings) -> None:
        self._own_id = own_id
        self._settings = settings
        self._stored: dict[bytes, _Stored] = {}
        self._per_host: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._stored)

    def item(self, target: bytes, now: float) -> MutableItem | None:
        """Return the mutable item under a target."""
        stored = self._living(target, now)
        return stored.item if stored else None

    def value(self, target: bytes, now: float) -> bytes | None:
        """Return the bencoded value under a target, mutable or immutable."""
        stored = self._living(target, now)
        return stored.value if stored else None

    def put_item(self, item: MutableItem, cas: int | None, host: str, now: float) -> int:
        """Store a mutable item and return 0, or an error code and change nothing.

        Source:
            BEP 44, "Mutable items": ``seq`` only rises; an equal item starts its lifetime again.
        """
        held = self.item(item.slot.target, now)
        if error := _check_size(item) or _check_order(item, held, cas):
            return error
        if held is None or (held.seq, held.signature) != (item.seq, item.signature):
            try:
                verify_item(item)
            except ItemInvalid:
                return krpc.SIGNATURE_WRONG
        return self._store(item.slot.target, _Stored(item.value, item, host, now))

    def put_value(self, value: bytes, host: str, now: float) -> int:
        """Store an immutable value and return 0, or an error code."""
        if len(value) > VALUE_BYTES_MAX:
            return krpc.VALUE_TOO_BIG
        return self._store(immutable_target(value), _Stored(value, None, host, now))

    def expire(self, now: float) -> None:
        """Forget what nobody put again for a lifetime."""
        limit = now - self._settings.item_lifetime_s
        for target in [key for key, stored in self._stored.items() if stored.put_at < limit]:
            self._forget(target)

    def _living(self, target: bytes, now: float) -> _Stored | None:
        stored = self._stored.get(target)
        if stored and stored.put_at < now - self._settings.item_lifetime_s:
            self._forget(target)
            return None
        return stored

    def _store(self, target: bytes, stored: _Stored) -> int:
        if target in self._stored:
            self._forget(target)
        elif self._per_host[stored.host] >= self._settings.items_per_host_max:
            return krpc.SERVER_ERROR
        self._stored[target] = stored
        self._per_host[stored.host] += 1
        if len(self._stored) > self._settings.items_max:
            farthest = max(self._stored, key=lambda held: distance(held, self._own_id))
            self._forget(farthest)
            return krpc.SERVER_ERROR if farthest == target else 0
        return 0

    def _forget(self, target: bytes) -> None:
        host = self._stored.pop(target).host
        self._per_host[host] -= 1
        if not self._per_host[host]:
            del self._per_host[host]


def _check_size(item: MutableItem) -> int:
    if len(item.value) > VALUE_BYTES_MAX:
        return krpc.VALUE_TOO_BIG
    return krpc.SALT_TOO_BIG if len(item.slot.salt) > SALT_BYTES_MAX else 0


def _check_order(item: MutableItem, held: MutableItem | None, cas: int | None) -> int:
    if held is None:
        return 0
    if cas is not None and cas != held.seq:
        return krpc.CAS_MISMATCH
    same = item.seq == held.seq and item.value == held.value
    return 0 if same or item.seq > held.seq else krpc.SEQ_TOO_LOW


def _token(secret: bytes, address: Address) -> bytes:
    return keyed_hash(secret, address[0].encode(), TOKEN_BYTES)
