"""What a manager remembers of linked communities' slots and checkpoints."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from ledger.store.database import Database
from ledger.store.link_door import (
    LINK_EVIDENCE_MAX,
    LinkDoor,
    LinkDoorStore,
    LinkEvidence,
    keep_link_doors,
)
from tests.support.storage import StoredTown, open_manager

HILL, LAKE = b"h" * 32, b"l" * 32


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = open_manager(tmp_path)
    yield database
    database.close()


def door(size: int, root: bytes = b"r" * 32) -> LinkDoor:
    return LinkDoor(HILL, 3, 100, 99, 7, 40, size, root, b"note", 30, b"q" * 32, 98, "late")


def test_nothing_is_known_of_a_new_link(database: Database) -> None:
    store = LinkDoorStore(database)
    assert store.doors() == {}
    assert store.door(HILL) == LinkDoor(HILL)
    store.keep([LinkDoor(HILL)])
    assert store.doors() == {HILL: LinkDoor(HILL)}


def test_what_was_polled_is_read_back_and_goes_on(database: Database) -> None:
    store = LinkDoorStore(database)
    store.keep([door(50), LinkDoor(LAKE, polled=5)])
    store.keep([door(60, b"s" * 32)])
    assert store.door(HILL) == door(60, b"s" * 32)
    assert store.doors() == {HILL: door(60, b"s" * 32), LAKE: LinkDoor(LAKE, polled=5)}


@pytest.mark.parametrize("other", [door(49), door(50, b"x" * 32)], ids=["smaller", "other root"])
def test_a_kept_checkpoint_is_never_taken_back(database: Database, other: LinkDoor) -> None:
    store = LinkDoorStore(database)
    store.keep([door(50)])
    with pytest.raises(AssertionError, match="one root a size"):
        store.keep([other])
    assert store.door(HILL) == door(50)


def test_it_is_kept_in_a_merge_s_own_transaction_or_not_at_all(database: Database) -> None:
    town = StoredTown(database, "ada", "ben")

    def stumble(connection: Connection) -> None:
        keep_link_doors(connection, [door(50)])
        raise ZeroDivisionError

    town.extra = stumble
    with pytest.raises(ZeroDivisionError):
        town.merge(town.pay("ada", "ben", 5))
    assert LinkDoorStore(database).doors() == {}


def test_a_contradiction_is_kept_once_and_not_without_end(database: Database) -> None:
    store = LinkDoorStore(database)
    found = [
        LinkEvidence(HILL, bytes([place]) * 32, 50, b"other", b"note", place)
        for place in range(LINK_EVIDENCE_MAX + 3)
    ]
    for one in (*found, found[0]):
        store.keep_evidence(one)
    assert store.evidence() == found[:LINK_EVIDENCE_MAX]
