"""Names for the DNS face without a ledger: given as a table, changed by hand."""

from collections.abc import Mapping, Sequence

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from federation.dns_face.answer import Answerer, Policy
from federation.dns_face.dnssec import ZoneKey
from federation.dns_face.limit import Limiter
from federation.dns_face.message import Answered, Transport
from federation.dns_face.source import Found
from federation.dns_face.zone import Zone
from ledger.name.operation import NameRecord

NOW = 1_700_000_000
SUFFIX = (b"tab", b"alt")
ORIGIN = dns.name.from_text("tab.alt.")
SEED = bytes(range(32))
SECRET = bytes(32)
KEY_TYPE = 65280


class TableSource:
    """A source that tests write into: ``names_of[community][name]`` are records."""

    def __init__(self, names_of: Mapping[str, Mapping[str, Sequence[NameRecord]]]) -> None:
        self.serial = 7
        self.seen = NOW
        self.hidden: set[bytes] = set()
        self.expires: dict[tuple[bytes, ...], int] = {}
        self.unread: set[bytes] = set()
        self.called: dict[tuple[bytes, bytes], bytes] = {}
        """What a community calls another one: ``(label, community)`` is the other's label."""
        self._found: dict[tuple[bytes, ...], tuple[NameRecord, ...]] = {}
        self._names: dict[bytes, list[bytes]] = {}
        for community, names in names_of.items():
            label = community.encode()
            self._found[(label,)] = (record("", "TXT", f'"this is {community}"', 60),)
            self._names[label] = sorted(name.encode() for name in names)
            for name, records in names.items():
                self._found[name.encode(), label] = tuple(records)

    @property
    def version(self) -> int:
        return self.serial

    def find(self, labels: tuple[bytes, ...]) -> Found:
        if labels[-2:] in self.called:
            labels = (*labels[:-2], self.called[labels[-2], labels[-1]])
        if self.unread & {*labels[-1:]}:
            return Found(None, 0)
        return Found(self._found.get(labels), self.seen, self.expires.get(labels, 0))

    def depth(self, labels: tuple[bytes, ...]) -> int:
        if labels[-2:] in self.called:
            return 2
        return 1 if labels and labels[-1] in self._names else 0

    def communities(self) -> Sequence[bytes]:
        return sorted(self._names)

    def names(self, community: tuple[bytes, ...]) -> Sequence[bytes] | None:
        (label, *rest) = community
        if rest or label in self.hidden | self.unread:
            return None
        called = [other for other, by in self.called if by == label]
        return sorted([*self._names[label], *called])

    def set(self, community: str, name: str, records: Sequence[NameRecord] | None) -> None:
        """Change one name, or remove it, as a merge does."""
        label, here = community.encode(), name.encode()
        self.serial += 1
        names = (
            {*self._names[label], here} if records is not None else {*self._names[label]} - {here}
        )
        self._names[label] = sorted(names)
        if records is None:
            self._found.pop((here, label), None)
        else:
            self._found[here, label] = tuple(records)


def record(sub: str, kind: str, text: str, ttl: int = 300) -> NameRecord:
    """Return a record as a zone file's line has it; relative names stand below ``tab.alt``."""
    number = dns.rdatatype.from_text(kind.replace("KEY", f"TYPE{KEY_TYPE}"))
    text = rf"\# {len(bytes.fromhex(text))} {text}" if kind == "KEY" else text
    rdata = dns.rdata.from_text(dns.rdataclass.IN, number, text, ORIGIN, relativize=False)
    return NameRecord(sub, int(number), ttl, rdata.to_digestable())


def key_record(digit: int = 1) -> NameRecord:
    """Return what every name has: the key that it stands for."""
    return record("", "KEY", bytes([digit]).hex() * 32, 3_600)


def example() -> TableSource:
    """Return two communities with a bit of everything."""
    source = TableSource(
        {
            "river": {
                "bakery": [
                    key_record(),
                    record("", "A", "192.0.2.1"),
                    record("", "AAAA", "2001:db8::1"),
                    record("", "MX", "10 mail.bakery.river"),
                    record("www", "CNAME", "bakery.river"),
                    record("_443._tcp", "TLSA", "3 1 1 " + "ab" * 32),
                    record("*", "TXT", '"anything"'),
                    record("*.shop", "A", "192.0.2.9"),
                ],
                "smith": [
                    key_record(2),
                    record("", "CNAME", "bakery.river"),
                    record("www", "CNAME", "loop.river"),
                ],
                "loop": [record("", "CNAME", "pool.river")],
                "pool": [record("", "CNAME", "loop.river")],
                "away": [record("", "CNAME", "www.example.com.")],
                "long": [record("", "TXT", f'"{digit}{"x" * 200}"') for digit in range(9)],
                "xn--bckerei-5wa": [key_record(4), record("", "A", "192.0.2.4")],
            },
            "lake": {"boat": [key_record(5), record("", "A", "192.0.2.5")]},
            "void": {},
        }
    )
    source.called[b"pond", b"lake"] = b"river"
    return source


def answerer(source: TableSource, policy: Policy | None = None, **chosen: bool) -> Answerer:
    """Return a server over a source."""
    zone = Zone(source, SUFFIX, ZoneKey(SEED, SUFFIX), **chosen)
    return Answerer(zone, SECRET, policy, Limiter())


def ask(
    face: Answerer,
    data: bytes,
    *,
    address: str = "127.0.0.1",
    transport: Transport = Transport.TCP,
    now: float = NOW,
) -> bytes:
    """Return the bytes that a message is answered with; fails where it is not."""
    got = face.answer(data, address, transport, now)
    assert isinstance(got, Answered), got
    return got.message
