"""`commontab import`, as people type it, and our own exports read back."""

from contextlib import closing
from pathlib import Path

import pytest

from federation.export.formats import EXPORTS
from federation.home import Home
from ledger.entry import entry_id
from ledger.operation import Bill, Hold, Pay, Reverse
from ledger.store.database import Role, open_database
from ledger.store.outgoing import OutgoingStore
from ledger.unit import Unit
from tests.support.bookkeeping import source_of
from tests.support.busy import ODD_MEMOS
from tests.support.files import SPLIIT, SPLITWISE
from tests.support.hamlet import settle_in, signed
from tests.support.prompt import Cli
from tests.support.township import DAY_S, EUR, Town

PEOPLE = ("anna", "bert", "carla")
WHO = ("--who", "Bert M.=bert")
WATT = Unit("KWH", 3, "Kilowatt hours", 100_000, 100_000)


@pytest.fixture
def town() -> Town:
    return Town(*PEOPLE)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "group.csv"
    path.write_text(SPLITWISE, encoding="utf-8")
    return path


def where(home: Home) -> tuple[object, ...]:
    return ("--home", home.path, "--offline")


def test_without_yes_nothing_is_signed(cli: Cli, home: Home, file: Path) -> None:
    said = cli("import", file, *WHO, *where(home))
    assert said.code == 0, said.err
    assert "This is an export of Splitwise." in said.out
    assert "Lines: import 3, nothing to do 1. You would sign 3 operations." in said.out
    assert "Nothing was signed; add --yes to sign it." in said.out
    assert cli("import", file, *WHO, *where(home), "--yes", "--preview").code == 0
    assert signed(home) == []


def test_a_preview_tells_each_line_as_json(cli: Cli, home: Home, file: Path) -> None:
    held = cli("import", file, *where(home), "--json").held
    assert held["counts"] == {"nothing": 1, "misfit": 3}
    assert held["people"][1] == {"name": "Bert M.", "handle": None, "candidates": ["bert"]}
    assert [line["line"] for line in held["lines"]] == [3, 4, 5, 6]
    assert "perhaps bert" in held["lines"][0]["told"]
    refused = cli("import", file, *where(home), "--json", "--yes")
    assert (refused.code, signed(home)) == (2, [])


def test_an_import_is_signed_once_however_often_it_is_typed(
    cli: Cli, home: Home, file: Path, town: Town
) -> None:
    said = cli("import", file, *WHO, *where(home), "--yes")
    assert said.code == 0, said.err
    assert "Signed as number 1; it is kept in the outbox." in said.out
    again = cli("import", file, *WHO, *where(home), "--yes")
    assert (again.code, "There was nothing to sign." in again.out) == (0, True)
    (one,) = signed(home)
    kinds = [type(operation) for operation in one.change_set.change_set.operations]
    assert kinds == [Bill, Bill, Pay]
    town.now = one.created
    (outcome,) = town.merge(one.change_set).outcomes
    assert outcome.refusal is None
    assert town.books("anna").posted == -3_000, "her part of the boat, and what she gives back"


def test_what_was_refused_is_imported_again(cli: Cli, home: Home, file: Path) -> None:
    assert cli("import", file, *WHO, *where(home), "--yes").code == 0
    (one,) = signed(home)
    with closing(open_database(home.outgoing, Role.MEMBER, write=True)) as own:
        OutgoingStore(own).settle(one.change_set.hash, "refused", 2, "unknown_account")
    again = cli("import", file, *WHO, *where(home), "--yes")
    assert "Signed as number 2" in again.out


def test_lines_that_do_not_fit_are_left_out_only_when_that_is_typed(
    cli: Cli, home: Home, tmp_path: Path
) -> None:
    path = tmp_path / "spliit.csv"
    path.write_text(SPLIIT, encoding="utf-8")
    refused = cli("import", path, *WHO, *where(home), "--yes")
    assert refused.code == 1
    assert "1 lines do not fit; correct them in the file, or add --skip" in refused.err
    assert signed(home) == []
    assert cli("import", path, *WHO, "--paid", "4=Carla", *where(home)).code == 0
    assert cli("import", path, *WHO, *where(home), "--yes", "--skip").code == 0
    assert len(signed(home)[0].change_set.change_set.operations) == 2


