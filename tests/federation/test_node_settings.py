"""What a session is told about each kind of network."""

from itertools import accumulate
from typing import get_args

import libtorrent as lt
import pytest

from federation.follow import FETCH_S
from federation.settings import Kind
from federation.torrent.settings import FETCH_FLAGS, SEED_FLAGS, session_settings

KINDS: tuple[Kind, ...] = get_args(Kind)


@pytest.mark.parametrize("kind", KINDS)
def test_every_setting_is_one_of_libtorrents(kind: Kind) -> None:
    known = lt.default_settings()
    settings = session_settings(kind, "", 0)
    assert {key: type(value) for key, value in settings.items()} == {
        key: type(known[key])  # type: ignore[literal-required]
        for key in settings
    }


@pytest.mark.parametrize("kind", KINDS)
def test_peers_come_from_the_dht_only(kind: Kind) -> None:
    settings = session_settings(kind, "", 0)
    assert settings["enable_lsd"] is False
    assert settings["max_web_seed_connections"] == 0
    for flags in (FETCH_FLAGS, SEED_FLAGS):
        assert flags & lt.torrent_flags.disable_pex
        assert flags & lt.torrent_flags.disable_lsd


def test_a_fetching_torrent_is_not_announced() -> None:
    assert FETCH_FLAGS & lt.torrent_flags.disable_dht
    assert not SEED_FLAGS & lt.torrent_flags.disable_dht


@pytest.mark.parametrize("kind", KINDS)
def test_the_only_source_of_a_snapshot_is_tried_again_while_a_fetch_lasts(kind: Kind) -> None:
    settings = session_settings(kind, "", 0)
    tries_max, pause_s = int(settings["max_failcount"]), int(settings["min_reconnect_time"])
    # libtorrent waits one pause more after each failure.
    pauses = accumulate((failures + 1) * pause_s for failures in range(1, tries_max))
    assert sum(waited_s < FETCH_S for waited_s in pauses) >= 6
    assert settings["allow_multiple_connections_per_ip"] is True


@pytest.mark.parametrize("kind", ["private", "loopback"])
def test_no_router_is_asked_for_a_port_off_the_public_network(kind: Kind) -> None:
    settings = session_settings(kind, "", 0)
    assert (settings["enable_upnp"], settings["enable_natpmp"]) == (False, False)


@pytest.mark.parametrize(
    ("kind", "host", "port", "expected"),
    [
        ("public", "", 0, "0.0.0.0:6881,[::]:6881"),
        ("public", "", 7000, "0.0.0.0:7000,[::]:7000"),
        ("public", "192.0.2.7", 0, "192.0.2.7:6881"),
        ("private", "", 0, "0.0.0.0:0"),
        ("private", "fd00::7", 7000, "[fd00::7]:7000"),
        ("loopback", "", 0, "127.0.0.1:0"),
        ("loopback", "127.0.3.4", 0, "127.0.3.4:0"),
    ],
)
def test_a_session_listens_where_it_is_told(
    kind: Kind, host: str, port: int, expected: str
) -> None:
    assert session_settings(kind, host, port)["listen_interfaces"] == expected
