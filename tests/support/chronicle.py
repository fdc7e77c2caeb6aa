"""What must hold of a whole world once it has come to rest, checked from stored bytes."""

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from federation.errors import SlotInvalid
from federation.item import MutableItem, SlotName
from federation.slot import checkpoint_slot, decode_checkpoint_value
from federation.witness.testimony import ReadTestimony, read_testimony
from ledger.changeset import Verified
from ledger.checkpoint import verify_checkpoint
from ledger.store.audit import audit
from ledger.store.journal import JournalStore
from ledger.store.outgoing import Outgoing, OutgoingStore
from ledger.store.witnessed import WitnessedStore
from tests.support.audit import Books, add_up, check_checkpoints, check_extends
from tests.support.simdht import SeenPut
from tests.support.world import MANAGER, World

ALL = 10_000
NOTHING: Mapping[int, bytes] = MappingProxyType({})
ROUND_S = 60
ROUNDS_MAX = 40


def journal(store: JournalStore) -> list[bytes]:
    """Return all plain records."""
    return list(store.records(0, store.tip().tree.size))


def check_world(
    world: World, signed: Sequence[Verified], also_kept: Mapping[int, bytes] = NOTHING
) -> Books:
    """Accept a world at rest: everybody up to date, nothing lost, nothing twice.

    Args:
        world: The manager and all members alive.
        signed: Every change-set that a member's command ever signed.
        also_kept: Checkpoints that the manager's home kept before it was restored.

    Raises:
        AssertionError: Something does not hold; the message names it.
    """
    books = check_manager(world, also_kept)
    manager = journal(world.manager.store)
    for name, member in world.members.items():
        replica = journal(member.store)
        check_extends(replica, manager)
        assert len(replica) == len(manager), f"{name} has {len(replica)} of {len(manager)} records"
        _check_balances(books, name, world)
        check_outbox(world, books, name)
    check_slots(world)
    check_testimonies(world, books)
    for one in signed:
        place = f"generation {one.change_set.generation}, number {one.change_set.number}"
        assert (one.hash in books.merged) != (one.hash in books.refused), (
            f"{place} of {one.key.hex()[:8]} is not in the journal exactly once"
        )
    return books


def check_manager(world: World, also_kept: Mapping[int, bytes] = NOTHING) -> Books:
    """Accept the manager's journal, books and checkpoints, whatever the members have."""
    store = world.manager.store
    books = add_up(world.community, journal(store))
    audit(store)
    check_published(world, books, also_kept)
    return books


def check_published(world: World, books: Books, also_kept: Mapping[int, bytes] = NOTHING) -> None:
    """Accept every checkpoint that was ever put: kept before, of this journal, one root a size."""
    kept = {**also_kept, **kept_checkpoints(world.parties[MANAGER].home.ledger)}
    slot = checkpoint_slot(world.community)
    own: list[tuple[int, bytes]] = []
    every: list[tuple[int, bytes]] = []
    for seen in world.dht.puts:
        if seen.item.slot != slot:
            continue
        try:
            value = decode_checkpoint_value(seen.item.value)
        except SlotInvalid as error:
            raise AssertionError(f"{seen.party} put what is no checkpoint: {error}") from error
        checkpoint = verify_checkpoint(world.community, value.note)
        assert kept.get(checkpoint.size) == checkpoint.root, f"{checkpoint.size} was not kept"
        every.append((checkpoint.size, checkpoint.root))
        if seen.party == MANAGER:
            own.append((checkpoint.size, checkpoint.root))
    check_checkpoints(books, own)
    check_checkpoints(books, sorted(every))


def check_slots(world: World) -> None:
    """Accept what parties put into their own slots: kept first, one value a version, never back.

    Raises:
        AssertionError: A version had two values, or a party went back, or put what it lacks.
    """
    own = {party.key: name for name, party in world.parties.items()}
    values: dict[tuple[SlotName, int], bytes] = {}
    newest: dict[SlotName, MutableItem] = {}
    for seen in world.dht.puts:
        item = seen.item
        if own.get(item.slot.key) != seen.party:
            continue
        where = f"{seen.party}: version {item.seq} of a slot"
        assert values.setdefault((item.slot, item.seq), item.value) == item.value, where
        before = newest.setdefault(item.slot, item)
        assert item.seq >= before.seq, f"{where} after {before.seq}"
        newest[item.slot] = item
    for slot, item in newest.items():
        home = world.parties[own[slot.key]].home
        database = home.ledger if own[slot.key] == MANAGER else home.outgoing
        assert _kept_seq(database, slot) == item.seq, f"{own[slot.key]} put what he had not kept"


