"""Signing for the community's new key, and going over to it, as a member types it."""

from pathlib import Path

import pytest

from federation.home import Home
from federation.qr import draw_png
from federation.succession.text import format_successor, read_successor
from federation.words import fingerprint
from ledger.operation import Suspend
from ledger.rule.successor import gather
from ledger.store.lock import hold_lock
from ledger.store.meta import ValueStore
from ledger.successor import SignedSuccessor
from member.membership import joined, open_membership, open_own
from tests.support.hamlet import community_card, offline, refresh, signed
from tests.support.prompt import Cli, Said
from tests.support.succession import NEW, NEW_SEED, proposal, signed_by
from tests.support.township import Town


def new_card(town: Town) -> str:
    """Return the card of the town's new key."""
    old = town.seed, town.key
    town.seed, town.key = NEW_SEED, NEW
    card = community_card(town)
    town.seed, town.key = old
    return card


def follow(cli: Cli, home: Home, town: Town, statement: SignedSuccessor, *more: str) -> Said:
    text = format_successor(statement)
    words = (new_card(town), text, "--yes", "--home", home.path, *more)
    return cli("succession", "follow", *words)


@pytest.mark.parametrize("way", ["text", "file", "picture"])
def test_a_member_signs_what_his_ledger_bears_out(
    cli: Cli, home: Home, town: Town, tmp_path: Path, way: str
) -> None:
    given = format_successor(proposal(town))
    if way == "file":
        (tmp_path / "proposal.txt").write_text(given)
    if way == "picture":
        (tmp_path / "proposal.png").write_bytes(draw_png(given))
    typed = {"text": given, "file": tmp_path / "proposal.txt", "picture": tmp_path / "proposal.png"}
    out = tmp_path / "signed.txt"
    said = cli("succession", "sign", typed[way], "--out", out, "--yes", "--home", home.path)
    assert said.code == 0, said.err
    assert fingerprint(NEW) in said.out
    assert fingerprint(town.key) in said.out
    assert "Reason: key lost" in said.out
    got = read_successor(out.read_text())
    (counted,) = gather(town.state, got.statement, got.signers)
    assert counted.key == town["anna"].key


def test_a_signature_is_printed_for_a_script(cli: Cli, home: Home, town: Town) -> None:
    text = format_successor(proposal(town))
    held = cli("succession", "sign", text, "--json", "--yes", "--home", home.path).held
    assert held["size"] == town.state.tree.size
    assert read_successor(held["succession"]).statement == proposal(town).statement


def test_what_would_be_dropped_is_shown_before_signing(cli: Cli, home: Home, town: Town) -> None:
    text = format_successor(proposal(town))
    town.merge(town.pay("anna", "bert", 5))
    refresh(home, town)
    said = cli("succession", "sign", text, "--yes", "--home", home.path)
    assert "Records that are dropped: the last 3 of your ledger" in said.out


def test_nobody_signs_without_being_asked(cli: Cli, home: Home, town: Town) -> None:
    said = cli("succession", "sign", format_successor(proposal(town)), "--home", home.path)
    assert (said.code, "nobody is there to confirm" in said.err) == (2, True)


@pytest.mark.parametrize(
    ("change", "code", "hint"),
    [
        pytest.param({"root": bytes(32)}, 1, "another history than yours", id="another root"),
        pytest.param({"size": 2}, 1, "no merge ending there", id="no merge ends there"),
        pytest.param({"size": 999}, 1, "run `commontab sync` first", id="too new"),
        pytest.param({"old": NEW}, 2, "for the community with", id="another community"),
    ],
)
def test_a_proposal_that_the_replica_contradicts_is_not_signed(
    cli: Cli, home: Home, town: Town, change: dict[str, object], *, code: int, hint: str
) -> None:
    text = format_successor(proposal(town, **change))
    said = cli("succession", "sign", text, "--yes", "--home", home.path)
    assert (said.code, hint in said.err) == (code, True), said.err
    assert "COMMONTAB:S:" not in said.out


