"""Where pages are served: ports, addresses, names, certificates."""

import asyncio
import socket
import ssl
import time
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from federation.errors import NetworkUnreachable
from federation.home import Home
from federation.settings import Settings, SettingsInvalid
from federation.web.events import Events
from federation.web.keep import WebFolder
from federation.web.login import Login
from federation.web.server import PORTS_TRIED, bind
from federation.web.start import PORTS, Opened, Place, open_face, place_of
from federation.web.tls import (
    VALID_DAYS,
    CertificateInvalid,
    keep_certificate,
    load_context,
    read_certificate,
)
from tests.support.webface import FACE

NOW = 1_800_000_000
DAY_S = 86_400
HERE = ("127.0.0.1", "localhost")
LOOPBACK = Place("127.0.0.1", 0, HERE)


def now() -> int:
    return int(time.time())


async def look(
    home: Home, place: Place, verify: ssl.SSLContext | bool = True
) -> tuple[Opened, int]:
    """Open a face and return what was said and the status of its login page."""
    login, events = Login(WebFolder.of(home).token()), Events()
    async with (
        open_face(
            home, FACE, place, desk=None, login=login, events=events, now=now, tell=print
        ) as opened,
        aiohttp.ClientSession() as session,
        session.get(f"{opened.url}/login", ssl=verify) as answer,
    ):
        return opened, answer.status


def test_settings_say_where_the_pages_are() -> None:
    place = place_of(Settings(), FACE)
    assert place is not None
    assert (place.listen, place.port, place.tls) == ("127.0.0.1", PORTS["member"], "")
    assert set(place.hosts) == {"localhost", "127.0.0.1", "::1"}
    assert place.proxies == ()
    assert place_of(Settings(web_port=-1), FACE) is None
    wide = place_of(Settings(web_listen="192.0.2.7", web_hosts=("tab.example",)), FACE)
    assert wide is not None
    assert {"192.0.2.7", "tab.example", socket.gethostname().lower()} <= set(wide.hosts)
    behind = place_of(Settings(web_tls="proxy"), FACE)
    assert behind is not None
    assert behind.proxies == ("127.0.0.1", "::1")


async def test_a_taken_port_is_passed_over_and_the_next_one_said(tmp_path: Path) -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        opened, status = await look(Home(tmp_path), replace(LOOPBACK, port=port))
    assert status == 200
    assert opened.wanted_port == port
    assert port < opened.port < port + PORTS_TRIED
    assert opened.link.startswith(f"http://127.0.0.1:{opened.port}/login?token=")


def test_two_programs_that_start_at_once_get_two_ports() -> None:
    with bind("127.0.0.1", 0) as one, bind("127.0.0.1", one.getsockname()[1]) as two:
        assert one.getsockname() != two.getsockname()


def test_an_address_that_is_not_ours_is_named() -> None:
    with pytest.raises(NetworkUnreachable, match=r"192\.0\.2\.1"):
        bind("192.0.2.1", 8_000)


async def test_a_self_made_certificate_is_the_one_whose_words_are_shown(tmp_path: Path) -> None:
    home = Home(tmp_path)
    folder = WebFolder.of(home).path
    certificate, _key = keep_certificate(folder, HERE, now())
    trusting = ssl.create_default_context(cafile=str(certificate))
    trusting.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    opened, status = await look(home, replace(LOOPBACK, tls="auto"), trusting)
    assert status == 200
    assert opened.url.startswith("https://")
    assert len(opened.words.split()) == 6
    assert opened.digest == read_certificate(certificate).hex
    assert len(opened.digest) == 95


def test_a_certificate_is_kept_until_it_must_be_new_and_its_key_always(tmp_path: Path) -> None:
    first = keep(tmp_path, HERE, NOW)
    assert keep(tmp_path, HERE, NOW + DAY_S) == first
    end = NOW + (VALID_DAYS - 30) * DAY_S
    later = keep(tmp_path, HERE, end)
    assert later[0] != first[0]
    assert later[1] == first[1]
    named = keep(tmp_path, (*HERE, "tab.example"), end)
    assert named[0] != later[0]
    assert keep(tmp_path, HERE, end) == named
    assert (tmp_path / "key.pem").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damage", [b"", b"junk", b"-----BEGIN CERTIFICATE-----\n"])
@pytest.mark.parametrize("name", ["cert.pem", "key.pem"])
def test_damaged_files_are_made_new(tmp_path: Path, name: str, damage: bytes) -> None:
    before = keep(tmp_path, HERE, NOW)
    (tmp_path / name).write_bytes(damage)
    after = keep(tmp_path, HERE, NOW)
    assert after[0] != before[0]
    load_context(tmp_path / "cert.pem", tmp_path / "key.pem")


def test_files_of_a_person_are_never_made_new_but_named(tmp_path: Path) -> None:
    keep(tmp_path / "one", HERE, NOW)
    keep(tmp_path / "two", HERE, NOW)
    with pytest.raises(CertificateInvalid, match=r"one.cert\.pem and .*two.key\.pem"):
        load_context(tmp_path / "one" / "cert.pem", tmp_path / "two" / "key.pem")
    with pytest.raises(CertificateInvalid, match="nowhere"):
        read_certificate(tmp_path / "nowhere")


@pytest.mark.parametrize("listen", ["0.0.0.0", "192.0.2.7", "::", "tab.example"])  # noqa: S104
async def test_nobody_else_is_served_without_tls(tmp_path: Path, listen: str) -> None:
    with pytest.raises(SettingsInvalid, match="web_tls"):
        await look(Home(tmp_path), replace(LOOPBACK, listen=listen))


async def test_the_pages_end_with_their_block(tmp_path: Path) -> None:
    opened, _status = await look(Home(tmp_path), LOOPBACK)
    with pytest.raises(ConnectionError):
        await asyncio.open_connection("127.0.0.1", opened.port)


def keep(folder: Path, hosts: tuple[str, ...], at: int) -> tuple[bytes, bytes]:
    certificate, key = keep_certificate(folder, hosts, at)
    return certificate.read_bytes(), key.read_bytes()
