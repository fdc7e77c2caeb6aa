"""The doctor's findings, each with a next step where something is wrong."""

import pytest

from federation.console.doctor import CLOCK_S_MAX, check_clock, check_disk
from federation.home import Home
from member.doctor import check_replica
from tests.support.prompt import Cli
from tests.support.township import START, Town


@pytest.mark.parametrize(
    ("ahead_s", "well"),
    [
        pytest.param(0, True, id="the same time"),
        pytest.param(-86_400, True, id="a merge long ago"),
        pytest.param(CLOCK_S_MAX, True, id="a little behind"),
        pytest.param(CLOCK_S_MAX + 1, False, id="behind the newest merge"),
    ],
)
def test_a_clock_behind_the_newest_merge_is_found(town: Town, ahead_s: int, *, well: bool) -> None:
    finding = check_clock(town.state, START - ahead_s, "ask")
    assert finding.well is well
    assert bool(finding.step) is not well


def test_without_a_ledger_there_is_nothing_to_compare(town: Town) -> None:
    assert check_clock(None, START, "ask").well
    assert check_replica(None, town["anna"].key).step == "run `commontab sync`"
    assert not check_replica(town.state, b"s" * 32).well
    assert check_replica(town.state, town["anna"].key).well


def test_the_disk_has_room_here(home: Home) -> None:
    assert check_disk(home).found.endswith("MiB free")


def test_a_silent_network_is_found_with_a_next_step(cli: Cli, home: Home) -> None:
    said = cli("doctor", "--home", home.path, "--json")
    assert said.code == 3
    ill = [one for one in said.held if not one["well"]]
    assert [one["what"] for one in ill] == ["freshness", "reachability"]
    assert "firewall" in ill[1]["step"]


def test_run_and_sync_need_a_community(cli: Cli, home: Home) -> None:
    path = home.path.parent / "new"
    cli("init", "Anna", "--no-passphrase", "--home", path)
    for verb in ("run --no-web", "sync", "doctor", "pay bert 5 --yes"):
        said = cli(*verb.split(), "--home", path)
        assert said.code == 2
        assert "no community was joined" in said.err
