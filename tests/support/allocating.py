"""Processes of one home that sign change-sets at the same time."""

import json
import multiprocessing
import sys
from pathlib import Path

from ledger.changeset import NOTHING_SEEN, ChangeSet, Verified, sign_change_set
from ledger.operation import Profile
from ledger.store.database import Role, open_database
from ledger.store.outgoing import OutgoingStore

COMMUNITY = bytes(32)
SEED = bytes(range(32))


def build(generation: int, number: int, previous: bytes) -> Verified:
    """Sign a change-set that says its number."""
    profile = Profile(f"change {number}")
    asked = ChangeSet(generation, number, previous, 1, NOTHING_SEEN, (profile,))
    return sign_change_set(COMMUNITY, SEED, asked)


def allocate(path: Path) -> int:
    """Open the home's database, sign one change-set and return its number."""
    database = open_database(path, Role.MEMBER, write=True)
    try:
        return OutgoingStore(database).allocate_and_sign(build, 1).change_set.number
    finally:
        database.close()


def main(path: Path, count: int) -> None:
    """Let ``count`` processes of one home sign at once, and print their numbers as JSON."""
    with multiprocessing.get_context("fork").Pool(count) as pool:
        print(json.dumps(pool.map(allocate, [path] * count, chunksize=1)))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
