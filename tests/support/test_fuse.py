"""The fuse ends a life at the chosen call, and the dead do nothing more."""

from contextlib import suppress
from pathlib import Path

import pytest

from federation.home import write_whole
from federation.item import sign_item
from ledger.store.database import Role, open_database
from ledger.store.meta import ValueStore
from tests.support.crash import Fuse, FusedDht, fuse_home, unfuse_home
from tests.support.loop import Crash, run_virtual
from tests.support.simdht import DhtNetwork, SimDht
from tests.support.weather import Weather


def test_every_effect_on_a_home_can_be_the_last(tmp_path: Path) -> None:
    trails: list[str] = []
    counts: list[tuple[int, bool]] = []
    for at in range(1, 20):
        home = tmp_path / str(at)
        home.mkdir()
        database = open_database(home / "member.db", Role.MEMBER, write=True)
        fuse = Fuse(at)
        fuse_home(home, fuse)
        try:
            for number in range(2):
                ValueStore(database).set("value", b"%d" % number)
            write_whole(home / "file", b"whole")
        except Crash:
            trails.append(fuse.trail[-1])
            with pytest.raises(Crash):
                ValueStore(database).set("value", b"dead")
        finally:
            unfuse_home(home)
            value = ValueStore(database).get("value")
            counts.append((-1 if value is None else int(value), (home / "file").exists()))
            database.close()
    assert trails == [
        "commit member.db",
        "commit member.db",
        "open file.new",
        "os.rename file.new",
    ]
    assert counts[:5] == [(-1, False), (0, False), (1, False), (1, False), (1, True)]


def test_a_port_dies_before_its_effect_and_stays_dead() -> None:
    item = sign_item(bytes(32), b"", 1, b"1:x")

    async def puts(at: int) -> int:
        network = DhtNetwork(Weather())
        dht = FusedDht(SimDht(network, "author"), Fuse(at))
        for _ in range(4):
            with suppress(Crash):
                await dht.put(item)
        return len(network.puts)

    assert [run_virtual(puts(at)) for at in (1, 3, 9)] == [0, 2, 4]


def test_no_handler_of_the_program_stops_a_crash() -> None:
    fuse = Fuse(1)

    def program() -> None:
        try:
            fuse.pass_("store.append")
        except Exception:  # noqa: BLE001 -- what a careless program might do
            pytest.fail("a crash was caught")

    with pytest.raises(Crash, match=r"store\.append"):
        program()
    assert fuse.trail == ["store.append"]
