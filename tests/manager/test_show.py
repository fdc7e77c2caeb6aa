"""Reading: status, members, show, history, and whether the promise is kept."""

import os

import pytest

from federation.settings import Network, Settings
from ledger.changeset import Seen, Verified
from ledger.operation import Pay
from ledger.state import KeyState
from ledger.store.door import Arrivals, Pending, Poll
from ledger.store.lock import hold_lock
from manager.cli.options import now
from manager.lateness import attend, broken_promises, promise_s
from tests.support.council import Council
from tests.support.township import START, Person

SETTINGS = Settings(Network("loopback"), round_s=20)
PERSON = Person(bytes(32), "ada")
KNOWN = KeyState(PERSON.key, PERSON.id, True, 0, 0, b"")


def waiting(council: Council, *, received: int) -> Verified:
    """Let a change-set wait at the door: its author has seen more than the ledger has."""
    to = council.people["ben"].id
    operation = Pay(to, 100, "EUR", "", b"", None)
    made = council.people["ada"].sign(operation, seen=Seen(1_000_000, bytes(32)))
    council.merge(made, now=received)
    return made


def test_status_shows_everything_as_json(council: Council) -> None:
    council.open("ada", "ben", closed=True)
    council.merge(council.pay("ada", "ben", 100), now=now())
    said = council.cli("status", "--home", council.home.path, "--json")
    held = said.held
    assert said.code == 0, said.err
    assert held["community"] == council.key.hex()
    assert (held["name"], held["opened"], held["closed"]) == ("Riverside", True, True)
    assert (held["daemon_pid"], held["restored"], held["published"]) == (None, False, None)
    assert (held["sums_minor"], held["zero_sum"]) == ({"EUR": 0}, True)
    assert (held["queue"], held["late"], held["dropped"], held["evidence"]) == ([], [], {}, [])
    assert (held["promise_kept"], held["problems"], held["audit"]) == (True, [], None)
    assert (held["interval_s"], held["promise_s"], held["version"]) == (10, 30, 4)
    ada, ben = held["members"]
    assert (ada["handle"], ada["pending"], ada["late"]) == ("ada", 0, False)
    assert ada["merged"] == ada["polled"] == ada["seen"]
    assert (ben["handle"], ben["polled"], ben["merged"]) == ("ben", None, None)


def test_a_broken_promise_ends_status_with_1(council: Council) -> None:
    council.open("ada", "ben")
    waiting(council, received=now() - 1_000)
    said = council.cli("status", "--home", council.home.path, "--json")
    assert said.code == 1
    assert said.held["late"] == ["ada"]
    assert said.held["promise_kept"] is False
    assert "late: changes of 1 keys wait longer" in said.err
    assert "LATE" in council.cli("status", "--home", council.home.path).out


def test_a_change_that_only_just_came_is_not_late(council: Council) -> None:
    council.open("ada", "ben")
    waiting(council, received=now())
    said = council.cli("status", "--home", council.home.path, "--json")
    assert (said.code, said.held["late"]) == (0, [])
    assert said.held["members"][0]["pending"] == 1


def test_status_names_the_running_manager_and_what_came_in_vain(council: Council) -> None:
    council.open("ada", "ben")
    first = council.pay("ada", "ben", 100)
    other = council.people["ada"].sign_as(1, b"", Pay(bytes(16), 1, "EUR", "", b"", None))
    council.merge(first, arrivals=Arrivals(conflicts=(other,), dropped=("malformed",)))
    with hold_lock(council.home.lock):
        held = council.cli("status", "--home", council.home.path, "--json").held
        said = council.cli("status", "--home", council.home.path).out
    assert held["daemon_pid"] == os.getpid()
    assert held["dropped"] == {"malformed": {"count": 1, "newest": START}}
    assert [(one["handle"], one["number"]) for one in held["evidence"]] == [("ada", 1)]
    assert f"runs as process {os.getpid()}" in said
    assert "1 malformed" in said
    assert "ada signed number 1 twice" in said


