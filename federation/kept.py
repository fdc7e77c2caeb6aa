"""Items that a home keeps before it puts them, so that it can put them again unchanged."""

from federation.item import MutableItem, SlotName
from federation.port import Dht, Put
from federation.tier import cut_items
from ledger.store.slot import PutItem, SlotStore


def keep_item(store: SlotStore, item: MutableItem, sealed: bytes = b"") -> None:
    """Keep an item before it is put.

    Args:
        store: Where.
        item: The slot's newest.
        sealed: What its immutable items are cut from; empty for none.
    """
    store.keep(put_item(item, sealed))


def put_item(item: MutableItem, sealed: bytes = b"") -> PutItem:
    """Return an item as a home keeps it; the arguments are keep_item's."""
    slot = item.slot
    return PutItem(slot.key, slot.salt, item.seq, item.value, item.signature, sealed)


def kept_item(store: SlotStore, slot: SlotName) -> MutableItem | None:
    """Return the newest item of a slot that was kept."""
    row = store.newest(slot.key, slot.salt)
    return None if row is None else item_of(row)


def item_of(kept: PutItem) -> MutableItem:
    """Return the item that a home kept."""
    return MutableItem(SlotName(kept.key, kept.salt), kept.seq, kept.value, kept.signature)


def mark_put(store: SlotStore, item: MutableItem, now: int) -> None:
    """Note that nodes accepted an item."""
    store.mark_put(put_item(item), now)


async def put_whole(dht: Dht, item: MutableItem, sealed: bytes) -> Put:
    """Put what an item lists, then the item: nobody reads of parts that are not there.

    Args:
        dht: Where to.
        item: The slot's newest.
        sealed: What its immutable items are cut from; empty for none.

    Returns:
        How the item was put; accepted by nobody where a part was.

    Raises:
        NetworkUnreachable: Nobody answered.
    """
    for part in cut_items(sealed):
        if not (await dht.put_immutable(part)).accepted:
            return Put(0)
    return await dht.put(item)
