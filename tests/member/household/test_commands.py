"""Settling up, statements, comments and mandates as people type them."""

import time
from datetime import UTC, datetime
from pathlib import Path

from federation.home import Home
from ledger.store.recurring import RecurringStore
from member.household.categories import SUGGESTED
from member.membership import open_own
from tests.support.flat import Flat
from tests.support.township import DAY_S, RULES
from tests.support.vandal import opened

THIS_MONTH = datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m")


def test_a_flat_settles_up_by_who_got_cash_and_who_gave_it(flat: Flat) -> None:
    flat.type("ben", "pay", "anna", "10")
    flat.type("cleo", "pay", "anna", "5")
    flat.merge()
    held = flat.read("anna", "settle")
    assert [(one["from"], one["amount"], one["yours"]) for one in held["payments"]] == [
        ("ben", "10.00 EUR", "got"),
        ("cleo", "5.00 EUR", "got"),
    ]
    assert "commontab settle gave anna" in flat.say("ben", "settle")
    flat.type("anna", "settle", "got", "ben", "4")
    flat.type("cleo", "settle", "gave", "anna")
    flat.merge()
    assert flat.town.posted("anna", "ben", "cleo") == (1_100, -600, -500)
    flat.type("anna", "accept", flat.read("anna", "requests")[0]["id"])
    flat.merge()
    assert flat.town.posted("anna", "ben", "cleo") == (600, -600, 0)
    assert flat.try_("anna", "settle", "got", "cleo").code == 2
    assert flat.try_("anna", "settle", "took", "cleo").code == 2
    assert flat.try_("anna", "settle", "got").code == 2


def test_a_statement_adds_up_and_files_what_was_paid(flat: Flat) -> None:
    flat.type("anna", "bill", "12", "food", "--category", "groceries")
    flat.type("anna", "pay", "ben", "2", "bread")
    flat.merge()
    flat.type("ben", "accept", flat.read("ben", "bills")[0]["id"])
    bread = next(one for one in flat.read("anna", "history") if one["memo"] == "bread")
    flat.type("anna", "comment", bread["id"], "--category", "breakfast")
    flat.merge()
    held = flat.read("anna", "statement")
    assert (held["opening_minor"], held["closing_minor"]) == (0, 200)
    assert (held["received"], held["paid"]) == ("4.00 EUR", "2.00 EUR")
    filed = [(one["category"], one["received"], one["paid"]) for one in held["categories"]]
    assert filed == [("breakfast", "0.00 EUR", "2.00 EUR"), ("groceries", "4.00 EUR", "0.00 EUR")]
    assert [one["what"] for one in held["entries"]] == ["paid", "received for a bill"]
    # To ben, what anna filed is not filed.
    theirs = flat.read("ben", "statement", THIS_MONTH)
    assert [one["category"] for one in theirs["categories"]] == ["groceries", ""]
    told = flat.say("anna", "statement")
    assert "Balance before: 0.00 EUR" in told
    assert "Balance after: 2.00 EUR" in told


def test_a_period_without_entries_begins_and_ends_the_same(flat: Flat) -> None:
    flat.type("anna", "pay", "ben", "2")
    flat.merge()
    before = flat.read("anna", "statement", "2020-02")
    assert (before["opening_minor"], before["closing_minor"], before["entries"]) == (0, 0, [])
    after = flat.read("anna", "statement", "--from", "2090-01-01", "--to", "2090-01-31")
    assert (after["opening_minor"], after["closing_minor"]) == (-200, -200)
    for words in (["2020"], ["2020-13"], ["2020-02", "--from", "2020-02-01"],
                  ["--from", "2020-02-02", "--to", "2020-02-01"]):  # fmt: skip
        assert flat.cli("statement", *words, "--home", flat.homes["anna"].path).code == 2


def test_parties_say_something_about_an_entry(flat: Flat) -> None:
    flat.type("anna", "pay", "ben", "2", "bread")
    flat.merge()
    entry = flat.read("anna", "history")[0]["id"]
    flat.type("ben", "comment", entry[:8], "thank you", "--category", "breakfast")
    flat.merge()
    (said,) = flat.read("anna", "comment", entry)["comments"]
    assert (said["who"], said["text"], said["category"]) == ("ben", "thank you", "breakfast")
    assert "ben: thank you, filed under breakfast" in flat.say("anna", "show", entry)
    assert "1 note" in flat.say("anna", "history")
    assert flat.read("ben", "comment", entry)["categories"][0] == "breakfast"
    refused = flat.try_("cleo", "comment", entry, "me too")
    assert refused.code == 1
    assert "between other people" in refused.err
    assert flat.try_("ben", "comment", "ffff", "hello").code == 2


