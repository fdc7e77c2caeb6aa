"""A community whose manager signs whatever he likes into his journal for a linked one."""

from collections.abc import Sequence

from ledger.codec import encode
from ledger.link.entry import Content, LinkEntry, link_entry_hash
from ledger.link.evidence import VerifiedReading, verify_reading
from ledger.link.reading import Reading, ReadRecord
from ledger.merkle_many import prove_many
from ledger.record import LinkRecord, decode_record
from tests.support.attested import Attested
from tests.support.realm import Shire
from tests.support.township import nonce


def fib(liar: Shire, reader: Shire, *contents: Content) -> VerifiedReading:
    """Return a reading of the next entries for a peer, written against all rules.

    The liar's own journal stays as it is, and its peer does not take it any more.
    """
    records, last = list(liar.records), _last_entry(liar.records, reader.key)
    first = len(records)
    for content in contents:
        previous = link_entry_hash(liar.key, reader.key, last)
        last = LinkEntry(last.number + 1, previous, liar.now, last.balance, content)
        body = encode(LinkRecord((), reader.key, last))
        records.append(nonce(len(records), body) + body)
    books, places = Attested(liar.seed, records), range(first, len(records))
    entries = tuple(ReadRecord(place, records[place]) for place in places)
    proof = prove_many(places, len(records), books.subtree(len(records)))
    note = books.sign().note.decode()
    return verify_reading(liar.key, Reading(liar.key, note, entries, proof))


def _last_entry(records: Sequence[bytes], reader: bytes) -> LinkEntry:
    for stored in reversed(records):
        record = decode_record(stored)
        if isinstance(record, LinkRecord) and record.link == reader:
            return record.entry
    raise AssertionError("the two are not linked")
