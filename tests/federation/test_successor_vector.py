"""A succession that another implementation has to read alike: its text, and the journal over it."""

import json
from pathlib import Path

from federation.succession.text import format_successor, read_successor
from ledger import crypto
from ledger.record import StateRecord, decode_record
from ledger.replay import JournalDigest, find_successors, replay
from ledger.state import State
from ledger.successor import (
    Successor,
    propose_successor,
    sign_successor,
    successor_signable,
)
from tests.support.succession import proposal, signed_by, succeed
from tests.support.township import Town

VECTOR = json.loads((Path(__file__).parents[1] / "vectors" / "successor.json").read_text("utf-8"))
RECORDS = [bytes.fromhex(record) for record in VECTOR["records"]]
NAMES = ("anna", "bert", "cleo")


def test_what_is_signed_is_that_of_the_vector() -> None:
    held = VECTOR["successor"]
    statement = Successor(
        bytes.fromhex(held["old"]), bytes.fromhex(held["new"]), held["size"],
        bytes.fromhex(held["root"]), held["time"], held["reason"],
    )  # fmt: skip
    assert successor_signable(statement).hex() == VECTOR["signable"]
    proposed = propose_successor(bytes.fromhex(VECTOR["new_seed"]), statement)
    assert format_successor(proposed) == VECTOR["proposal"]
    for seed, text in zip(VECTOR["member_seeds"], VECTOR["signatures"], strict=True):
        assert format_successor(sign_successor(bytes.fromhex(seed), proposed)) == text
    complete = read_successor(VECTOR["complete"])
    assert complete.statement == statement
    assert format_successor(complete) == VECTOR["complete"]
    assert crypto.public_key(bytes.fromhex(VECTOR["new_seed"])) == statement.new


def test_the_journal_replays_over_the_succession() -> None:
    (step,) = find_successors(RECORDS)
    state = State(step.old)
    assert list(replay(state, RECORDS))
    last = decode_record(RECORDS[-1])
    assert isinstance(last, StateRecord)
    assert {
        "key": state.key.hex(),
        "commons": state.commons.hex(),
        "size": state.tree.size,
        "root": state.tree.root.hex(),
        "accounts_root": last.accounts_root.hex(),
        "keys_root": last.keys_root.hex(),
        "community_hash": last.community_hash.hex(),
        "journal_sha256": JournalDigest(RECORDS).value.hex(),
    } == VECTOR["checkpoint"]


def test_the_same_inputs_still_give_the_same_bytes() -> None:
    town = Town(*NAMES, closed=True)
    town.merge(town.pay("anna", "bert", 700))
    assert format_successor(proposal(town)) == VECTOR["proposal"]
    assert format_successor(signed_by(town, "anna", "bert")) == VECTOR["complete"]
    succeed(town, "anna", "bert")
    town.merge(town.pay("bert", "anna", 200))
    assert [record.hex() for record in town.records] == VECTOR["records"]
