"""Somebody who sends requests to the sample face, as a browser or as a program."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import ClientResponse, ClientSession, CookieJar, web

from federation.web.server import serve_web
from tests.support.webface import TOKEN


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str

    def hidden(self, name: str) -> str:
        """Return a hidden field of the page's first form that has it."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.text)
        assert found is not None, f"no field {name} in:\n{self.text}"
        return found[1]


@dataclass(frozen=True, slots=True)
class Client:
    """A browser's cookies and the address it talks to."""

    session: ClientSession
    url: str

    async def get(self, path: str, **headers: str) -> Answer:
        """Ask, and do not follow redirects."""
        asked = self.session.get(self.url + path, headers=_spell(headers), allow_redirects=False)
        async with asked as response:
            return await _read(response)

    async def post(self, path: str, data: object, **headers: str) -> Answer:
        """Send a form."""
        sent = self.session.post(
            self.url + path, data=data, headers=_spell(headers), allow_redirects=False
        )
        async with sent as response:
            return await _read(response)

    async def sign_in(self) -> Answer:
        """Sign in by the printed link and return the first page."""
        answer = await self.get(f"/login?token={TOKEN}")
        assert answer.status == 303
        return await self.get(answer.headers["Location"])


@asynccontextmanager
async def client_of(app: web.Application) -> AsyncIterator[Client]:
    """Give a client of an application that is served on a real loopback port."""
    jar = CookieJar(unsafe=True)
    async with serve_web(app, "127.0.0.1", 0) as served, ClientSession(cookie_jar=jar) as session:
        yield Client(session, served.url)


async def _read(response: ClientResponse) -> Answer:
    return Answer(response.status, response.headers, await response.text())


def _spell(headers: Mapping[str, str]) -> dict[str, str]:
    """Return header names from argument names: ``Sec_Fetch_Site`` is ``Sec-Fetch-Site``."""
    return {name.replace("_", "-"): text for name, text in headers.items()}
