"""The archive: attached files reach everybody, leave when withdrawn, and hold nothing up."""

import shutil
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path

import pytest

from federation.archive.folder import ARCHIVES, ArchiveFolder
from federation.archive.follow import ArchiveFollower, Gathered
from ledger.archive import archive_torrent_name, parse_archive_name
from ledger.operation import AddUnit, Pay, WithdrawFile
from ledger.store.attachment import AttachmentStore
from ledger.store.audit import audit
from ledger.store.database import Database
from ledger.unit import Unit
from manager.opening import ConfirmationMissing
from manager.safe import restore_backup, write_backup
from tests.simulation.conftest import PEOPLE, Story
from tests.simulation.test_succession import agree, cross
from tests.support.attached import attach, sealed_file
from tests.support.chronicle import check_world, come_to_rest, outbox
from tests.support.crash import Fuse
from tests.support.liar import Liar
from tests.support.loop import Crash, run_virtual
from tests.support.simswarm import SimSwarm
from tests.support.world import MANAGER, Frozen, World, key_of

PAY = Pay(key_of("bo")[:16], 10, "EUR", "", b"", None)
CALLS_MAX = 100


async def _publish(world: World, *texts: str) -> None:
    """Let ada pay bo with these files, one publication each, as the manager has fetched them."""
    for text in texts:
        AttachmentStore(world.manager.books.store.database).keep(sealed_file(text), world.now())
        world.ask("ada", PAY, attach(text))
        await world.members["ada"].look()
        await world.manager.run_cycle()


def _store(world: World, name: str) -> AttachmentStore:
    """Return what a party has of attached files."""
    chief = name == world.chief
    store = world.manager.books.store if chief else world.members[name].store
    return AttachmentStore(store.database)


def _has(world: World, name: str, text: str) -> bool:
    return _store(world, name).sealed(attach(text).hash) == sealed_file(text)


def _folder(world: World, name: str) -> ArchiveFolder:
    return ArchiveFolder(world.parties[name].home.snapshots, world.community)


def _seeded(world: World, name: str) -> list[bytes]:
    """Return which archives somebody seeds."""
    return [
        infohash
        for infohash, parties in world.swarm.seeders.items()
        if name in parties
        and world.swarm.metadata[infohash].name == archive_torrent_name(world.community)
    ]


def _id_of(world: World, text: str) -> bytes:
    found = world.manager.books.state.attachments.values()
    return next(one.id for one in found if one.hash == attach(text).hash)


def _moved(world: World) -> list[str]:
    return [line for name in PEOPLE for line in world.parties[name].told if "attached" in line]


def test_files_reach_everybody_who_follows(tell: Callable[[Story], None]) -> None:
    async def story(world: World) -> None:
        await _publish(world, "soup", "bread")
        await come_to_rest(world)
        for name in PEOPLE:
            assert _has(world, name, "soup")
            assert _has(world, name, "bread")
            assert _seeded(world, name) == _seeded(world, MANAGER)
        assert len(_seeded(world, MANAGER)) == 1
        for name in PEOPLE:
            assert audit(world.members[name].store).files == 2
        check_world(world, [one.change_set for one in outbox(world, "ada")])

    tell(story)


def test_a_ledger_without_attachments_has_no_archive(tell: Callable[[Story], None]) -> None:
    async def story(world: World) -> None:
        await come_to_rest(world)
        assert _seeded(world, MANAGER) == []
        assert not _folder(world, "bo").path.exists()
        assert _moved(world) == []

    tell(story)


def test_members_have_them_when_the_manager_is_gone(tell: Callable[[Story], None]) -> None:
    async def story(world: World) -> None:
        world.stop_member("cleo")
        await _publish(world, "soup")
        await come_to_rest(world)
        world.stop_manager()
        world.cut_off(MANAGER)
        cleo = world.start_member("cleo")
        await cleo.look()
        await cleo.gather()
        assert _has(world, "cleo", "soup")

    tell(story)


