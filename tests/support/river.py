"""River's journal, with link entries for hill, and readings of it."""

from collections.abc import Callable
from functools import cache

from ledger import crypto
from ledger.link.entry import Content
from ledger.link.reading import Reading, ReadRecord
from ledger.merkle_many import prove_many
from tests.support.attested import Attested
from tests.support.linked import linked_journal, short, stored_journal
from tests.support.township import seed_of

RIVER, HILL = map(seed_of, ("river", "hill"))


@cache
def river(size: int, content: Callable[[int], Content] = short) -> Attested:
    """Return a journal that has an entry for hill at every index but 0, 3, 6 …."""
    linked = [index for index in range(size) if index % 3]
    records = linked_journal(RIVER, crypto.public_key(HILL), size, linked, content)
    return Attested(RIVER, stored_journal(RIVER, records))


def read(books: Attested, count: int) -> Reading:
    """Return a reading of a journal's first entries."""
    indices = [index for index in range(len(books.records)) if index % 3][:count]
    assert len(indices) == count, f"the journal has {len(indices)} entries"
    signed = books.sign()
    entries = tuple(ReadRecord(index, books.records[index]) for index in indices)
    proof = prove_many(indices, signed.size, books.subtree(signed.size)) if indices else ()
    return Reading(signed.community, signed.note.decode(), entries, proof)
