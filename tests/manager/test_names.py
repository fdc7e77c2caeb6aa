"""The manager's commands about names, and what they say."""

import json
from pathlib import Path

import pytest

from federation.console.name_statement import describe_span
from federation.console.statement import describe_statement
from federation.console.terminal import UsageInvalid
from ledger.codec import encode
from ledger.name.operation import (
    Claim,
    Dispute,
    NameRules,
    Offer,
    Reserve,
    RevokeName,
    SetRecords,
    Take,
)
from ledger.operation import ManagerOperation
from ledger.state import replace
from ledger.store.audit import audit
from ledger.store.database import Role, open_database
from ledger.store.journal import JournalStore
from ledger.store.name_rows import NameChange
from manager.names import TypedNameRules, ask_name_rules, parse_span, view_name, view_names
from tests.support.council import Council
from tests.support.prompt import Cli
from tests.support.registry import ADDRESS, PRICED, keep_names, registry
from tests.support.township import DAY_S, HOUR, START, Town


@pytest.fixture
def council(tmp_path: Path, cli: Cli) -> Council:
    council = Council(tmp_path / "home", cli)
    council.open("anna", "bert")
    return council


def claim(council: Council, name: str, word: str) -> None:
    merged = council.merge(council.people[name].sign(Claim(word, 500, "EUR")))
    assert merged.outcomes[0].refusal is None


def listed(council: Council, *words: str) -> dict[str, str]:
    said = council.cli("names", "list", *words, "--json", "--home", council.home.path)
    return {one["name"]: one["stage"] for one in json.loads(said.out)["names"]}


def test_prices_are_set_and_shown(council: Council) -> None:
    where = ("--home", council.home.path)
    free = council.cli("names", "rules", *where).out
    assert free == "Names are free, for 365 days, and 30 days of grace; at most 16 of an account.\n"
    said = council.do("names", "rules", "--claim", "5", "--renew", "3", "--term", "100")
    assert "Names: 5.00 EUR to claim and 3.00 EUR to renew, for 100 days, and 30 days" in said
    council.do("names", "rules", "--grace", "12h", "--most", "2", "--term", "90d")
    rules = json.loads(council.cli("names", "rules", "--json", *where).out)
    assert rules == {
        "unit": "EUR",
        "claim_minor": 500,
        "renew_minor": 300,
        "term_s": 90 * DAY_S,
        "grace_s": 43_200,
        "most": 2,
        "in_words": "5.00 EUR to claim and 3.00 EUR to renew, for 90 days, and 12 hours of grace;"
        " at most 2 of an account",
    }


def test_a_member_s_claim_is_paid_listed_and_taken_from_him(council: Council) -> None:
    council.do("names", "rules", "--claim", "5", "--renew", "5")
    claim(council, "anna", "bakery")
    claim(council, "bert", "garden")
    assert council.account("commons").balances[0].posted == 1_000
    assert listed(council) == {"bakery": "active", "garden": "active"}
    assert listed(council, "--search", "Gard") == {"garden": "active"}
    said = council.do("names", "revoke", "bakery", "--reason", "a fraud", "--reserve")
    assert "Take the name bakery from its owner: a fraud" in said
    assert "Reserve the name bakery: a fraud" in said
    assert listed(council, "--search", "bak") == {"bakery": "reserved"}
    council.do("names", "reserve", "bakery", "--lift")
    assert "bakery" not in listed(council)


def test_a_newcomer_is_not_called_by_a_name_that_is_owned(council: Council) -> None:
    claim(council, "anna", "eva")
    council.do("admit", council.card("eva"))
    assert council.account("eva-2").name == "Eva"
    council.card("emil")
    claim(council, "bert", "emil")
    refused = council.refuse(1, "admit", council.card("emil"), "--handle", "emil")
    assert "name_taken: The name emil is bert's, who claimed it first, in record" in refused


def test_a_dispute_freezes_a_name_and_is_settled(council: Council) -> None:
    claim(council, "anna", "bakery")
    said = council.do("names", "dispute", "Bakery", "--reason", "two bakeries")
    assert "Freeze the name bakery: two bakeries" in said
    assert listed(council) == {"bakery": "frozen"}
    refused = council.merge(council.people["anna"].sign(SetRecords("bakery", (ADDRESS,), None)))
    assert refused.outcomes[0].refusal is not None
    again = council.refuse(1, "names", "dispute", "bakery", "--reason", "once more")
    assert "name_unchanged: The name bakery stands as asked already." in again
    council.do("names", "dispute", "bakery", "--settled", "--reason", "agreed")
    assert listed(council) == {"bakery": "active"}
    database = open_database(council.home.ledger, Role.MANAGER, write=False)
    assert audit(JournalStore(database)).names == 1
    database.close()


def test_a_name_s_past_is_shown_from_its_first_claim(council: Council) -> None:
    claim(council, "anna", "bakery")
    council.merge(council.people["anna"].sign(SetRecords("bakery", (ADDRESS,), None)))
    council.do("names", "dispute", "bakery", "--reason", "two bakeries")
    council.do("names", "dispute", "bakery", "--settled", "--reason", "agreed")
    offer, bert = Offer("bakery", council.people["bert"].id), council.people["bert"]
    council.merge(council.people["anna"].sign(offer))
    council.merge(bert.sign(Take("bakery")))
    council.do("names", "revoke", "bakery", "--reason", "a fraud", "--reserve")
    where = ("--home", council.home.path)
    held = json.loads(council.cli("names", "show", "Bakery", "--json", *where).out)
    assert [(one["what"], one["owner"]) for one in held["history"]] == [
        ("claimed", "anna"),
        ("records set", "anna"),
        ("frozen", "anna"),
        ("dispute ended", "anna"),
        ("offered", "anna"),
        ("taken over", "bert"),
        ("reserved", None),
    ]
    assert held["present"]["stage"] == "reserved"
    council.do("names", "reserve", "bakery", "--lift")
    told = council.cli("names", "show", "bakery", *where).out
    assert told.startswith("bakery: free\n")
    assert "free again" in told
    assert "nobody ever claimed" in council.cli("names", "show", "ghost", *where).err


