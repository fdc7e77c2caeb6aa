"""`commontab-manager export`, as a person types it: the whole ledger for other programs."""

import json
from pathlib import Path

import pytest

from federation.export.naming import name_for_beancount, name_for_hledger
from federation.export.to_lines import FORMAT
from ledger.merkle import Frontier
from manager.cli.options import now
from manager.office import open_office
from tests.support.bookkeeping import beancount_balances, hledger_balances, standing
from tests.support.council import Council
from tests.support.prompt import Cli


@pytest.fixture
def council(tmp_path: Path, cli: Cli) -> Council:
    """A closed community of two, with a payment and one that was undone."""
    council = Council(tmp_path / "home", cli)
    council.open("ada", "ben", closed=True)
    council.merge(council.pay("ada", "ben", 1_250, "eggs"), now=now() - 10)
    council.merge(council.pay("ben", "ada", 300, "a; b, c: d"), now=now() - 5)
    return council


def write(council: Council, target: Path, *more: str) -> Path:
    said = council.cli("export", target, *more, "--home", council.home.path)
    assert said.code == 0, said.err
    assert f"Wrote {target}." in said.err
    return target


@pytest.mark.needs("hledger")
def test_hledger_accepts_what_the_manager_exports(council: Council, tmp_path: Path) -> None:
    found = hledger_balances(write(council, tmp_path / "all.journal"))
    with open_office(council.home) as office:
        state = office.state
    assert found == standing(state, name_for_hledger(state))
    assert found["assets:members:ada", "EUR"] == -found["assets:members:ben", "EUR"] != 0


def test_beancount_accepts_it_too(council: Council, tmp_path: Path) -> None:
    text = write(council, tmp_path / "all.beancount").read_text("utf-8")
    with open_office(council.home) as office:
        state = office.state
    wanted = standing(state, name_for_beancount(state), beancount=True)
    assert beancount_balances(text) == wanted


def test_the_lines_are_the_whole_journal_and_give_its_root(
    council: Council, tmp_path: Path
) -> None:
    lines = write(council, tmp_path / "all.jsonl").read_text("utf-8").splitlines()
    head, *records = [json.loads(line) for line in lines]
    tree = Frontier().append(bytes.fromhex(record["hash"]) for record in records)
    with open_office(council.home) as office:
        tip = office.store.tip().tree
    assert head["format"] == FORMAT
    assert (head["size"], head["root"]) == (tip.size, tip.root.hex())
    assert (len(records), tree.root) == (tip.size, tip.root)


def test_one_members_part_is_chosen_by_name(council: Council, tmp_path: Path) -> None:
    rows = write(council, tmp_path / "ben.csv", "--who", "ben").read_text("utf-8").splitlines()
    assert len(rows) == 5  # two payments of two postings each, below the names of the columns
    nobody = council.cli(
        "export", tmp_path / "x.csv", "--who", "nobody", "--home", council.home.path
    )
    assert nobody.code == 2
    assert not (tmp_path / "x.csv").exists()


def test_a_file_that_tells_no_format_is_refused(council: Council, tmp_path: Path) -> None:
    said = council.cli("export", tmp_path / "all.txt", "--home", council.home.path)
    assert said.code == 2
    assert "add --format with one of postings, transactions, hledger" in said.err
