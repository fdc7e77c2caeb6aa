"""Names in the journal: everybody's own records tell of them, and they outlast a key."""

import pytest

from ledger.changeset import CHANGE_SET_BYTES_MAX, ChangeSet
from ledger.codec import decode
from ledger.name.operation import Claim, Offer, Release, RevokeName, Take
from ledger.own_chain import check_own, walk_own
from ledger.record import ChangeSetRecord, ManagerRecord, Record, decode_record
from ledger.replay import replay
from ledger.state import State
from tests.support.registry import NAMES, PRICED, ask, claimed, keep_names, registry
from tests.support.succession import NEW, succeed
from tests.support.township import DAY_S, Town


def own_of(town: Town, name: str) -> list[tuple[int, Record]]:
    """Return an account's records, oldest first, as its chain leads to them."""
    found = walk_own(town.account(name), lambda index: decode_record(town.records[index]))
    return list(found)[::-1]


@pytest.mark.parametrize("name", NAMES)
def test_everybodys_own_records_explain_what_was_paid_for_names(name: str) -> None:
    town = registry()
    keep_names(town)
    check_own([(0, town.key)], town.account(name), own_of(town, name))


def test_whoever_loses_a_name_finds_it_among_his_own_records() -> None:
    town = registry()
    claimed(town, "anna", "bakery")
    town.ask("anna", Offer("bakery", town["bert"].id))
    town.ask("bert", Take("bakery"))
    town.manage(RevokeName("bakery", "a fraud"))
    taken = own_of(town, "anna")[-1][1]
    assert isinstance(taken, ChangeSetRecord)
    assert taken.key == town["bert"].key
    asked = decode(taken.body, ChangeSet, CHANGE_SET_BYTES_MAX)
    assert asked.operations == (Take("bakery"),)
    revoked = own_of(town, "bert")[-1][1]
    assert isinstance(revoked, ManagerRecord)
    assert revoked.statement.operation == RevokeName("bakery", "a fraud")


def test_names_outlast_the_key_of_their_community() -> None:
    town = registry(PRICED)
    first = town.key
    claimed(town, "anna", "bakery")
    before = dict(town.state.names)
    succeed(town, "anna", "bert", "cleo")
    assert (town.state.key, town.state.names) == (NEW, before)
    assert town.state.name_rules == PRICED
    assert ask(town, "anna", Release("bakery"), Claim("garden", 500, "EUR")) is None
    state = State(first)
    assert list(replay(state, town.records))
    assert state == town.state


def test_a_name_can_end_in_the_batch_that_succeeds() -> None:
    town = registry(PRICED)
    first = town.key
    town.now = claimed(town, "anna", "bakery").expires + 10 * DAY_S
    succeed(town, "anna", "bert", "cleo")
    assert not town.state.names
    state = State(first)
    assert list(replay(state, town.records))
    assert state == town.state
