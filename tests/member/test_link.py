"""Paying and asking across a link from the command line, and what people read about it."""

import time
from pathlib import Path

import pytest

from federation.card import RequestCard, sign_card
from federation.console.terminal import Refused
from federation.link.address import format_key
from federation.words import fingerprint
from ledger.link.instruction import GIVEN_BACK, PAYEE_CARD, About
from ledger.link.terms import Fee, Terms
from ledger.operation import LinkCancel, LinkPay, LinkRequest, RateLink, SetLinkStatus
from ledger.state import replace
from member.cli.how import How
from member.cli.link import await_payment
from member.link_views import view_payment
from member.membership import open_membership
from tests.support.hamlet import signed
from tests.support.prompt import Cli
from tests.support.shires import Shires

IN_EUR = Terms("EUR", 2, "", 0, 1, 1)


@pytest.fixture
def shires(tmp_path: Path, cli: Cli) -> Shires:
    return Shires(tmp_path, cli)


def payment_of(shires: Shires, who: str = "ada") -> dict[str, object]:
    """Return the newest payment across links as its member sees it."""
    held = shires.type(who, "payments", "--json").held
    first: dict[str, object] = held[0]
    return first


def test_a_payment_shows_its_quote_before_it_is_signed(shires: Shires) -> None:
    shires.river.manage(RateLink(shires.lake.key, IN_EUR, Fee(20, 10_000)))
    shires.refresh()
    said = shires.sign("ada", "pay", "ben@lake", "12.50", "eggs")
    assert said.code == 0, said.err
    assert "12.83 EUR leave you; ben at lake gets 12.50 EUR." in said.out
    assert f"lake has the fingerprint {fingerprint(shires.lake.key)}." in said.out
    assert "1. 12.50 EUR to lake; your community takes 0.33 EUR for it (0.20 + 1 %)" in said.out
    assert "then 87.50 EUR can still leave by this link" in said.out
    assert "Pay 12.50 EUR to ben@lake, for 12.83 EUR: eggs" in said.out
    assert "left to spend: 87.17 EUR" in said.out
    (one,) = signed(shires.ada)
    (asked,) = one.change_set.change_set.operations
    assert isinstance(asked, LinkPay)
    assert (asked.pays, asked.amount, asked.about) == (1_283, 1_250, None)
    assert 290 <= asked.deadline - time.time() <= 300


def test_a_payment_is_followed_in_plain_words_to_its_end(shires: Shires) -> None:
    assert "No payment of yours" in shires.type("ada", "payments").out
    shires.sign("ada", "pay", "ben@lake", "12.50", "eggs")
    shires.merge()
    held = payment_of(shires)
    assert held["with"] == "ben@lake"
    assert (held["settled"], held["final"]) == (False, False)
    assert str(held["told"]).startswith("held until lake accepts, at the latest until ")
    assert "Under way: 12.50 EUR to ben@lake, held until lake" in shires.type("ada", "balance").out
    assert "held until lake accepts" in shires.type("ada", "outbox", "--json").held[0]["told"]
    shires.settle()
    assert payment_of(shires)["told"] == "paid; ben at lake has it"
    assert payment_of(shires, "ben")["told"] == "received from ada at river"
    assert shires.type("ada", "balance", "--json").held["under_way"] == []
    paid, held_before = shires.type("ada", "history", "--json").held
    assert (paid["what"], paid["with"], paid["amount_minor"]) == (
        "paid; ben at lake has it", "ben@lake", -1_250,
    )  # fmt: skip
    assert (held_before["what"], paid["payment"]) == ("held", held_before["payment"])
    (got, _) = shires.type("ben", "history", "--json").held
    assert (got["what"], got["with"], got["amount_minor"]) == (
        "received from ada at river", "ada@river", 1_250,
    )  # fmt: skip


def test_the_payee_sees_what_is_held_for_him(shires: Shires) -> None:
    shires.sign("ada", "pay", "ben@lake", "1")
    shires.merge()
    shires.lake.merge(*shires.river.news_for(shires.lake))
    shires.refresh()
    assert payment_of(shires, "ben")["told"] == "held for you until river says that it is paid"
    assert "Under way: 1.00 EUR from ada@river" in shires.type("ben", "balance").out


