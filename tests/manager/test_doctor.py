"""The doctor's findings, each with a next step where something is wrong."""

import pytest

from federation import bencode
from federation.console.doctor import CLOCK_S_MAX, exit_of
from federation.console.terminal import Exit
from federation.item import sign_item
from manager.doctor import check_daemon, check_ledger, check_network
from manager.office import open_office
from tests.manager.test_care import damage
from tests.support.council import Council
from tests.support.simdht import DhtNetwork, SimDht
from tests.support.township import START, seed_of
from tests.support.weather import calm


def test_a_silent_network_ends_with_3_and_every_finding_has_a_next_step(council: Council) -> None:
    council.open()
    said = council.cli("doctor", "--home", council.home.path, "--json")
    found = {one["what"]: one for one in said.held}
    assert said.code == 3
    assert found["ledger"]["well"]
    assert [name for name in found if not found[name]["well"]] == ["manager", "reachability"]
    assert "commontab-manager run" in found["manager"]["step"]
    assert "firewall" in found["reachability"]["step"]


def test_a_ledger_that_cannot_work_is_found(council: Council) -> None:
    with open_office(council.home) as office:
        assert check_ledger(office).step == "run `commontab-manager open`"
    council.open("ada", "ben")
    council.merge(council.pay("ada", "ben", 100))
    damage(council, "DELETE FROM account WHERE handle = 'ada'")
    with open_office(council.home) as office:
        found = check_ledger(office)
    assert (found.well, found.step) == (False, "restore a backup")
    assert exit_of([found]) is Exit.STORAGE


def test_a_manager_has_to_run_once_the_ledger_is_open() -> None:
    assert check_daemon(None, opened=False).well
    assert check_daemon(7, opened=True).well
    assert not check_daemon(None, opened=True).well


@pytest.mark.parametrize(
    ("ahead_s", "well"),
    [
        pytest.param(0, True, id="now"),
        pytest.param(-86_400, True, id="long ago"),
        pytest.param(CLOCK_S_MAX + 1, False, id="in the future"),
    ],
)
async def test_the_slot_tells_nodes_copies_and_the_clock(ahead_s: int, *, well: bool) -> None:
    dht = SimDht(DhtNetwork(calm()), "manager")
    item = sign_item(seed_of("community"), b"", START + ahead_s, bencode.encode(b"x"))
    await dht.put(item)
    found = await check_network(dht, item.slot.key, START, published=True)
    assert [one.what for one in found] == [
        "reachability", "DHT nodes", "copies of the checkpoint", "slot",
    ]  # fmt: skip
    assert [one.well for one in found] == [True, True, True, well]


async def test_a_checkpoint_that_nobody_stores_is_found() -> None:
    dht = SimDht(DhtNetwork(calm()), "manager")
    found = await check_network(dht, bytes(32), START, published=True)
    copies = next(one for one in found if one.what == "copies of the checkpoint")
    assert (copies.well, "commontab-manager run" in copies.step) == (False, True)
    fresh = await check_network(dht, bytes(32), START, published=False)
    assert all(one.well for one in fresh)


async def test_nobody_at_all_answers() -> None:
    network = DhtNetwork(calm())
    network.offline.add("manager")
    found = await check_network(SimDht(network, "manager"), bytes(32), START, published=True)
    assert [one.what for one in found] == ["reachability"]
    assert exit_of(found) is Exit.NETWORK
