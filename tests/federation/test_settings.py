"""The settings of a home: what a person may write into them, and a fixed port."""

import json
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from federation.home import make_home
from federation.item import sign_item
from federation.settings import Network, Settings, SettingsInvalid, load_settings, save_settings
from federation.station import open_station

SEED = bytes(range(32))
WRITTEN = Settings(network=Network("private", (("192.0.2.7", 6881),)), port=6881, round_s=2.5)
SERVED = replace(
    WRITTEN, web_port=8000, web_listen="192.0.2.8", web_hosts=("commontab.example",), web_tls="auto"
)
NAMED = replace(WRITTEN, name_suffix="names.example")


def test_settings_come_back_as_they_were(tmp_path: Path) -> None:
    for settings in (WRITTEN, SERVED, NAMED):
        save_settings(tmp_path, settings)
        assert load_settings(tmp_path) == settings


@pytest.mark.parametrize(
    ("settings", "seconds"),
    [
        (Settings(Network("public")), 15),
        (Settings(Network("private")), 1),
        (Settings(Network("loopback")), 1),
        (Settings(Network("public"), link_round_s=4), 4),
    ],
)
def test_links_have_a_rhythm_of_their_own(settings: Settings, seconds: float) -> None:
    assert settings.link_interval_s == seconds


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", 65_536),
        ("port", -1),
        ("port", "6881"),
        ("round_s", -1),
        ("round_s", "often"),
        ("round_s", float("nan")),
        ("link_round_s", -1),
        ("audit_s", 0),
        ("keep_alive_s", 1e12),
        ("listen", 7),
        ("web_port", -2),
        ("web_port", True),
        ("web_listen", 7),
        ("web_hosts", "commontab.example"),
        ("web_hosts", [""]),
        ("web_proxies", [7]),
        ("web_tls", "yes"),
        ("attachments_bytes_max", -1),
        ("attachments_bytes_max", 0.5),
        ("attachments_bytes_max", True),
        ("name_suffix", 7),
        ("name_suffix", ""),
        ("name_suffix", ".tab.alt"),
        ("name_suffix", "Tab.alt"),
        ("name_suffix", "a" * 61),
        ("colour", "blue"),
    ],
)
def test_a_slip_in_the_file_is_named(tmp_path: Path, name: str, value: object) -> None:
    save_settings(tmp_path, WRITTEN)
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {name: value}), "utf-8")
    with pytest.raises(SettingsInvalid, match=name):
        load_settings(tmp_path)


async def test_a_node_at_a_fixed_port_is_a_private_network_of_its_own(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    settings = Settings(Network("private", (("127.0.0.1", port),)), "127.0.0.1", port)
    home = make_home(tmp_path / "manager", "community", SEED, None, settings)
    member = replace(settings, port=0)
    other = make_home(tmp_path / "member", "member", bytes(32), None, member)
    item = sign_item(SEED, b"", 1, b"5:value")
    async with open_station(home, settings) as station, open_station(other, member) as reader:
        assert station.swarm.address == ("127.0.0.1", port)
        assert (await station.dht.put(item)).accepted
        assert (await reader.dht.get(item.slot)).item == item
