"""What an auditor follows of links: what was told, what was read, and why an amount moved."""

from collections import defaultdict
from dataclasses import dataclass, field
from hashlib import sha256

from ledger.link.entry import Accepted, Content, Decided, LinkEntry, Prepared, link_entry_hash
from ledger.link.evidence import verify_reading
from ledger.link.instruction import instruction_hash
from ledger.record import LinkRecord, ReadingRecord, TransactionRecord

Ending = tuple[int, bytes]
"""Number and hash of the newest entry of a direction."""
_BEFORE_FIRST: Ending = (0, b"")


def clearing_account(peer: bytes) -> bytes:
    """Return the id of the account that a linked community has."""
    return sha256(b"commontab/clearing/v1\n" + peer).digest()[:16]


def exchange_account(commons: bytes) -> bytes:
    """Return the id of the account that converts units."""
    return sha256(b"commontab/exchange/v1\n" + commons).digest()[:16]


@dataclass(slots=True)
class Links:
    """What links add up to.

    Attributes:
        units: Peer -> the unit of its clearing account.
        sent: Peer -> our newest entry for it.
        taken: Peer -> its newest entry that was read.
        prepared: Payment -> the communities and hashes of the instructions that were read for it.
        accepted: Payments that a ledger behind accepted.
        paid: Payments that their payers' ledgers decided to post: community, id, instruction.
    """

    units: dict[bytes, str] = field(default_factory=dict)
    sent: dict[bytes, Ending] = field(default_factory=dict)
    taken: dict[bytes, Ending] = field(default_factory=dict)
    prepared: dict[bytes, set[tuple[bytes, bytes]]] = field(
        default_factory=lambda: defaultdict(set)
    )
    accepted: set[bytes] = field(default_factory=set)
    paid: set[tuple[bytes, bytes, bytes]] = field(default_factory=set)

    def tell(self, community: bytes, record: LinkRecord, posted: int, time: int) -> None:
        """Enter an entry for a peer, whose clearing account has this balance."""
        assert record.link in self.units, "tells a community that is not linked"
        assert record.entry.balance == posted, f"names a balance of {record.entry.balance}"
        assert record.entry.time >= time, "told before the last merge"
        _advance(self.sent, record.link, community, record.link, record.entry)

    def read(self, community: bytes, record: ReadingRecord) -> None:
        """Enter what was read of another journal: the next entries for us, or decisions."""
        peer = record.reading.community
        verified = verify_reading(peer, record.reading)
        following = [one.record for one in verified.entries]
        number = self.taken.get(peer, _BEFORE_FIRST)[0] + 1
        ours = all(one.link == community for one in following)
        if ours and peer in self.units and following[0].entry.number == number:
            for one in following:
                _advance(self.taken, peer, peer, community, one.entry)
                self._take(peer, one.entry.content)
            return
        for one in following:
            assert isinstance(one.entry.content, Decided), "read twice, or told somebody else"
            self._take(peer, one.entry.content)

    def check_begun(self, record: TransactionRecord) -> None:
        """Accept that an amount is held for a payment that another ledger holds it for."""
        payment = record.cause[:16]
        assert record.cause == payment.ljust(32, b"\0"), "caused by nothing in the journal"
        assert record.id == payment, "another payment than its cause"
        assert self.prepared[payment], "nobody prepared it"

    def check_paid(self, payment: bytes, *, ours: bool) -> None:
        """Accept that a payment is posted: accepted behind where it is ours, else decided."""
        if ours:
            assert payment in self.accepted, "posted and not accepted"
            return
        decided = {(origin, payment, named) for origin, named in self.prepared[payment]}
        assert decided & self.paid, "posted, and its payer's ledger has not said so"

    def _take(self, peer: bytes, content: Content) -> None:
        match content:
            case Prepared(instruction=asked):
                self.prepared[asked.payment].add((asked.origin, instruction_hash(asked)))
            case Accepted(payment=payment):
                self.accepted.add(payment)
            case Decided(payment=payment, outcome=0, instruction=named):
                self.paid.add((peer, payment, named))
            case _:
                pass


def _advance(
    newest: dict[bytes, Ending], peer: bytes, sender: bytes, reader: bytes, entry: LinkEntry
) -> None:
    number, named = newest.get(peer, _BEFORE_FIRST)
    assert entry.number == number + 1, f"entry {entry.number} follows {number}"
    assert entry.previous == named, "another entry before it"
    newest[peer] = (entry.number, link_entry_hash(sender, reader, entry))