def test_after_a_start_they_are_seeded_again_without_moving(tell: Callable[[Story], None]) -> None:
    async def story(world: World) -> None:
        await _publish(world, "soup")
        await come_to_rest(world)
        (archive,) = _seeded(world, MANAGER)
        world.stop_manager()
        world.stop_member("bo")
        assert _seeded(world, MANAGER) == _seeded(world, "bo") == []
        await world.start_manager().open()
        await world.manager.run_cycle()
        bo = world.start_member("bo")
        await bo.look()
        gathered = await bo.archive.gather()
        assert (gathered.came, gathered.moved_bytes, gathered.problem) == (0, 0, "")
        assert _seeded(world, MANAGER) == _seeded(world, "bo") == [archive]

    tell(story)


def test_sixteen_publications_join_and_nothing_moves_for_it(tell: Callable[[Story], None]) -> None:
    async def story(world: World) -> None:
        texts = [f"letter {number}" for number in range(17)]
        await _publish(world, *texts[:15])
        await come_to_rest(world)
        await _publish(world, texts[15])
        await world.members["bo"].look()
        gathered = await world.members["bo"].archive.gather()
        names = [parse_archive_name(one.name) for one in _folder(world, "bo").path.iterdir()]
        assert [name.span for name in names] == [(1, 0, 16)]
        assert gathered.came == 1
        one_file = len(sealed_file(texts[15])) + 4
        assert one_file <= gathered.moved_bytes
        await _publish(world, texts[16])
        await come_to_rest(world)
        for name in PEOPLE:
            assert all(_has(world, name, text) for text in texts)
            assert _seeded(world, name) == _seeded(world, MANAGER)

    tell(story)


def test_a_withdrawn_file_leaves_every_home_and_the_swarm(tell: Callable[[Story], None]) -> None:
    async def story(world: World) -> None:
        await _publish(world, "soup", "passport")
        await come_to_rest(world)
        (before,) = _seeded(world, MANAGER)
        world.tell(WithdrawFile(_id_of(world, "passport"), "not yours to show"))
        await come_to_rest(world)
        (after,) = _seeded(world, MANAGER)
        assert after != before
        for name in (MANAGER, *PEOPLE):
            assert _seeded(world, name) == [after]
            assert _has(world, name, "soup")
            assert _store(world, name).sealed(attach("passport").hash) is None
            folder = _folder(world, name)
            held = b"".join(path.read_bytes() for path in folder.path.iterdir())
            assert sealed_file("passport") not in held
            assert sealed_file("soup") in held
        (one,) = _store(world, "bo").span(1, 2)
        assert one.attached.reason == "not yours to show"
        assert _store(world, "bo").missing() == []

    tell(story)


def test_who_comes_after_a_withdrawal_gets_the_rest(tell: Callable[[Story], None]) -> None:
    async def story(world: World) -> None:
        world.stop_member("cleo")
        await _publish(world, "soup", "passport", "bread")
        world.tell(WithdrawFile(_id_of(world, "passport"), ""))
        await come_to_rest(world)
        world.start_member("cleo")
        await come_to_rest(world)
        assert [_has(world, "cleo", text) for text in ("soup", "bread")] == [True, True]
        assert _store(world, "cleo").missing() == []
        assert _seeded(world, "cleo") == _seeded(world, MANAGER)

    tell(story)


def test_a_file_that_the_manager_lost_is_missing_until_it_is_back(
    tell: Callable[[Story], None],
) -> None:
    async def story(world: World) -> None:
        world.stop_member("cleo")
        await _publish(world, "soup")
        await come_to_rest(world)
        _store(world, MANAGER).forget([attach("soup").hash])
        await _publish(world, "bread")
        world.start_member("cleo")
        await come_to_rest(world)
        assert [one.attached.hash for one in _store(world, "cleo").missing()] == [
            attach("soup").hash
        ]
        assert _has(world, "cleo", "bread")
        assert _has(world, "bo", "soup")
        _store(world, MANAGER).keep(sealed_file("soup"), world.now())
        world.tell(AddUnit(Unit("KM", 0, "Kilometres", 1, 1)))
        await come_to_rest(world)
        assert _has(world, "cleo", "soup")
        assert _seeded(world, "cleo") == _seeded(world, "bo") == _seeded(world, MANAGER)

    tell(story)


