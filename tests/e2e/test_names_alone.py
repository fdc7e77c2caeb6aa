"""A member without a running program resolves a name of a community that he has only the key of."""

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path

from federation.dht.contact import Address
from federation.home import Home
from federation.link.address import format_key
from federation.settings import Network, Settings, save_settings
from federation.station import open_station
from tests.support.dht import private_dht
from tests.support.hamlet import settle_in
from tests.support.registrar import COMMUNITY, Registrar, name_of
from tests.support.township import Town

DHT_NODES = 12


async def type_words(home: Home, *words: object) -> tuple[int, str, str]:
    """Run the member's command line as a process of its own; return its code and what it said."""
    typed = (*map(str, words), "--home", str(home.path), "--json")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "member.cli", *typed,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, complained = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode(), complained.decode()


async def live(folder: Path, nodes: list[Address]) -> None:
    network = Settings(network=Network("loopback", tuple(nodes[:5])))
    home = settle_in(folder / "anna", Town("anna", "bert"), "anna")
    save_settings(home.path, replace(home.settings(), network=network.network))
    (folder / "registrar").mkdir()
    async with open_station(Home(folder / "registrar"), network) as place:
        registrar = Registrar(folder, place)
        await registrar.publish([name_of(number, number) for number in range(50)])
        asked = f"www.name-7.{format_key(COMMUNITY)}.tab.alt"
        code, said, complained = await type_words(home, "name", "resolve", asked, "--prove")
        assert code == 0, complained
        held = json.loads(said)
        assert held["records"] == ["www 3600 IN A 0.0.0.7"]
        assert held["proof"].startswith("commontab/present/v1\nmap names\n")
        await registrar.publish([name_of(7, 99)])
        code, said, complained = await type_words(home, "name", "resolve", asked, "--fresh")
        assert json.loads(said)["records"] == ["www 3600 IN A 0.0.0.99"], complained


def test_a_name_is_resolved_by_a_key_alone(tmp_path: Path) -> None:
    with private_dht(DHT_NODES) as dht:
        asyncio.run(live(tmp_path, dht.nodes))
