"""Files before merging: what names them waits until they have come, and nobody is late for that."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from federation.blob import cut_blob
from federation.blob_transfer import put_blob
from ledger.attachment import ATTACHED_MAX, MONTH_BYTES_MAX
from ledger.codec import Shape
from ledger.operation import Attach, Pay
from ledger.outcome import Fate
from ledger.refusal import Code
from ledger.rule.mandate import month_number
from ledger.state import Filed
from ledger.store.attachment import AttachmentStore
from ledger.store.database import Database, Role, open_database
from manager.awaited import Awaited, part_awaited
from manager.files import KEY_BYTES_MAX, UNNAMED_S, Files
from manager.web.words import lateness
from tests.support.attached import text_file
from tests.support.council import Council
from tests.support.loop import run_virtual
from tests.support.simdht import DhtNetwork, SimDht
from tests.support.township import START, Town
from tests.support.weather import SimClock, calm

FILE, SEALED = text_file("bread")


def gift(town: Town) -> Pay:
    return town.payment("ben", 100)


@pytest.fixture
def town() -> Town:
    return Town("ada", "ben")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(open_database(tmp_path / "ledger.db", Role.MANAGER, write=True)) as opened:
        yield opened


def has_none(_hashes: object) -> dict[bytes, int]:
    return {}


def test_what_attaches_nothing_waits_for_nothing(town: Town) -> None:
    one = town["ada"].sign(gift(town))
    assert part_awaited([one], town.state, has_none, START) == ([one], [])


def test_a_change_set_waits_for_just_the_files_that_have_not_come(town: Town) -> None:
    other, _ = text_file("milk")
    one = town["ada"].sign(gift(town), FILE, other)
    after = town["ada"].sign(gift(town))
    ready, awaited = part_awaited(
        [one, after], town.state, lambda _: {FILE.hash: len(SEALED)}, START
    )
    assert (ready, awaited) == ([after], [Awaited(one, (other,))])
    both = {FILE.hash: len(SEALED), other.hash: other.length + 16}
    assert part_awaited([one], town.state, lambda _: both, START) == ([one], [])


def test_a_kept_file_of_another_length_than_is_said_is_not_the_one(town: Town) -> None:
    lied = Attach(None, "a", 4, FILE.length + 1, FILE.hash, FILE.target, FILE.key)
    one = town["ada"].sign(gift(town), lied)
    here = {FILE.hash: len(SEALED)}
    ready, awaited = part_awaited([one], town.state, lambda _: here, START)
    assert (ready, awaited) == ([], [Awaited(one, (lied,))])


def test_what_a_merge_refuses_in_any_case_does_not_wait(town: Town) -> None:
    many = town["ada"].sign(gift(town), *[FILE] * (ATTACHED_MAX + 1))
    assert part_awaited([many], town.state, has_none, START)[1] == []
    town.state.filed[town["ben"].id] = Filed(month_number(START), MONTH_BYTES_MAX)
    full = town["ben"].sign(Pay(town["ada"].id, 1, "EUR", "", b"", None), FILE)
    assert part_awaited([full], town.state, has_none, START)[1] == []
    town.state.filed[town["ben"].id] = Filed(month_number(START) - 1, MONTH_BYTES_MAX)
    assert len(part_awaited([full], town.state, has_none, START)[1]) == 1


def test_what_is_settled_already_does_not_wait(town: Town) -> None:
    one = town["ada"].sign(gift(town), FILE)
    town.merge(one)
    assert part_awaited([one], town.state, has_none, START) == ([one], [])


class Yard:
    """A manager's files over a simulated network."""

    def __init__(self, database: Database, round_s: float = 60.0) -> None:
        self.network = DhtNetwork(calm())
        self.store = AttachmentStore(database)
        self.clock = SimClock()
        self.files = Files(
            store=self.store,
            dht=SimDht(self.network, "manager"),
            clock=self.clock,
            round_s=round_s,
        )

    async def put(self, sealed: bytes) -> None:
        assert await put_blob(SimDht(self.network, "author"), cut_blob(sealed))

    def asked(self) -> int:
        return self.network.calls["manager", "get_immutable"]


def test_a_file_that_comes_is_kept_and_others_are_tried_again_later(
    town: Town, database: Database
) -> None:
    other, other_sealed = text_file("milk")
    waiting = [
        Awaited(town["ada"].sign(gift(town), FILE), (FILE,)),
        Awaited(town["ben"].sign(gift(town), other), (other,)),
    ]

    async def story() -> None:
        yard = Yard(database)
        await yard.put(SEALED)
        assert await yard.files.fetch(waiting) == 1
        assert yard.store.sealed(FILE.hash) == SEALED
        asked = yard.asked()
        assert await yard.files.fetch(waiting[1:]) == 0
        assert yard.asked() == asked  # not due yet
        await yard.put(other_sealed)
        await yard.clock.sleep(5)
        assert await yard.files.fetch(waiting[1:]) == 1
        assert yard.store.has([FILE.hash, other.hash]) == {FILE.hash, other.hash}

    run_virtual(story())


