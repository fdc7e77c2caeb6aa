"""The advert: telling everybody which links take payments, and about how much."""

from federation.errors import SlotInvalid
from federation.item import SlotName
from federation.link.advert import (
    Advert,
    AdvertLink,
    ListedAdvert,
    advert_slot,
    encode_advert,
    join_advert,
    read_advert,
    write_advert,
)
from federation.link.own import own_links
from federation.tier import cut_items
from ledger.state import State
from manager.link_put import LinkPut

ADVERT_S = 60
"""Adverts are at least so long apart, seconds: capacities change with each payment."""


class AdvertWriter:
    """Writes the advert of one community."""

    def __init__(self, community: bytes, put: LinkPut) -> None:
        self._community = community
        self._put = put
        self._said: Advert | None = None
        self._recalled = False

    def write(self, state: State, now: int) -> list[SlotName]:
        """Keep the advert where its links changed. Blocks.

        Args:
            state: The present.
            now: Unix seconds.

        Returns:
            The slot, where it is to be put.
        """
        assert state.community is not None, "a ledger with links was opened"
        name = advert_slot(self._community)
        if not self._recalled:
            self._said, self._recalled = self._recall(name), True
        links = offers(state)
        advert = write_advert(self._community, state.community.name, now, links)
        if self._said is None and not links:
            return []
        if self._said is None or (
            (self._said.links, self._said.name) != (advert.links, advert.name)
            and now - self._said.time >= ADVERT_S
        ):
            self._put.keep(name, encode_advert(advert), now)
            self._said = advert
        return [] if self._put.is_put(name) else [name]

    def _recall(self, name: SlotName) -> Advert | None:
        row = self._put.row(name)
        if row is None:
            return None
        try:
            found = read_advert(self._community, row.value)
            if isinstance(found, ListedAdvert):
                found = join_advert(found, cut_items(row.sealed))
        except SlotInvalid:
            return None
        return found


def offers(state: State) -> list[AdvertLink]:
    """Return the links that take payments, with exact amounts."""
    return [one.link for one in own_links(state) if one.barred is None]