def test_what_the_own_books_foresee_to_be_refused_is_not_signed(
    cli: Cli, home: Home, tmp_path: Path
) -> None:
    path = tmp_path / "large.csv"
    text = "Date,Description,Category,Cost,Currency,Anna,Bert\n"
    text += "".join(f"2026-01-0{n},x,Payment,60,EUR,-60,60\n" for n in range(1, 6))
    path.write_text(text, encoding="utf-8")
    said = cli("import", path, *where(home), "--yes")
    assert said.code == 1
    assert "Line 3 was not signed" in said.err
    assert "4 lines were not signed: they would be refused" in said.err
    assert [len(one.change_set.change_set.operations) for one in signed(home)] == [1]
    anyway = cli("import", path, *where(home), "--yes", "--anyway")
    assert anyway.code == 0
    assert [len(one.change_set.change_set.operations) for one in signed(home)] == [4, 1]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Date,Description,Category,Cost\n", "which also has the columns Currency"),
        ("a,b\n", "no line has columns that are known"),
        ("", "the file is empty"),
    ],
)
def test_a_file_of_no_shape_is_said(
    cli: Cli, home: Home, tmp_path: Path, text: str, complaint: str
) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text(text, encoding="utf-8")
    said = cli("import", path, *where(home))
    assert (said.code, complaint in said.err) == (2, True), said.err


def test_a_file_that_is_not_there_is_said(cli: Cli, home: Home, tmp_path: Path) -> None:
    said = cli("import", tmp_path / "no.csv", *where(home))
    assert (said.code, "is no file" in said.err) == (2, True)


def lived() -> Town:
    """A community that did what members alone can do again."""
    town = Town(*PEOPLE, units=(EUR, WATT))
    bert, carla = town["bert"].id, town["carla"].id
    for memo in ODD_MEMOS:
        town.ask("anna", Pay(bert, 123, "EUR", memo, b"", None))
    paid = town.ask("bert", town.payment("carla", 77), Pay(carla, 5, "KWH", "", b"", None))
    town.ask("carla", Reverse(entry_id(paid.hash, 0), None, "too much"))
    town.ask("carla", Hold(bert, 50, "EUR", "", b"", town.now + DAY_S))
    town.ask(
        "carla", town.payment("anna", 1_000), Pay(town.state.commons, 30, "EUR", "", b"", None)
    )
    return town


@pytest.mark.parametrize("shape", ["postings", "transactions"])
@pytest.mark.parametrize("opening", [True, False])
def test_our_own_export_gives_a_fresh_community_the_same_balances(
    cli: Cli, tmp_path: Path, shape: str, *, opening: bool
) -> None:
    old, new = lived(), Town(*PEOPLE, units=(EUR, WATT), name="fresh")
    path = tmp_path / "all.csv"
    path.write_text("".join(EXPORTS[shape](source_of(old))), encoding="utf-8", newline="")
    words = ("--opening",) if opening else ()
    made = []
    for name in PEOPLE:
        home = settle_in(tmp_path / name, new, name)
        assert cli("import", path, *words, *where(home), "--yes").code == 0
        again = cli("import", path, *words, *where(home), "--yes")
        assert "There was nothing to sign." in again.out
        made += [one.change_set for one in reversed(signed(home))]
    assert all(outcome.refusal is None for outcome in new.merge(*made).outcomes)
    assert balances(new) == balances(old)


def balances(town: Town) -> dict[tuple[str, str], int]:
    return {
        (one.handle, books.unit): books.posted
        for one in town.state.accounts.values()
        for books in one.balances
        if books.posted
    }
