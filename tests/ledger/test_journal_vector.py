"""The journal's vector: a history that every version and implementation must read alike."""

import json
from pathlib import Path

from ledger.map import map_root
from ledger.record import StateRecord, decode_record
from ledger.replay import JournalDigest, replay
from ledger.state import State
from tests.support.eventful import eventful_town

VECTOR = json.loads((Path(__file__).parents[1] / "vectors" / "journal.json").read_text())
RECORDS = [bytes.fromhex(record) for record in VECTOR["records"]]


def test_the_history_replays_to_its_roots() -> None:
    state = State(bytes.fromhex(VECTOR["community_key"]))
    assert list(replay(state, RECORDS))
    last = decode_record(RECORDS[-1])
    assert isinstance(last, StateRecord)
    assert {
        "size": state.tree.size,
        "root": state.tree.root.hex(),
        "accounts_root": last.accounts_root.hex(),
        "keys_root": last.keys_root.hex(),
        "community_hash": last.community_hash.hex(),
        "journal_sha256": JournalDigest(RECORDS).value.hex(),
    } == VECTOR["checkpoint"]
    assert VECTOR["balances"] == {
        account.handle: {books.unit: books.posted for books in account.balances}
        for account in state.accounts.values()
    }


def test_the_same_inputs_still_give_the_same_bytes() -> None:
    assert [record.hex() for record in eventful_town().records] == VECTOR["records"]


def test_the_maps_of_names_and_of_links_that_are_none_are_empty() -> None:
    last = decode_record(RECORDS[-1])
    assert isinstance(last, StateRecord)
    assert last.names_root == last.links_root == map_root([])
