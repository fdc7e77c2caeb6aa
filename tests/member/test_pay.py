"""Paying from the command line, up to the outbox."""

import multiprocessing
from contextlib import closing
from pathlib import Path

import pytest

from federation.home import Home
from federation.words import fingerprint
from ledger.operation import Pay, Suspend
from ledger.store.database import Role, open_database
from ledger.store.meta import ValueStore
from member.membership import RESTORED
from tests.support.hamlet import begin, offline, settle_in, signed, type_words
from tests.support.prompt import Cli
from tests.support.township import EUR, HOUR, Town


def test_a_payment_shows_who_how_much_and_what_is_left(cli: Cli, home: Home, town: Town) -> None:
    said = cli("pay", "bert", "5", "bread [not] :bread:", *offline(home))
    assert said.code == 0, said.err
    assert "Pay 5.00 EUR to bert: bread [not] :bread:" in said.out
    assert fingerprint(town["bert"].key) in said.out
    assert "Your balance afterwards: -5.00 EUR; left to spend: 95.00 EUR" in said.out
    (one,) = signed(home)
    asked = one.change_set.change_set
    assert (asked.number, one.state) == (1, "waiting")
    assert asked.operations == (Pay(town["bert"].id, 500, "EUR", "bread [not] :bread:", b"", None),)
    assert asked.seen.size == town.state.tree.size
    assert asked.seen.root == town.state.tree.root


def test_the_ledger_takes_what_was_signed(cli: Cli, home: Home, town: Town) -> None:
    for amount in ("5", "2,50"):
        assert cli("pay", "bert", amount, *offline(home)).code == 0
    town.merge(*(one.change_set for one in signed(home)))
    assert town.posted("anna", "bert") == (-750, 750)


def test_options_may_stand_before_the_verb(cli: Cli, home: Home) -> None:
    assert cli("--home", home.path, "pay", "bert", "5", "--yes", "--offline").code == 0


def test_the_balance_afterwards_counts_what_waits(cli: Cli, home: Home) -> None:
    cli("pay", "bert", "60", *offline(home))
    said = cli("pay", "bert", "30", *offline(home))
    assert "Your balance afterwards: -90.00 EUR; left to spend: 10.00 EUR" in said.out
    assert [one.change_set.change_set.number for one in signed(home)] == [2, 1]


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        pytest.param("0", "more than zero", id="zero"),
        pytest.param("-5", "positive number", id="negative"),
        pytest.param("1.234", "3 decimals; EUR has 2", id="too many decimals"),
        pytest.param("90071992547409.92", "the largest amount is 90071992547409.91", id="2**53"),
        pytest.param("five", "positive number such as 12.50", id="a word"),
    ],
)
def test_a_bad_amount_is_a_usage_error(cli: Cli, home: Home, amount: str, words: str) -> None:
    said = cli("pay", "bert", amount, *offline(home))
    assert said.code == 2
    assert words in said.err
    assert signed(home) == []


@pytest.mark.parametrize(
    ("who", "words"),
    [
        pytest.param("brt", "did you mean bert?", id="nearly"),
        pytest.param("zacharias", "`members` lists everybody", id="nobody"),
    ],
)
def test_an_unknown_payee_is_refused_with_the_candidates(
    cli: Cli, home: Home, who: str, words: str
) -> None:
    said = cli("pay", who, "5", *offline(home))
    assert said.code == 2
    assert words in said.err


def test_a_foreseen_refusal_is_not_signed_unless_asked_for(cli: Cli, home: Home) -> None:
    said = cli("pay", "bert", "100.01", *offline(home))
    assert said.code == 1
    assert "insufficient_credit" in said.err
    assert signed(home) == []
    said = cli("pay", "bert", "100.01", "--anyway", *offline(home))
    assert said.code == 0
    assert "Warning" in said.err
    assert len(signed(home)) == 1


def test_several_units_ask_which(cli: Cli, tmp_path: Path) -> None:
    home = settle_in(tmp_path / "home", Town("anna", "bert", units=(EUR, HOUR)), "anna")
    said = cli("pay", "bert", "1", *offline(home))
    assert said.code == 2
    assert "add --unit" in said.err
    assert cli("pay", "bert", "1", "--unit", "hour", *offline(home)).code == 0


