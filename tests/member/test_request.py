"""Requests, holds, reversals, names and keys, up to the ledger's answer."""

from pathlib import Path

import pytest

from federation.home import Home
from ledger import crypto
from ledger.operation import Hold, Request
from ledger.outcome import Fate
from tests.support.hamlet import begin, offline, refresh, settle_in, signed
from tests.support.prompt import Cli
from tests.support.township import DAY_S, Town


@pytest.fixture
def bert(tmp_path: Path, town: Town) -> Home:
    return settle_in(tmp_path / "bert", town, "bert")


def hand_in(town: Town, *homes: Home) -> None:
    """Merge what is new of these homes, and bring all of them up to date."""
    fresh = [one.change_set for home in homes for one in signed(home)]
    town.now = max(one.change_set.time for one in fresh)
    merged = town.merge(*fresh)
    assert {one.fate for one in merged.outcomes} <= {Fate.MERGED, Fate.DUPLICATE}
    for home in homes:
        refresh(home, town)


def only_id(cli: Cli, home: Home, what: str) -> str:
    (one,) = cli(what, "--home", home.path, "--json").held
    return str(one["id"])[:6]


def test_a_request_is_accepted(cli: Cli, home: Home, bert: Home, town: Town) -> None:
    said = cli("request", "bert", "8", "the half", "--expires", "3d", *offline(home))
    assert "Request 8.00 EUR from bert: the half" in said.out
    hand_in(town, home, bert)
    said = cli("accept", only_id(cli, bert, "requests"), *offline(bert))
    assert said.code == 0, said.err
    assert "Your balance afterwards: -8.00 EUR" in said.out
    hand_in(town, home, bert)
    assert town.posted("anna", "bert") == (800, -800)


def test_a_request_is_declined_or_cancelled(cli: Cli, home: Home, bert: Home, town: Town) -> None:
    for ending, who in (("decline", bert), ("cancel", home)):
        cli("request", "bert", "8", *offline(home))
        hand_in(town, home, bert)
        said = cli(ending, only_id(cli, who, "requests"), *offline(who))
        assert said.code == 0, said.err
        hand_in(town, home, bert)
        assert cli("requests", "--home", home.path, "--json").held == []


def test_one_answers_only_ones_own_requests(cli: Cli, home: Home, bert: Home, town: Town) -> None:
    cli("request", "bert", "8", *offline(home))
    hand_in(town, home, bert)
    mine = only_id(cli, home, "requests")
    assert cli("accept", mine, *offline(home)).code == 1
    assert cli("cancel", mine, *offline(bert)).code == 2
    assert "at least 4" in cli("cancel", mine[:3], *offline(home)).err


def test_a_hold_is_posted_in_part(cli: Cli, home: Home, bert: Home, town: Town) -> None:
    said = cli("hold", "bert", "30", "deposit", *offline(home))
    assert "left to spend: 70.00 EUR" in said.out
    hand_in(town, home, bert)
    said = cli("post", only_id(cli, bert, "holds"), "12.50", *offline(bert))
    assert said.code == 0, said.err
    hand_in(town, home, bert)
    assert town.posted("anna", "bert") == (-1_250, 1_250)
    assert cli("holds", "--home", home.path, "--json").held == []


def test_a_hold_is_voided_by_its_payee_only(cli: Cli, home: Home, bert: Home, town: Town) -> None:
    cli("hold", "bert", "30", *offline(home))
    hand_in(town, home, bert)
    held = only_id(cli, bert, "holds")
    assert cli("void", held, *offline(home)).code == 2
    assert cli("void", held, "not needed", *offline(bert)).code == 0
    hand_in(town, home, bert)
    assert cli("history", "--home", home.path, "--json").held[0]["what"] == "hold released"


def test_ends_fit_the_rules_unless_they_are_typed(cli: Cli, home: Home) -> None:
    cli("hold", "bert", "1", *offline(home))
    cli("request", "bert", "1", "--expires", "2w", *offline(home))
    asked, held = (one.change_set.change_set for one in signed(home))
    assert isinstance(held.operations[0], Hold)
    assert held.operations[0].expires == held.time + 7 * DAY_S
    assert isinstance(asked.operations[0], Request)
    assert 0 <= asked.operations[0].expires - asked.time - 14 * DAY_S <= 1
    said = cli("hold", "bert", "1", "--expires", "31d", *offline(home))
    assert said.code == 1
    assert "expiry_out_of_range" in said.err
    assert cli("hold", "bert", "1", "--expires", "soon", *offline(home)).code == 2


def test_a_payee_gives_back(cli: Cli, home: Home, bert: Home, town: Town) -> None:
    cli("pay", "bert", "5", *offline(home))
    hand_in(town, home, bert)
    entry = cli("history", "--home", bert.path, "--json").held[0]["id"]
    wrong = cli("reverse", entry[:8], *offline(home))
    assert wrong.code == 1
    assert "not_payee" in wrong.err
    said = cli("reverse", entry[:8], "2", "--reason", "too much", *offline(bert))
    assert said.code == 0, said.err
    hand_in(town, home, bert)
    assert town.posted("anna", "bert") == (-300, 300)


def test_a_new_name_is_shown_to_others(cli: Cli, home: Home, bert: Home, town: Town) -> None:
    assert cli("profile", "Anna of the Hill", *offline(home)).code == 0
    hand_in(town, home, bert)
    assert "Anna of the Hill" in cli("members", "anna", "--home", bert.path).out


def test_a_second_device_pays_for_the_account_until_it_is_revoked(
    cli: Cli, home: Home, tmp_path: Path, town: Town
) -> None:
    phone = begin(tmp_path / "phone", town, "annas phone")
    account = cli("key", "list", "--home", home.path, "--json").held["account"]
    proof = cli("key", "prove", account, "--home", phone.path).out.strip()
    assert cli("key", "add", proof, *offline(home)).code == 0
    hand_in(town, home)
    refresh(phone, town)
    assert cli("pay", "bert", "5", *offline(phone)).code == 0
    hand_in(town, phone)
    assert town.posted("anna") == (-500,)
    refresh(home, town)
    key = crypto.public_key(phone.unlock(None)).hex()
    assert cli("key", "revoke", key[:8], *offline(home)).code == 0
    hand_in(town, home)
    refresh(phone, town)
    said = cli("pay", "bert", "5", *offline(phone))
    assert said.code == 1
    assert "was revoked" in said.err


def test_a_proof_that_is_torn_or_anothers_is_refused(
    cli: Cli, home: Home, bert: Home, town: Town
) -> None:
    account = cli("key", "list", "--home", home.path, "--json").held["account"]
    proof = cli("key", "prove", account, "--home", bert.path).out.strip()
    assert cli("key", "add", proof[:-2], *offline(home)).code == 2
    said = cli("key", "add", proof, *offline(home))
    assert said.code == 1
    assert "key_known" in said.err
    own = town["anna"].key.hex()
    assert cli("key", "revoke", own[:8], *offline(home)).code == 2