@pytest.mark.parametrize(
    ("waits_s", "polled_s", "late", "problems"),
    [
        pytest.param(0, 0, False, [], id="just came"),
        pytest.param(60, 0, False, [], id="the promise's last second"),
        pytest.param(61, 0, True, ["changes of 1 keys"], id="too long"),
        pytest.param(5, 61, False, ["no slot was polled"], id="nobody polls"),
        pytest.param(None, 61, False, [], id="nothing waits"),
    ],
)
def test_lateness_counts_from_arrival(
    waits_s: int | None, polled_s: int, *, late: bool, problems: list[str]
) -> None:
    polls = {PERSON.key: Poll(PERSON.key, polled=START - polled_s)}
    asked = PERSON.sign_as(1, b"", Pay(bytes(16), 1, "EUR", "", b"", None))
    pending = [] if waits_s is None else [Pending(asked, START - waits_s)]
    held = attend([KNOWN], polls, pending, SETTINGS, START)
    assert [one.late for one in held] == [late]
    found = broken_promises(held, [], None, SETTINGS, START)
    assert [any(hint in one for one in found) for hint in problems] == [True] * len(found)
    assert len(found) == len(problems)


def test_a_statement_and_a_publication_can_be_late_too() -> None:
    held = attend([KNOWN], {PERSON.key: Poll(PERSON.key, polled=START)}, [], SETTINGS, START)
    long_ago = START - int(promise_s(SETTINGS)) - 1
    (stuck,) = broken_promises(held, [long_ago, START], None, SETTINGS, START)
    assert "1 of your own statements" in stuck
    (unpublished,) = broken_promises(held, [], long_ago, SETTINGS, START)
    assert "not published" in unpublished
    assert broken_promises([], [], long_ago, SETTINGS, START) == []


def test_members_and_show_tell_keys_balances_and_limits(council: Council) -> None:
    council.open("ada", "ben")
    council.merge(council.pay("ada", "ben", 1_250))
    at_home = ("--home", council.home.path)
    ada, ben, commons = council.cli("members", *at_home, "--json").held
    assert (ada["handle"], ada["balances"][0]["balance_minor"]) == ("ada", -1_250)
    assert (ben["handle"], commons["handle"]) == ("ben", "commons")
    held = council.cli("show", "ADA", *at_home, "--json").held
    assert held["keys"][0]["key"] == council.people["ada"].key.hex()
    assert (held["keys"][0]["number"], held["attention"][0]["late"]) == (1, False)
    assert held["balances"][0]["credit_limit"] == "100.00 EUR"
    said = council.cli("show", "ada", *at_home).out
    assert held["keys"][0]["fingerprint"] in said
    assert "balance -12.50 EUR" in said
    missing = council.cli("show", "adda", *at_home)
    assert (missing.code, "did you mean ada" in missing.err) == (2, True)


def test_history_tells_every_kind_of_record(council: Council) -> None:
    council.open("ada", "ben")
    council.merge(council.pay("ada", "ben", 1_250, "soup"), council.pay("ada", "ben", 99_999))
    at_home = ("--home", council.home.path)
    held = council.cli("history", *at_home, "--json").held
    assert [one["kind"] for one in held[:3]] == ["refusal", "transaction", "change-set"]
    refused, moved, asked = held[:3]
    assert (refused["code"], refused["concerns"]) == ("insufficient_credit", ["ada"])
    assert moved["what"] == "paid 12.50 EUR from ada to ben: soup"
    assert asked["what"] == "ada asks: pay 12.50 EUR to ben: soup"
    council.do("reverse", moved["id"], "--reason", "robbery")
    undone, why, *_ = council.cli("history", *at_home, "--json", "--limit", 2).held
    assert undone["what"].startswith("reversed 12.50 EUR from ben to ada")
    assert "robbery" in why["what"]
    said = council.cli("history", "ben", *at_home).out
    assert f"reversed by {undone['id'][:8]}" in said
    assert "99999" not in said


def test_text_of_others_does_not_play_with_the_terminal(council: Council) -> None:
    council.open("ada", "ben")
    council.merge(council.pay("ada", "ben", 1, "[red]soup[/] \x1b[31m"))
    said = council.cli("history", "--home", council.home.path).out
    assert "[red]soup[/]" in said
    assert "\x1b" not in said
