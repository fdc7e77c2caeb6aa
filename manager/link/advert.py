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
from manager.link.put import LinkPut

ADVERT_S = 60
"""Adverts that differ in amounts only are so long apart, seconds: each payment changes them."""
RENEW_S = 21_600
"""So old an advert is written anew, seconds: nobody uses one that is over a day old."""


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
        if self._said is None or _is_due(self._said, advert):
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


def _is_due(said: Advert, advert: Advert) -> bool:
    """Return whether an advert is to take the place of the one before."""
    age_s = advert.time - said.time
    amounts = said.links != advert.links and age_s >= ADVERT_S
    return amounts or age_s >= RENEW_S or _terms(said) != _terms(advert)


def _terms(advert: Advert) -> tuple[object, ...]:
    """Return what an advert says beside amounts: who is linked, and on what terms."""
    links = [(one.peer, one.name, one.terms, one.converts, one.fee) for one in advert.links]
    return (advert.name, *links)


def offers(state: State) -> list[AdvertLink]:
    """Return the links that take payments, with exact amounts."""
    return [one.link for one in own_links(state) if one.barred is None]
