"""Names read one by one from the tables, beside the state that is loaded whole."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import crypto
from ledger.link.terms import NO_FEE
from ledger.name.operation import Claim, Release
from ledger.operation import AddLink, SetLinkStatus
from ledger.store.name_lookup import NameLookup, Standing
from tests.support.realm import IN_EUR
from tests.support.storage import StoredTown, open_manager
from tests.support.township import seed_of


@pytest.fixture
def town(tmp_path: Path) -> Iterator[StoredTown]:
    town = StoredTown(open_manager(tmp_path), "anna", "bert")
    yield town
    town.database.close()


def test_a_name_is_what_the_state_says_and_follows_each_merge(town: StoredTown) -> None:
    lookup = NameLookup(town.database)
    assert (lookup.find("bakery"), lookup.names()) == (None, [])
    town.ask("anna", Claim("bakery", 0, None), Claim("ärzte", 0, None))
    town.ask("bert", Claim("mill", 0, None))
    assert lookup.names() == ["bakery", "mill", "ärzte"]
    for name in lookup.names():
        assert lookup.find(name) == town.state.names[name]
    town.ask("anna", Release("bakery"))
    assert lookup.find("bakery") is None
    assert lookup.names() == ["mill", "ärzte"]


def test_what_names_are_answered_under_follows_each_merge(town: StoredTown) -> None:
    lookup = NameLookup(town.database)
    other, theirs, ours = (crypto.public_key(seed_of(name)) for name in "xyz")
    before = lookup.standing()
    size = town.state.tree.size
    assert before == Standing(town.key, "Riverside", size, town.state.time, {})
    town.now += 9
    town.manage(AddLink(other, theirs, ours, "hill", "Hill", IN_EUR, False, NO_FEE, 9, 9))
    after = lookup.standing()
    assert after.links == {"hill": other}
    assert (after.size, after.time) == (town.state.tree.size, before.time + 9)
    town.manage(SetLinkStatus(other, "closed", "enough"))
    assert lookup.standing().links == {}