@pytest.mark.parametrize(
    ("payer", "shown"),
    [
        pytest.param("zo\u00eb-2", "zo\u00eb-2@river", id="a handle"),
        pytest.param("x\x1b[2J", "'x\ufffd[2J'@river", id="controls"),
        pytest.param("bank@lake", "'bank@lake'@river", id="an address"),
        pytest.param("ben has it. Paid", "'ben has it. Paid'@river", id="a sentence"),
    ],
)
def test_a_name_that_another_ledger_wrote_speaks_for_nobody(
    shires: Shires, payer: str, shown: str
) -> None:
    shires.sign("ada", "pay", "ben@lake", "1")
    shires.settle()
    (got,) = shires.lake.state.finished.values()
    forged = replace(got, instruction=replace(got.instruction, payer=payer))
    with open_membership(shires.ben) as member:
        held = view_payment(member.state, forged, member.name_of)
    assert held["with"] == shown
    assert held["told"] == f"received from {shown.removesuffix('@river')} at river"


def test_a_community_that_says_no_is_named_with_its_reason(shires: Shires) -> None:
    shires.sign("ada", "pay", "dora@lake", "1")
    shires.settle()
    told = payment_of(shires)["told"]
    assert told == ("rejected by lake: No such account is in this ledger. Nothing was taken")
    assert payment_of(shires)["code"] == "unknown_account"
    assert shires.type("ada", "history", "--json").held[0]["what"] == "rejected by lake"
    assert shires.type("ada", "balance", "--json").held["balances"][0]["held_minor"] == 0


def test_a_payment_that_nobody_accepts_expires(shires: Shires) -> None:
    shires.sign("ada", "pay", "ben@lake", "1", "--deadline", "30s")
    shires.merge()
    shires.river.now += 60
    shires.river.merge()
    shires.refresh()
    assert payment_of(shires)["told"] == "expired, nothing was taken"


def test_a_payment_is_taken_back_before_it_is_accepted(shires: Shires) -> None:
    shires.sign("ada", "pay", "ben@lake", "1")
    shires.merge()
    payment = str(payment_of(shires)["id"])
    assert shires.sign("ada", "cancel", payment[:8]).code == 0
    assert isinstance(signed(shires.ada)[0].change_set.change_set.operations[0], LinkCancel)
    shires.settle()
    assert payment_of(shires)["told"] == "taken back, nothing was taken"
    assert "no open request, bill or payment" in shires.sign("ada", "cancel", payment).err


def await_newest(shires: Shires) -> None:
    """Wait for Ada's newest payment, as ``--wait=0`` does after the merge."""
    with open_membership(shires.ada) as member:
        payment = bytes.fromhex(str(payment_of(shires)["id"]))
        await_payment(How(shires.ada.path), member, shires.river["ada"].seed, payment, 0)


def test_waiting_ends_when_the_payee_has_it(
    shires: Shires, capsys: pytest.CaptureFixture[str]
) -> None:
    shires.sign("ada", "pay", "ben@lake", "1")
    shires.settle()
    await_newest(shires)
    assert "Paid; ben at lake has it." in capsys.readouterr().out


def test_waiting_ends_in_a_refusal_when_a_community_says_no(shires: Shires) -> None:
    shires.sign("ada", "pay", "dora@lake", "1")
    shires.settle()
    with pytest.raises(Refused, match="rejected by lake: No such account"):
        await_newest(shires)


def test_waiting_does_not_take_a_held_payment_for_a_made_one(shires: Shires) -> None:
    shires.sign("ada", "pay", "ben@lake", "1")
    shires.merge()
    with pytest.raises(Refused, match="not settled within 0 s"):
        await_newest(shires)


def test_a_deadline_is_for_payments_across_links_only(shires: Shires) -> None:
    shires.river.join("carl")
    shires.refresh()
    said = shires.sign("ada", "pay", "carl", "1", "--deadline", "5m")
    assert (said.code, "leave --deadline out" in said.err) == (2, True)


def test_an_address_may_be_a_key(shires: Shires) -> None:
    said = shires.sign("ada", "pay", f"ben@{format_key(shires.lake.key)}", "1")
    assert said.code == 0, said.err
    assert "ben at lake gets 1.00 EUR" in said.out


