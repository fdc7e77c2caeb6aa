"""Signing an import: bounded, each line once, wherever the program dies."""

import shutil
from pathlib import Path

import pytest

from federation.home import Home
from ledger.changeset import CHANGE_SET_BYTES_MAX
from ledger.codec import encode
from ledger.errors import StoreBusy
from ledger.operation import Pay
from ledger.store.imported import ImportedStore
from ledger.unit import Unit
from member.exchange.carry import (
    BATCH_BYTES_MAX,
    BATCH_OPERATIONS_MAX,
    Carried,
    carry_out_plan,
)
from member.exchange.make import Author
from member.exchange.plan import Choices, make_plan
from member.exchange.shape import read_items
from member.exchange.sheet import read_sheet
from member.membership import open_membership
from tests.support.crash import Fuse, fuse_home, unfuse_home
from tests.support.hamlet import settle_in, signed
from tests.support.loop import Crash
from tests.support.township import Town

HEADER = "Date,Description,Category,Cost,Currency,Anna,Bert,Carla\n"
LINES = 70
PAID = "".join(f"2026-01-03,line {n},Payment,0.01,EUR,-0.01,0.01,0\n" for n in range(LINES))
NOW = 1_800_000_000


@pytest.fixture
def town() -> Town:
    return Town("anna", "bert", "carla", units=(Unit("EUR", 2, "Euro", 10**7, 10**7),))


def carry(home: Home, town: Town, text: str, choices: Choices | None = None) -> Carried:
    with open_membership(home) as member:
        author = Author(member.state, member.account, NOW)
        known = ImportedStore(member.outgoing.database).known()
        read = read_items(read_sheet(text.encode()))
        plan = make_plan(author, read, choices or Choices(), known)
        return carry_out_plan(member, town["anna"].seed, plan, NOW)


def memos(home: Home) -> list[str]:
    return [
        operation.memo
        for one in reversed(signed(home))
        for operation in one.change_set.change_set.operations
        if isinstance(operation, Pay)
    ]


def test_change_sets_are_bounded(tmp_path: Path, town: Town) -> None:
    home = settle_in(tmp_path / "anna", town, "anna")
    long = "".join(f"2026-01-03,{n} {'ä' * 180},,0.03,EUR,-0.01,0.03,-0.02\n" for n in range(30))
    carry(home, town, HEADER + PAID + long)
    for one in signed(home):
        asked = one.change_set.change_set
        assert len(asked.operations) <= BATCH_OPERATIONS_MAX
        assert len(encode(asked)) <= BATCH_BYTES_MAX + 500 < CHANGE_SET_BYTES_MAX
    assert sum(len(one.change_set.change_set.operations) for one in signed(home)) == LINES + 30


def test_an_import_goes_on_wherever_the_program_died(tmp_path: Path, town: Town) -> None:
    whole = settle_in(tmp_path / "whole", town, "anna")
    deaths = 0
    for at in range(1, 99):
        home = Home(tmp_path / f"died-{at}")
        shutil.copytree(whole.path, home.path)
        fuse = Fuse(at)
        fuse_home(home.path, fuse)
        try:
            carry(home, town, HEADER + PAID)
        except Crash:
            deaths += 1
        finally:
            unfuse_home(home.path)
        carry(home, town, HEADER + PAID)
        assert memos(home) == [f"line {n} (2026-01-03)" for n in range(LINES)]
        if not fuse.blown:
            break
    assert deaths >= 3, "one for each change-set"


def test_an_opening_notes_its_lines_even_where_there_is_nothing_to_sign(
    tmp_path: Path, town: Town
) -> None:
    home = settle_in(tmp_path / "anna", town, "anna")
    first = HEADER + "2026-01-03,tea,,3,EUR,3,-3,0\n"
    assert carry(home, town, first, Choices(opening=True)).signed == ()
    more = first + "2026-01-04,bread,,5,EUR,-5,5,0\n"
    (made,) = carry(home, town, more, Choices(opening=True)).signed
    assert [(one.to, one.amount) for one in made.change_set.operations if isinstance(one, Pay)] == [
        (town["bert"].id, 500)
    ]


def test_of_two_programs_that_import_one_file_one_signs_it(tmp_path: Path, town: Town) -> None:
    home = settle_in(tmp_path / "anna", town, "anna")
    with open_membership(home) as member:
        author = Author(member.state, member.account, NOW)
        read = read_items(read_sheet((HEADER + PAID).encode()))
        plan = make_plan(author, read, Choices(), ())
        carry(home, town, HEADER + PAID)
        with pytest.raises(StoreBusy, match="has just imported lines of this file"):
            carry_out_plan(member, town["anna"].seed, plan, NOW)
    assert len(memos(home)) == LINES
