"""Pieces of a torrent: the pieces that hold what is asked for, and no others."""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from federation.errors import TorrentRefused
from federation.port import FileEntry, Span
from federation.torrent.deadline import fetching_within
from federation.torrent.fetch import Fetch
from federation.torrent.hashes import count_pieces
from federation.torrent.metainfo import Metainfo

PIECES_KEPT = 16
"""Pieces in memory: neighbours are often asked for one after the other."""


class TorrentPieces:
    """The Pieces port over one torrent in the session.

    Args:
        fetch: Of that torrent, with its pieces entered.
        metainfo: The torrent's.
        deadline_s: For each reading, seconds.
    """

    def __init__(self, fetch: Fetch, metainfo: Metainfo, deadline_s: float) -> None:
        self.files: Sequence[FileEntry] = metainfo.entries
        self.piece_length = metainfo.piece_length
        self.moved_bytes = 0
        self._fetch = fetch
        self._metainfo = metainfo
        self._deadline_s = deadline_s
        self._here: set[int] = set()
        self._kept: dict[int, bytes] = {}
        counts = [count_pieces(file.length, metainfo.piece_length) for file in self.files]
        firsts = accumulate(counts, initial=0)
        self._places = {
            file.name: (file.length, first) for file, first in zip(self.files, firsts, strict=False)
        }

    async def read(self, spans: Sequence[Span]) -> list[bytes]:
        """Return the bytes of some spans, moving the pieces that hold them, each once.

        Raises:
            TorrentRefused: A span lies outside of its file, or there is no such file.
            FetchTimeout: They did not come within the deadline.
            StorageFailed: The disk is full or fails.
        """
        asked = [self._pieces_of(span) for span in spans]
        new = sorted({piece for pieces in asked for piece in pieces} - self._here)
        async with fetching_within(self._deadline_s, self._metainfo.infohash):
            if new:
                self.moved_bytes = await self._fetch.arrive(new)
                self._here.update(new)
            return [
                await self._join(span, pieces) for span, pieces in zip(spans, asked, strict=True)
            ]

    def _pieces_of(self, span: Span) -> range:
        length, first = self._places.get(span.file, (-1, 0))
        if not 0 <= span.first <= span.end <= length:
            raise TorrentRefused(
                f"torrent {self._metainfo.infohash.hex()}: bytes {span.first} to {span.end} of "
                f"{span.file} were asked for, which has {length}"
            )
        size = self._metainfo.piece_length
        return range(first + span.first // size, first + -(-span.end // size))

    async def _join(self, span: Span, pieces: range) -> bytes:
        if span.first == span.end:
            return b""
        data = b"".join([await self._piece(piece) for piece in pieces])
        start = span.first % self._metainfo.piece_length
        return data[start : start + span.end - span.first]

    async def _piece(self, piece: int) -> bytes:
        data = self._kept.pop(piece, None)
        if data is None:
            data = await self._fetch.read(piece)
        self._kept[piece] = data
        for oldest in _surplus(self._kept):
            del self._kept[oldest]
        return data


def _surplus(kept: dict[int, bytes]) -> Iterator[int]:
    """Return the pieces that were used longest ago, where there are too many."""
    return iter(list(kept)[: max(len(kept) - PIECES_KEPT, 0)])