def test_an_address_at_home_is_a_handle(shires: Shires) -> None:
    shires.river.join("carl")
    shires.refresh()
    said = shires.sign("ada", "pay", f"carl@{format_key(shires.river.key)}", "1")
    assert said.code == 0, said.err
    assert "Pay 1.00 EUR to carl" in said.out


@pytest.mark.parametrize(
    ("words", "code", "hint"),
    [
        pytest.param(["ben@laek", "1"], 2, "lake", id="nearly"),
        pytest.param(["ben@zzz", "1"], 2, "no community is known here as 'zzz'", id="nobody"),
        pytest.param(["ben@", "1"], 2, "an address is such as bakery@river", id="half"),
        pytest.param(["ben@lake"], 2, "type the amount", id="no amount"),
        pytest.param(["ben@lake", "x"], 2, "positive number", id="no number"),
        pytest.param(["ben@lake", "1", "--unit", "KM"], 2, "pays its members in EUR", id="unit"),
        pytest.param(["ben@lake", "1", "x", "--seal"], 2, "leave --seal out", id="sealed"),
        pytest.param(["ben@lake", "1", "--deadline", "x"], 2, "a duration is", id="deadline"),
        pytest.param(["ben@lake", "100.01"], 1, "0.01 EUR are missing", id="over the limit"),
        pytest.param(["lake", "1"], 2, "as NAME@lake", id="a link is nobody"),
        pytest.param(["ben@lake", "1", "--deadline", "40d"], 1, "expiry_out", id="too long"),
    ],
)
def test_what_cannot_be_paid_across_a_link_is_not_signed(
    shires: Shires, words: list[str], code: int, hint: str
) -> None:
    said = shires.sign("ada", "pay", *words)
    assert said.code == code, said.err
    assert hint in said.err
    assert signed(shires.ada) == []


def test_a_suspended_link_says_so(shires: Shires) -> None:
    shires.river.manage(SetLinkStatus(shires.lake.key, "suspended", "late"))
    shires.refresh()
    said = shires.sign("ada", "pay", "ben@lake", "1")
    assert said.code == 1
    assert "cannot be used now" in said.err


def test_nobody_answering_ends_before_anything_is_signed(shires: Shires) -> None:
    said = shires.type("ada", "pay", "ben@lake", "1", "--yes")
    assert said.code == 3, said.err
    assert signed(shires.ada) == []


def test_a_request_card_of_another_community_is_paid_once(shires: Shires) -> None:
    ben = shires.lake["ben"]
    card = RequestCard(
        ben.key, shires.lake.key, ben.id, "ben", "Ben", b"i" * 16, 700, "EUR", "chairs", 2**39
    )
    said = shires.sign("ada", "pay", sign_card(ben.seed, card))
    assert said.code == 0, said.err
    assert f"signed with the fingerprint {fingerprint(ben.key)}" in said.out
    (asked,) = signed(shires.ada)[0].change_set.change_set.operations
    assert isinstance(asked, LinkPay)
    assert asked.about == About(PAYEE_CARD, b"i" * 16)
    shires.settle()
    assert payment_of(shires)["told"] == "paid; ben at lake has it"
    shires.sign("ada", "pay", sign_card(ben.seed, card), "--anyway")
    shires.settle()
    assert payment_of(shires)["code"] == "already_paid"


def test_a_request_crosses_the_link_and_is_paid(shires: Shires) -> None:
    said = shires.sign("ben", "request", "ada@river", "12.50", "rent")
    assert said.code == 0, said.err
    assert "Request 12.50 EUR from ada@river: rent" in said.out
    (asked,) = signed(shires.ben)[0].change_set.change_set.operations
    assert isinstance(asked, LinkRequest)
    assert asked.path == (shires.river.key,)
    shires.settle()
    (mine,) = shires.type("ben", "requests", "--json").held
    assert (mine["direction"], mine["with"]) == ("you ask", "ada@river")
    (due,) = shires.type("ada", "requests", "--json").held
    assert (due["direction"], due["with"], due["amount"]) == (
        "you are asked", "ben@lake", "12.50 EUR",
    )  # fmt: skip
    paid = shires.sign("ada", "accept", due["id"][:8])
    assert paid.code == 0, paid.err
    assert "12.50 EUR leave you; ben at lake gets 12.50 EUR" in paid.out
    shires.settle()
    assert payment_of(shires)["settled"]
    assert shires.type("ben", "requests", "--json").held == []
    assert shires.type("ada", "requests", "--json").held == []


