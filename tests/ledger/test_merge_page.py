"""A merge in pages: the same records, handed over before the last of them are made."""

import pytest

from ledger.changeset import Verified, by_key
from ledger.merge import Batch, merge, merge_in_pages
from ledger.merge_chain import lot
from ledger.merge_page import PAGE_RECORDS, EpochDue, Page
from ledger.operation import RevokeKey
from tests.support.township import EPOCH_KEY, Person, Town, add_key

PAYMENTS = 60
"""Of one change-set; each of them adds a record."""


class Market:
    """A closed community, in which one pays more than a page full and another comes after."""

    def __init__(self) -> None:
        self.town = Town("anna", "bert", closed=True)
        self.devices = [Person(self.town.key, f"device {each}") for each in range(6)]
        for device in self.devices:
            self.town.ask("anna", add_key(self.town.key, self.town["anna"].id, device.name))
        root = self.town.state.tree.root
        self.devices.sort(key=lambda device: lot(root, device.key))

    def busy(self) -> list[Verified]:
        """Return more than a page of payments, by the device whose turn comes first."""
        operations = [self.town.payment("bert", 1)] * PAYMENTS
        return [self.devices[0].sign(*operations) for _ in range(PAGE_RECORDS // PAYMENTS + 1)]

    def batch(self, *change_sets: Verified) -> Batch:
        """Return these as a batch."""
        return Batch((), by_key(change_sets), EPOCH_KEY)


def test_the_pages_together_are_the_merge() -> None:
    market, pages = Market(), list[Page]()
    state, now = market.town.state, market.town.now
    beyond = market.devices[1].sign(market.town.payment("bert", 10**9))
    batch = market.batch(*market.busy(), beyond)
    merged = merge_in_pages(state, batch, now, pages.append)
    assert merged == merge(state, batch, now)
    assert [record for page in pages for record in page.records] == list(merged.records)
    assert [body for page in pages for body in page.bodies] == list(merged.bodies)
    sizes = [len(page.records) for page in pages]
    assert sizes[:-1] == [PAGE_RECORDS]
    assert [page.first - state.tree.size for page in pages] == [0, PAGE_RECORDS]
    named = {one.record: one.hash for one in merged.outcomes}
    for page in pages:
        place = range(page.first, page.first + len(page.records))
        want = {at: name for at, name in named.items() if at in place}
        assert {at: page.hashes[at] for at in page.hashes if at in place} == want
    assert any(named[at] == beyond.hash for at in named), "what was refused has a record too"


def test_a_page_comes_before_the_next_key_is_asked_for() -> None:
    market, pages = Market(), list[Page]()
    seen: list[int] = []

    class Watched(dict[bytes, list[Verified]]):
        def get(self, key: bytes, default: object = None) -> object:  # type: ignore[override]
            seen.append(len(pages))
            return super().get(key, default)

    last = market.devices[1].sign(market.town.payment("bert", 1))
    batch = Batch((), Watched(by_key([*market.busy(), last])), EPOCH_KEY)
    merge_in_pages(market.town.state, batch, market.town.now, pages.append)
    assert seen == [0, 1]


def test_a_new_epoch_that_is_asked_for_late_makes_the_pages_void() -> None:
    market, pages = Market(), list[Page]()
    state, now = market.town.state, market.town.now
    revoked = market.devices[1].sign(RevokeKey(market.devices[2].key))
    batch = market.batch(*market.busy(), revoked)
    with pytest.raises(EpochDue):
        merge_in_pages(state, batch, now, pages.append)
    assert len(pages) == 1
    pages.clear()
    merged = merge_in_pages(state, batch, now, pages.append, new_epoch=True)
    assert merged == merge(state, batch, now)
    assert merged.changes.community is not None
    assert merged.changes.community.epoch == 2
    assert pages[0].first == state.tree.size
    assert [record for page in pages for record in page.records] == list(merged.records)


def test_nothing_to_merge_gives_no_page() -> None:
    market, pages = Market(), list[Page]()
    merged = merge_in_pages(market.town.state, market.batch(), market.town.now, pages.append)
    assert (merged.records, pages) == ((), [])
