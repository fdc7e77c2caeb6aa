"""Going on with a community whose key was lost, as its new manager types it."""

from pathlib import Path

import pytest

from federation.card import CommunityCard, read_card
from federation.home import Home
from federation.qr import read_picture_file
from federation.succession.text import format_successor, read_successor
from federation.words import fingerprint
from ledger import crypto
from ledger.store.lock import hold_lock
from ledger.successor import sign_successor
from manager.books import Books
from manager.office import open_office
from manager.succeed import read_proposal
from tests.support.council import Council
from tests.support.prompt import Cli, Said

AT = ("--network", "loopback", "127.0.0.1:9", "--no-passphrase")


@pytest.fixture
def council(council: Council) -> Council:
    council.open("ada", "ben", "cem")
    council.merge()
    council.merge(council.pay("ada", "ben", 700))
    return council


@pytest.fixture
def new(tmp_path: Path) -> Home:
    return Home(tmp_path / "new")


def propose(cli: Cli, council: Council, new: Home, *more: object) -> Said:
    words = ("--from", council.home.path, "--reason", "key lost", "--home", new.path)
    return cli("succeed", "propose", *words, *AT, *more)


def votes(new: Home, council: Council, *names: str) -> list[str]:
    """Return what these people signed for the home's proposal."""
    with open_office(new) as office:
        proposed = read_proposal(office.values)
    assert proposed is not None
    return [format_successor(sign_successor(council.people[name].seed, proposed)) for name in names]


def test_a_new_home_has_the_old_records_and_waits(
    cli: Cli, council: Council, new: Home, tmp_path: Path
) -> None:
    out, png = tmp_path / "proposal.txt", tmp_path / "proposal.png"
    said = propose(cli, council, new, "--out", out, "--png", png)
    assert said.code == 0, said.err
    proposed = read_successor(out.read_text())
    assert read_successor(read_picture_file(png)) == proposed
    assert (proposed.statement.old, proposed.statement.reason) == (council.key, "key lost")
    key = crypto.public_key(new.unlock(None))
    assert key == proposed.statement.new
    assert fingerprint(key) in said.out
    with open_office(council.home) as old, open_office(new) as office:
        assert office.state.tree == old.state.tree
        assert (office.name, office.key, office.state.key) == ("Riverside", key, council.key)
    for words in (("admit", council.card("dan")), ("card",)):
        refused = cli(*words, "--home", new.path)
        assert (refused.code, "waits until a majority" in refused.err) == (1, True), words
    held = cli("status", "--home", new.path, "--json").held
    assert held["succession_open"] == {
        "size": proposed.statement.size, "reason": "key lost", "signed": 0, "needed": 2,
    }  # fmt: skip


def test_signatures_come_one_by_one_and_complete_it(
    cli: Cli, council: Council, new: Home, tmp_path: Path
) -> None:
    assert propose(cli, council, new).code == 0
    ada, ben, cem = votes(new, council, "ada", "ben", "cem")
    first = cli("succeed", "complete", ada, ada, "--home", new.path)
    assert (first.code, "1 more accounts have to sign" in first.err) == (1, True)
    (tmp_path / "ben.txt").write_text(ben)
    out = tmp_path / "complete.txt"
    done = cli("succeed", "complete", tmp_path / "ben.txt", "--out", out, "--home", new.path)
    assert done.code == 0, done.err
    assert "2 of 3 accounts have signed" in done.out
    assert len(read_successor(out.read_text()).signers) == 2
    again = cli("succeed", "complete", cem, "--home", new.path)
    assert (again.code, "complete already" in again.err) == (1, True)
    with open_office(new) as office:
        assert office.state.key == office.key
        assert office.state.commons == council.key[:16]
        books = Books(office.store, new.unlock(None))
        books.check()
    card = read_card(cli("card", "--home", new.path, "--json").held["card"], CommunityCard)
    assert card.key == crypto.public_key(new.unlock(None))
    status = cli("status", "--home", new.path)
    assert "signed by 2 of 3 accounts: key lost" in status.out
    assert cli("admit", council.card("dan"), "--yes", "--home", new.path).code == 0
    told = cli("history", "--home", new.path)
    assert "goes on under key" in told.out


def test_the_last_good_size_is_chosen(cli: Cli, council: Council, new: Home) -> None:
    with open_office(council.home) as office:
        sizes = office.store.batch_sizes(0, 10**6)
    said = propose(cli, council, new, "--size", sizes[-1] - 1)
    assert (said.code, f"are {sizes[-2]} and {sizes[-1]}" in said.err) == (2, True)
    assert not new.path.exists()
    assert propose(cli, council, new, "--size", 10**6).code == 2
    assert propose(cli, council, new, "--size", sizes[-2]).code == 0
    with open_office(new) as office:
        assert office.state.tree.size == sizes[-2]


@pytest.mark.parametrize("empty", [False, True])
def test_a_source_without_a_ledger_leaves_nothing(
    cli: Cli, council: Council, new: Home, tmp_path: Path, empty: bool
) -> None:
    if empty:
        new.path.mkdir()
    words = ("--from", tmp_path / "nowhere", "--reason", "", "--home", new.path)
    assert cli("succeed", "propose", *words, *AT).code == 4
    assert not new.path.exists() or not list(new.path.iterdir())
    assert propose(cli, council, new).code == 0


def test_signatures_for_another_proposal_are_named(
    cli: Cli, council: Council, new: Home, tmp_path: Path
) -> None:
    other = Home(tmp_path / "other")
    assert propose(cli, council, new).code == propose(cli, council, other).code == 0
    (vote,) = votes(other, council, "ada")
    said = cli("succeed", "complete", vote, "--home", new.path)
    assert (said.code, "for another proposal" in said.err) == (2, True)


def test_a_home_that_proposes_nothing_completes_nothing(
    cli: Cli, council: Council, new: Home
) -> None:
    assert propose(cli, council, new).code == 0
    (vote,) = votes(new, council, "ada")
    said = cli("succeed", "complete", vote, "--home", council.home.path)
    assert (said.code, "proposes no succession" in said.err) == (1, True)


def test_a_running_manager_is_not_disturbed(cli: Cli, council: Council, new: Home) -> None:
    assert propose(cli, council, new).code == 0
    (vote,) = votes(new, council, "ada")
    with hold_lock(new.lock):
        assert cli("succeed", "complete", vote, "--home", new.path).code == 4


def test_a_home_is_never_overwritten(cli: Cli, council: Council) -> None:
    before = council.home.key_file.read_bytes()
    said = propose(cli, council, council.home)
    assert (said.code, "already" in said.err) == (2, True)
    assert council.home.key_file.read_bytes() == before


def test_a_votes_text_is_read_by_a_script(cli: Cli, council: Council, new: Home) -> None:
    assert propose(cli, council, new).code == 0
    said = cli("succeed", "complete", *votes(new, council, "ada"), "--json", "--home", new.path)
    assert (said.code, said.held["missing"], said.held["complete"]) == (1, 1, False)
