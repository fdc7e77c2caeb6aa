"""Making a community: init, open, unit, rules, card."""

import stat
from contextlib import closing
from pathlib import Path

import pytest

from federation.card import CommunityCard, read_card
from federation.home import Home
from federation.qr import read_picture_file
from federation.settings import Network
from federation.words import fingerprint, paper_words
from ledger import crypto
from ledger.checkpoint import sign_checkpoint
from ledger.store.database import Role, open_database
from ledger.store.desk import DeskStore
from manager.office import open_office
from tests.support.council import Council
from tests.support.prompt import Cli


def test_init_makes_a_key_and_shows_its_words_once(cli: Cli, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    said = cli(
        "init", "River side", "10.0.0.1:7001", "--network", "private", "--no-passphrase",
        "--home", home.path,
    )  # fmt: skip
    assert said.code == 0, said.err
    seed = home.unlock(None)
    assert fingerprint(crypto.public_key(seed)) in said.out
    assert paper_words(seed) in " ".join(said.out.split())
    assert "NO passphrase" in said.out
    assert stat.S_IMODE(home.key_file.stat().st_mode) == 0o600
    assert home.settings().network == Network("private", (("10.0.0.1", 7001),))
    with open_office(home) as office:
        assert (office.name, office.state.community) == ("River side", None)


def test_a_passphrase_is_needed_to_sign_and_a_wrong_one_is_refused(
    cli: Cli, tmp_path: Path
) -> None:
    right, wrong = tmp_path / "right", tmp_path / "wrong"
    right.write_text("correct horse\n")
    wrong.write_text("battery staple\n")
    words = ("--home", tmp_path / "home", "--passphrase-file")
    assert cli("init", "Riverside", *words, right).code == 0
    refused = cli("open", "--yes", *words, wrong)
    assert (refused.code, "PassphraseWrong" in refused.err) == (2, True)
    with closing(open_database(tmp_path / "home/ledger.db", Role.MANAGER, write=False)) as database:
        assert DeskStore(database).statements(10) == []
    assert cli("open", "--yes", *words, right).code == 0


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        pytest.param(["", "--no-passphrase"], "empty name", id="no name"),
        pytest.param(["R" * 65, "--no-passphrase"], "at most 64", id="long name"),
        pytest.param(["R", "--network", "moon", "--no-passphrase"], "one of public", id="network"),
        pytest.param(["R"], "--passphrase-file", id="nobody to ask for a passphrase"),
    ],
)
def test_init_says_what_fits(cli: Cli, tmp_path: Path, words: list[str], hint: str) -> None:
    said = cli("init", *words, "--home", tmp_path / "home")
    assert said.code == 2
    assert hint in said.err
    assert not (tmp_path / "home" / "key.json").exists()


def test_init_never_overwrites_a_home(council: Council) -> None:
    before = council.home.key_file.read_bytes()
    said = council.cli("init", "Riverside", "--no-passphrase", "--home", council.home.path)
    assert (said.code, "already" in said.err) == (2, True)
    assert council.home.key_file.read_bytes() == before


def test_a_ledger_is_closed_unless_it_is_opened_openly(council: Council) -> None:
    said = council.do("open", "--unit", "eur", "--scale", "2", "--maximum-balance", "50,5")
    assert "closed: only members read it" in said
    assert "Merged in version 1." in said
    assert "Published when" in said
    with open_office(council.home) as office:
        assert office.community.closed
        (unit,) = office.community.units
    assert (unit.code, unit.credit_limit, unit.maximum_balance) == ("EUR", 10_000, 5_050)


def test_a_ledger_opens_once(council: Council) -> None:
    council.do("open", "Hillside", "--open")
    assert "A ledger is opened once" in council.refuse(1, "open")
    with open_office(council.home) as office:
        assert (office.name, office.community.closed) == ("Hillside", False)


