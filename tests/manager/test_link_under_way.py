"""Links with payments under way, from the manager's command line: shown, closed, let go of."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from federation.home import Home
from federation.settings import Settings
from ledger.link.link import Link
from ledger.state import replace
from ledger.store.database import Role, open_database
from ledger.store.link_door import LinkDoor, LinkDoorStore
from manager.link.ask import find_link
from manager.link.views import find_problem, view_link
from manager.office import Office, open_office
from manager.safe import begin_home
from tests.support.council import NETWORK
from tests.support.prompt import Cli, Said
from tests.support.stored_realm import Valley
from tests.support.township import START, seed_of


class Desk:
    """River's home between lake and hill, with payments of every kind under way."""

    def __init__(self, path: Path, cli: Cli) -> None:
        self.home, self.cli = Home(path), cli
        begin_home(self.home, seed_of("river"), None, Settings(network=NETWORK), "River")
        database = open_database(self.home.ledger, Role.MANAGER, write=True)
        self.valley = Valley(database)
        self.valley.live()
        database.close()

    def type(self, *words: object) -> Said:
        """Run a command of the manager."""
        return self.cli("link", *words, "--home", self.home.path)

    def held(self, stage: str) -> str:
        """Return the id of a payment from lake that is in this stage."""
        shown = self.type("show", "lake", "--json").held["under_way"]
        return next(
            str(one["id"]) for one in shown if (one["stage"], one["upstream"]) == (stage, "lake")
        )


@pytest.fixture
def desk(tmp_path: Path, cli: Cli) -> Desk:
    return Desk(tmp_path / "river", cli)


@pytest.fixture
def office(desk: Desk) -> Iterator[Office]:
    with open_office(desk.home, write=True) as office:
        yield office


def lake_of(office: Office) -> Link:
    return find_link(office.state, "lake")


def test_a_link_shows_who_owes_whom_and_what_is_under_way(desk: Desk) -> None:
    held = desk.type("show", "lake", "--json").held
    owes = -desk.valley.river.owes(desk.valley.lake)
    assert owes > 0
    assert held["balance"] == f"lake owes us {owes / 100:.2f} EUR"
    assert held["theirs"]["trust"] == "100.00 EUR"
    assert (held["agreed"], held["problem"], held["mirror"]["unexplained_minor"]) == (
        True, None, 0,
    )  # fmt: skip
    assert {(one["role"], one["stage"]) for one in held["under_way"]} >= {
        ("payee", "accepted"), ("hop", "prepared"),
    }  # fmt: skip
    said = desk.type("show", "lake").out
    assert f"Lake owes us {owes / 100:.2f} EUR." in said
    assert "they explain each other" in said
    assert "anna@lake" in said


def test_letting_go_shows_what_is_at_stake_and_asks(desk: Desk) -> None:
    payment = desk.held("accepted")
    asked = desk.type("force-release", payment[:8], "--reason", "its manager is gone")
    assert (asked.code, "--yes" in asked.err) == (2, True)
    assert "lake owes us 0.60 EUR that our books do not show" in asked.out
    assert "At most 100.00 EUR can be at stake with lake: its trust limit." in asked.out
    said = desk.type("force-release", payment[:8], "--reason", "its manager is gone", "--yes")
    assert said.code == 0, said.err
    assert desk.held("forced") == payment
    again = desk.type("force-release", payment[:8], "--reason", "again", "--yes")
    assert (again.code, "payment_decided" in again.err) == (1, True)


def test_letting_go_between_two_links_names_both_sides(desk: Desk) -> None:
    payment = desk.held("prepared")
    said = desk.type("force-release", payment, "--reason", "its manager is gone")
    assert "lake owes us 0.70 EUR that our books do not show" in said.out
    assert "we owe hill 0.70 EUR that they do not show either" in said.out


def test_a_payer_s_own_ledger_lets_nothing_go_by_force(desk: Desk) -> None:
    shown = desk.type("show", "hill", "--json").held["under_way"]
    own = next(one["id"] for one in shown if one["role"] == "origin")
    said = desk.type("force-release", own, "--reason", "x", "--yes")
    assert (said.code, "no payment that waits" in said.err) == (2, True)


def test_a_closed_link_says_what_stays_owed(desk: Desk) -> None:
    said = desk.type("close", "lake", "--reason", "moved away", "--yes")
    assert said.code == 0, said.err
    assert "it stays owed" in said.out
    held = desk.type("show", "lake", "--json").held
    assert (held["status"], held["problem"]) == ("closed", "it is closed here")
    assert held["balance"].startswith("lake owes us")


def test_the_entry_at_which_two_books_part_is_named(office: Office) -> None:
    drifted = replace(lake_of(office), drift=2)
    office.state.links[drifted.key] = drifted
    told = find_problem(office, drifted)
    assert told is not None
    assert told.startswith("the books differ since entry 2 of lake (")
    assert "after which its books show 0.00 EUR for us" in told
    mirror = view_link(office, drifted, START)["mirror"]
    assert (mirror["differs_at"], mirror["differs"]) == (2, told)


def test_two_sides_with_different_terms_are_both_named(office: Office) -> None:
    lake = lake_of(office)
    assert lake.told is not None
    told = replace(lake.told, terms=replace(lake.terms, other="HOUR", other_scale=2, n=15))
    assert find_problem(office, replace(lake, told=told)) == (
        "the two sides name different terms: here EUR, there 3 EUR = 0.20 HOUR"
    )


def test_a_side_that_stopped_is_named(office: Office) -> None:
    lake = lake_of(office)
    assert lake.told is not None
    told = replace(lake.told, status="suspended")
    assert find_problem(office, replace(lake, told=told)) == "it is suspended there"


def test_a_word_that_does_not_fit_is_a_problem(office: Office) -> None:
    lake = lake_of(office)
    store = LinkDoorStore(office.store.database)
    store.keep([LinkDoor(lake.key, problem="garbage")])
    assert view_link(office, lake, START)["problem"] == "garbage"