@pytest.mark.parametrize("lie", ["target", "hash", "length"])
def test_a_file_that_is_not_what_its_author_says_is_never_kept(
    town: Town, database: Database, lie: str
) -> None:
    other, _ = text_file("another")
    lies: dict[str, Shape] = {
        "target": Attach(None, "a", 4, FILE.length, FILE.hash, other.target, FILE.key),
        "hash": Attach(None, "a", 4, FILE.length, other.hash, FILE.target, FILE.key),
        "length": Attach(None, "a", 4, 262_144, FILE.hash, FILE.target, FILE.key),
    }
    lied = lies[lie]
    assert isinstance(lied, Attach)

    async def story() -> None:
        yard = Yard(database)
        await yard.put(SEALED)
        for _ in range(4):
            one = Awaited(town["ada"].sign(gift(town), lied), (lied,))
            assert await yard.files.fetch([one]) == 0
            await yard.clock.sleep(600)
        assert yard.store.has([lied.hash, FILE.hash]) == set()
        assert yard.asked() <= 8

    run_virtual(story())


def test_one_key_gets_no_more_than_its_share_of_a_round(town: Town, database: Database) -> None:
    pairs = [text_file(f"{number:06}" * 43_690) for number in range(10)]
    files = tuple(file for file, _ in pairs)
    one = Awaited(town["ada"].sign(gift(town), *files), files)

    async def story() -> None:
        yard = Yard(database, round_s=60)
        for _, sealed in pairs:
            await yard.put(sealed)
        came = await yard.files.fetch([one])
        assert came == KEY_BYTES_MAX // (files[0].length + 16) == 7
        here = yard.store.has([file.hash for file in files])
        rest = tuple(file for file in files if file.hash not in here)
        left = Awaited(one.change_set, rest)
        assert await yard.files.fetch([left]) == 0
        await yard.clock.sleep(60)
        assert await yard.files.fetch([left]) == 3

    run_virtual(story())


def test_files_that_nothing_names_any_more_are_let_go_of(town: Town, database: Database) -> None:
    other, other_sealed = text_file("milk")
    still = Awaited(town["ben"].sign(gift(town), other, FILE), (FILE,))

    async def story() -> None:
        yard = Yard(database)
        yard.store.keep(SEALED, yard.clock.now())
        yard.store.keep(other_sealed, yard.clock.now())
        await yard.files.tidy([still])
        await yard.clock.sleep(UNNAMED_S + 1)
        await yard.files.tidy([still])
        assert yard.store.has([FILE.hash, other.hash]) == {FILE.hash, other.hash}
        await yard.files.tidy([])
        assert yard.store.has([FILE.hash, other.hash]) == set()

    run_virtual(story())


def test_books_leave_a_change_set_at_the_door_until_its_file_is_here(council: Council) -> None:
    council.open("ada", "ben")
    pay = council.pay("ada", "ben", 100).change_set.operations[0]
    council.people["ada"].number, council.people["ada"].previous = 0, b""
    one = council.people["ada"].sign(pay, FILE)
    after = council.pay("ada", "ben", 5)
    merged = council.merge(one, after)
    assert [held.files for held in merged.awaited] == [(FILE,)]
    assert Fate.MERGED not in {outcome.fate for outcome in merged.outcomes}
    with closing(open_database(council.home.ledger, Role.MANAGER, write=True)) as database:
        AttachmentStore(database).keep(SEALED, START)
    merged = council.merge()
    assert merged.awaited == ()
    assert [outcome.fate for outcome in merged.outcomes] == [Fate.MERGED, Fate.MERGED]


def test_whoever_waits_for_a_file_is_named_with_it_and_nobody_is_late(council: Council) -> None:
    council.open("ada", "ben")
    pay = council.pay("ada", "ben", 100).change_set.operations[0]
    council.people["ada"].number, council.people["ada"].previous = 0, b""
    council.merge(council.people["ada"].sign(pay, FILE), now=int(time.time()))
    held = council.cli("status", "--home", council.home.path, "--json")
    ada = held.held["members"][0]
    assert (held.code, ada["pending"], ada["late"], ada["files"]) == (0, 1, False, ["list.txt"])
    said = council.cli("status", "--home", council.home.path).out
    assert "waits for the file list.txt" in said


def test_too_many_files_are_refused_without_being_fetched(council: Council) -> None:
    council.open("ada", "ben")
    pay = council.pay("ada", "ben", 100).change_set.operations[0]
    council.people["ada"].number, council.people["ada"].previous = 0, b""
    merged = council.merge(council.people["ada"].sign(pay, *[FILE] * (ATTACHED_MAX + 1)))
    (outcome,) = merged.outcomes
    assert outcome.refusal is not None
    assert outcome.refusal.code is Code.TOO_MANY_ATTACHED


def test_the_page_says_for_which_file_somebody_waits() -> None:
    member = {"late": False, "files": ["till.webp", "list.txt"], "pending": 2, "polled": 1}
    assert lateness(member, START) == ("wait", "waits for the file till.webp, list.txt")
