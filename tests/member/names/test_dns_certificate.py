"""`commontab dns` over TLS: who asks gets the newest certificate, without a new start."""

import asyncio
import shutil
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import pytest

from federation.dns_face import run
from federation.dns_face.run import Wish, serve_names
from federation.home import Home
from federation.web.tls import keep_certificate
from ledger.store.database import Role
from tests.support.hamlet import refresh
from tests.support.township import Town, seed_of

HOST = "127.0.0.1"
PATIENCE_S = 30


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "first").mkdir()
    (tmp_path / "newer").mkdir()
    return keep_certificate(tmp_path / "first", [HOST], int(time.time()))


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "RENEW_S", 0.1)


@asynccontextmanager
async def serving(home: Home, tls: str, said: list[str]) -> AsyncIterator[int]:
    """Serve names over TLS and give its port; what is said comes into the list."""
    wish = Wish(port=0, tls=tls, tls_port=0, https_port=0)
    task = asyncio.create_task(serve_names(home, Role.REPLICA, seed_of("anna"), wish, said.append))
    try:
        line = await heard(said, "DNS over TLS: ")
        yield int(line.rstrip(".").rsplit(" ", 1)[1])
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def heard(said: list[str], begin: str) -> str:
    """Return the first line that begins so, when it has been said."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            for line in said:
                if line.startswith(begin):
                    return line
            await asyncio.sleep(0.02)


async def shown(port: int) -> str:
    """Return the certificate that a new connection is shown."""
    ask = partial(ssl.get_server_certificate, (HOST, port), timeout=PATIENCE_S)
    return (await asyncio.to_thread(ask)).strip()


async def wait_until_shown(port: int, wanted: Callable[[str], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if wanted(await shown(port)):
                return
            await asyncio.sleep(0.02)


def read(pair: tuple[Path, Path]) -> str:
    return pair[0].read_text("ascii").strip()


async def test_a_newer_certificate_is_used_at_once(
    home: Home, town: Town, tmp_path: Path, pair: tuple[Path, Path]
) -> None:
    refresh(home, town)
    newer = keep_certificate(tmp_path / "newer", [HOST], int(time.time()))
    said: list[str] = []
    async with serving(home, ",".join(map(str, pair)), said) as port:
        before = read(pair)
        assert await shown(port) == before
        pair[0].write_text("half a file")
        await heard(said, "The certificate of before is kept: ")
        assert await shown(port) == before
        for old, new in zip(reversed(pair), reversed(newer), strict=True):
            shutil.copy(new, old)
        await wait_until_shown(port, lambda held: held == read(newer))


async def test_a_self_made_certificate_is_made_anew_before_its_end(home: Home, town: Town) -> None:
    refresh(home, town)
    (home.path / "dns").mkdir(mode=0o700)
    pair = keep_certificate(home.path / "dns", [HOST, "localhost"], int(time.time()))
    said: list[str] = []
    async with serving(home, "auto", said) as port:
        before = read(pair)
        assert await shown(port) == before
        keep_certificate(home.path / "dns", [HOST, "other"], int(time.time()))
        await wait_until_shown(port, lambda held: held != before)
        assert await shown(port) == read(pair)
