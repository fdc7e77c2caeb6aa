"""The vector of names: a history that every implementation must read alike."""

import json
from pathlib import Path

from ledger.codec import encode
from ledger.name.skeleton import skeleton
from ledger.name.state import name_values
from ledger.record import StateRecord, TransactionRecord, decode_record
from ledger.replay import JournalDigest, replay
from ledger.state import State
from ledger.store.name_rows import name_changes
from tests.support.registry import keep_names, registry

VECTOR = json.loads((Path(__file__).parents[1] / "vectors" / "names.json").read_text())
RECORDS = [bytes.fromhex(record) for record in VECTOR["records"]]


def test_the_history_replays_to_its_names() -> None:
    state = State(bytes.fromhex(VECTOR["community_key"]))
    changes = [
        [one.size, one.key.hex(), one.value.hex() if one.value else None]
        for replayed in replay(state, RECORDS)
        for one in name_changes(replayed.merged.changes, 0, replayed.first + len(replayed.records))
    ]
    last = decode_record(RECORDS[-1])
    assert isinstance(last, StateRecord)
    assert {
        "size": state.tree.size,
        "root": state.tree.root.hex(),
        "accounts_root": last.accounts_root.hex(),
        "names_root": last.names_root.hex(),
        "journal_sha256": JournalDigest(RECORDS).value.hex(),
    } == VECTOR["checkpoint"]
    assert VECTOR["names_map"] == {
        key.hex(): value.hex() if value else None
        for key, value in name_values(state.names, state.name_rules).items()
    }
    assert VECTOR["changes"] == changes
    assert encode(state.names["river"]).hex() == VECTOR["names_map"][b"river".hex()]


def test_what_names_cost_is_paid_under_the_ids_of_the_vector() -> None:
    paid = [decode_record(record) for record in RECORDS]
    moves = [one for one in paid if isinstance(one, TransactionRecord) and one.refers]
    assert VECTOR["payments"] == [
        [(one.refers or b"").hex(), one.id.hex(), one.memo, one.transfers[0].amount]
        for one in moves
    ]
    assert len(moves) == 7


def test_words_have_the_skeletons_of_the_vector() -> None:
    assert VECTOR["skeletons"] == {word: skeleton(word) for word in VECTOR["skeletons"]}


def test_the_same_inputs_still_give_the_same_bytes() -> None:
    town = registry()
    keep_names(town)
    assert [record.hex() for record in town.records] == VECTOR["records"]
