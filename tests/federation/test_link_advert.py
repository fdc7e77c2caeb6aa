from collections.abc import Callable
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from federation import bencode
from federation.errors import SlotInvalid
from federation.item import VALUE_BYTES_MAX, verify_item
from federation.link.advert import (
    ADVERT_BYTES_MAX,
    LINKS_MAX,
    Advert,
    AdvertLink,
    ListedAdvert,
    advert_slot,
    encode_advert,
    join_advert,
    read_advert,
    round_down,
    sign_advert,
    write_advert,
)
from ledger import crypto
from ledger.codec import encode
from ledger.field import AMOUNT_MAX
from ledger.link.terms import RATE_MAX, Fee, Terms
from tests.support.links import EUR, HOUR_AT_15

SEED = b"\x01" * 32
RIVER = crypto.public_key(SEED)
NOW = 1_800_000_000
LARGEST = Terms("ABCDEFGH", 6, "IJKLMNOP", 6, RATE_MAX, RATE_MAX - 1)


def link(number: int, terms: Terms = EUR, capacity: int = 5_000, owes: int = 0) -> AdvertLink:
    peer = number.to_bytes(32)
    return AdvertLink(peer, f"hill{number}", terms, False, Fee(5, 1_000), capacity, owes)


def many(count: int) -> Advert:
    return write_advert(RIVER, "River", NOW, map(link, range(1, count + 1)))


def test_an_advert_in_its_slot_goes_round() -> None:
    advert = write_advert(RIVER, "River", NOW, [link(2, HOUR_AT_15), link(1)])
    assert [one.peer[-1] for one in advert.links] == [1, 2]
    tiered = encode_advert(advert)
    assert tiered.items == ()
    assert read_advert(RIVER, tiered.value) == advert
    item = sign_advert(SEED, 7, tiered)
    verify_item(item)
    assert item.slot == advert_slot(RIVER)
    assert (item.slot.salt, item.seq) == (b"links", 7)


@pytest.mark.parametrize("count", [20, LINKS_MAX])
def test_a_longer_advert_lies_in_listed_items(count: int) -> None:
    advert = many(count)
    tiered = encode_advert(advert)
    assert max(map(len, (tiered.value, *tiered.items))) <= VALUE_BYTES_MAX
    listed = read_advert(RIVER, tiered.value)
    assert isinstance(listed, ListedAdvert)
    assert join_advert(listed, tiered.items) == advert


def test_of_links_that_do_not_all_fit_those_stay_by_which_most_can_leave() -> None:
    name = "b\u00fc" * 20
    links = [
        replace(link(number, LARGEST, 10 * number), name=f"{name}{number}", fee=Fee(2**52, 999_999))
        for number in range(1, LINKS_MAX + 20)
    ]
    advert = write_advert(RIVER, "River", NOW, links)
    assert ADVERT_BYTES_MAX - 200 < len(encode(advert)) <= ADVERT_BYTES_MAX
    smallest = min(one.capacity_out for one in advert.links)
    kept = {one.peer for one in advert.links}
    assert {one.peer for one in links if round_down(one.capacity_out) > smallest} <= kept
    assert all(round_down(one.capacity_out) >= smallest for one in links if one.peer in kept)
    listed = read_advert(RIVER, encode_advert(advert).value)
    assert isinstance(listed, ListedAdvert)
    assert join_advert(listed, encode_advert(advert).items) == advert


@given(st.integers(0, AMOUNT_MAX))
def test_amounts_are_rounded_down_to_two_digits(amount: int) -> None:
    rounded = round_down(amount)
    assert rounded <= amount
    assert 11 * rounded >= 10 * amount
    assert len(str(rounded).rstrip("0")) <= 2
    assert round_down(rounded) == rounded


def test_what_can_leave_and_what_is_owed_shows_two_digits() -> None:
    advert = write_advert(RIVER, "River", NOW, [link(1, capacity=12_345, owes=99)])
    assert (advert.links[0].capacity_out, advert.links[0].owes) == (12_000, 99)


GOOD = many(3)


def with_link(**changes: object) -> Advert:
    return replace(GOOD, links=(replace(GOOD.links[0], **changes), *GOOD.links[1:]))


BAD: dict[str, Callable[[], object]] = {
    "another community's": lambda: replace(GOOD, community=bytes(32)),
    "a link with itself": lambda: replace(GOOD, links=(replace(link(1), peer=RIVER),)),
    "unsorted": lambda: replace(GOOD, links=GOOD.links[::-1]),
    "a peer twice": lambda: replace(GOOD, links=(GOOD.links[0], GOOD.links[0])),
    "one name for two": lambda: with_link(name=GOOD.links[1].name),
    "no handle": lambda: with_link(name="Hill.1"),
    "terms that contradict": lambda: with_link(terms=Terms("EUR", 2, "EUR", 2, 1, 1)),
    "a rate not in lowest terms": lambda: with_link(terms=Terms("EUR", 2, "HOUR", 2, 2, 2)),
    "nothing to convert to": lambda: with_link(converts=True),
    "a negative capacity": lambda: with_link(capacity_out=-1),
    "no name": lambda: replace(GOOD, name=""),
    "a field too many": lambda: [*GOOD.__reduce__()[1], 1],
    "another community's list": lambda: ListedAdvert(bytes(32), 5, bytes(32), (bytes(20),)),
    "an empty list": lambda: ListedAdvert(RIVER, 5, bytes(32), ()),
}


@pytest.mark.parametrize("case", BAD)
def test_a_value_that_is_no_advert_is_refused(case: str) -> None:
    with pytest.raises(SlotInvalid):
        read_advert(RIVER, bencode.encode(encode(BAD[case]())))


def test_a_value_of_another_kind_is_refused() -> None:
    with pytest.raises(SlotInvalid):
        read_advert(RIVER, bencode.encode([encode(GOOD)]))
    with pytest.raises(SlotInvalid):
        read_advert(RIVER, b"no bencoding")


def test_items_that_are_not_the_listed_ones_are_refused() -> None:
    tiered = encode_advert(many(30))
    listed = read_advert(RIVER, tiered.value)
    assert isinstance(listed, ListedAdvert)
    with pytest.raises(SlotInvalid):
        join_advert(listed, tiered.items[:-1])
    with pytest.raises(SlotInvalid):
        join_advert(listed, tiered.items[::-1])
    with pytest.raises(SlotInvalid):
        join_advert(listed, [*tiered.items[:-1], b"i5e"])
    nested = encode(listed)
    again = replace(listed, total_bytes=len(nested), hash=sha256(nested).digest())
    with pytest.raises(SlotInvalid, match="list further"):
        join_advert(again, [bencode.encode(nested)])
    with pytest.raises(SlotInvalid):
        join_advert(replace(listed, community=bytes(32)), tiered.items)
