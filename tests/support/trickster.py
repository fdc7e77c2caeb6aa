"""A community whose manager writes link entries that no rule gives him, and signs them."""

from ledger.codec import encode
from ledger.link.entry import Content, LinkEntry, Prepared, link_entry_hash
from ledger.link.evidence import VerifiedReading
from ledger.link.instruction import Instruction
from ledger.record import LinkRecord
from ledger.state import replace
from tests.support.realm import Shire
from tests.support.township import nonce


def forge(here: Shire, peer: Shire, content: Content, *, moved: int = 0) -> VerifiedReading:
    """Let a community tell a peer something, and return the reading of that one entry.

    From there on its records are no honest journal any more.

    Args:
        here: Who tells it.
        peer: To whom.
        content: What.
        moved: By how much it says that the peer's clearing account changed.
    """
    told = here.told(peer)
    number, previous, balance = 1, b"", 0
    if told:
        last = told[-1][1].entry
        number, balance = last.number + 1, last.balance
        previous = link_entry_hash(here.key, peer.key, last)
    entry = LinkEntry(number, previous, here.now, balance + moved, content)
    record = LinkRecord((), peer.key, entry)
    body = encode(record)
    here.add(nonce(len(here.records), body) + body, record)
    return here.shown((len(here.records) - 1,))


def altered(told: Prepared, **other: object) -> Prepared:
    """Return a payment with other words under the same id."""
    changed: Instruction = replace(told.instruction, **other)
    return Prepared(changed)
