"""The routing table: nodes that answered, spread over the distances from our own id.

Only a node that answered a question of ours enters, so a forged sender address cannot.
"""

from dataclasses import dataclass
from heapq import nsmallest

from federation.dht.contact import Address, Contact, distance
from federation.dht.settings import DhtSettings


@dataclass(slots=True)
class _Entry:
    contact: Contact
    place: int
    heard_at: float
    failures: int = 0


class RoutingTable:
    """Holds at most k nodes per bucket; bucket n has distances from 2**n to 2**(n + 1).

    Source:
        BEP 5, "Routing Table". A bucket's longest failing node makes room; good ones stay, since
        a node that has lived long will live on.
    """

    def __init__(self, own_id: bytes, settings: DhtSettings) -> None:
        self.own_id = own_id
        self._settings = settings
        self._buckets: dict[int, dict[Address, _Entry]] = {}
        self._by_address: dict[Address, _Entry] = {}

    def __len__(self) -> int:
        return len(self._by_address)

    def __contains__(self, address: object) -> bool:
        return address in self._by_address

    def heard(self, contact: Contact, now: float) -> None:
        """Note that a node answered us."""
        entry = self._by_address.get(contact.address)
        if entry and entry.contact.id == contact.id:
            entry.heard_at, entry.failures = now, 0
            return
        if entry:  # another node lives at this address now
            self._remove(entry)
        if self.has_room(contact.id):
            self._enter(contact, now)

    def failed(self, address: Address) -> None:
        """Note that a node did not answer; it leaves after several times in a row."""
        if entry := self._by_address.get(address):
            entry.failures += 1
            if entry.failures >= self._settings.failures_max:
                self._remove(entry)

    def has_room(self, node_id: bytes) -> bool:
        """Return whether a node of this id would enter."""
        bucket = self._buckets.get(self._bucket_number(node_id), {})
        full = len(bucket) >= self._settings.k
        return node_id != self.own_id and not (full and _failing(bucket) is None)

    def closest(self, target: bytes, count: int) -> list[Contact]:
        """Return the nodes with ids closest to a target, closest first."""
        wanted = int.from_bytes(target)
        entries = nsmallest(
            count, self._by_address.values(), key=lambda entry: entry.place ^ wanted
        )
        return [entry.contact for entry in entries]

    def good(self) -> list[Contact]:
        """Return nodes that answered the last question, those heard of last first."""
        entries = [entry for entry in self._by_address.values() if not entry.failures]
        entries.sort(key=lambda entry: -entry.heard_at)
        return [entry.contact for entry in entries]

    def quiet(self, now: float) -> list[Contact]:
        """Return nodes not heard of for long, or failing: those to ask whether they live."""
        limit = now - self._settings.quiet_s
        entries = self._by_address.values()
        return [entry.contact for entry in entries if entry.heard_at < limit or entry.failures]

    def _enter(self, contact: Contact, now: float) -> None:
        bucket = self._buckets.setdefault(self._bucket_number(contact.id), {})
        if len(bucket) >= self._settings.k and (failing := _failing(bucket)):
            self._remove(failing)
        entry = _Entry(contact, int.from_bytes(contact.id), now)
        bucket[contact.address] = self._by_address[contact.address] = entry

    def _remove(self, entry: _Entry) -> None:
        del self._by_address[entry.contact.address]
        del self._buckets[self._bucket_number(entry.contact.id)][entry.contact.address]

    def _bucket_number(self, node_id: bytes) -> int:
        return distance(node_id, self.own_id).bit_length()


def _failing(bucket: dict[Address, _Entry]) -> _Entry | None:
    failing = [entry for entry in bucket.values() if entry.failures]
    return min(failing, key=lambda entry: entry.heard_at, default=None)
