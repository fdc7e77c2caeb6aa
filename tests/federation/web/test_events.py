"""Live changes reach the pages that are open, and slow or gone pages hold nobody up."""

import asyncio
from contextlib import AsyncExitStack
from threading import Thread

from aiohttp import ClientResponse, ClientSession, CookieJar, TCPConnector

from federation.web.events import (
    LISTENERS_MAX,
    LISTENERS_OF_SOURCE_MAX,
    QUEUE_EVENTS_MAX,
    Events,
)
from federation.web.gate import GATE
from federation.web.server import serve_web
from tests.support.webclient import Client, client_of
from tests.support.webface import sample_app

WITHIN_S = 10.0


async def read_event(stream: ClientResponse) -> tuple[str, str]:
    """Return the next event's name and data, past comments."""
    name = data = ""
    while True:
        line = (await asyncio.wait_for(stream.content.readline(), WITHIN_S)).decode().rstrip("\n")
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            data = line.removeprefix("data: ")
        elif not line and name:
            return name, data


async def listen(client: Client) -> ClientResponse:
    stream = await client.session.get(client.url + "/events")
    assert stream.status == 200
    assert stream.headers["Content-Type"] == "text/event-stream"
    assert (await stream.content.readline()).startswith(b"retry: ")
    return stream


async def test_every_open_page_hears_what_is_told_from_any_thread() -> None:
    events = Events()
    async with client_of(sample_app(events=events)) as client:
        await client.sign_in()
        streams = [await listen(client), await listen(client)]
        teller = Thread(target=events.tell, args=("books", {"size": 7, "who": "Ärger\n"}))
        teller.start()
        heard = [await read_event(stream) for stream in streams]
        teller.join()
        for stream in streams:
            stream.close()
    assert heard == [("books", '{"size":7,"who":"\\u00c4rger\\n"}')] * 2


async def test_a_page_that_was_closed_is_forgotten() -> None:
    events = Events()
    async with client_of(sample_app(events=events)) as client:
        await client.sign_in()
        first, second = await listen(client), await listen(client)
        first.close()
        for number in range(QUEUE_EVENTS_MAX * 2):
            events.tell("books", {"n": number})
            await asyncio.sleep(0)
        assert (await read_event(second))[0] == "books"
        second.close()


async def test_only_so_many_pages_are_kept_informed_of_one_source_and_in_all() -> None:
    app = sample_app()
    sources = [f"127.0.0.{last}" for last in range(2, 7)]
    async with serve_web(app, "127.0.0.1", 0) as served, AsyncExitStack() as opened:
        clients = []
        for source in sources:
            session = ClientSession(
                cookie_jar=CookieJar(unsafe=True), connector=TCPConnector(local_addr=(source, 0))
            )
            client = Client(await opened.enter_async_context(session), served.url)
            await client.sign_in()
            clients.append(client)
        filling = clients[: LISTENERS_MAX // LISTENERS_OF_SOURCE_MAX]
        pages = [client for client in filling for _page in range(LISTENERS_OF_SOURCE_MAX)]
        streams = [await listen(client) for client in pages]
        assert app[GATE].turned_away["events"] == 0
        refused = [await client.get("/events") for client in (clients[0], clients[-1])]
        for stream in streams:
            stream.close()
    assert [answer.status for answer in refused] == [503, 503]
    assert "Too many pages" in refused[0].text
    assert refused[0].headers["Retry-After"]
    assert app[GATE].turned_away["events"] == 2


async def test_a_source_with_many_pages_is_told_before_all_are_taken() -> None:
    async with client_of(sample_app()) as client:
        await client.sign_in()
        streams = [await listen(client) for _page in range(LISTENERS_OF_SOURCE_MAX)]
        assert (await client.get("/events")).status == 503
        streams.pop().close()

        async def has_room() -> bool:
            async with client.session.get(client.url + "/events") as again:
                return again.status == 200

        async with asyncio.timeout(WITHIN_S):
            while not await has_room():
                pass
        for stream in streams:
            stream.close()


async def test_the_end_of_the_program_ends_every_stream() -> None:
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        async with serve_web(sample_app(), "127.0.0.1", 0) as served:
            client = Client(session, served.url)
            await client.sign_in()
            stream = await listen(client)
        assert await asyncio.wait_for(stream.content.read(), WITHIN_S) == b"\n"


def test_nobody_listens_before_anything_is_served() -> None:
    Events().tell("books")


async def test_who_signs_out_hears_nothing_more_and_others_go_on() -> None:
    events = Events()
    async with client_of(sample_app(events=events)) as client:
        home = await client.sign_in()
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
            other = Client(session, client.url)
            await other.sign_in()
            going = [await listen(client) for _page in range(2)]
            staying = await listen(other)
            await client.post("/logout", {"csrf": home.hidden("csrf")})
            events.tell("books")
            for stream in going:
                assert await asyncio.wait_for(stream.content.read(), WITHIN_S) == b"\n"
            assert (await read_event(staying))[0] == "books"
            staying.close()
