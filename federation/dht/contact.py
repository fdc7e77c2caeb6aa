"""DHT nodes as others name them: id, address, distance, BEP 5's compact form."""

import socket
import struct
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address
from typing import NamedTuple, TypeAlias

ID_BYTES = 20
_COMPACT = struct.Struct("!20s4sH")
COMPACT_BYTES = _COMPACT.size
"""26: node id, IPv4 address, big-endian port (BEP 5, "Contact Encoding")."""
COMPACT_ADDRESS_BYTES = 6
PORT_MIN_GLOBAL = 1_024
"""Below it live services that a reflected datagram could harm."""
FARTHEST = 1 << 160
"""Farther than any id from any other: the distance of a node whose id is not known yet."""

Address: TypeAlias = tuple[str, int]
"""IPv4 in dotted form, and a port."""


class Contact(NamedTuple):
    """A node: its id (20 bytes, or none while unknown) and its address."""

    id: bytes
    address: Address


def distance(node_id: bytes, target: bytes) -> int:
    """Return the XOR distance of two 20-byte ids; an unknown id is farthest."""
    return int.from_bytes(node_id) ^ int.from_bytes(target) if node_id else FARTHEST


def pack_nodes(contacts: Iterable[Contact]) -> bytes:
    """Return BEP 5's compact node info, 26 bytes each."""
    return b"".join(contact.id + pack_address(contact.address) for contact in contacts)


def unpack_nodes(packed: bytes) -> list[Contact]:
    """Return the nodes of compact node info whose length is a multiple of 26."""
    return [
        Contact(node_id, (socket.inet_ntoa(host), port))
        for node_id, host, port in _COMPACT.iter_unpack(packed)
    ]


def pack_address(address: Address) -> bytes:
    """Return the 6 bytes of an IPv4 address and port."""
    host, port = address
    return socket.inet_aton(host) + port.to_bytes(2)


def unpack_address(packed: bytes) -> Address:
    """Return the address in the first 6 bytes."""
    return socket.inet_ntoa(packed[:4]), int.from_bytes(packed[4:COMPACT_ADDRESS_BYTES])


def is_askable(address: Address, *, global_only: bool) -> bool:
    """Return whether an address that a stranger named may be sent a datagram."""
    host, port = address
    if not global_only:
        return port > 0 and not host.startswith("0.")
    return port >= PORT_MIN_GLOBAL and IPv4Address(host).is_global and not _is_multicast(host)


def subnet(address: Address) -> str:
    """Return the /24 network of an address, as its first three numbers."""
    return address[0].rpartition(".")[0]


def name_addresses(addresses: Sequence[Address], shown_max: int = 5) -> str:
    """Return addresses for a message to a person."""
    shown = ", ".join(f"{host}:{port}" for host, port in addresses[:shown_max])
    more = len(addresses) - shown_max
    return f"{shown} and {more} more" if more > 0 else shown or "none"


def _is_multicast(host: str) -> bool:
    return IPv4Address(host).is_multicast
