"""Adverts: what a community tells everybody of its links, so that others find ways through it."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import pairwise
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from federation import bencode
from federation.errors import SlotInvalid
from federation.item import VALUE_BYTES_MAX, MutableItem, SlotName, immutable_target, sign_item
from federation.slot import decode_value
from federation.tier import CHUNK_BYTES_MAX, Target, Tiered, cut_items, join_items
from ledger.codec import Shape, decode, encode
from ledger.errors import CodecError, NameInvalid, TermsInvalid
from ledger.field import DisplayName, Handle, Hash, Limit, PublicKey, Time
from ledger.link.terms import Fee, Side, Terms
from ledger.names import check_handle

SALT = b"links"
LINKS_MAX = 390
CHUNKS_MAX = 41
"""As many as a slot can list beside the community's key and a hash: 982 of 999 bytes."""
ADVERT_BYTES_MAX = CHUNK_BYTES_MAX * CHUNKS_MAX
"""40,795 bytes: 104 for each of the most links; a usual one takes 70 to 90."""
SIGNIFICANT_DIGITS = 2
_HEAD_BYTES = 4
"""``995:`` in front of the string."""


class AdvertLink(Shape):
    """One link as its own community sees it.

    Attributes:
        peer: Key of the community on the other side.
        name: What the publisher calls it: the handle of its clearing account.
        terms: What both agreed on.
        converts: The publisher's members do not have the link's unit.
        fee: What the publisher takes on payments that leave by the link.
        capacity_out: How much can leave by it now, in minor units of its unit.
        owes: How much the publisher owes the peer, 0 where it is the other way round.
    """

    peer: PublicKey
    name: Handle
    terms: Terms
    converts: bool
    fee: Fee
    capacity_out: Limit
    owes: Limit

    @property
    def side(self) -> Side:
        """The terms as the publisher applies them."""
        return Side(self.terms, self.converts)


class Advert(Shape, tag=1):
    """All links of a community that take payments, sorted by the peer's key.

    Attributes:
        community: Its public key, which signs the item.
        name: What it calls itself; nobody vouches for that, and it may not be printable.
        time: When it was written, by the community's clock.
    """

    community: PublicKey
    name: DisplayName
    time: Time
    links: Annotated[tuple[AdvertLink, ...], Meta(max_length=LINKS_MAX)]

    def link_to(self, peer: bytes) -> AdvertLink | None:
        """Return the link with a peer, if there is one."""
        return next((link for link in self.links if link.peer == peer), None)


class ListedAdvert(Shape, tag=2):
    """Where an advert lies that does not fit the slot.

    Attributes:
        total_bytes: Length of all chunks together.
        hash: SHA-256 of all chunks together.
        targets: SHA-1 of each chunk's bencoded item, in order.
    """

    community: PublicKey
    total_bytes: Annotated[int, Meta(ge=1, le=ADVERT_BYTES_MAX)]
    hash: Hash
    targets: Annotated[tuple[Target, ...], Meta(min_length=1, max_length=CHUNKS_MAX)]


def advert_slot(community: bytes) -> SlotName:
    """Return the slot of a community's advert: its key and the salt ``links``."""
    return SlotName(community, SALT)


def write_advert(community: bytes, name: str, time: int, links: Iterable[AdvertLink]) -> Advert:
    """Return the advert of links whose amounts are exact; what it says is rounded down.

    Where not all links fit, those by which least can leave stay out.

    Args:
        community: Its public key.
        name: What it calls itself.
        time: Unix seconds.
        links: In any order, one for each peer.
    """
    rounded = [
        replace(link, capacity_out=round_down(link.capacity_out), owes=round_down(link.owes))
        for link in links
    ]
    kept = sorted(rounded, key=lambda link: (-link.capacity_out, link.peer))[:LINKS_MAX]
    advert = _sorted(community, name, time, kept)
    while len(encode(advert)) > ADVERT_BYTES_MAX:
        kept.pop()
        advert = _sorted(community, name, time, kept)
    return advert


