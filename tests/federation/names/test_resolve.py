from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest

from federation.errors import AddressInvalid, RegistryMissing
from federation.link.address import format_key
from federation.names.address import TypedName, parse_name
from federation.names.resolve import Answer, Resolver, label_of
from ledger.name.state import NameState
from ledger.proof.present import PresentProof

NOW = 1_700_000_000
HERE, RIVER, HILL, LAKE, FAR, FARTHER = (bytes([number]) * 32 for number in range(1, 7))


def state(name: str, expires: int = NOW + 100, owner: bytes | None = bytes(16)) -> NameState:
    return NameState(name, owner, NOW, 5, expires, HERE, (), None, None, False, 5)


@dataclass
class Listed:
    """A registry that is written down in the test."""

    community: bytes
    held: dict[str, NameState] = field(default_factory=dict)
    size: int = 40
    time: int = NOW - 50
    seen: int = NOW - 7
    witnesses: int = 2

    def lookup(self, name: str) -> NameState | None:
        return self.held.get(name)

    def names(self) -> Iterable[str]:
        return self.held

    def prove(self, name: str) -> PresentProof:
        raise NotImplementedError


def listed(community: bytes, *names: str) -> Listed:
    return Listed(community, {name: state(name) for name in names})


def resolver(**changed: object) -> Resolver:
    here = listed(HERE, "bakery", "ours")
    river = listed(RIVER, "bakery", "mill", "lake", "hill")
    river.held |= {"old": state("old", NOW), "kept": state("kept", 0, None)}
    others = {
        RIVER: river,
        HILL: listed(HILL, "smith"),
        LAKE: listed(LAKE, "boat"),
        FAR: listed(FAR, "smith"),
        FARTHER: listed(FARTHER, "smith"),
    }
    given = {
        "label": "here",
        "links": {"river": RIVER, "hill": HILL},
        "others": others,
        "called": {
            RIVER: {"lake": LAKE, "hill": HILL, "home": HERE, "valley": HILL},
            HILL: {"river": RIVER, "brook": LAKE},
            LAKE: {"far": FAR, "ford": RIVER},
            FAR: {"farther": FARTHER},
            FARTHER: {"end": bytes([9]) * 32},
        },
    }
    return Resolver(here, **given | changed)  # type: ignore[arg-type]


def ask(typed: str, now: int = NOW, **changed: object) -> Answer:
    return resolver(**changed).resolve(parse_name(typed, "tab.alt"), now)


@pytest.mark.parametrize(
    ("typed", "community", "name", "sub"),
    [
        ("bakery", HERE, "bakery", ""),
        ("bakery.tab.alt.", HERE, "bakery", ""),
        ("Bakery.TAB.ALT", HERE, "bakery", ""),
        ("www.ours.here.tab.alt", HERE, "ours", "www"),
        ("_443._tcp.ours", HERE, "ours", "_443._tcp"),
        ("mill.river.tab.alt", RIVER, "mill", ""),
        ("mill@river", RIVER, "mill", ""),
        ("www.mill@river", RIVER, "mill", "www"),
        ("a.b.mill.river", RIVER, "mill", "a.b"),
        ("river", HERE, "river", ""),
        (f"mill.{format_key(RIVER)}.tab.alt", RIVER, "mill", ""),
        (f"mill@{format_key(RIVER).upper()}", RIVER, "mill", ""),
        (f"ours.{format_key(HERE)}", HERE, "ours", ""),
        ("smith.valley.river", HILL, "smith", ""),
        ("boat.brook.hill", LAKE, "boat", ""),
        ("smith.far.brook.hill", FAR, "smith", ""),
        ("smith.farther.far.brook.hill.tab.alt", FARTHER, "smith", ""),
        ("boat.lake.river", RIVER, "lake", "boat"),
        ("boat@lake.river", LAKE, "boat", ""),
        ("www.boat@brook.hill", LAKE, "boat", "www"),
        ("smith.hill.here", HILL, "smith", ""),
    ],
)
def test_a_name_leads_where_it_says(typed: str, community: bytes, name: str, sub: str) -> None:
    place = ask(typed).place
    assert (place.community, place.name, place.sub) == (community, name, sub)


def test_an_answer_says_under_what_it_stands_and_by_whose_words() -> None:
    answer = ask("boat.brook.hill")
    assert answer.place.path == ("hill", "brook")
    assert answer.value == answer.held == state("boat")
    assert answer.registry.community == LAKE
    assert ask("bakery").place.path == ask(f"mill.{format_key(RIVER)}").place.path == ()


def test_what_ended_or_is_reserved_or_is_not_there_does_not_resolve() -> None:
    assert ask("mill.river", NOW + 99).value == state("mill")
    assert ask("mill.river", NOW + 100).value is None
    assert ask("old.river").value is None
    assert ask("old.river").held is not None
    assert ask("kept.river").value is None
    assert ask("nobody.river").held is None


def test_a_proven_name_comes_before_what_a_community_calls_others_until_it_ends() -> None:
    assert ask("boat.lake.river").place.community == RIVER
    assert ask("boat.lake.river", NOW + 200).place.community == LAKE


@pytest.mark.parametrize(
    "typed",
    [
        "smith@hill.brook.river",
        "x@hill.river.hill",
        "smith.valley.ford.brook.hill",
        "x.home.river",
        "bakery@nowhere",
        "boat@nowhere.river",
        "x.end.farther.far.brook.hill",
    ],
)
def test_circles_long_ways_and_unknown_communities_lead_nowhere(typed: str) -> None:
    with pytest.raises(AddressInvalid):
        ask(typed)


def test_an_unknown_community_is_told_with_those_that_may_be_meant() -> None:
    with pytest.raises(AddressInvalid, match="did you mean river") as met:
        ask("mill@rivet")
    assert met.value.candidates == ("river",)


@pytest.mark.parametrize(
    ("community", "why"),
    [(bytes([8]) * 32, "not read yet"), (HILL, "two histories")],
)
def test_a_registry_that_is_not_there_is_said_not_to_be(community: bytes, why: str) -> None:
    with pytest.raises(RegistryMissing, match=why):
        ask(f"smith.{format_key(community)}", doubted={HILL})


@pytest.mark.parametrize(
    "typed",
    ["", ".", "a..b", "a b", "tab.alt@", "@river", "x" * 64, "bakery@ri ver", "xn--a.river",
     ".".join("abcdefghijklm"), "b\nakery", "b\x00"],
)  # fmt: skip
def test_what_is_no_name_is_refused(typed: str) -> None:
    with pytest.raises(AddressInvalid):
        parse_name(typed, "tab.alt")


def test_names_in_other_scripts_are_read_in_both_forms() -> None:
    assert parse_name("Bücher.river.tab.alt", "tab.alt") == TypedName(("bücher", "river"))
    assert parse_name("xn--bcher-kva@river", "tab.alt") == TypedName(("bücher", "river"), 1)
    assert parse_name("bakery.river.names.example", "names.example").labels == ("bakery", "river")


def test_a_community_is_called_by_what_it_calls_itself() -> None:
    assert label_of("Riverside") == "riverside"
    assert label_of("Hill  Farm") == "hill-farm"
    assert label_of("Café & Co.") == ""
