"""A journal of link entries for one other community, without merging anything."""

from collections.abc import Callable, Container

from ledger import crypto
from ledger.blind import blind, community_secret
from ledger.codec import encode
from ledger.link.entry import Content, Decided, Done, LinkEntry, Prepared, link_entry_hash
from ledger.link.instruction import Hop, Instruction
from ledger.record import EpochRecord, LinkRecord, Record
from tests.support.township import START


def short(index: int) -> Content:
    """Return a content of 20 bytes or so."""
    payment = index.to_bytes(16)
    return Decided(payment, 0, bytes(32)) if index % 2 else Done(payment)


def long(index: int) -> Content:
    """Return a content of over 2,000 bytes."""
    hops = tuple(Hop(bytes((place,)) * 32, "EUR", 5) for place in range(8))
    return Prepared(
        Instruction(
            index.to_bytes(16), bytes(32), bytes(32), START, hops, "ben", "EUR", 5, "ada",
            "€" * 200, bytes(900), None,
        )
    )  # fmt: skip


def linked_journal(
    seed: bytes,
    reader: bytes,
    size: int,
    linked: Container[int],
    content: Callable[[int], Content] = short,
) -> list[Record]:
    """Return a journal's records.

    Args:
        seed: Of the community whose journal it is.
        reader: Key of the community that the link entries are for.
        size: How many records.
        linked: Indices of those that are link entries; the others are of another kind.
        content: What the entry at an index says.
    """
    sender, previous, number = crypto.public_key(seed), b"", 0
    records = list[Record]()
    for index in range(size):
        if index not in linked:
            records.append(EpochRecord(1, 0, b""))
            continue
        number += 1
        entry = LinkEntry(number, previous, START + index, -index, content(index))
        previous = link_entry_hash(sender, reader, entry)
        records.append(LinkRecord((), reader, entry))
    return records


def stored_journal(seed: bytes, records: list[Record]) -> list[bytes]:
    """Return records as they are stored: nonce || body."""
    secret = community_secret(seed)
    return [blind(secret, index, encode(record)) for index, record in enumerate(records)]
