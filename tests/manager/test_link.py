"""Linking up with another community from the manager's command line."""

import time

import pytest

from federation.card import sign_card
from federation.link.card import LinkCard, prove_link_key
from federation.link.key import link_seed
from federation.link.typed import format_terms
from federation.qr import draw_png
from federation.words import fingerprint, link_words
from ledger import crypto
from ledger.link.link import Link
from ledger.link.terms import Fee, Terms
from ledger.state import UnitBalance
from manager.office import open_office
from tests.support.council import Council
from tests.support.township import seed_of

IN_EUR = Terms("EUR", 2, "", 0, 1, 1)
IN_HOURS = Terms("HOUR", 2, "EUR", 2, 1, 15)
SEED = seed_of("lake")
LIMITS = ("--trust", "50", "--limit", "30")


def card_of(
    seed: bytes = SEED,
    terms: Terms = IN_EUR,
    *,
    age_s: int = 0,
    network: str = "loopback",
    name: str = "Lake",
) -> str:
    """Return a community's link card."""
    own, key = link_seed(seed), crypto.public_key(seed)
    made = int(time.time()) - age_s
    proof = prove_link_key(own, key)
    card = LinkCard(key, crypto.public_key(own), name, made, 0, b"", network, (), "", terms, proof)  # type: ignore[arg-type]
    return sign_card(seed, card)


def link_of(council: Council, name: str = "lake") -> Link:
    with open_office(council.home) as office:
        return next(one for one in office.state.links.values() if one.name == name)


def books_of(council: Council, name: str = "lake") -> UnitBalance:
    (books,) = council.account(name).balances
    return books


def test_a_link_card_shows_the_community_and_what_it_proposes(council: Council) -> None:
    council.open()
    said = council.cli("link", "card", "--home", council.home.path, "--json")
    held = said.held
    assert held["card"].startswith("COMMONTAB:L:")
    assert (held["name"], held["terms"]) == ("Riverside", "EUR")
    assert held["fingerprint"] == fingerprint(council.key)
    assert held["link_key"] == crypto.public_key(link_seed(council.seed)).hex()
    picture = council.home.path / "link.png"
    shown = council.cli("link", "card", "--png", picture, "--home", council.home.path)
    assert "It proposes a link in EUR." in shown.out
    assert picture.read_bytes()[:4] == b"\x89PNG"


def test_a_link_is_added_after_comparing_words(council: Council) -> None:
    council.open()
    said = council.do(
        "link", "add", card_of(), "--name", "lake", *LIMITS, "--fee", "0.20 + 1 %"
    )  # fmt: skip
    ours, theirs = link_seed(council.seed), link_seed(SEED)
    words = link_words(
        council.key, crypto.public_key(ours), crypto.public_key(SEED), crypto.public_key(theirs)
    )
    assert f"compare them with its manager: {words}" in said
    assert f"Its fingerprint: {fingerprint(crypto.public_key(SEED))}" in said
    assert "they may owe us 50.00 EUR, we may owe them 30.00 EUR" in said
    found = link_of(council)
    assert (found.terms, found.converts, found.fee) == (IN_EUR, False, Fee(20, 10_000))
    assert (books_of(council).credit_limit, books_of(council).maximum_balance) == (5_000, 3_000)


def test_a_link_is_added_from_a_picture_with_a_name_made_of_theirs(council: Council) -> None:
    council.open()
    picture = council.home.path / "lake.png"
    picture.write_bytes(draw_png(card_of(name="Lake Side")))
    council.do("link", "add", "--image", picture, *LIMITS)
    assert link_of(council, "lake-side").status == "active"


def test_a_community_without_the_links_unit_converts(council: Council) -> None:
    council.open("ada")
    card = card_of(terms=IN_HOURS)
    rate = ("--rate", "1 HOUR = 15 EUR")
    said = council.do("link", "add", card, "--name", "lake", "--trust", "5", "--limit", "4", *rate)
    assert "they may owe us 5.00 HOUR, we may owe them 4.00 HOUR" in said
    assert link_of(council).converts
    # What only the link needs is no choice for members.
    council.do("limit", "ada", "--credit", "7")
    assert council.account("ada").balances[0].credit_limit == 700
    council.do("limit", "ada", "HOUR", "--maximum", "9")
    assert [books.unit for books in council.account("ada").balances] == ["EUR", "HOUR"]