def test_a_renewal_is_told_as_one() -> None:
    town = registry()
    keep_names(town)
    value = town.state.names["harbour"]
    later = replace(value, expires=value.expires + DAY_S, changed=value.changed + 1)
    changes = [NameChange(at, 9, b"harbour", encode(one)) for at, one in enumerate((value, later))]
    held = view_name(town.state, changes, "harbour", START)
    assert [one["what"] for one in held["history"]] == ["claimed", "renewed"]
    assert held["present"]["owner"] == "bert"


def test_the_list_says_whose_a_name_is(council: Council) -> None:
    where = ("--home", council.home.path)
    assert council.cli("names", "list", *where).out == "No such name is claimed or reserved.\n"
    council.do("names", "reserve", "mayor", "--reason", "the office")
    claim(council, "anna", "bakery")
    shown = council.cli("names", "list", *where).out
    assert "anna" in shown
    assert "reserved" in shown


@pytest.mark.parametrize(
    ("code", "words", "why"),
    [
        (2, ("rules", "--term", "long"), "got the span 'long'"),
        (2, ("rules", "--claim", "x"), "'x'"),
        (2, ("rules", "--unit", "XYZ", "--claim", "1"), "got the unit 'XYZ'"),
        (1, ("rules", "--term", "1d"), "name_rules_invalid: The grace after a name's end is no"),
        (2, ("reserve", "b a"), "got 'b a'"),
        (1, ("reserve", "anna"), "name_taken: The handle anna is taken."),
        (1, ("reserve", "nobody-has", "--lift"), "unknown_name: Nobody has the name nobody-has."),
        (1, ("revoke", "ghost", "--reason", "x"), "unknown_name: Nobody has the name ghost."),
        (1, ("dispute", "ghost", "--reason", "x"), "unknown_name"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    council: Council, code: int, words: tuple[str, ...], why: str
) -> None:
    assert why in council.refuse(code, "names", *words)


def test_a_price_in_another_unit_takes_both_prices() -> None:
    town = Town("anna")
    town.manage(PRICED)
    town.merge(town.new_unit(HOUR))
    with pytest.raises(UsageInvalid, match="type both prices in HOUR"):
        ask_name_rules(town.state, TypedNameRules(unit="hour", claim="1"))
    asked = ask_name_rules(town.state, TypedNameRules(unit="hour", claim="1", renew="0"))
    assert asked == NameRules("HOUR", 100, 0, PRICED.term_s, PRICED.grace_s, 3)
    kept = ask_name_rules(town.state, TypedNameRules(renew="1", most=9))
    assert kept == NameRules("EUR", 500, 100, PRICED.term_s, PRICED.grace_s, 9)


@pytest.mark.parametrize(
    ("text", "seconds"), [("365", 365 * DAY_S), (" 2 d ", 2 * DAY_S), ("90s", 90), ("3m", 180)]
)
def test_spans_are_typed_in_days_or_with_their_unit(text: str, seconds: int) -> None:
    assert parse_span(text) == seconds


@pytest.mark.parametrize("text", ["", "d", "-1", "1.5", "1w", "9" * 10])
def test_other_spans_are_none(text: str) -> None:
    with pytest.raises(UsageInvalid, match="type days"):
        parse_span(text)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "no time"), (1, "1 second"), (90, "90 seconds"), (3_600, "1 hour"), (DAY_S * 2, "2 days")],
)
def test_spans_are_said_in_their_largest_unit(seconds: int, said: str) -> None:
    assert describe_span(seconds) == said


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        (PRICED, "names: 5.00 EUR to claim and 3.00 EUR to renew, for 100 days, and 10 days of"),
        (NameRules("EUR", 0, 0, 60, 0, 1), "names: free, for 1 minute, and no time of grace; at"),
        (Reserve("mayor", held=True, reason=""), "reserve the name mayor"),
        (Reserve("mayor", held=False, reason="why"), "let go of the name mayor: why"),
        (Dispute("a", frozen=False, reason="b"), "end the dispute about the name a: b"),
        (RevokeName("a", "b\n"), "take the name a from its owner: b\ufffd"),
    ],
)
def test_statements_are_said_in_words(operation: ManagerOperation, said: str) -> None:
    assert describe_statement(Town().state, operation).startswith(said)


def test_the_view_has_every_name_with_its_owner() -> None:
    town = registry()
    keep_names(town)
    held = view_names(town.state, "", START + 150 * DAY_S)
    assert [one["name"] for one in held["names"]] == ["bakery", "harbour", "mayor", "river"]
    assert [one["stage"] for one in held["names"]] == ["active", "active", "reserved", "active"]
    assert [one["owner"] for one in held["names"]] == ["dora", "bert", None, "anna"]
    assert held["names"][1]["delegate"] == "dora"