def test_a_request_across_a_link_is_declined_or_taken_back(shires: Shires) -> None:
    for _ in range(2):
        shires.sign("ben", "request", "ada@river", "1")
        shires.settle()
    one, _ = shires.type("ada", "requests", "--json").held
    assert shires.sign("ada", "decline", one["id"], "no").code == 0
    shires.settle()
    (left,) = shires.type("ben", "requests", "--json").held
    assert left["id"] != one["id"]
    assert shires.sign("ben", "cancel", left["id"]).code == 0
    shires.settle()
    assert shires.type("ada", "requests", "--json").held == []


@pytest.mark.parametrize(
    ("words", "code", "hint"),
    [
        pytest.param(["ada@rivre", "1"], 2, "river", id="nearly"),
        pytest.param(["ada@river", "0"], 2, "more than zero", id="nothing"),
        pytest.param(["ada@river", "1", "--unit", "KM"], 2, "you are paid in EUR", id="unit"),
        pytest.param(["ada@river", "1", "x", "--seal"], 2, "leave --seal out", id="sealed"),
    ],
)
def test_what_cannot_be_asked_across_a_link_is_not_signed(
    shires: Shires, words: list[str], code: int, hint: str
) -> None:
    said = shires.sign("ben", "request", *words)
    assert said.code == code, said.err
    assert hint in said.err
    assert signed(shires.ben) == []


def test_what_was_received_is_given_back_whole_or_in_part(shires: Shires) -> None:
    for _ in range(2):
        shires.sign("ada", "pay", "ben@lake", "5")
        shires.settle()
    newest, oldest = (one["id"] for one in shires.type("ben", "payments", "--json").held)
    said = shires.sign("ben", "reverse", newest[:8], "2", "--reason", "too much")
    assert said.code == 0, said.err
    assert "2.00 EUR leave you; ada at river gets 2.00 EUR" in said.out
    (asked,) = signed(shires.ben)[0].change_set.change_set.operations
    assert isinstance(asked, LinkPay)
    assert asked.about == About(GIVEN_BACK, bytes.fromhex(newest))
    shires.settle()
    assert payment_of(shires, "ben")["gives_back"]
    assert "already_reverted" in shires.sign("ben", "reverse", newest).err
    record = next(
        one["id"]
        for one in shires.type("ben", "history", "--json").held
        if one["payment"] == oldest and one["moved_minor"]
    )
    assert shires.sign("ben", "reverse", record[:8]).code == 0
    shires.settle()
    assert shires.river.posted("ada") == (-300,)


def test_only_who_was_paid_gives_back(shires: Shires) -> None:
    shires.sign("ada", "pay", "ben@lake", "5")
    shires.settle()
    payment = str(payment_of(shires)["id"])
    said = shires.sign("ada", "reverse", payment)
    assert (said.code, "you paid that to ben@lake" in said.err) == (2, True)
    said = shires.sign("ben", "reverse", payment, "6")
    assert (said.code, "at most what came" in said.err) == (2, True)


def test_a_quote_is_shown_without_signing(shires: Shires) -> None:
    said = shires.type("ada", "quote", "ben@lake", "1")
    assert said.code == 3


def test_payments_have_one_shape_for_scripts(shires: Shires) -> None:
    shires.sign("ada", "pay", "ben@lake", "1", "eggs")
    shires.merge()
    held = payment_of(shires)
    assert set(held) == {
        "id", "direction", "with", "community", "amount", "amount_minor", "unit", "pays",
        "pays_minor", "pays_unit", "memo", "gives_back", "deadline", "hops", "state", "settled",
        "final", "code", "told",
    }  # fmt: skip
    assert (held["state"], held["hops"], held["pays_minor"]) == ("prepared", 1, 100)


@pytest.mark.parametrize("command", ["payments", "quote", "pay", "request", "accept", "cancel"])
def test_every_command_across_links_helps(cli: Cli, command: str) -> None:
    said = cli(command, "--help")
    assert said.code == 0
    assert "Usage: commontab" in said.out