def test_nothing_else_goes_before_the_ledger_is_open(council: Council) -> None:
    for words in (["unit", "EUR"], ["rules", "--hold-days", "3"], ["admit", council.card("ada")]):
        assert "not open yet" in council.refuse(1, *words)
    for words in (["members"], ["history"], ["show", "ada"]):
        said = council.cli(*words, "--home", council.home.path)
        assert (said.code, "not open yet" in said.err) == (1, True)


def test_a_units_limits_change_and_its_decimals_stay(council: Council) -> None:
    council.open()
    council.do("unit", "HOUR", "--scale", 1, "--credit-limit", 0, "--name", "Hours")
    council.do("unit", "hour", "--maximum-balance", 7)
    with open_office(council.home) as office:
        hour = office.community.unit("HOUR")
    assert hour is not None
    assert (hour.scale, hour.name, hour.credit_limit, hour.maximum_balance) == (1, "Hours", 0, 70)
    assert "unit_mismatch" in council.refuse(1, "unit", "HOUR", "--scale", 2)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        pytest.param(["E"], "2 to 8 letters", id="short code"),
        pytest.param(["EURO-2"], "2 to 8 letters", id="strange code"),
        pytest.param(["EUR", "--scale", "7"], "0 to 6 decimals", id="scale"),
        pytest.param(["EUR", "--credit-limit", "-1"], "positive number", id="negative"),
        pytest.param(["EUR", "--credit-limit", "1.234"], "3 decimals", id="decimals"),
        pytest.param(["EUR", "--maximum-balance", "90071992547409.92"], "largest", id="2**53"),
        pytest.param(["EUR", "--name", "E" * 65], "cannot be signed", id="long name"),
    ],
)
def test_a_unit_that_does_not_fit_is_not_signed(
    council: Council, words: list[str], hint: str
) -> None:
    council.open()
    assert hint in council.refuse(2, "unit", *words)
    with open_office(council.home) as office:
        assert len(office.desk.statements(10)) == 2


def test_rules_change_one_by_one(council: Council) -> None:
    council.open()
    council.do("rules", "--hold-days", 3)
    with open_office(council.home) as office:
        rules = office.community.rules
    assert (rules.hold_s_max, rules.request_s_max) == (3 * 86_400, 90 * 86_400)
    assert "type what changes" in council.refuse(2, "rules")
    assert "0 to 3650" in council.refuse(2, "rules", "--hold-days", -1)


def test_a_card_names_the_newest_checkpoint_and_nodes_to_begin_with(council: Council) -> None:
    council.open()
    (council.home.path / "nodes.json").write_text('[["127.0.0.1", 9], ["127.0.0.2", 10]]')
    with open_office(council.home, write=True) as office:
        tree = office.store.tip().tree
        note = sign_checkpoint(council.seed, tree.size, tree.root).note
        office.store.add_checkpoint(tree.size, tree.root, note)
    png, svg = council.home.path / "card.png", council.home.path / "card.svg"
    at_home = ("--home", council.home.path)
    held = council.cli("card", *at_home, "--json", "--png", png, "--svg", svg).held
    card = read_card(held["card"], CommunityCard)
    assert (card.key, card.name, card.size, card.root) == (
        council.key, "Riverside", tree.size, tree.root,
    )  # fmt: skip
    assert card.hints == (("127.0.0.1", 9), ("127.0.0.2", 10))
    assert read_card(read_picture_file(png), CommunityCard) == card
    assert "<title>Riverside</title>" in svg.read_text()
    assert held["card"] in council.cli("card", *at_home).out


def test_a_members_home_and_an_empty_folder_are_refused(
    council: Council, cli: Cli, tmp_path: Path
) -> None:
    said = cli("status", "--home", tmp_path / "nobody")
    assert (said.code, "not set up yet" in said.err) == (2, True)
    council.home.ledger.unlink()
    said = cli("status", "--home", council.home.path)
    assert (said.code, "restore" in said.err) == (4, True)


def test_options_may_stand_before_the_verb(council: Council) -> None:
    said = council.cli("--home", council.home.path, "--json", "status")
    assert said.held["name"] == "Riverside"
