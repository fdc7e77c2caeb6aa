"""A BitTorrent peer that serves any metadata and data, true or not, and stops when told to.

libtorrent itself refuses to seed most lies, so this one speaks just enough of the protocol: BEP 3
(handshake, have everything, pieces), BEP 10 (extensions) and BEP 9 (metadata).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from hashlib import sha1
from typing import Any

from federation.bencode import decode_lenient, encode

HANDSHAKE_BYTES = 68
PROTOCOL = b"\x13BitTorrent protocol"
EXTENSIONS = b"\0\0\0\0\0\x10\0\0"
BLOCK_BYTES = 16_384
UNCHOKE, BITFIELD, REQUEST, PIECE, EXTENDED = 1, 5, 6, 7, 20
UT_METADATA = 3


class Rogue:
    """Serves one info dictionary and the bytes behind it.

    Args:
        info: Given out as metadata, in whatever shape.
        data: All files and padding, one after the other.
        piece_length: Of the torrent.
        blocks_max: After so many blocks of data it answers no more.
    """

    def __init__(
        self,
        info: bytes,
        data: bytes = b"",
        piece_length: int = BLOCK_BYTES,
        blocks_max: int = 2**31,
    ) -> None:
        self.infohash = sha1(info).digest()  # noqa: S324 -- BEP 3 fixes SHA-1
        self.blocks_left = blocks_max
        self.address = ("127.0.0.1", 0)
        self._info = info
        self._data = data
        self._piece_length = piece_length

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator["Rogue"]:
        """Take connections until the block ends."""
        server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        self.address = server.sockets[0].getsockname()
        try:
            yield self
        finally:
            server.close()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await self._talk(reader, writer)
        writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello = await reader.readexactly(HANDSHAKE_BYTES)
        if not hello.startswith(PROTOCOL):
            return
        writer.write(PROTOCOL + EXTENSIONS + self.infohash + b"-XX0000-rogue-peer--")
        offer: dict[bytes, Any] = {
            b"m": {b"ut_metadata": UT_METADATA},
            b"metadata_size": len(self._info),
        }
        _send(writer, EXTENDED, b"\0" + encode(offer))
        pieces = -(-len(self._data) // self._piece_length)
        ones = (1 << pieces) - 1 << -pieces % 8
        if pieces:
            _send(writer, BITFIELD, ones.to_bytes(-(-pieces // 8), "big"))
        _send(writer, UNCHOKE, b"")
        their_id = 0
        while True:
            size = int.from_bytes(await reader.readexactly(4), "big")
            message = await reader.readexactly(size)
            if message[:2] == bytes([EXTENDED, 0]):
                theirs: Any = decode_lenient(message[2:])
                their_id = theirs[b"m"].get(b"ut_metadata", 0)
            elif message[:2] == bytes([EXTENDED, UT_METADATA]):
                asked: Any = decode_lenient(message[2:])
                self._give_metadata(writer, their_id, asked[b"piece"])
            elif message[:1] == bytes([REQUEST]):
                self._give_block(writer, message[1:])
            await writer.drain()

    def _give_metadata(self, writer: asyncio.StreamWriter, their_id: int, piece: int) -> None:
        head = {b"msg_type": 1, b"piece": piece, b"total_size": len(self._info)}
        part = self._info[piece * BLOCK_BYTES : (piece + 1) * BLOCK_BYTES]
        _send(writer, EXTENDED, bytes([their_id]) + encode({**head}) + part)

    def _give_block(self, writer: asyncio.StreamWriter, asked: bytes) -> None:
        if not self.blocks_left:
            return
        self.blocks_left -= 1
        index, begin, length = (int.from_bytes(asked[at : at + 4], "big") for at in (0, 4, 8))
        at = index * self._piece_length + begin
        _send(writer, PIECE, asked[:8] + self._data[at : at + length])


def _send(writer: asyncio.StreamWriter, kind: int, payload: bytes) -> None:
    writer.write((len(payload) + 1).to_bytes(4, "big") + bytes([kind]) + payload)
