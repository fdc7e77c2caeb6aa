"""What the reading commands show, for people and as JSON."""

from contextlib import closing
from pathlib import Path

from federation.copies import keep_copies
from federation.home import Home
from ledger.epoch import Copy
from ledger.operation import Hold, Request, Reverse
from ledger.record import decode_record
from ledger.store.database import Role, open_database
from ledger.store.outgoing import OutgoingStore
from tests.support.hamlet import offline, refresh, settle_in, signed
from tests.support.prompt import Cli
from tests.support.township import START, Town

SOON = START + 86_400


def kind(record: bytes) -> str:
    return type(decode_record(record)).__name__


def test_the_balance_shows_what_is_left_and_what_waits(cli: Cli, home: Home, town: Town) -> None:
    town.merge(town.pay("bert", "anna", 1_234))
    refresh(home, town)
    cli("pay", "bert", "1", *offline(home))
    (books,) = cli("balance", "--home", home.path, "--json").held["balances"]
    assert (books["balance"], books["available"]) == ("12.34 EUR", "112.34 EUR")
    assert (books["balance_minor"], books["credit_limit_minor"]) == (1_234, 10_000)
    said = cli("balance", "--home", home.path)
    assert "12.34 EUR" in said.out
    assert "As of version 3 of the ledger" in said.out
    assert "Not in it yet: 1 of your changes" in said.out


def test_members_are_listed_and_looked_up(cli: Cli, home: Home) -> None:
    held = cli("members", "--home", home.path, "--json").held
    assert [one["handle"] for one in held] == ["anna", "bert", "carla", "commons"]
    one = cli("members", "bert", "--home", home.path, "--json").held
    assert (one["name"], one["status"], len(one["fingerprints"])) == ("Bert", "active", 1)
    assert one["fingerprints"][0] in cli("members", "bert", "--home", home.path).out


def test_open_holds_and_requests_say_who_pays(cli: Cli, home: Home, town: Town) -> None:
    anna, bert = town["anna"].id, town["bert"].id
    town.ask("anna", Hold(bert, 300, "EUR", "deposit", b"", SOON))
    town.ask("anna", Request(bert, 400, "EUR", "half of it", b"", SOON))
    town.ask("bert", Request(anna, 500, "EUR", "", b"", SOON))
    refresh(home, town)
    (hold,) = cli("holds", "--home", home.path, "--json").held
    assert (hold["direction"], hold["with"], hold["amount"]) == ("you pay", "bert", "3.00 EUR")
    held = cli("requests", "--home", home.path, "--json").held
    assert {(one["direction"], one["amount"]) for one in held} == {
        ("you ask", "4.00 EUR"),
        ("you are asked", "5.00 EUR"),
    }
    assert "deposit" in cli("holds", "--home", home.path).out


def test_nothing_open_is_said(cli: Cli, home: Home) -> None:
    assert cli("holds", "--home", home.path).out == "No hold is open.\n"
    assert cli("requests", "--home", home.path).out == "No request is open.\n"
    assert "Nothing has moved" in cli("history", "--home", home.path).out
    assert "signed nothing" in cli("outbox", "--home", home.path).out


def test_the_outbox_tells_what_became_of_each_change(cli: Cli, home: Home) -> None:
    for amount in ("1", "2", "3", "4"):
        cli("pay", "bert", amount, *offline(home))
    changes = [one.change_set.hash for one in reversed(signed(home))]
    with closing(open_database(home.outgoing, Role.MEMBER, write=True)) as own:
        store = OutgoingStore(own)
        store.settle(changes[0], "merged", 7)
        store.settle(changes[1], "refused", 7, "insufficient_credit", "It takes too much.")
        store.mark_published([changes[2]], START)
    held = cli("outbox", "--home", home.path, "--json").held
    assert [one["state"] for one in held] == ["waiting", "published", "refused", "merged"]
    assert held[3]["told"] == "merged in version 7"
    assert held[2]["told"] == "refused: insufficient_credit, It takes too much."
    assert "higher credit limit" in held[2]["next"]
    assert held[0]["what"] == "pay 4.00 EUR to bert"
    assert len(cli("outbox", "--limit", 2, "--home", home.path, "--json").held) == 2


