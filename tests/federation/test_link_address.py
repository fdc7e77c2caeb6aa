import pytest
from msgspec.structs import replace

from federation.errors import AddressInvalid
from federation.link.address import Address, AddressBook, format_key, parse_key
from federation.link.advert import Advert
from tests.support.links import Tie, adverts_of, key_of

OWN, RIVER, HILL, MILL, LAKE = map(key_of, ("own", "river", "hill", "mill", "lake"))
ADVERTS = adverts_of(
    Tie("own", "river"), Tie("own", "lake"), Tie("river", "hill"), Tie("lake", "hill"),
    Tie("hill", "mill"),
)  # fmt: skip
LINKS = {"river": RIVER, "see": LAKE}
BOOK = AddressBook(OWN, LINKS, ADVERTS)


def calling(**names: str) -> dict[bytes, Advert]:
    return ADVERTS | {
        key_of(key): replace(ADVERTS[key_of(key)], name=name) for key, name in names.items()
    }


@pytest.mark.parametrize(
    ("typed", "community"),
    [
        ("river", RIVER),
        (" River ", RIVER),
        ("see", LAKE),
        ("hill.river", HILL),
        ("hill.see", HILL),
        ("mill.hill.river", MILL),
        ("own.river", OWN),
        ("lake", LAKE),
        ("hill", HILL),
        ("MILL", MILL),
        (format_key(HILL), HILL),
        (format_key(bytes(32)).upper(), bytes(32)),
    ],
)
def test_a_community_is_found_by_name_path_key_or_what_it_calls_itself(
    typed: str, community: bytes
) -> None:
    assert BOOK.find(typed) == community
    assert BOOK.parse(f" bakery@{typed}") == Address("bakery", community)


def test_a_name_of_ones_own_counts_before_what_others_call_themselves() -> None:
    assert AddressBook(OWN, LINKS, calling(mill="river")).find("river") == RIVER


def test_what_two_call_themselves_is_refused_with_both() -> None:
    book = AddressBook(OWN, LINKS, calling(mill="The Bank", hill="the  bank"))
    with pytest.raises(AddressInvalid) as caught:
        book.find("the bank")
    assert set(caught.value.candidates) == {"hill.river", "mill.hill.river"}
    assert "hill.river" in str(caught.value)
    assert AddressBook(OWN, LINKS, calling(mill="The Bank")).find("the bank") == MILL


@pytest.mark.parametrize(
    ("typed", "candidates"),
    [
        ("rivver", ["river"]),
        ("hil.river", ["hill.river"]),
        ("hill.nobody", []),
        ("a.b.c.d", []),
        ("hill..river", ["hill.river"]),
        (".", []),
        (format_key(HILL)[:-1], []),
    ],
)
def test_nobody_is_refused_with_those_who_may_be_meant(typed: str, candidates: list[str]) -> None:
    with pytest.raises(AddressInvalid) as caught:
        BOOK.find(typed)
    assert list(caught.value.candidates[: len(candidates)]) == candidates
    assert bool(candidates) == ("did you mean" in str(caught.value))


@pytest.mark.parametrize("typed", ["bakery", "@river", "bakery@", "", "@", "a b@river", "x@@"])
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(AddressInvalid):
        BOOK.parse(typed)


def test_control_characters_of_others_are_not_handed_on() -> None:
    book = AddressBook(OWN, LINKS, calling(mill="mil\x1b[2J"))
    with pytest.raises(AddressInvalid) as caught:
        book.find("mil\x1b[2")
    assert "\x1b" not in str(caught.value)


def test_the_name_of_a_community_finds_it_again() -> None:
    for community in (RIVER, LAKE, HILL, MILL, bytes(32)):
        assert BOOK.find(BOOK.name_of(community)) == community
    assert BOOK.name_of(HILL) == "hill.river"
    assert BOOK.name_of(MILL) == "mill.hill.river"


def test_a_key_has_one_spelling() -> None:
    text = format_key(b"\xff" * 32)
    assert len(text) == 52
    assert parse_key(text) == b"\xff" * 32
    assert parse_key(text[:-1] + "7") is None
    assert parse_key(text[:-1] + "1") is None
    assert parse_key("\u0130" * 52) is None
