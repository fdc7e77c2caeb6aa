"""The file of accounts: what a state record commits to, and nothing that it does not."""

from collections.abc import Callable

import pytest

from ledger.accounts_file import Accounts, check_accounts, decode_accounts, encode_accounts
from ledger.codec import encode
from ledger.errors import HistoryMismatch, SegmentInvalid
from ledger.operation import AddUnit
from ledger.record import StateRecord
from ledger.segment import encode_frames, iter_frames
from ledger.state import Community, replace
from tests.support.township import HOUR, Town

KEY = bytes(range(32))


@pytest.fixture(scope="module")
def town() -> Town:
    town = Town("ada", "ben", "cem")
    town.merge(town.pay("ada", "ben", 300))
    return town


def settings(town: Town) -> Community:
    assert town.state.community is not None
    return town.state.community


def file_of(town: Town, key: bytes | None = None) -> bytes:
    size = town.state.tree.size
    return encode_accounts(settings(town), town.state.accounts.values(), size, key)


def ending(town: Town) -> StateRecord:
    record = town.last.records[-1]
    assert isinstance(record, StateRecord)
    return record


@pytest.mark.parametrize("key", [None, KEY])
def test_the_file_says_what_the_state_record_commits_to(town: Town, key: bytes | None) -> None:
    accounts = decode_accounts(file_of(town, key), town.state.tree.size, key)
    check_accounts(accounts, ending(town))
    assert accounts.community == settings(town)
    assert accounts.by_id == town.state.accounts
    assert accounts.of_key(town["ben"].key) == town.account("ben")
    assert accounts.of_key(bytes(32)) is None


def test_the_same_accounts_give_the_same_file_in_any_order(town: Town) -> None:
    backwards = list(town.state.accounts.values())[::-1]
    size = town.state.tree.size
    assert encode_accounts(settings(town), backwards, size, KEY) == file_of(town, KEY)
    assert encode_accounts(settings(town), backwards, size + 1, KEY) != file_of(town, KEY)


def test_nobody_reads_it_without_the_key_or_for_another_size(town: Town) -> None:
    size, data = town.state.tree.size, file_of(town, KEY)
    assert b"ada" not in data
    with pytest.raises(SegmentInvalid, match="does not open"):
        decode_accounts(data, size, bytes(32))
    with pytest.raises(SegmentInvalid, match="was not sealed for"):
        decode_accounts(data, size + 1, KEY)


LIES: dict[str, Callable[[Accounts], Accounts]] = {
    "a richer account": lambda held: _change(held, "ada", posted=10**6),
    "an older last record": lambda held: _change(held, "ben", last_record=1),
    "an account left out": lambda held: Accounts(
        held.community, {key: one for key, one in held.by_id.items() if one.handle != "cem"}
    ),
    "other settings": lambda held: Accounts(replace(held.community, epoch=9), held.by_id),
}


def _change(held: Accounts, handle: str, *, posted: int = 0, last_record: int = 0) -> Accounts:
    (old,) = (one for one in held.by_id.values() if one.handle == handle)
    books = tuple(replace(one, posted=one.posted + posted) for one in old.balances)
    new = replace(old, balances=books, last_record=last_record or old.last_record)
    return Accounts(held.community, held.by_id | {old.id: new})


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_has_another_root(town: Town, lie: str) -> None:
    accounts = decode_accounts(file_of(town), town.state.tree.size, None)
    with pytest.raises(HistoryMismatch, match="checkpoint"):
        check_accounts(LIES[lie](accounts), ending(town))


def test_a_file_of_an_earlier_time_is_refused(town: Town) -> None:
    other = Town("ada", "ben", "cem")
    old = decode_accounts(file_of(other), other.state.tree.size, None)
    with pytest.raises(HistoryMismatch, match="changed, left out or are old"):
        check_accounts(old, ending(town))


def test_accounts_out_of_order_twice_or_damaged_are_refused(town: Town) -> None:
    first, *rest = iter_frames(file_of(town))
    for rows in ([first, *rest[::-1]], [first, rest[0], *rest], [first, rest[0] + b"\0"], [], rest):
        with pytest.raises(SegmentInvalid, match="file of accounts"):
            decode_accounts(encode_frames(rows), town.state.tree.size, None)


def test_a_new_unit_changes_the_settings_that_are_proven() -> None:
    changed = Town("ada")
    before = decode_accounts(file_of(changed), changed.state.tree.size, None)
    changed.manage(AddUnit(HOUR))
    with pytest.raises(HistoryMismatch, match="settings"):
        check_accounts(before, ending(changed))
    assert encode(before.community) != encode(settings(changed))
