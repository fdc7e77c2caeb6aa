"""Addresses: who is meant by ``bakery@river``, in names of one's own and of those one knows."""

from base64 import b32decode, b32encode
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from unicodedata import normalize

from federation.errors import AddressInvalid
from federation.link.advert import Advert, AdvertLink
from ledger.errors import NameInvalid
from ledger.link.instruction import HOPS_MAX
from ledger.names import CANDIDATES_MAX, TYPED_CHARS_MAX, parse_handle
from ledger.saying import said

KEY_CHARS = 52
"""32 bytes in base32 without padding."""
_PADDING = "===="


@dataclass(frozen=True, slots=True)
class Address:
    """Somebody in another community.

    Attributes:
        handle: There.
        community: Its key.
    """

    handle: str
    community: bytes


class AddressBook:
    """Names of communities.

    A name is what the own community calls the other side of a link. A path such as ``hill.river``
    is read from its end: what River calls Hill. What a community calls itself counts only where no
    own link has that name and nobody else calls itself so, since nobody vouches for it.

    Args:
        own: Key of the own community.
        links: What the own community calls each peer.
        adverts: By community; what they say was verified to be theirs.
    """

    def __init__(
        self, own: bytes, links: Mapping[str, bytes], adverts: Mapping[bytes, Advert]
    ) -> None:
        self._links = links
        self._adverts = adverts
        self._self_called: dict[str, list[bytes]] = defaultdict(list)
        for community in sorted(adverts.keys() - {own}):
            self._self_called[_fold(adverts[community].name)].append(community)
        self._paths = self._find_paths(own)

    def parse(self, typed: str) -> Address:
        """Return who is meant by ``handle@community``.

        Raises:
            AddressInvalid: It is not written so, or nobody or several may be meant.
        """
        handle, _, community = typed[: 2 * TYPED_CHARS_MAX].strip().rpartition("@")
        if not handle or not community:
            raise AddressInvalid(
                said("got {typed!r}; an address is such as bakery@river", typed=typed[:40])
            )
        try:
            return Address(parse_handle(handle), self.find(community))
        except NameInvalid as error:
            raise AddressInvalid(
                said("{typed!r}: {error}", typed=typed[:40], error=error)
            ) from error

    def find(self, typed: str) -> bytes:
        """Return the key of the community that is meant by a name, a path or its key in base32.

        Raises:
            AddressInvalid: Nobody or several may be meant; the message names them.
        """
        text = typed.strip()
        key = parse_key(text)
        if key is not None:
            return key
        found = self._follow(text)
        if found is not None:
            return found
        called = self._self_called.get(_fold(text), [])
        if len(called) == 1:
            return called[0]
        if called:
            raise AddressInvalid(
                said(
                    "{count} communities call themselves {text!r}",
                    count=len(called),
                    text=text[:40],
                ),
                [self.name_of(community) for community in called[:CANDIDATES_MAX]],
            )
        raise AddressInvalid(
            said("no community is known here as {text!r}", text=text[:40]), self._near(text)
        )

    def name_of(self, community: bytes) -> str:
        """Return the shortest name by which ``find`` finds a community: a path, or its key."""
        return self._paths.get(community) or format_key(community)

    def _follow(self, text: str) -> bytes | None:
        first, *others = map(_fold, reversed(text.split(".")))
        at = self._links.get(first)
        for name in others:
            links = self._links_of(at) if at is not None else ()
            at = next((link.peer for link in links if link.name == name), None)
        return at

    def _find_paths(self, own: bytes) -> dict[bytes, str]:
        """Return a path of names to each community, nearest first; of several the first one."""
        layer = {key: name for name, key in sorted(self._links.items(), reverse=True)}
        paths = dict(layer)
        for _ in range(HOPS_MAX - 1):
            found = sorted(
                (f"{link.name}.{path}", link.peer)
                for key, path in layer.items()
                for link in self._links_of(key)
                if link.peer != own and link.peer not in paths
            )
            layer = {peer: path for path, peer in reversed(found)}
            paths |= layer
        return paths

    def _links_of(self, community: bytes) -> Iterable[AdvertLink]:
        advert = self._adverts.get(community)
        return advert.links if advert else ()

    def _near(self, text: str) -> list[str]:
        called = (name for name in self._self_called if name.isprintable())
        known = dict.fromkeys([*self._paths.values(), *called])
        return get_close_matches(_fold(text), known, CANDIDATES_MAX, 0.6)


def format_key(community: bytes) -> str:
    """Return a community's key as an address names it: 52 characters of base32, lower case."""
    return b32encode(community).decode().rstrip("=").lower()


def parse_key(text: str) -> bytes | None:
    """Return the key that ``format_key`` wrote, in any case, or None where the text is none."""
    if len(text) != KEY_CHARS or not text.isascii():
        return None
    try:
        key = b32decode(text.upper() + _PADDING)
    except ValueError:
        return None
    return key if format_key(key) == text.lower() else None


def _fold(name: str) -> str:
    return normalize("NFC", " ".join(name.lower().split()))
