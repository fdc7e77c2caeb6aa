"""Carrying blobs: putting a sealed file's items, and fetching them from whoever has them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping

from federation.blob import (
    BLOB_BYTES_MAX,
    Blob,
    count_parts,
    join_layer,
    plan_layers,
    split_targets,
)
from federation.errors import ItemInvalid, NetworkUnreachable
from federation.port import Dht

AT_ONCE = 8
"""Items of a blob in flight: a lookup asks some twenty nodes, and slots want their turn too."""
TRIES = 2
"""How often an item is looked up before the blob counts as not there: datagrams get lost."""

Progress = Callable[[int, int], None]
"""Told how many of how many items are done."""


def tell_nobody(_done: int, _total: int) -> None:
    """Show nobody how far it is."""


async def put_blob(dht: Dht, blob: Blob, tell: Progress = tell_nobody) -> bool:
    """Put all items of a blob, its root last: nobody finds a blob whose parts are not there.

    Args:
        dht: Where to.
        blob: What.
        tell: Told of each item.

    Returns:
        Whether at least one node took each of them; False also where nobody answered.
    """
    *parts, root = blob.items
    done = 0

    async def put(item: bytes) -> bool:
        nonlocal done
        taken = await _put(dht, item)
        done += taken
        if taken:
            tell(done, len(blob.items))
        return taken

    return await _do_all(put, parts) and await put(root)


async def fetch_blob(
    dht: Dht,
    target: bytes,
    total_bytes: int,
    held: MutableMapping[bytes, bytes],
    tell: Progress = tell_nobody,
) -> bytes | None:
    """Return a sealed file; None where an item of it does not come, or is not what it should be.

    No more is asked for than a blob of this length has; the items are checked against their
    targets, what they are together is the caller's to compare with the file's own hash.

    Args:
        dht: Where from.
        target: SHA-1 of the root, 20 bytes.
        total_bytes: Of the sealed file, as its author says.
        held: Items by target that came before, at most one blob's; what comes is added, so that
            the next try asks only for the rest.
        tell: Told of each item that came.
    """
    if not 0 < total_bytes <= BLOB_BYTES_MAX:
        return None
    targets, total = [target], count_parts(total_bytes)

    async def get(one: bytes) -> bool:
        if one not in held:
            item = await _get(dht, one)
            if item is None:
                return False
            held[one] = item
            tell(len(held), total)
        return True

    layer = b""
    for layer_bytes in plan_layers(total_bytes):
        if not await _do_all(get, targets):
            return None
        try:
            layer = join_layer([held[one] for one in targets], layer_bytes)
        except ItemInvalid:
            return None
        targets = split_targets(layer)
    return layer


async def _do_all(step: Callable[[bytes], Awaitable[bool]], ones: Iterable[bytes]) -> bool:
    """Take a step for each of some, a few at once; stop at the first that fails."""
    waiting = iter(dict.fromkeys(ones))  # a file of zeros has one chunk many times
    return all(await asyncio.gather(*(_work(step, waiting) for _ in range(AT_ONCE))))


async def _work(step: Callable[[bytes], Awaitable[bool]], waiting: Iterator[bytes]) -> bool:
    for one in waiting:
        if not await step(one):
            for _ in waiting:  # nobody goes on with the rest
                pass
            return False
    return True


async def _get(dht: Dht, target: bytes) -> bytes | None:
    for _ in range(TRIES):
        try:
            item = await dht.get_immutable(target)
        except NetworkUnreachable:
            return None
        if item is not None:
            return item
    return None


async def _put(dht: Dht, item: bytes) -> bool:
    try:
        return (await dht.put_immutable(item)).accepted > 0
    except NetworkUnreachable:
        return False