def test_a_mandate_accepts_after_the_time_to_object(flat: Flat) -> None:
    flat.type("ben", "mandate", "add", "anna", "--each", "20", "--month", "30", "--memo", "rent")
    flat.merge()
    (given,) = flat.read("ben", "mandate", "list")
    assert (given["with"], given["each"], given["left"]) == ("anna", "20.00 EUR", "30.00 EUR")
    assert flat.read("anna", "mandate", "list")[0]["direction"] == "lets you be paid"
    flat.type("anna", "bill", "36", "energy", "--among", "anna,ben")
    flat.merge()
    assert flat.town.posted("anna", "ben") == (0, 0)
    assert "you are asked by a bill" in flat.say("ben", "requests")
    flat.type("cleo", "profile", "Cleo")
    flat.merge(after_s=RULES.objection_s)
    assert flat.town.posted("anna", "ben") == (1_800, -1_800)
    assert flat.read("ben", "history")[0]["what"] == "paid for a bill, by mandate"
    assert flat.read("ben", "mandate", "list")[0]["left"] == "12.00 EUR"


def test_who_objects_in_time_pays_nothing_by_mandate(flat: Flat) -> None:
    flat.type("ben", "mandate", "add", "--each", "20")
    flat.merge()
    flat.type("anna", "bill", "36", "energy", "--among", "anna,ben")
    flat.merge()
    flat.type("ben", "decline", flat.read("ben", "bills")[0]["id"], "not ours")
    flat.type("ben", "mandate", "end", flat.read("ben", "mandate", "list")[0]["id"])
    flat.merge(after_s=RULES.objection_s + DAY_S)
    assert flat.town.posted("anna", "ben") == (0, 0)
    assert flat.read("ben", "mandate", "list") == []
    assert flat.try_("ben", "mandate", "end", "abcd").code == 1


def test_a_mandate_that_makes_no_sense_is_a_mistake_in_what_was_typed(flat: Flat) -> None:
    for words in (["anna", "--each", "5", "--until", "2020-01-01"], ["ben", "--each", "5"],
                  ["anna", "--each", "5", "--month", "4"], ["dora", "--each", "5"]):  # fmt: skip
        assert flat.try_("ben", "mandate", "add", *words).code == 2


def test_what_comes_again_is_listed_paused_and_stopped(flat: Flat) -> None:
    home = ("--home", flat.homes["anna"].path)
    said = flat.cli("recurring", "add", "600", "rent", "--to", "ben", "--every", "monthly",
                    "--first", "2090-01-31", "--until", "2091-01-31", "--yes", *home)  # fmt: skip
    assert said.code == 0, said.err
    said = flat.cli("recurring", "add", "9", "net", "--among", "anna,ben", "--every", "weekly",
                    "--yes", *home)  # fmt: skip
    assert said.code == 0, said.err
    assert "commontab run" in said.out
    rent, net = flat.read("anna", "recurring", "list")
    assert (rent["kind"], rent["rhythm"], rent["state"]) == ("payment", "monthly", "running")
    assert net["kind"] == "bill"
    assert "2090-01-31" in flat.say("anna", "recurring", "list")
    assert flat.cli("recurring", "pause", "1", *home).code == 0
    assert flat.cli("recurring", "resume", "1", *home).code == 0
    assert flat.cli("recurring", "resume", "1", *home).code == 1
    assert flat.cli("recurring", "stop", "2", *home).code == 0
    assert flat.cli("recurring", "pause", "2", *home).code == 1
    assert flat.cli("recurring", "stop", "3", *home).code == 2
    assert [one["state"] for one in flat.read("anna", "recurring", "list")] == [
        "running",
        "stopped",
    ]
    for words in (["--to", "ben", "--first", "2020-01-01"], ["--to", "ben", "--category", "x"],
                  ["--to", "ben", "--first", "2090-02-01", "--until", "2090-01-01"]):  # fmt: skip
        typed = ("recurring", "add", "600", "rent", "--every", "monthly", "--yes", *words, *home)
        assert flat.cli(*typed).code == 2


def test_nothing_comes_again_by_itself_in_a_restored_home(flat: Flat, tmp_path: Path) -> None:
    home = ("--home", flat.homes["anna"].path)
    said = flat.cli("recurring", "add", "6", "--to", "ben", "--every", "daily", "--yes", *home)
    assert said.code == 0, said.err
    backup, again = tmp_path / "anna.backup", tmp_path / "again"
    assert flat.cli("backup", backup, *home).code == 0
    assert flat.cli("restore", backup, "--home", again).code == 0
    with open_own(Home(again)) as own:
        (one,) = RecurringStore(own).kept()
    assert (one.state, one.outcome) == ("paused", "paused: this home came from a backup")


def test_a_statement_whose_records_do_not_add_up_is_not_shown(flat: Flat) -> None:
    flat.type("anna", "pay", "ben", "2")
    flat.merge()
    with opened(flat.homes["anna"].ledger) as vandal:
        vandal.execute("UPDATE balance SET posted = posted + 1 WHERE posted < 0")
    said = flat.cli("statement", "--home", flat.homes["anna"].path)
    assert said.code == 4
    assert "run `commontab verify`" in said.err


def test_own_categories_come_before_the_suggested_ones(flat: Flat) -> None:
    flat.type("anna", "bill", "12", "--category", "garden")
    flat.type("anna", "bill", "12", "--category", "groceries")
    flat.type("anna", "bill", "12", "--category", "garden")
    flat.merge()
    entry = flat.read("anna", "bills")[0]["id"]
    found = flat.read("anna", "comment", entry)["categories"]
    assert found[:3] == ["garden", "groceries", SUGGESTED[1]]
    assert len(found) == len(set(found)) == len(SUGGESTED) + 1