def round_down(amount: int) -> int:
    """Return an amount with two significant digits, so that single payments do not show.

    Args:
        amount: Minor units, 0 or more.
    """
    dropped: int = 10 ** max(len(str(amount)) - SIGNIFICANT_DIGITS, 0)
    return amount // dropped * dropped


def encode_advert(advert: Advert) -> Tiered:
    """Return the value of the advert's slot and the items that it lists, if any."""
    data = encode(advert)
    assert len(data) <= ADVERT_BYTES_MAX, f"an advert of {len(data)} bytes does not fit"
    if len(data) <= VALUE_BYTES_MAX - _HEAD_BYTES:
        return Tiered(bencode.encode(data), ())
    items = cut_items(data)
    listed = ListedAdvert(
        advert.community, len(data), sha256(data).digest(), tuple(map(immutable_target, items))
    )
    return Tiered(bencode.encode(encode(listed)), items)


def sign_advert(seed: bytes, seq: int, encoded: Tiered) -> MutableItem:
    """Return the item of an advert's slot; BEP 44's signature is the only one.

    Args:
        seed: The community's 32 bytes.
        seq: From ``federation.slot.next_seq``.
        encoded: From ``encode_advert``.
    """
    return sign_item(seed, SALT, seq, encoded.value)


def read_advert(community: bytes, value: bytes) -> Advert | ListedAdvert:
    """Return what an untrusted value of an advert's slot says.

    Args:
        community: Whose slot it was in.
        value: Bencoded; the item's signature is verified.

    Raises:
        SlotInvalid: Not canonical, another community's, or links that contradict themselves.
    """
    data = decode_value(value)
    if not isinstance(data, bytes):
        raise SlotInvalid("got a value that is not a byte string, so it is no advert")
    return _decode(community, data, VALUE_BYTES_MAX)


def join_advert(listed: ListedAdvert, items: Sequence[bytes]) -> Advert:
    """Return the advert that lies in the listed items.

    Args:
        listed: From ``read_advert``.
        items: Bencoded immutable items, one for each target, in order; untrusted.

    Raises:
        SlotInvalid: The items are not the listed ones, or do not hold the community's advert.
    """
    data = join_items(items)
    if len(data) != listed.total_bytes or sha256(data).digest() != listed.hash:
        raise SlotInvalid(
            f"got {len(data)} bytes of items that are not the {listed.total_bytes} listed ones"
        )
    advert = _decode(listed.community, data, ADVERT_BYTES_MAX)
    if not isinstance(advert, Advert):
        raise SlotInvalid("got items that list further items; they hold an advert")
    return advert


def _sorted(community: bytes, name: str, time: int, links: Iterable[AdvertLink]) -> Advert:
    return Advert(community, name, time, tuple(sorted(links, key=lambda link: link.peer)))


def _decode(community: bytes, data: bytes, bytes_max: int) -> Advert | ListedAdvert:
    try:
        content: Advert | ListedAdvert = decode(data, Advert | ListedAdvert, bytes_max)  # type: ignore[arg-type]
    except CodecError as error:
        raise SlotInvalid(f"got an advert that is not canonical: {error}") from error
    if isinstance(content, Advert):
        _check_advert(community, content)
    elif content.community != community:
        raise SlotInvalid("got another community's advert")
    return content


def _check_advert(community: bytes, advert: Advert) -> None:
    if advert.community != community:
        raise SlotInvalid("got another community's advert")
    if any(one.peer >= two.peer for one, two in pairwise(advert.links)):
        raise SlotInvalid("got an advert whose links are not sorted by key, or a peer twice")
    if len({link.name for link in advert.links}) < len(advert.links):
        raise SlotInvalid("got an advert that has one name for two peers")
    for link in advert.links:
        _check_link(community, link)


def _check_link(community: bytes, link: AdvertLink) -> None:
    if link.peer == community:
        raise SlotInvalid("got an advert of a link with itself")
    try:
        check_handle(link.name)
        Side(link.terms, link.converts)
    except (NameInvalid, TermsInvalid) as error:
        raise SlotInvalid(f"got an advert whose links do not hold: {error}") from error
