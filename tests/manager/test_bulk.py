"""Admitting many at once: a folder of cards, a table of names and limits."""

from pathlib import Path

import pytest

from federation.card import CommunityCard, sign_card
from federation.qr import draw_png
from manager import bulk
from manager.office import open_office
from tests.support.council import Council

NAMES = ("ada", "ben", "cleo")


@pytest.fixture
def folder(council: Council, tmp_path: Path) -> Path:
    """Three cards, as pictures and as text, of an open community."""
    council.open()
    path = tmp_path / "cards"
    path.mkdir()
    (path / "one.png").write_bytes(draw_png(council.card("ada")))
    (path / "two.txt").write_text(council.card("ben"))
    (path / "cleo.card").write_text(council.card("cleo"))
    (path / ".hidden").write_text("nothing")
    return path


def limits(council: Council, handle: str) -> tuple[int, int]:
    (books,) = council.account(handle).balances
    return books.credit_limit, books.maximum_balance


def handles(council: Council) -> set[str]:
    with open_office(council.home) as office:
        return set(office.state.handles) - {"commons"}


def table(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_a_folder_is_admitted_whole_after_one_look_with_words(
    council: Council, folder: Path
) -> None:
    said = council.do("admit", "--folder", folder)
    assert "3 to admit" in said
    assert said.count("fingerprint") == 3
    assert handles(council) == set(NAMES)


def test_running_it_again_admits_nobody_twice(council: Council, folder: Path) -> None:
    council.do("admit", "--folder", folder)
    said = council.do("admit", "--folder", folder)
    assert "one.png: is ada already" in said
    assert "nobody new" in said
    assert handles(council) == set(NAMES)


def test_a_table_gives_handles_and_limits_and_leaves_others_out(
    council: Council, folder: Path, tmp_path: Path
) -> None:
    file = table(
        tmp_path,
        "Name;Handle;Credit limit;maximum_balance",
        "Ada;ada-l;5,50;70",
        "two;;0;",
        "Dora;;;",
    )
    said = council.cli(
        "admit", "--folder", folder, "--csv", file, "--home", council.home.path, "--yes"
    )
    assert said.code == 1
    assert "row 4: does not fit: Dora: no card in the folder fits" in said.out
    assert "cleo.card: does not fit: Cleo: the table does not name them" in said.out
    assert handles(council) == {"ada-l", "ben"}
    assert limits(council, "ada-l") == (550, 7_000)
    assert limits(council, "ben") == (0, 100_000)


def test_a_table_may_hold_the_cards_itself(council: Council, folder: Path) -> None:
    file = table(
        folder, "card,credit_limit", f"{council.card('dora')},3", "one.png,", "nowhere.png,", ",4"
    )
    said = council.cli("admit", "--csv", file, "--home", council.home.path, "--yes")
    assert said.code == 1
    assert "row 4: does not fit: found no picture" in said.out
    assert "row 5: does not fit: names no card" in said.out
    assert handles(council) == {"ada", "dora"}
    assert limits(council, "dora") == (300, 100_000)


def test_what_does_not_fit_is_told_and_the_rest_admitted(council: Council, folder: Path) -> None:
    (folder / "again.txt").write_text(council.card("ada"))
    (folder / "notes.txt").write_text("milk, eggs")
    (folder / "broken.png").write_bytes(b"\x89PNG")
    other = CommunityCard(council.key, "Riverside", 0, b"", "loopback", (), "")
    (folder / "river.txt").write_text(sign_card(council.seed, other))
    said = council.cli("admit", "--folder", folder, "--home", council.home.path, "--yes")
    assert said.code == 1
    assert "4 of them did not fit" in said.err
    assert "one.png: does not fit: holds the same card as again.txt" in said.out
    assert "river.txt: does not fit: got a community's card" in said.out
    assert "notes.txt: does not fit" in said.out
    assert "broken.png: does not fit" in said.out
    assert handles(council) == set(NAMES)


def test_two_who_are_called_alike_get_two_handles_but_a_typed_one_is_given_once(
    council: Council, folder: Path
) -> None:
    council.people["ada2"] = council.people["ada"].__class__(council.key, "second ada")
    second = council.card("ada2")
    file = table(folder, "card,handle", "one.png,ada", f"{second},ada", "two.txt,Wrong handle!")
    said = council.cli("admit", "--csv", file, "--home", council.home.path, "--yes")
    assert "row 3: does not fit: the handle 'ada' is taken" in said.out
    assert "row 4: does not fit" in said.out
    assert handles(council) == {"ada"}


def test_nobody_is_admitted_unasked(council: Council, folder: Path) -> None:
    said = council.cli("admit", "--folder", folder, "--home", council.home.path)
    assert (said.code, "--yes" in said.err) == (2, True)
    assert handles(council) == set()


@pytest.mark.parametrize(
    ("lines", "hint"),
    [
        pytest.param(["who,limit", "ada,5"], "has the columns who, limit", id="wrong columns"),
        pytest.param(["name,name", "ada,ada"], "at most once", id="twice the same"),
        pytest.param(["handle", "ada"], "name or card", id="nobody named"),
        pytest.param([""], "columns none", id="empty"),
        pytest.param(['name\n"ada'], "unexpected end", id="open quote"),
        pytest.param(["name", *["ada"] * (bulk.PEOPLE_MAX + 1)], "over 1000 rows", id="too long"),
    ],
)
def test_a_table_that_is_none_is_refused(
    council: Council, folder: Path, tmp_path: Path, lines: list[str], hint: str
) -> None:
    err = council.refuse(2, "admit", "--folder", folder, "--csv", table(tmp_path, *lines))
    assert hint in err


def test_what_is_no_file_no_folder_or_not_text_is_refused(council: Council, folder: Path) -> None:
    assert "not a folder" in council.refuse(2, "admit", "--folder", folder / "one.png")
    assert "there is no file" in council.refuse(2, "admit", "--csv", folder / "none.csv")
    assert "not UTF-8" in council.refuse(2, "admit", "--csv", folder / "one.png")
    assert "leave the options out" in council.refuse(
        2, "admit", "--folder", folder, "--handle", "ada"
    )
    assert "admit takes either" in council.refuse(2, "admit", "--folder", folder, "COMMONTAB:M:A")