def test_who_is_suspended_has_no_vote(cli: Cli, home: Home, town: Town) -> None:
    town.manage(Suspend(town["anna"].id, ""))
    refresh(home, town)
    said = cli("succession", "sign", format_successor(proposal(town)), "--yes", "--home", home.path)
    assert (said.code, "it has no vote" in said.err) == (1, True)


def test_a_home_goes_over_and_says_what_is_to_be_asked_again(
    cli: Cli, home: Home, town: Town
) -> None:
    assert cli("pay", "bert", "2", "soup", *offline(home)).code == 0
    said = follow(cli, home, town, signed_by(town, "anna", "bert"))
    assert said.code == 0, said.err
    assert "2 of 3 accounts have signed" in said.out
    assert "Ask again, if it is still wanted: pay" in said.out
    with open_own(home) as own:
        card = joined(own)
        assert card is not None
        assert card.key == NEW
    assert [one.state for one in signed(home)] == ["superseded"]
    (aside,) = home.path.glob("before-*")
    assert (aside / "ledger.db").exists()
    refused = cli("pay", "bert", "2", "soup", *offline(home))
    assert (refused.code, "gone over to its community's new key" in refused.err) == (1, True)
    held = cli("balance", "--home", home.path, "--json").held
    assert held["ledger"]["size"] == town.state.tree.size
    assert cli("verify", "--home", home.path).code == 0


def test_what_went_over_is_told_to_scripts(cli: Cli, home: Home, town: Town) -> None:
    held = follow(cli, home, town, signed_by(town, "anna", "bert"), "--json").held
    assert (held["signed"], held["accounts"], held["lost"]) == (2, 3, [])
    assert held["new_fingerprint"] == fingerprint(NEW)
    assert held["dropped_records"] == 0


def test_what_following_drops_is_shown_before(cli: Cli, home: Home, town: Town) -> None:
    statement = signed_by(town, "anna", "bert")
    town.merge(town.pay("anna", "bert", 5))
    refresh(home, town)
    said = follow(cli, home, town, statement)
    assert (said.code, "dropped: the last 3 of your ledger" in said.out) == (0, True)


def test_what_a_crash_left_before_the_home_went_over_is_made_again(
    cli: Cli, home: Home, town: Town
) -> None:
    (home.path / "next").mkdir()
    (home.path / "next" / "ledger.db").write_bytes(b"half")
    assert cli("balance", "--home", home.path).code == 0
    assert follow(cli, home, town, signed_by(town, "anna", "bert")).code == 0
    assert cli("verify", "--home", home.path).code == 0


def test_a_home_that_another_process_works_in_does_not_go_over(
    cli: Cli, home: Home, town: Town
) -> None:
    with hold_lock(home.lock):
        said = follow(cli, home, town, signed_by(town, "anna", "bert"))
    assert (said.code, "works in this home already" in said.err) == (4, True)
    with open_membership(home) as member:
        assert member.card.key == town.key


def test_half_of_the_accounts_are_not_followed(cli: Cli, home: Home, town: Town) -> None:
    said = follow(cli, home, town, signed_by(town, "anna"))
    assert (said.code, "1 of 3 active accounts have signed" in said.err) == (1, True)
    with open_membership(home) as member:
        assert member.card.key == town.key
        assert member.state.tree == town.state.tree


def test_a_card_of_somebody_else_is_not_followed(cli: Cli, home: Home, town: Town) -> None:
    text = format_successor(signed_by(town, "anna", "bert"))
    ours = cli("succession", "follow", community_card(town), text, "--yes", "--home", home.path)
    assert (ours.code, "follows that card's key already" in ours.err) == (2, True)


def test_a_split_view_is_over_when_the_home_has_gone_over(cli: Cli, home: Home, town: Town) -> None:
    with open_own(home) as own:
        ValueStore(own).set("split_view", b"\x93\x01\xa1x\xc2")
    assert follow(cli, home, town, signed_by(town, "anna", "bert")).code == 0
    with open_own(home) as own:
        assert ValueStore(own).get("split_view") is None


def test_the_one_key_of_a_community_is_told(cli: Cli, home: Home) -> None:
    said = cli("succession", "show", "--home", home.path)
    assert "one key from the beginning" in said.out