def test_nobody_signs_without_saying_yes(cli: Cli, home: Home) -> None:
    said = cli("pay", "bert", "5", "--home", home.path, "--offline")
    assert said.code == 2
    assert "--yes" in said.err
    assert signed(home) == []


def refused(cli: Cli, home: Home, code: int, words: str) -> None:
    said = cli("pay", "bert", "5", *offline(home))
    assert said.code == code, said.err
    assert words in said.err
    assert said.out == ""


def test_without_a_home_one_is_told_to_make_one(cli: Cli, tmp_path: Path) -> None:
    refused(cli, Home(tmp_path / "home"), 2, "run init or restore")


def test_without_a_ledger_one_is_told_to_sync(cli: Cli, tmp_path: Path, town: Town) -> None:
    refused(cli, begin(tmp_path / "home", town, "anna"), 1, "no ledger of Riverside")


def test_a_stranger_is_told_to_be_admitted(cli: Cli, tmp_path: Path, town: Town) -> None:
    home = settle_in(tmp_path / "home", town, "dora")
    refused(cli, home, 1, "not admitted to Riverside yet; show `commontab card`")


def test_a_suspended_member_is_warned(cli: Cli, tmp_path: Path, town: Town) -> None:
    town.manage(Suspend(town["anna"].id, "lost her key"))
    home = settle_in(tmp_path / "home", town, "anna")
    said = cli("pay", "bert", "5", *offline(home))
    assert said.code == 1
    assert "account_suspended" in said.err


def test_a_restored_home_signs_nothing(cli: Cli, home: Home) -> None:
    with closing(open_database(home.outgoing, Role.MEMBER, write=True)) as own:
        ValueStore(own).set(RESTORED, b"1")
    said = cli("pay", "bert", "5", *offline(home))
    assert said.code == 1
    assert "run `commontab sync` first" in said.err
    assert signed(home) == []


def test_a_wrong_passphrase_is_a_usage_error(cli: Cli, tmp_path: Path, town: Town) -> None:
    home = settle_in(tmp_path / "home", town, "anna", "the right one")
    wrong, right = tmp_path / "wrong", tmp_path / "right"
    wrong.write_text("a wrong one\n")
    right.write_text("the right one\n")
    said = cli("pay", "bert", "5", "--passphrase-file", wrong, *offline(home))
    assert said.code == 2
    assert "does not open the key file" in said.err
    said = cli("pay", "bert", "5", *offline(home))
    assert said.code == 2
    assert "--passphrase-file" in said.err
    assert signed(home) == []
    assert cli("pay", "bert", "5", "--passphrase-file", right, *offline(home)).code == 0


def test_a_sealed_memo_leaves_nothing_to_read(cli: Cli, home: Home) -> None:
    assert cli("pay", "bert", "5", "a secret", "--seal", *offline(home)).code == 0
    (one,) = signed(home)
    assert b"a secret" not in one.change_set.body
    said = cli("pay", "bert", "5", "--seal", *offline(home))
    assert said.code == 2
    assert "there is none" in said.err


def test_nobody_answering_is_a_network_error_and_keeps_the_change(cli: Cli, home: Home) -> None:
    said = cli("pay", "bert", "5", "--home", home.path, "--yes")
    assert said.code == 3, said.err
    assert "Signed as number 1" in said.out
    assert signed(home)[0].state == "waiting"


def test_twenty_payments_at_once_have_numbers_without_holes(home: Home) -> None:
    words = ["commontab", "pay", "bert", "1", "--home", str(home.path), "--yes", "--offline"]
    at_once = multiprocessing.get_context("forkserver")
    at_once.set_forkserver_preload(["member.cli"])
    running = [at_once.Process(target=type_words, args=(words,)) for _ in range(20)]
    for one in running:
        one.start()
    for one in running:
        one.join(120)
    assert [one.exitcode for one in running] == [0] * 20
    numbers = [one.change_set.change_set.number for one in signed(home)]
    assert numbers == list(range(20, 0, -1))
    chained = [one.change_set.change_set.previous for one in signed(home)]
    assert chained == [*(one.change_set.hash for one in signed(home)[1:]), b""]