def test_who_has_little_room_keeps_the_newest(tell: Callable[[Story], None]) -> None:
    async def story(world: World) -> None:
        world.stop_member("cleo")
        await _publish(world, "soup", "bread", "milk")
        await come_to_rest(world)
        cleo = world.start_member("cleo")
        await cleo.look()
        none, poor = (
            ArchiveFollower(
                replica=cleo.follower.replica,
                swarm=SimSwarm(world.swarm, "cleo"),
                clock=world.parties["cleo"].clock,
                bytes_max=room,
            )
            for room in (0, 2 * (len(sealed_file("bread")) + 4))
        )
        assert await none.gather() == Gathered()
        gathered = await poor.gather()
        assert (gathered.came, gathered.problem) == (2, "")
        assert [_has(world, "cleo", text) for text in ("soup", "bread", "milk")] == [
            False,
            True,
            True,
        ]
        assert _seeded(world, "cleo") == []
        assert (await poor.gather()).moved_bytes == 0
        await cleo.gather()
        assert _has(world, "cleo", "soup")
        assert _seeded(world, "cleo") == _seeded(world, MANAGER)

    tell(story)


class Forger(AttachmentStore):
    """Somebody who hands out what he likes as the files of an archive."""

    handed: Sequence[bytes] = ()

    def files(self, first: int, end: int) -> Iterator[bytes]:
        """Give other files than there are."""
        yield from self.handed[first : end if end < ATTACHED else None]


class Forgetful(AttachmentStore):
    """Somebody who leaves the last attachment out."""

    def attaching(self, size: int) -> list[tuple[int, int]]:
        """Return what came before it."""
        return super().attaching(size)[:-1]


def _forger(*handed: bytes) -> Callable[[Database], AttachmentStore]:
    def make(database: Database) -> AttachmentStore:
        forger = Forger(database)
        forger.handed = handed
        return forger

    return make