def test_nobody_links_up_unasked(council: Council) -> None:
    council.open()
    said = council.cli(
        "link", "add", card_of(), "--name", "lake", *LIMITS, "--home", council.home.path
    )
    assert (said.code, "--yes" in said.err) == (2, True)
    with open_office(council.home) as office:
        assert not office.state.links


@pytest.mark.parametrize(
    ("card", "words", "code", "hint"),
    [
        pytest.param(
            card_of(seed_of("community")), [], 2, "this community's own link card", id="own card"
        ),
        pytest.param(
            card_of(network="public"), [], 2, "in the public network", id="foreign network"
        ),
        pytest.param(card_of(age_s=31 * 86_400), [], 2, "over 30 days old", id="stale"),
        pytest.param(card_of(age_s=-2 * 86_400), [], 2, "set the clock", id="from tomorrow"),
        pytest.param(card_of()[:-4] + "AAAA", [], 2, "ask for it again", id="tampered"),
        pytest.param(card_of()[:80], [], 2, "card", id="cut"),
        pytest.param("nowhere.txt", [], 2, "neither a card", id="no card"),
        pytest.param(
            card_of(terms=IN_HOURS),
            [],
            1,
            "you want a link in EUR, and their card says 1 HOUR = 15 EUR",
            id="other terms",
        ),
        pytest.param(
            card_of(terms=IN_HOURS),
            ["--rate", "1 HOUR = 16 EUR"],
            1,
            "you want a link in 1 HOUR = 16 EUR, and their card says 1 HOUR = 15 EUR",
            id="other rate",
        ),
        pytest.param(
            card_of(terms=Terms("EUR", 3, "", 0, 1, 1)),
            [],
            1,
            "EUR with 2 decimals, and their card says EUR with 3 decimals",
            id="other scale",
        ),
        pytest.param(
            card_of(terms=Terms("KM", 0, "", 0, 1, 1)),
            ["--unit", "KM"],
            2,
            "the link is in KM, and this community has EUR",
            id="no unit of ours",
        ),
        pytest.param(card_of(), ["--unit", "EUR", "--rate", "1 EUR = 1 HOUR"], 2, "not both",
                     id="unit and rate"),
        pytest.param(card_of(), ["--rate", "fifteen"], 2, "a rate is such as", id="no rate"),
        pytest.param(card_of(), ["--fee", "much"], 2, "a fee is such as", id="no fee"),
        pytest.param(card_of(), ["--trust", "x"], 2, "positive number", id="no amount"),
        pytest.param(card_of(), ["--name", "ada"], 1, "ada is somebody here already", id="taken"),
        pytest.param(card_of(), ["--name", "Bank"], 2, "reserved", id="reserved name"),
    ],
)  # fmt: skip
def test_what_cannot_be_linked_is_refused_before_anything_is_signed(
    council: Council, card: str, words: list[str], code: int, hint: str
) -> None:
    council.open("ada")
    given = [card, *LIMITS, *words]
    if "--name" not in words:
        given += ["--name", "lake"]
    assert hint in council.refuse(code, "link", "add", *given)
    with open_office(council.home) as office:
        assert not office.state.links


def test_a_members_card_links_nobody(council: Council) -> None:
    council.open()
    assert "link card is needed" in council.refuse(2, "link", "add", council.card("ada"), *LIMITS)
    assert "either a CARD or --image" in council.refuse(2, "link", "add", *LIMITS)


def test_a_linked_community_is_not_added_again_until_closed(council: Council) -> None:
    council.open()
    council.do("link", "add", card_of(), "--name", "lake", *LIMITS)
    assert "linked already, as lake" in council.refuse(1, "link", "add", card_of(), *LIMITS)
    assert "stays owed" in council.do("link", "close", "lake", "--reason", "moved")
    assert link_of(council).status == "closed"
    council.do("link", "add", card_of(), *LIMITS)
    assert link_of(council).status == "active"


