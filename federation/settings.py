"""Where a program lives in the network, and its pace; written as settings.json in its home."""

import json
import os
import re
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal, get_args

from federation.errors import FederationError

Kind = Literal["public", "private", "loopback"]
PUBLIC_NODES = (
    ("dht.libtorrent.org", 25401),
    ("router.bittorrent.com", 6881),
    ("dht.transmissionbt.com", 6881),
)
"""First contacts on the public network: the well-known bootstrap nodes of the main clients."""
ROUND_S = {"public": 60, "private": 10, "loopback": 10}
"""A round is one poll interval, seconds."""
LINK_ROUND_S = {"public": 15, "private": 1, "loopback": 1}
"""The same for the slots of linked communities: a payment across a link takes some of these."""
KEEP_ALIVE_S = 3_600
AUDIT_S = 86_400
SECONDS_MAX = 31_536_000
"""No rhythm is slower than once a year."""
PROMISE_ROUNDS = 3
"""A change is promised to be merged within this many rounds; after that it is late."""
NAME_SUFFIX = "tab.alt"
"""``alt`` is no domain of the DNS, and never will be (RFC 9476)."""
NODES_MAX = 16
ATTACHMENTS_BYTES_MAX = 2**30
"""Room for attached files unless a home says otherwise: about 5,000 pictures."""
PORT_MAX = 65_535
SUFFIX_CHARS_MAX = 60
"""Room for four labels before it in the 253 characters of a domain name, one of them a key."""
_SUFFIX = re.compile(
    r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*"
)


class SettingsInvalid(FederationError):
    """A settings file or a network that cannot be read."""


@dataclass(frozen=True, slots=True)
class Network:
    """A DHT to take part in: its kind and the nodes to meet first."""

    kind: Kind = "public"
    nodes: tuple[tuple[str, int], ...] = ()

    @property
    def first_nodes(self) -> tuple[tuple[str, int], ...]:
        """The given nodes; on the public network the well-known ones too."""
        return (*self.nodes, *PUBLIC_NODES) if self.kind == "public" else self.nodes

    def with_hints(self, hints: tuple[tuple[str, int], ...]) -> "Network":
        """Return the network with more first contacts, tried beside the known ones."""
        known = dict.fromkeys((*self.nodes, *hints))
        return replace(self, nodes=tuple(known)[:NODES_MAX])


@dataclass(frozen=True, slots=True)
class Settings:
    """What a home remembers of how to run.

    Attributes:
        network: Which DHT.
        listen: Address to bind, empty for the kind's own choice.
        port: TCP and UDP of the torrent node, so that others can name it as a DHT node; 0 for a
            free one (on the public network 6881 or the next free one).
        round_s: Seconds between polls; 0 for the kind's default.
        link_round_s: Seconds between polls of linked communities; 0 for the kind's default.
        keep_alive_s: Seconds between re-puts of items that must not vanish.
        audit_s: Seconds between full checks from stored bytes.
        attachments_bytes_max: Room for attached files, bytes; the newest come first, 0 for none.
        web_port: Of the pages; None for the program's own, 0 for a free one, -1 for no pages.
        web_listen: Address that the pages are served at; empty for this computer alone.
        web_hosts: More names that the pages are opened by, such as ``commontab.example``.
        web_tls: Empty for plain HTTP, ``auto`` for a self-made certificate, ``CERT.pem,KEY.pem``
            for files, ``proxy`` for a proxy of ours that speaks TLS.
        web_proxies: Addresses of such proxies, whose X-Forwarded headers are believed.
        name_suffix: Below which names of all communities are resolved, without dots at its ends.
    """

    network: Network = field(default_factory=Network)
    listen: str = ""
    port: int = 0
    round_s: float = 0
    keep_alive_s: float = KEEP_ALIVE_S
    audit_s: float = AUDIT_S
    link_round_s: float = 0
    attachments_bytes_max: int = ATTACHMENTS_BYTES_MAX
    web_port: int | None = None
    web_listen: str = ""
    web_hosts: tuple[str, ...] = ()
    web_tls: str = ""
    web_proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    name_suffix: str = NAME_SUFFIX

    @property
    def interval_s(self) -> float:
        """Seconds of one round."""
        return self.round_s or ROUND_S[self.network.kind]

    @property
    def link_interval_s(self) -> float:
        """Seconds between two looks at linked communities' slots."""
        return self.link_round_s or LINK_ROUND_S[self.network.kind]

    @property
    def address(self) -> str:
        """The address that sockets bind."""
        return self.listen or ("127.0.0.1" if self.network.kind == "loopback" else "0.0.0.0")  # noqa: S104 -- a DHT node serves its network


