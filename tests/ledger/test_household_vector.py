"""The vector of bills, mandates and notes: a history that every implementation must read alike."""

import json
from pathlib import Path

from ledger.record import StateRecord, decode_record
from ledger.replay import JournalDigest, replay
from ledger.state import State
from tests.support.household import house, keep_house

VECTOR = json.loads((Path(__file__).parents[1] / "vectors" / "household.json").read_text())
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
        "journal_sha256": JournalDigest(RECORDS).value.hex(),
    } == VECTOR["checkpoint"]
    assert VECTOR["balances"] == {
        account.handle: {books.unit: books.posted for books in account.balances}
        for account in state.accounts.values()
    }
    assert VECTOR["bills"] == {
        bill.id.hex(): [[part.account.hex(), part.amount, part.stage] for part in bill.parts]
        for bill in (*state.past_bills.values(), *state.bills.values())
    }
    assert VECTOR["mandates"] == {
        one.id.hex(): [one.month_number, one.spent_minor] for one in state.mandates.values()
    }


def test_the_same_inputs_still_give_the_same_bytes() -> None:
    town = house()
    keep_house(town)
    assert [record.hex() for record in town.records] == VECTOR["records"]