def test_the_history_shows_direction_marks_and_only_own_entries(
    cli: Cli, home: Home, town: Town
) -> None:
    robbed = town.pay("anna", "bert", 500)
    town.merge(robbed, town.pay("carla", "bert", 100), town.pay("carla", "anna", 50))
    entry = next(iter(one for one in town.state.transactions.values() if _moved(one, 500)))
    town.manage(Reverse(entry.id, None, "a robbery"))
    refresh(home, town)
    held = cli("history", "--home", home.path, "--json").held
    assert held[0]["what"] == "reversed: you got back"
    assert (held[0]["amount"], held[0]["memo"]) == ("5.00 EUR", "a robbery")
    moved = {(one["what"], one["with"], one["amount"]) for one in held[1:]}
    assert moved == {("paid", "bert", "-5.00 EUR"), ("received", "carla", "0.50 EUR")}
    paid = next(one for one in held if one["what"] == "paid")
    assert paid["reverted_by"] == held[0]["id"]
    assert held[0]["refers"] == paid["id"]
    assert sum(one["moved_minor"] for one in held) == 50
    assert len(cli("history", "--limit", 1, "--home", home.path, "--json").held) == 1
    assert "reversed by" in cli("history", "--home", home.path).out
    shown = cli("show", paid["id"][:8], "--home", home.path, "--json").held
    assert shown["cause"] == robbed.hash.hex()
    assert shown["transfers"][0]["to"] == "bert"


def _moved(one: object, amount: int) -> bool:
    return any(move.amount == amount for move in one.transfers)  # type: ignore[attr-defined]


def test_what_was_sent_after_the_end_of_reading_is_shown(cli: Cli, home: Home, town: Town) -> None:
    assert cli("history", "--sent", "--home", home.path, "--json").held == []
    assert "you read the ledger yourself" in cli("history", "--sent", "--home", home.path).out
    town.merge(town.pay("bert", "anna", 1_234))
    made = [(at, record) for at, record in enumerate(town.records) if "Transaction" in kind(record)]
    keep_copies(home, [Copy(at, record) for at, record in made])
    (one,) = cli("history", "--sent", "--home", home.path, "--json").held
    assert (one["index"], one["kind"]) == (made[0][0], "transaction")
    assert "12.34 EUR" in cli("history", "--sent", "--home", home.path).out
    home.copies.write_bytes(b"nonsense")
    damaged = cli("history", "--sent", "--home", home.path)
    assert (damaged.code, "remove it" in damaged.err) == (4, True)


def test_a_sealed_memo_opens_for_payer_and_payee_only(
    cli: Cli, home: Home, tmp_path: Path, town: Town
) -> None:
    file = tmp_path / "passphrase"
    file.write_text("open")
    bert = settle_in(tmp_path / "bert", town, "bert", "open")
    cli("pay", "bert", "5", "for the ring", "--seal", *offline(home))
    town.merge(*(one.change_set for one in signed(home)))
    refresh(home, town)
    refresh(bert, town)
    (paid,) = cli("history", "--home", home.path, "--json").held
    assert (paid["memo"], paid["sealed"]) == ("for the ring", False)
    (locked,) = cli("history", "--home", bert.path, "--json").held
    assert (locked["memo"], locked["sealed"]) == ("", True)
    opened = ("history", "--home", bert.path, "--passphrase-file", file, "--json")
    assert cli(*opened).held[0]["memo"] == "for the ring"
    carla = settle_in(tmp_path / "carla", town, "carla")
    other = cli("show", paid["id"], "--home", carla.path, "--json").held
    assert (other["memo"], other["sealed"]) == ("", True)


def test_others_texts_do_not_play_with_the_terminal(cli: Cli, home: Home, town: Town) -> None:
    pay = town.payment("anna", 5)
    nasty = type(pay)(pay.to, 5, "EUR", "\x1b[2J[red]gone[/]\u202e", b"", None)
    town.merge(town["bert"].sign(nasty))
    refresh(home, town)
    said = cli("history", "--home", home.path)
    assert "\x1b" not in said.out
    assert "\u202e" not in said.out
    assert "[red]gone[/]" in said.out.replace("\n", "")
