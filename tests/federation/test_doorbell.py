"""Ringing at a manager's door: the bytes, whom a card may lead to, and that nobody waits."""

import asyncio

import pytest

from federation.doorbell import Ringer, read_origin, spell_ring

KEY = bytes(range(32))


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("", None),
        ("http://bank.example", ("bank.example", 80, False)),
        ("https://bank.example/way/to?it=1", ("bank.example", 443, True)),
        ("https://bank.example:8418", ("bank.example", 8418, True)),
        ("http://[2001:db8::1]:8418", ("2001:db8::1", 8418, False)),
        ("http://somebody:secret@bank.example", None),
        ("http://bank.example:99999", None),
        ("http://[half", None),
        ("http://", None),
        ("ftp://bank.example", None),
        ("http://bank.example\\@other", None),
    ],
)
def test_only_the_origin_of_a_cards_address_counts(
    address: str, origin: tuple[str, int, bool] | None
) -> None:
    assert read_origin(address) == origin


def test_a_ring_has_these_bytes() -> None:
    assert spell_ring("bank.example", 80, KEY, secure=False) == (
        b"POST /doorbell HTTP/1.1\r\nHost: bank.example\r\n"
        b"Content-Type: application/octet-stream\r\nContent-Length: 32\r\n"
        b"Connection: close\r\n\r\n" + KEY
    )
    assert b"Host: [2001:db8::1]:8418\r\n" in spell_ring("2001:db8::1", 8418, KEY, secure=True)


async def test_a_ring_arrives_and_one_under_way_is_not_doubled() -> None:
    came: list[bytes] = []
    let_go = asyncio.Event()
    heard = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(await reader.readexactly(len(spell_ring("127.0.0.1", port, KEY, secure=False))))
        heard.set()
        await let_go.wait()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        ringer = Ringer(f"http://127.0.0.1:{port}/deep/path", KEY)
        ringer.ring()
        await heard.wait()
        ringer.ring()
        let_go.set()
        await ringer.close()
    assert came == [spell_ring("127.0.0.1", port, KEY, secure=False)]


async def test_where_nobody_is_a_ring_is_only_given_up() -> None:
    ringer = Ringer("http://127.0.0.1:1", KEY)
    ringer.ring()
    await ringer.close()
    nowhere = Ringer("", KEY)
    nowhere.ring()
    await nowhere.close()
