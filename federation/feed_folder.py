"""A feed's folder: the storage that Hypercore opens, and the head that says whose feed it is."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

from federation.errors import StorageFailed
from federation.home import write_whole
from ledger.errors import FeedInvalid
from ledger.feed.head import HEAD_BYTES_MAX, FeedHead, encode_head, verify_head
from ledger.feed.storage import FILES, NODE_BYTES, Piece, block_bytes, lay_out, node_offset
from ledger.feed.tree import Order
from ledger.feed.value import BLOCK_BYTES_MAX

HEAD = "commontab-feed"
"""Name of the file with the head; Hypercore leaves it alone."""
_GAPS = "signatures"
"""The file that has room for a signature of each block, and one signature."""
_READ_BYTES = 2**20

Tell = Callable[[int, int], None]
"""Told how many of how many blocks are done."""


def silent(_done: int, _of_all: int) -> None:
    """Tell nobody."""


def write_feed(
    directory: Path, head: FeedHead, order: Order, blocks: Iterable[bytes], tell: Tell = silent
) -> None:
    """Write a whole feed into a new folder; its head comes last, when all the rest is there.

    Args:
        directory: Made here.
        head: Verified.
        order: Which storage: Hypercore 9's for ``big``, Hypercore 10's for ``little``.
        blocks: As many as the head names.
        tell: Told of progress.

    Raises:
        StorageFailed: The folder is there already, or cannot be written.
        FeedInvalid: The head's key did not sign these blocks.
    """
    try:
        directory.mkdir(mode=0o700, parents=True)
        with ExitStack() as stack:
            files = {name: _open(stack, directory / name) for name in FILES[order]}
            for piece in lay_out(head, order, _count(blocks, head.length, tell)):
                os.pwrite(files[piece.file], piece.data, piece.offset)
        write_whole(directory / HEAD, encode_head(head))
    except OSError as error:
        raise StorageFailed(f"{directory}: {error}; name a new folder with room for it") from error


def verify_feed(directory: Path, tell: Tell = silent) -> tuple[FeedHead, Order, int]:
    """Return the head, the number order and the bytes of all blocks of a feed that holds.

    Every byte of its storage is laid out again from the blocks and compared.

    Raises:
        FeedInvalid: Something is missing or was changed; the message names it.
    """
    try:
        with (directory / HEAD).open("rb") as stream:
            head = verify_head(stream.read(HEAD_BYTES_MAX + 1))
        order: Order = "little" if (directory / "oplog").exists() else "big"
        with ExitStack() as stack:
            files = {name: stack.enter_context((directory / name).open("rb"))
                     for name in FILES[order]}  # fmt: skip
            handles = {name: file.fileno() for name, file in files.items()}
            blocks = _read_blocks(handles, order, head.length)
            ends = dict.fromkeys(handles, 0)
            for piece in lay_out(head, order, _count(blocks, head.length, tell)):
                _compare(handles[piece.file], piece, ends[piece.file])
                ends[piece.file] = max(ends[piece.file], piece.offset + len(piece.data))
            for name, end in ends.items():
                size = os.fstat(handles[name]).st_size
                if size != end:
                    raise FeedInvalid(f"{name} has {size} bytes; this feed's has {end}")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FeedInvalid(
            f"{error.filename} is missing; this folder is no feed that `feed export` wrote"
        ) from error
    return head, order, ends["data"]


def _open(stack: ExitStack, path: Path) -> int:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    stack.callback(os.close, handle)
    return handle


def _count(blocks: Iterable[bytes], of_all: int, tell: Tell = silent) -> Iterator[bytes]:
    for done, block in enumerate(blocks, 1):
        yield block
        if done % 1_024 == 0 or done == of_all:
            tell(done, of_all)


def _read_blocks(handles: dict[str, int], order: Order, length: int) -> Iterator[bytes]:
    """Yield the blocks, each as long as its node says; laying out proves both."""
    at = 0
    for position in range(length):
        offset = node_offset(order, 2 * position)
        size = block_bytes(order, os.pread(handles["tree"], NODE_BYTES, offset))
        if size > BLOCK_BYTES_MAX:
            raise FeedInvalid(f"block {position} has {size} bytes; at most {BLOCK_BYTES_MAX} fit")
        yield os.pread(handles["data"], size, at)
        at += size


def _compare(handle: int, piece: Piece, end: int) -> None:
    """Accept a piece that stands where it belongs, with nothing before it that no piece covers.

    Raises:
        FeedInvalid: Another stands there.
    """
    if piece.file == _GAPS:
        for start in range(end, piece.offset, _READ_BYTES):
            if any(os.pread(handle, min(_READ_BYTES, piece.offset - start), start)):
                raise FeedInvalid(f"{piece.file} has a signature before byte {piece.offset}")
    if os.pread(handle, len(piece.data), piece.offset) != piece.data:
        raise FeedInvalid(
            f"{piece.file} was changed within {len(piece.data)} bytes from byte {piece.offset}; "
            "get the feed again"
        )
