"""Making a home, swapping cards, backing up and restoring."""

import stat
from contextlib import closing
from pathlib import Path

import pytest

from federation.card import CommunityCard, MemberCard, RequestCard, read_card, sign_card
from federation.home import Home
from federation.qr import draw_png, read_picture_file
from federation.settings import Network
from federation.words import fingerprint, paper_words
from ledger import crypto
from ledger.store.database import Role, open_database
from member.membership import is_restored, joined, open_own
from tests.support.hamlet import NETWORK, community_card, offline, settle_in, signed
from tests.support.prompt import Cli
from tests.support.township import Town, seed_of


def restored(home: Home) -> bool:
    with open_own(home) as own:
        return is_restored(own)


def test_init_makes_a_key_and_shows_its_words_once(cli: Cli, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    said = cli(
        "init", "Anna", "10.0.0.1:7001", "10.0.0.2:7002", "--network", "private",
        "--no-passphrase", "--home", home.path,
    )  # fmt: skip
    assert said.code == 0, said.err
    seed = home.unlock(None)
    assert fingerprint(crypto.public_key(seed)) in said.out
    assert paper_words(seed) in " ".join(said.out.split())
    assert stat.S_IMODE(home.key_file.stat().st_mode) == 0o600
    assert home.settings().network == Network("private", (("10.0.0.1", 7001), ("10.0.0.2", 7002)))


def test_init_locks_the_key_with_a_passphrase(cli: Cli, tmp_path: Path) -> None:
    home, file = Home(tmp_path / "home"), tmp_path / "passphrase"
    file.write_text("correct horse\n")
    said = cli("init", "Anna", "--home", home.path, "--passphrase-file", file)
    assert said.code == 0, said.err
    assert "NO passphrase" not in said.out
    assert len(home.unlock("correct horse")) == 32


def test_init_never_overwrites_a_home(cli: Cli, home: Home) -> None:
    before = home.key_file.read_bytes()
    said = cli("init", "Anna", "--no-passphrase", "--home", home.path)
    assert said.code == 2
    assert "already" in said.err
    assert home.key_file.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        pytest.param(["", "--no-passphrase"], "empty name", id="no name"),
        pytest.param(["A\nB", "--no-passphrase"], "control characters", id="line break"),
        pytest.param(["A" * 65, "--no-passphrase"], "at most 64", id="long name"),
        pytest.param(["Anna", "--network", "moon"], "one of public", id="network"),
        pytest.param(["Anna", "--network", "private"], "at least one HOST:PORT", id="no node"),
        pytest.param(["Anna", "x:0", "--network", "private"], "1 to 65535", id="port"),
        pytest.param(["Anna"], "--passphrase-file", id="nobody to ask for a passphrase"),
    ],
)
def test_init_says_what_fits(cli: Cli, tmp_path: Path, words: list[str], hint: str) -> None:
    said = cli("init", *words, "--home", tmp_path / "home")
    assert said.code == 2
    assert hint in said.err
    assert not (tmp_path / "home" / "key.json").exists()


def test_a_members_card_is_text_json_and_pictures(cli: Cli, home: Home, town: Town) -> None:
    png, svg = home.path / "card.png", home.path / "card.svg"
    text = cli("card", "--home", home.path).out.splitlines()[-1]
    card = read_card(text, MemberCard)
    assert (card.key, card.name, card.hints) == (town["anna"].key, "Anna", NETWORK.nodes)
    held = cli("card", "--home", home.path, "--json", "--png", png, "--svg", svg).held
    assert held["fingerprint"] == fingerprint(card.key)
    assert read_card(read_picture_file(png), MemberCard).key == card.key
    assert svg.read_text().startswith("<svg")


def test_a_request_card_is_paid_by_another_member(
    cli: Cli, home: Home, tmp_path: Path, town: Town
) -> None:
    png = tmp_path / "request.png"
    said = cli("card", "--request", "12.50", "--memo", "cake", "--png", png, "--home", home.path)
    assert said.code == 0, said.err
    asked = read_card(read_picture_file(png), RequestCard)
    assert (asked.handle, asked.amount, asked.unit, asked.memo) == ("anna", 1250, "EUR", "cake")
    bert = settle_in(tmp_path / "bert", town, "bert")
    said = cli("pay", png, *offline(bert))
    assert "Pay 12.50 EUR to anna: cake" in said.out
    assert len(signed(bert)) == 1


def test_joining_shows_and_keeps_the_community(cli: Cli, tmp_path: Path, town: Town) -> None:
    home = Home(tmp_path / "home")
    cli("init", "Anna", "--no-passphrase", "--home", home.path)
    picture = tmp_path / "riverside.png"
    picture.write_bytes(draw_png(community_card(town)))
    said = cli("join", "--image", picture, "--yes", "--home", home.path)
    assert said.code == 0, said.err
    assert "Riverside" in said.out
    assert fingerprint(town.key) in said.out
    with open_own(home) as own:
        card = joined(own)
    assert card is not None
    assert card.key == town.key
    assert home.settings().network == NETWORK


