"""The vector of links: two ledgers that every version and implementation must read alike."""

import json
from functools import cache
from pathlib import Path

import pytest

from ledger.link.machine import Stage
from ledger.record import LinkRecord, ReadingRecord, StateRecord, decode_record
from ledger.replay import JournalDigest, replay
from ledger.state import State
from tests.support.linked_pair import Pair

VECTOR = json.loads((Path(__file__).parents[1] / "vectors" / "links.json").read_text("utf-8"))
NAMES = ("lake", "river")


@cache
def pair() -> Pair:
    """Return both ledgers as the rules make them now."""
    pair = Pair()
    pair.live()
    return pair


def replayed(name: str) -> State:
    """Return what a ledger of the vector adds up to."""
    held = VECTOR[name]
    state = State(bytes.fromhex(held["community_key"]))
    assert list(replay(state, map(bytes.fromhex, held["records"])))
    return state


@pytest.mark.parametrize("name", NAMES)
def test_each_ledger_replays_to_its_roots_and_balances(name: str) -> None:
    held, state = VECTOR[name], replayed(name)
    records = [bytes.fromhex(record) for record in held["records"]]
    last = decode_record(records[-1])
    assert isinstance(last, StateRecord)
    assert {
        "size": state.tree.size,
        "root": state.tree.root.hex(),
        "accounts_root": last.accounts_root.hex(),
        "keys_root": last.keys_root.hex(),
        "links_root": last.links_root.hex(),
        "community_hash": last.community_hash.hex(),
        "journal_sha256": JournalDigest(records).value.hex(),
    } == held["checkpoint"]
    assert held["balances"] == {
        account.handle: {books.unit: books.posted for books in account.balances}
        for account in state.accounts.values()
    }
    assert held["payments"] == {
        payment.hex(): transit.stage.value for payment, transit in state.finished.items()
    }
    assert not state.transits


@pytest.mark.parametrize("name", NAMES)
def test_the_same_inputs_still_give_the_same_bytes(name: str) -> None:
    town = getattr(pair(), name)
    assert [record.hex() for record in town.records] == VECTOR[name]["records"]


def test_both_ledgers_tell_the_same_story() -> None:
    lake, river = replayed("lake"), replayed("river")
    there, back = lake.links[river.key], river.links[lake.key]
    assert (there.sent, there.sent_hash) == (back.taken, back.taken_hash)
    assert (back.sent, back.sent_hash) == (there.taken, there.taken_hash)
    assert there.drift == back.drift == 0
    owed = [_clearing(one, link.account) for one, link in ((lake, there), (river, back))]
    assert owed[0] == -owed[1] == 300 + 45 + 150
    stages = {one.stage for state in (lake, river) for one in state.finished.values()}
    assert {Stage.POSTED, Stage.VOIDED, Stage.SETTLED, Stage.RELEASED} <= stages


@pytest.mark.parametrize("name", NAMES)
def test_it_has_the_records_of_links(name: str) -> None:
    kinds = {type(decode_record(bytes.fromhex(one))) for one in VECTOR[name]["records"]}
    assert {LinkRecord, ReadingRecord} <= kinds


def _clearing(state: State, account: bytes) -> int:
    return sum(books.posted for books in state.accounts[account].balances)