def test_limits_rate_and_status_change_alone(council: Council) -> None:
    council.open()
    council.do("link", "add", card_of(), "--name", "lake", *LIMITS)
    council.do("link", "limit", "lake", "--trust", "0")
    assert (books_of(council).credit_limit, books_of(council).maximum_balance) == (0, 3_000)
    council.do("link", "rate", "lake", "--fee", "1.5 %")
    assert link_of(council).fee == Fee(0, 15_000)
    said = council.do("link", "rate", "lake", "--rate", "1 EUR = 2 HOUR")
    assert "Payments stop until lake's manager has set the same rate" in said
    assert format_terms(link_of(council).terms) == "1 EUR = 2 HOUR"
    council.do("link", "suspend", "lake", "--reason", "late")
    assert link_of(council).status == "suspended"
    council.do("link", "resume", "lake")
    assert link_of(council).status == "active"


@pytest.mark.parametrize(
    ("words", "code", "hint"),
    [
        pytest.param(["limit", "lake"], 2, "--trust A, --limit A", id="no limit"),
        pytest.param(["limit", "laek", "--trust", "1"], 2, "did you mean lake", id="nearly"),
        pytest.param(["limit", "zzz", "--trust", "1"], 2, "shows all", id="nobody"),
        pytest.param(["rate", "lake"], 2, "type what changes", id="no rate"),
        pytest.param(
            ["rate", "lake", "--rate", "1 HOUR = 2 EUR"], 1, "is in EUR", id="another unit"
        ),
        pytest.param(["force-release", "abcd", "--reason", "gone"], 2, "no payment", id="no id"),
        pytest.param(
            ["suspend", "lake", "--reason", "x" * 201], 2, "at most 200", id="long reason"
        ),
    ],
)
def test_a_change_that_does_not_fit_is_refused(
    council: Council, words: list[str], code: int, hint: str
) -> None:
    council.open()
    council.do("link", "add", card_of(), "--name", "lake", *LIMITS)
    assert hint in council.refuse(code, "link", *words)


def test_links_are_listed_and_shown(council: Council) -> None:
    council.open()
    at = ("--home", council.home.path)
    assert "No community is linked yet" in council.cli("link", "list", *at).out
    council.do("link", "add", card_of(), "--name", "lake", *LIMITS)
    header, row = council.cli("link", "list", *at).out.splitlines()
    # One line a link, however long: grep and its like read it too.
    assert "can leave" in header
    assert "lake and we are even" in row
    assert "its manager has to add the link too" in row
    (held,) = council.cli("link", "list", *at, "--json").held
    one = council.cli("link", "show", "lake", *at, "--json").held
    assert one == held
    assert one["ours"]["trust"] == "50.00 EUR"
    assert (one["theirs"], one["agreed"], one["under_way"]) == (None, False, [])
    assert (one["mirror"]["ours_minor"], one["mirror"]["unexplained_minor"]) == (0, 0)
    assert "its manager has to add the link too" in one["problem"]
    shown = council.cli("link", "show", "lake", *at).out
    assert "Lake and we are even." in shown
    assert "There: nothing was read yet." in shown
    assert "No payment is under way." in shown


def test_links_are_no_members(council: Council) -> None:
    council.open("ada")
    council.do("link", "add", card_of(), "--name", "lake", *LIMITS)
    listed = council.cli("members", "--home", council.home.path, "--json").held
    assert [one["handle"] for one in listed] == ["ada", "commons"]
    assert "a link's account" in council.refuse(2, "suspend", "lake", "--reason", "x")


def test_netting_needs_somebody_who_answers(council: Council) -> None:
    council.open()
    at = ("--home", council.home.path)
    assert "No debts lie in a circle" in council.cli("link", "net", *at).out
    council.do("link", "add", card_of(), "--name", "lake", *LIMITS)
    assert council.cli("link", "net", *at).code == 3


@pytest.mark.parametrize(
    "words",
    [
        ["link"], ["link", "card"], ["link", "add"], ["link", "list"], ["link", "show"],
        ["link", "limit"], ["link", "rate"], ["link", "suspend"], ["link", "resume"],
        ["link", "close"], ["link", "force-release"], ["link", "net"],
    ],
)  # fmt: skip
def test_every_link_command_helps(council: Council, words: list[str]) -> None:
    said = council.cli(*words, "--help")
    assert said.code == 0
    assert "Usage: commontab-manager" in said.out