def test_a_card_joins_from_a_text_file_and_its_newer_one_replaces_it(
    cli: Cli, tmp_path: Path, town: Town
) -> None:
    home, file = Home(tmp_path / "home"), tmp_path / "riverside.txt"
    cli("init", "Anna", "--no-passphrase", "--home", home.path)
    newer = CommunityCard(town.key, "Riverside", 7, b"r" * 32, "loopback", (), "")
    for text in (sign_card(town.seed, newer), community_card(town)):
        file.write_text(f"  {text.lower()}\n")
        assert cli("join", file, "--yes", "--home", home.path).code == 0
    with open_own(home) as own:
        assert joined(own) == newer


def test_a_home_has_one_community(cli: Cli, home: Home) -> None:
    seed = seed_of("elsewhere")
    other = CommunityCard(crypto.public_key(seed), "Hill", 0, b"", "loopback", (), "")
    said = cli("join", sign_card(seed, other), "--yes", "--home", home.path)
    assert said.code == 2
    assert "has joined Riverside" in said.err
    assert "another --home" in said.err
    assert "commontab succession follow" in said.err


def test_a_wrong_card_is_a_usage_error(cli: Cli, home: Home, tmp_path: Path) -> None:
    own = cli("card", "--home", home.path, "--json").held["card"]
    torn = tmp_path / "torn.png"
    torn.write_bytes(b"\x89PNG torn")
    for card in (own, own[:-9], "COMMONTAB:C:AAAA", "nowhere.txt", torn):
        said = cli("join", card, "--yes", "--home", home.path)
        assert said.code == 2, card
        assert said.err.startswith(("CardInvalid", "ImageInvalid"))


def test_fingerprints_of_oneself_the_community_and_a_member(
    cli: Cli, home: Home, town: Town
) -> None:
    held = cli("fingerprint", "--home", home.path, "--json").held
    assert [one["key"] for one in held] == [town["anna"].key.hex(), town.key.hex()]
    said = cli("fingerprint", "bert", "--home", home.path)
    assert said.out == f"bert: {fingerprint(town['bert'].key)}\n"


def test_a_backup_brings_everything_back_but_signs_nothing_at_first(
    cli: Cli, home: Home, tmp_path: Path
) -> None:
    file, again = tmp_path / "backup", Home(tmp_path / "again")
    cli("pay", "bert", "5", *offline(home))
    assert cli("backup", file, "--home", home.path).code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    said = cli("restore", file, "--home", again.path)
    assert said.code == 0, said.err
    assert again.unlock(None) == home.unlock(None)
    assert again.settings() == home.settings()
    assert [one.change_set for one in signed(again)] == [one.change_set for one in signed(home)]
    assert restored(again)
    assert not restored(home)


def test_a_restore_wants_an_empty_home_and_a_backup(cli: Cli, home: Home, tmp_path: Path) -> None:
    file, damaged = tmp_path / "backup", tmp_path / "damaged"
    cli("backup", file, "--home", home.path)
    damaged.write_bytes(file.read_bytes()[:5_000])
    assert cli("restore", file, "--home", home.path).code == 2
    for bad in (damaged, tmp_path / "missing"):
        assert cli("restore", bad, "--home", tmp_path / "again").code == 4
        assert not (tmp_path / "again" / "key.json").exists()
    assert cli("restore", "--home", tmp_path / "again").code == 2


def test_a_replica_is_no_backup(cli: Cli, home: Home, tmp_path: Path) -> None:
    said = cli("restore", home.ledger, "--home", tmp_path / "again")
    assert said.code == 4
    with closing(open_database(home.outgoing, Role.MEMBER, write=False)):
        said = cli("restore", home.outgoing, "--home", tmp_path / "again")
    assert said.code == 4
    assert "holds no key" in said.err


def test_paper_words_bring_the_key_back(
    cli: Cli, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again, paper = Home(tmp_path / "again"), tmp_path / "paper"
    paper.write_text(paper_words(home.unlock(None)).upper() + "\n")
    words = ("restore", "--words", "--no-passphrase", "--home", again.path)
    with paper.open() as typed:
        monkeypatch.setattr("sys.stdin", typed)
        said = cli(*words, "127.0.0.1:9", "--network", "loopback", "--name", "Anna")
    assert said.code == 0, said.err
    assert again.unlock(None) == home.unlock(None)
    assert again.settings().network == NETWORK
    assert restored(again)


def test_wrong_paper_words_make_nothing(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper = tmp_path / "paper"
    paper.write_text("abandon " * 24 + "\n")
    with paper.open() as typed:
        monkeypatch.setattr("sys.stdin", typed)
        said = cli("restore", "--words", "--no-passphrase", "--home", tmp_path / "again")
    assert said.code == 2
    assert "checksum" in said.err
    assert not (tmp_path / "again" / "key.json").exists()
