"""Signing a zone as it is answered: one Ed25519 key, signatures made when asked for and kept."""

import hashlib
import struct
from collections import OrderedDict
from collections.abc import Iterable

from federation.dns_face.wire import DNSKEY, NSEC, RRSIG, Labels, RecordSet, write_name
from ledger import crypto

ED25519 = 15
"""RFC 8080."""
FLAGS = 257
"""A zone key that is a secure entry point: the one key signs keys and records."""
PROTOCOL = 3
SHA256 = 2
KEY_TTL_S = 3_600
PERIOD_S = 43_200
"""Signatures begin at whole halves of a day, so that many have the same dates."""
SKEW_S = 3_600
"""A signature holds from an hour before, for clocks that are behind."""
VALID_S = 2 * 86_400
"""And for two days: longer than any of our TTLs, a day, after the half day it is made in."""
KEPT_MAX = 131_072
"""Signatures that are kept, about 250 bytes each."""

_rrsig = struct.Struct(">HBBIIIH")
_fixed = struct.Struct(">HHIH")
_ds = struct.Struct(">HBB")


class ZoneKey:
    """The key that signs a zone, and the signatures it made.

    Args:
        seed: 32 bytes, of this zone only.
        zone: The zone's name.
    """

    def __init__(self, seed: bytes, zone: Labels) -> None:
        self._sign = crypto.signer(seed)
        self._zone = zone
        self._name = write_name(zone)
        head = struct.pack(">HBB", FLAGS, PROTOCOL, ED25519)
        self.dnskey = head + crypto.public_key(seed)
        self.tag = key_tag(self.dnskey)
        self._kept: OrderedDict[tuple[RecordSet, int], bytes] = OrderedDict()

    @property
    def keys(self) -> RecordSet:
        """The zone's DNSKEY set."""
        return RecordSet(self._zone, DNSKEY, KEY_TTL_S, (self.dnskey,))

    @property
    def ds(self) -> bytes:
        """The data of the DS record that trusts this key (RFC 4034, section 5.1; RFC 4509)."""
        digest = hashlib.sha256(self._name + self.dnskey).digest()
        return _ds.pack(self.tag, ED25519, SHA256) + digest

    def sign(self, signed: RecordSet, ttl: int, now: int) -> RecordSet:
        """Return the RRSIG record of a set, kept or made now.

        Args:
            signed: With the TTL that it had at first: the signature covers it.
            ttl: With which the set is answered, at most that.
            now: Unix time.

        Source:
            RFC 4034, section 3.1; RFC 8080.
        """
        begin = now - now % PERIOD_S
        data = self._kept.get((signed, begin))
        if data is None:
            data = self._make(signed, begin)
            self._kept[signed, begin] = data
            if len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
        return RecordSet(signed.owner, RRSIG, ttl, (data,))

    def _make(self, signed: RecordSet, begin: int) -> bytes:
        owner = signed.source or signed.owner
        count = len(owner) - (owner[0] == b"*" if owner else 0)
        head = _rrsig.pack(
            signed.type, ED25519, count, signed.ttl, begin + VALID_S, begin - SKEW_S, self.tag
        )
        head += self._name
        name = write_name(owner)
        records = b"".join(
            name + _fixed.pack(signed.type, 1, signed.ttl, len(data)) + data
            for data in sorted(signed.data)
        )
        return head + self._sign(head + records)


def read_ds(ds: bytes) -> tuple[int, int, int, bytes]:
    """Return a DS record's key tag, algorithm, kind of digest, and digest."""
    return *_ds.unpack_from(ds), ds[_ds.size :]


def key_tag(dnskey: bytes) -> int:
    """Return the number that signatures name a key by (RFC 4034, appendix B)."""
    total = sum(byte << 8 if index % 2 == 0 else byte for index, byte in enumerate(dnskey))
    return (total + (total >> 16)) & 0xFFFF


def make_nsec(owner: Labels, following: Labels, types: Iterable[int], ttl: int) -> RecordSet:
    """Return the NSEC record that says what stands at an owner, and that nothing follows before.

    Args:
        owner: Absolute.
        following: The next owner in canonical order, or anything before it.
        types: What stands at the owner; RRSIG and NSEC are added.
        ttl: Seconds.

    Source:
        RFC 4034, section 4.1; RFC 9077 for the TTL.
    """
    return RecordSet(owner, NSEC, ttl, (write_name(following) + _bitmap({*types, RRSIG, NSEC}),))


def _bitmap(types: set[int]) -> bytes:
    """Return types as windows of bits (RFC 4034, section 4.1.2)."""
    windows: dict[int, bytearray] = {}
    for kind in sorted(types):
        bits = windows.setdefault(kind >> 8, bytearray())
        bits.extend(bytes((kind & 0xFF) // 8 + 1 - len(bits)))
        bits[(kind & 0xFF) // 8] |= 0x80 >> (kind & 7)
    return b"".join(bytes((number, len(bits))) + bits for number, bits in windows.items())
