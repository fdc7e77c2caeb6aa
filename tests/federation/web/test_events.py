"""Live changes reach the pages that are open, and slow or gone pages hold nobody up."""

import asyncio
from threading import Thread

from aiohttp import ClientResponse, ClientSession, CookieJar

from federation.web.events import LISTENERS_MAX, QUEUE_EVENTS_MAX, Events
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


async def test_only_so_many_pages_are_kept_informed() -> None:
    async with client_of(sample_app()) as client:
        await client.sign_in()
        streams = [await listen(client) for _page in range(LISTENERS_MAX)]
        refused = await client.session.get(client.url + "/events")
        assert refused.status == 503
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
