"""Exports, and what the programs that they are for make of them."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from federation.console.people import handle_of
from federation.export.cell import defuse, restore, write_row
from federation.export.formats import EXPORTS
from federation.export.naming import name_for_beancount, name_for_hledger
from federation.export.to_beancount import export_beancount
from federation.export.to_csv import export_postings, export_transactions
from federation.export.to_hledger import export_hledger
from federation.export.to_lines import export_lines
from federation.export.walk import Source, Window
from ledger.errors import StoreDamaged
from ledger.field import MEMO_CHARS_MAX
from ledger.merkle import Frontier, leaf_hash
from ledger.operation import Pay
from ledger.record import NONCE_BYTES
from tests.support.bookkeeping import (
    beancount_balances,
    hledger_balances,
    source_of,
    standing,
)
from tests.support.busy import ODD_MEMOS, busy_town
from tests.support.linked_pair import Pair
from tests.support.township import DAY_S, START, Town

Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def town() -> Town:
    return busy_town()


@pytest.fixture(scope="module")
def linked() -> Town:
    pair = Pair()
    pair.live()
    return pair.lake


def rows(pieces: Iterable[str]) -> Rows:
    return list(csv.DictReader("".join(pieces).splitlines(keepends=True)))


@pytest.mark.needs("hledger")
def test_hledger_accepts_a_journal_and_has_our_balances(
    town: Town, linked: Town, tmp_path: Path
) -> None:
    for one in (town, linked):
        path = tmp_path / "all.journal"
        path.write_text("".join(export_hledger(source_of(one))), encoding="utf-8")
        assert hledger_balances(path) == hledger_standing(one)


@pytest.mark.needs("hledger")
def test_hledger_refuses_a_journal_whose_amount_was_changed(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "all.journal"
    text = "".join(export_hledger(source_of(town)))
    path.write_text(text.replace(" 1.00 EUR\n", " 1.01 EUR\n"), encoding="utf-8")
    with pytest.raises(AssertionError):
        hledger_balances(path)


def test_beancount_accepts_a_ledger_and_has_our_balances(town: Town, linked: Town) -> None:
    for one in (town, linked):
        wanted = standing(one.state, name_for_beancount(one.state), beancount=True)
        assert beancount_balances("".join(export_beancount(source_of(one)))) == wanted


def test_beancount_refuses_a_ledger_whose_amounts_were_changed(town: Town) -> None:
    text = "".join(export_beancount(source_of(town)))
    with pytest.raises(AssertionError, match="Balance failed"):
        beancount_balances(text.replace("1.20 EUR", "1.25 EUR"))


@pytest.mark.needs("hledger")
@pytest.mark.parametrize("since", [None, START + DAY_S, START + 40 * DAY_S])
@pytest.mark.parametrize("until", [None, START + 2 * DAY_S])
@pytest.mark.parametrize("who", [None, "cleo"])
def test_a_window_begins_with_what_there_was_before(
    town: Town, tmp_path: Path, since: int | None, until: int | None, who: str | None
) -> None:
    account = town.account(who).id if who else None
    source = Source(town.state, lambda: town.records, Window(since, until, account))
    text = "".join(export_hledger(source))
    path = tmp_path / "part.journal"
    path.write_text(text, encoding="utf-8")
    found = hledger_balances(path)
    if until is None:
        stand = hledger_standing(town)
        assert {k: v for k, v in found.items() if not who or k[0].endswith(who)} == {
            k: v for k, v in stand.items() if not who or k[0].endswith(who)
        }
    beancount_balances("".join(export_beancount(source)))


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(memos=st.lists(st.text(max_size=MEMO_CHARS_MAX), min_size=20, max_size=20))
@pytest.mark.needs("hledger")
def test_no_memo_changes_what_programs_read(tmp_path: Path, memos: list[str]) -> None:
    town = Town("anna", "bert")
    pays = [Pay(town["bert"].id, 1, "EUR", memo, b"", None) for memo in memos]
    town.ask("anna", *pays)
    path = tmp_path / "memos.journal"
    path.write_text("".join(export_hledger(source_of(town))), encoding="utf-8")
    assert hledger_balances(path) == hledger_standing(town)
    wanted = standing(town.state, name_for_beancount(town.state), beancount=True)
    assert beancount_balances("".join(export_beancount(source_of(town)))) == wanted


@pytest.mark.needs("hledger")
@pytest.mark.parametrize("names", [(), ("anna", "bert")])
def test_a_ledger_without_payments_is_exported_too(tmp_path: Path, names: tuple[str, ...]) -> None:
    quiet = Town(*names)
    path = tmp_path / "quiet.journal"
    path.write_text("".join(export_hledger(source_of(quiet))), encoding="utf-8")
    assert hledger_balances(path) == {}
    assert beancount_balances("".join(export_beancount(source_of(quiet)))) == {}
    for name in ("postings", "transactions"):
        assert rows(EXPORTS[name](source_of(quiet))) == []


def test_postings_add_up_to_our_balances(town: Town, linked: Town) -> None:
    for one in (town, linked):
        sums: dict[tuple[str, str], Decimal] = {}
        for row in rows(export_postings(source_of(one))):
            place = row["account"], row["unit"]
            sums[place] = sums.get(place, Decimal()) + Decimal(row["amount"])
            assert sums[place] == Decimal(row["balance"])
        stand = standing(one.state, partial(handle_of, one.state.accounts))
        assert {place: amount for place, amount in sums.items() if amount} == stand


def test_transactions_add_up_to_our_balances(town: Town, linked: Town) -> None:
    for one in (town, linked):
        sums: dict[tuple[str, str], Decimal] = {}
        for row in rows(export_transactions(source_of(one))):
            columns = (row[name].split("; ") for name in ("from", "to", "amount", "unit"))
            for giver, taker, amount, unit in zip(*columns, strict=True):
                for who, each in ((giver, -Decimal(amount)), (taker, Decimal(amount))):
                    sums[who, unit] = sums.get((who, unit), Decimal()) + each
        stand = standing(one.state, partial(handle_of, one.state.accounts))
        assert {place: amount for place, amount in sums.items() if amount} == stand


def test_no_cell_begins_like_a_formula(town: Town) -> None:
    for export in (export_postings, export_transactions):
        for row in rows(export(source_of(town))):
            for column, cell in row.items():
                if column not in {"amount", "balance"}:
                    assert cell[:1] not in tuple("=+-@\t\r\n"), (column, cell)


@settings(deadline=None)
@given(st.text())
def test_a_defused_cell_reads_back(text: str) -> None:
    assert restore(defuse(text)) == text
    row = io.StringIO(write_row([defuse(text), ""]), newline="")
    assert list(csv.reader(row, strict=True)) == [[defuse(text), ""]]


def test_holds_are_not_posted_and_reversals_stand_by_themselves(town: Town) -> None:
    kinds = [row["kind"] for row in rows(export_transactions(source_of(town)))]
    assert kinds.count("payment from a hold") == 1
    assert kinds.count("reversal") == 1
    assert kinds.count("write-off") == 1
    assert set(kinds) == {"payment", "payment from a hold", "reversal", "write-off"}
    reversed_one = next(
        row for row in rows(export_transactions(source_of(town))) if row["kind"] == "reversal"
    )
    ids = {row["transaction"] for row in rows(export_transactions(source_of(town)))}
    assert reversed_one["refers"] in ids


def test_a_part_of_a_bill_is_filed_under_its_category(town: Town) -> None:
    paid = [row for row in rows(export_transactions(source_of(town))) if row["category"]]
    assert [(row["from"], row["to"], row["amount"], row["category"]) for row in paid] == [
        ("cleo; cleo", "anna; dora", "3.00; 1.00", "food, date:2020-02-30; =x")
    ]


def test_lines_have_every_record_and_the_hashes_of_the_tree(town: Town) -> None:
    head, *lines = map(json.loads, export_lines(source_of(town)))
    assert [line["index"] for line in lines] == list(range(len(town.records)))
    assert (head["size"], head["root"]) == (len(lines), town.state.tree.root.hex())
    leaves = [bytes.fromhex(line["hash"]) for line in lines]
    assert Frontier().append(leaves).root == town.state.tree.root
    assert leaves == list(map(leaf_hash, town.records))
    nonces = [bytes.fromhex(line["nonce"]) for line in lines]
    assert nonces == [record[:NONCE_BYTES] for record in town.records]


def test_lines_of_one_account_are_those_that_concern_it(town: Town) -> None:
    account = town.account("dora").id
    source = Source(town.state, lambda: town.records, Window(account=account))
    _, *lines = map(json.loads, export_lines(source))
    assert lines
    assert all(account.hex() in json.dumps(line["record"][1]) for line in lines)


def test_lines_of_a_window_are_whole_merges(town: Town) -> None:
    source = Source(town.state, lambda: town.records, Window(START + 1, START + 2 * DAY_S))
    _, *lines = map(json.loads, export_lines(source))
    times = [line["record"][1] for line in lines if line["record"][0] == 6]
    assert times
    assert all(START < time < START + 2 * DAY_S for time in times)
    assert lines[-1]["record"][0] == 6


def test_a_journal_that_does_not_add_up_is_not_exported(town: Town) -> None:
    lost = [record for record in town.records if ODD_MEMOS[0].encode() not in record]
    for name in ("postings", "transactions", "hledger", "beancount"):
        with pytest.raises(StoreDamaged, match="do not add up"):
            list(EXPORTS[name](Source(town.state, lambda: lost)))


def test_progress_is_told_to_the_end(town: Town) -> None:
    for name, export in EXPORTS.items():
        told: list[tuple[int, int]] = []
        source = Source(town.state, lambda: town.records, tell=lambda *one, to=told: to.append(one))
        list(export(source))
        assert told[-1] == (len(town.records), len(town.records)), name


@pytest.mark.parametrize("name", EXPORTS)
def test_what_was_read_is_written_before_more_is_read(town: Town, name: str) -> None:
    read = 0

    def records() -> Iterator[bytes]:
        nonlocal read
        for read, record in enumerate(town.records, 1):  # noqa: B007 -- counted from outside
            yield record

    behind = [read for _ in EXPORTS[name](Source(town.state, records))]
    steps = sorted(set(behind))
    assert len(steps) > len(town.records) // 6
    assert max(later - one for one, later in pairwise(steps)) < len(town.records) // 3


def test_odd_handles_have_names_of_their_own(town: Town) -> None:
    name = name_for_beancount(town.state)
    names = {one.handle: name(one.id) for one in town.state.accounts.values()}
    assert len(set(names.values())) == len(names)
    assert names["anna"] == "Assets:Members:Anna"
    assert names["3d-print"] == "Assets:Members:3d-print"
    assert names["élan"] == "Assets:Members:Élan"
    assert names["日本"] == "Assets:Members:Xn--wgv71a"
    assert names["commons"] == "Equity:Commons"


def hledger_standing(town: Town) -> dict[tuple[str, str], Decimal]:
    return standing(town.state, name_for_hledger(town.state))