ATTACHED = 2
SOUP, BREAD = sealed_file("soup"), sealed_file("bread")
LIES = {
    "another file": (_forger(sealed_file("soap"), BREAD), "something else as attachment", "bread"),
    "a file too many": (_forger(SOUP, BREAD, b""), "more frames", "soup bread"),
    "a file too few": (_forger(SOUP), "got 0 bytes", ""),
    "a shorter archive": (Forgetful, "is for 1 attached files; the records name 2", ""),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_manager_who_publishes_something_else_is_found_and_the_ledger_goes_on(
    tell: Callable[[Story], None], tmp_path: Path, lie: str
) -> None:
    async def story(world: World) -> None:
        world.stop_member("bo")
        await _publish(world, "soup", "bread")
        world.stop_manager()
        world.stop_member("ada")
        liar = Liar(world, tmp_path / "liar")
        liar.files, problem, kept = LIES[lie]
        await liar.publish_after(0, AddUnit(Unit("KM", 0, "Kilometres", 1, 1)))
        bo = world.start_member("bo")
        await bo.look()
        assert len(world.state("bo").attachments) == 2
        assert bo.follower.newest is not None
        await bo.gather()
        assert _seeded(world, "bo") == []
        assert problem in world.parties["bo"].told[-1]
        assert [text for text in ("soup", "bread") if _has(world, "bo", text)] == kept.split()
        assert _store(world, "bo").has([attach("soap").hash]) == set()
        liar.files = AttachmentStore
        shutil.rmtree(liar.home.snapshots)
        await liar.publish_after(0, AddUnit(Unit("HUG", 0, "Hugs", 1, 1)))
        await bo.look()
        await bo.gather()
        assert _has(world, "bo", "soup")
        assert _has(world, "bo", "bread")
        (archive,) = _seeded(world, "bo")
        assert archive in _seeded(world, "liar")

    tell(story)


async def _late(world: World, fuse: Fuse, at: int) -> None:
    """Live cleo's life: she comes back and gathers what was attached meanwhile."""
    await world.start_manager().open()
    await world.manager.run_cycle()
    cleo = world.start_member("cleo", fuse)
    await cleo.look()
    fuse.at = fuse.count + at
    await cleo.archive.gather()


async def _manager(world: World, fuse: Fuse, at: int) -> None:
    """Live the manager's life from a withdrawal to its publication."""
    manager = world.start_manager(fuse)
    await manager.open()
    fuse.at = fuse.count + at
    await manager.run_cycle()


@pytest.fixture(scope="module")
def attached(tmp_path_factory: pytest.TempPathFactory, settled_village: Frozen) -> Frozen:
    """Freeze the village with two files published that cleo has not, and one to be withdrawn."""
    directory = tmp_path_factory.mktemp("attached")

    async def live() -> Frozen:
        world = World(directory / "live", 5)
        world.thaw(settled_village)
        await world.start_manager().open()
        for name in ("ada", "bo"):
            await world.start_member(name).look()
        await _publish(world, "soup", "passport")
        await come_to_rest(world)
        world.tell(WithdrawFile(_id_of(world, "passport"), "private"))
        return world.freeze(directory / "kept")

    return run_virtual(live(), start_s=settled_village.at_s)


@pytest.mark.parametrize(("life", "step"), [(_late, 2), (_manager, 7)])
def test_a_death_loses_nothing(
    attached: Frozen,
    tmp_path: Path,
    life: Callable[[World, Fuse, int], Awaitable[None]],
    step: int,
) -> None:
    async def live(at: int) -> bool:
        world = World(tmp_path / "village", 5)
        world.thaw(attached)
        fuse = Fuse()
        try:
            try:
                await life(world, fuse, at)
            except Crash:
                assert fuse.blown
            world.stop_member("cleo")
            world.stop_manager()
            await world.start_manager().open()
            world.start_member("cleo")
            await come_to_rest(world)
            for name in (MANAGER, "cleo"):
                assert _has(world, name, "soup")
                assert _store(world, name).sealed(attach("passport").hash) is None
            assert len(_seeded(world, MANAGER)) == 1
            assert _seeded(world, "cleo") == _seeded(world, MANAGER)
        finally:
            world.close()
        return fuse.blown

    for at in range(1, CALLS_MAX, step):
        if not run_virtual(live(at), start_s=attached.at_s):
            break
    else:
        pytest.fail(f"a life of {CALLS_MAX} calls does something in circles")


def test_a_manager_restored_from_an_old_backup_gets_what_members_have(
    tell: Callable[[Story], None], tmp_path: Path
) -> None:
    async def story(world: World) -> None:
        home = world.parties[MANAGER].home
        write_backup(home, world.manager.store.database, tmp_path / "old.db")
        await _publish(world, "soup")
        await come_to_rest(world)
        world.stop_manager()
        shutil.rmtree(home.path)
        restore_backup(home, tmp_path / "old.db")
        with pytest.raises(ConfirmationMissing):
            await world.start_manager().open()
        assert _has(world, MANAGER, "soup")
        await world.manager.open(confirmed=True)
        await _publish(world, "bread")
        await come_to_rest(world)
        assert all(_has(world, name, text) for name in PEOPLE for text in ("soup", "bread"))
        assert _seeded(world, "bo") == _seeded(world, MANAGER)

    tell(story)


def test_files_go_on_under_a_communitys_new_key(tell: Callable[[Story], None]) -> None:
    async def story(world: World) -> None:
        await _publish(world, "soup", "passport")
        await come_to_rest(world)
        world.tell(WithdrawFile(_id_of(world, "passport"), ""))
        await come_to_rest(world)
        signed = agree(world, "bo", "ada", "bo")
        for name in PEOPLE:
            cross(world, name, signed)
        world.cut_off(MANAGER)
        await world.start_manager().open()
        for name in PEOPLE:
            world.start_member(name)
        await come_to_rest(world)
        assert all(_has(world, name, "soup") for name in (*PEOPLE, world.chief))
        assert _store(world, world.chief).sealed(attach("passport").hash) is None
        (archive,) = _seeded(world, world.chief)
        assert [_seeded(world, name) for name in PEOPLE] == [[archive]] * 3
        for name in PEOPLE:
            path = _folder(world, name).path
            assert list(path.parent.glob(ARCHIVES)) == [path]

    tell(story)


def test_a_manager_whose_disk_spoilt_the_archive_goes_on(tell: Callable[[Story], None]) -> None:
    async def story(world: World) -> None:
        await _publish(world, "soup")
        await come_to_rest(world)
        world.stop_manager()
        snapshots = world.parties[MANAGER].home.snapshots
        for path in snapshots.glob("*/files-*"):
            path.write_bytes(b"\xff" + path.read_bytes())
        _folder(world, MANAGER).prune([])
        await world.start_manager().open()
        await _publish(world, "bread")
        await come_to_rest(world)
        assert all(_has(world, name, text) for name in PEOPLE for text in ("soup", "bread"))
        assert _seeded(world, "bo") == _seeded(world, MANAGER)

    tell(story)