def check_testimonies(world: World, books: Books) -> None:
    """Accept what members ever vouched for: this journal, kept before it was said, never back.

    Raises:
        AssertionError: A testimony names another root, a smaller size, or what its home lacks.
    """
    newest: dict[str, int] = {}
    for seen in world.dht.puts:
        said = _testimony(world, seen)
        if said is None:
            continue
        size, root = said.checkpoint.size, said.checkpoint.root
        assert books.roots.get(size) == root, f"{seen.party} vouched for another root of {size}"
        before = newest.get(seen.party, 0)
        assert size >= before, f"{seen.party} vouched for {size} after {before}"
        newest[seen.party] = size
    for name, size in newest.items():
        with world.own(name) as own:
            kept = WitnessedStore(own).newest(world.community)
        assert kept is not None, f"{name} vouched for what he had not kept"
        assert kept.size >= size, f"{name} vouched for {size} and kept {kept.size}"


def _testimony(world: World, seen: SeenPut) -> ReadTestimony | None:
    party = world.parties.get(seen.party)
    if party is None or party.key != seen.item.slot.key:
        return None
    try:
        return read_testimony(world.community, party.key, seen.item.value)
    except SlotInvalid:
        return None


def _kept_seq(database: Path, slot: SlotName) -> int | None:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        query = "SELECT seq FROM slot WHERE key = ? AND salt = ?"
        row = connection.execute(query, (slot.key, slot.salt)).fetchone()
    finally:
        connection.close()
    return None if row is None else int(row[0])


def kept_checkpoints(database: Path) -> dict[int, bytes]:
    """Return size and root of every checkpoint that a manager's database keeps."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return dict(connection.execute("SELECT size, root FROM checkpoint").fetchall())
    finally:
        connection.close()


def outbox(world: World, name: str) -> list[Outgoing]:
    """Return all change-sets of a member's home, oldest first."""
    with world.own(name) as own:
        return OutgoingStore(own).newest(ALL)[::-1]


def check_outbox(world: World, books: Books, name: str) -> None:
    """Accept what a member's home says of his own change-sets."""
    numbers: dict[int, int] = {}
    for one in outbox(world, name):
        made = one.change_set
        generation, number = made.change_set.generation, made.change_set.number
        expected = numbers.get(generation, 0) + 1
        assert number == expected, f"{name}: number {number} follows {expected - 1}"
        numbers[generation] = number
        where = f"{name}: generation {generation}, number {number} is {one.state}"
        if made.hash in books.merged:
            assert one.state == "merged", where
        elif made.hash in books.refused:
            assert (one.state, one.code) == ("refused", books.refused[made.hash]), where
            assert one.text, where
        else:
            assert one.state == "superseded", where
        if one.state != "superseded":
            assert one.version == _version(books, made.hash), where


async def come_to_rest(world: World) -> None:
    """Let a calm world run until nothing is under way any more.

    Raises:
        AssertionError: It does not come to rest within 40 rounds; the message says who is behind.
    """
    late = "nobody"
    for _ in range(ROUNDS_MAX):
        await world.manager.run_cycle()
        await world.manager.fetch_files()
        for member in world.members.values():
            await member.look()
            await member.gather()
        late = ", ".join(_behind(world))
        if not late:
            return
        await world.parties[MANAGER].clock.sleep(ROUND_S)
    raise AssertionError(f"after {ROUNDS_MAX} rounds still behind: {late}")


def _behind(world: World) -> list[str]:
    size = world.manager.books.state.tree.size
    late = []
    for name, member in world.members.items():
        with world.own(name) as own:
            unsettled = OutgoingStore(own).unsettled()
        records = member.follower.replica.size
        if unsettled or records != size:
            said = world.parties[name].told[-1:]
            late.append(f"{name} ({len(unsettled)} unsettled, {records} of {size}, {said})")
    return late


def _check_balances(books: Books, name: str, world: World) -> None:
    for account in world.state(name).accounts.values():
        for balance in account.balances:
            place = account.id, balance.unit
            assert balance.posted == books.posted[place], f"{name}: {account.handle}"
            assert balance.pending_debit == books.pending_debit[place], f"{name}: {account.handle}"
            assert balance.pending_credit == books.pending_credit[place], name


def _version(books: Books, hashed: bytes) -> int:
    """Return which merge, counted from 1, brought a change-set."""
    index = books.merged[hashed] if hashed in books.merged else books.refusals[hashed]
    return 1 + sum(size <= index for size in books.roots)