def parse_node(text: str) -> tuple[str, int]:
    """Return host and port of ``HOST:PORT`` (``[v6]:PORT`` too).

    Raises:
        SettingsInvalid: Not of that form, or the port is not 1 to 65535.
    """
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isascii() or not port.isdigit():
        raise SettingsInvalid(f"got {text!r}; a DHT node is HOST:PORT, such as 192.0.2.7:6881")
    if not 1 <= int(port) <= PORT_MAX:
        raise SettingsInvalid(f"got port {port}; a port is 1 to {PORT_MAX}")
    return host.strip("[]"), int(port)


def parse_network(words: list[str]) -> Network:
    """Return the network that ``--network public | private HOST:PORT… | loopback …`` names.

    Raises:
        SettingsInvalid: An unknown kind, or a private network without a node.
    """
    kinds = get_args(Kind)
    kind, *nodes = words or ["public"]
    if kind not in kinds:
        raise SettingsInvalid(f"got network {kind!r}; it is one of {', '.join(kinds)}")
    if kind == "private" and not nodes:
        raise SettingsInvalid("a private network needs at least one HOST:PORT of its nodes")
    return Network(kind, tuple(parse_node(node) for node in nodes)[:NODES_MAX])  # type: ignore[arg-type]


def load_settings(home: Path) -> Settings:
    """Return a home's settings; the defaults where there is no file.

    Raises:
        SettingsInvalid: The file is not the JSON that save_settings writes.
    """
    path = home / "settings.json"
    if not path.exists():
        return Settings()
    try:
        held = json.loads(path.read_text("utf-8"))
        network = held.pop("network")
        nodes = tuple((str(host), int(port)) for host, port in network["nodes"])
        for name in ("web_hosts", "web_proxies"):
            if name in held:
                held[name] = _texts(name, held[name])
        return _checked(Settings(network=Network(network["kind"], nodes), **held))
    except (ValueError, KeyError, TypeError) as error:
        raise SettingsInvalid(f"{path} does not read ({error}); mend it or remove it") from error


def _checked(settings: Settings) -> Settings:
    """Return settings that a person may have edited, if every one is of its kind and range."""
    if settings.network.kind not in get_args(Kind) or type(settings.listen) is not str:
        raise ValueError("network.kind or listen is none")
    if type(settings.port) is not int or not 0 <= settings.port <= PORT_MAX:
        raise ValueError(f"port {settings.port!r} is not 0 to {PORT_MAX}")
    for name in ("round_s", "keep_alive_s", "audit_s", "link_round_s"):
        seconds = getattr(settings, name)
        if type(seconds) not in (int, float) or not 0 <= seconds <= SECONDS_MAX:
            raise ValueError(f"{name} {seconds!r} is not 0 to {SECONDS_MAX} seconds")
    if not (settings.keep_alive_s and settings.audit_s):
        raise ValueError("keep_alive_s or audit_s is 0 seconds")
    room = settings.attachments_bytes_max
    if type(room) is not int or room < 0:
        raise ValueError(f"attachments_bytes_max {room!r} is not 0 bytes or more")
    suffix = settings.name_suffix
    if type(suffix) is not str or len(suffix) > SUFFIX_CHARS_MAX or not _SUFFIX.fullmatch(suffix):
        raise ValueError(f"name_suffix {suffix!r} is no domain name in lower case")
    return _checked_web(settings)


def _checked_web(settings: Settings) -> Settings:
    """Return settings whose part for the pages can be followed."""
    port = settings.web_port
    if port is not None and (type(port) is not int or not -1 <= port <= PORT_MAX):
        raise ValueError(f"web_port {port!r} is not -1 to {PORT_MAX}")
    for name in ("web_listen", "web_tls"):
        if type(getattr(settings, name)) is not str:
            raise ValueError(f"{name} is no text")
    if settings.web_tls not in {"", "auto", "proxy"} and settings.web_tls.count(",") != 1:
        raise ValueError(f"web_tls {settings.web_tls!r} is not auto, proxy or CERT.pem,KEY.pem")
    return settings


def _texts(name: str, held: object) -> tuple[str, ...]:
    if not isinstance(held, list) or not all(type(one) is str and one for one in held):
        raise ValueError(f"{name} is not a list of names")
    return tuple(held)


def save_settings(home: Path, settings: Settings) -> None:
    """Write a home's settings, atomically."""
    path, new = home / "settings.json", home / "settings.json.new"
    new.write_text(json.dumps(asdict(settings), indent=1) + "\n", "utf-8")
    os.replace(new, path)  # noqa: PTH105 -- the atomic one, by its name
