"""The linked communities' part of a merge: what was read of their journals, and what follows."""

from collections.abc import Iterable
from hashlib import sha256

from ledger.codec import encode
from ledger.draft import Draft
from ledger.link.entry import (
    POSTED_OUTCOME,
    VOIDED_OUTCOME,
    Accepted,
    Answered,
    Content,
    Decided,
    Done,
    LinkEntry,
    Prepared,
    Rejected,
    Released,
    Requested,
    Settled,
    Told,
    link_entry_hash,
)
from ledger.link.evidence import VerifiedReading
from ledger.link.instruction import instruction_hash
from ledger.link.link import Link
from ledger.link.machine import Event, Role, Stage, is_ended, step
from ledger.link.transit import BEFORE, BEHIND, Transit
from ledger.record import ReadingRecord
from ledger.rule.arrive import arrive
from ledger.rule.legs import fits_all
from ledger.rule.link_request import take_answer, take_request
from ledger.rule.transit import learn, show
from ledger.state import replace


def merge_readings(draft: Draft, root: bytes, readings: Iterable[VerifiedReading]) -> int:
    """Take in what was read, peers in an order nobody chooses, entries by number.

    A reading counts as a whole or not at all: its entries are the next ones of a link, or
    decisions that payments here wait for. One that brings nothing new leaves no trace.

    Args:
        draft: The batch in the making.
        root: Root of the tree before the batch.
        readings: Verified, in any order, duplicates and all.

    Returns:
        How many counted.
    """

    def order(one: VerifiedReading) -> tuple[bytes, int, bytes]:
        community = one.reading.community
        return sha256(root + community).digest(), one.entries[0].index, encode(one.reading)

    return sum(_merge_reading(draft, one) for one in sorted(set(readings), key=order))


def _merge_reading(draft: Draft, verified: VerifiedReading) -> bool:
    addressed = all(one.record.link == draft.key for one in verified.entries)
    # What a linked community decided may be read again: a person may have let go of it meanwhile.
    return (addressed and _take_link(draft, verified)) or _take_decisions(draft, verified)


def _take_link(draft: Draft, verified: VerifiedReading) -> bool:
    """Take the next entries of a linked community."""
    peer = verified.reading.community
    link = draft.links.get(peer)
    if link is None or not _follows(draft, link, verified) or _forked(link, verified):
        return False
    draft.begin()
    draft.write(ReadingRecord(draft.touch({link.account}), verified.reading))
    if verified.size > link.seen_size:
        draft.links.set(peer, replace(link, seen_size=verified.size, seen_root=verified.root))
    for one in verified.entries:
        _take_entry(draft, peer, one.record.entry)
    return True


def _follows(draft: Draft, link: Link, verified: VerifiedReading) -> bool:
    """Return whether the entries are numbered on from the newest that was taken."""
    number, named = link.taken, link.taken_hash
    for one in verified.entries:
        entry = one.record.entry
        if entry.number != number + 1 or entry.previous != named:
            return False
        number, named = entry.number, link_entry_hash(link.key, draft.key, entry)
    return True


def _forked(link: Link, verified: VerifiedReading) -> bool:
    """Return whether the checkpoint has another root than the one known for its size."""
    return verified.size == link.seen_size and verified.root != link.seen_root


def _take_decisions(draft: Draft, verified: VerifiedReading) -> bool:
    """Take what a payer's community decided of payments that wait here, from its own journal."""
    waiting: list[tuple[Transit, Decided]] = []
    for one in verified.entries:
        content = one.record.entry.content
        found = draft.transits.get(content.payment) if isinstance(content, Decided) else None
        if found is None or not isinstance(content, Decided):
            return False
        if not _waits(draft, found, content, verified.reading.community):
            return False
        waiting.append((found, content))
    draft.begin()
    concerned = {found.transfers[0].debit for found, _ in waiting}
    draft.write(ReadingRecord(draft.touch(concerned), verified.reading))
    for found, content in waiting:
        present = draft.transits.get(found.id)
        if present is not None:
            _decide(draft, present, content)
    return True


def _waits(draft: Draft, found: Transit, decided: Decided, origin: bytes) -> bool:
    """Return whether what a community decided moves a payment on.

    Where a person let go of it, its being paid does so only while the limits have room again.
    """
    if found.role is Role.ORIGIN or found.instruction.origin != origin:
        return False
    if step(found.role, found.stage, _event(found, decided)) is None:
        return False
    late = found.stage is Stage.FORCED and _event(found, decided) is Event.POSTED
    return not late or fits_all(draft, found.transfers)


def _take_entry(draft: Draft, peer: bytes, entry: LinkEntry) -> None:
    link = draft.links.get(peer)
    assert link is not None
    wanted = link.mirror + _moved(draft, peer, entry.content)
    drift = link.drift or (0 if wanted == entry.balance else entry.number)
    named = link_entry_hash(peer, draft.key, entry)
    # A difference is named once: from there on the peer's books count as it shows them.
    taken = replace(link, taken=entry.number, taken_hash=named, mirror=entry.balance, drift=drift)
    draft.links.set(peer, taken)
    _take_content(draft, peer, entry.content)


def _moved(draft: Draft, peer: bytes, content: Content) -> int:
    """Return by how much an entry moves our clearing account in the peer's books, by our own.

    A payment moves it once, and not at all where it is certain that none is moved here.
    """
    found = None
    if isinstance(content, Settled | Decided):
        found = draft.transits.get(content.payment)
    if found is None or is_ended(found.stage):
        return 0
    match content:
        case Settled() if found.downstream == peer and show(draft, found, BEHIND):
            return -found.amount_from(peer)
        case Decided(outcome=outcome) if outcome == POSTED_OUTCOME and found.upstream == peer:
            about = instruction_hash(found.instruction) == content.instruction
            return found.amount_from(draft.key) if about and show(draft, found, BEFORE) else 0
    return 0


def _take_content(draft: Draft, peer: bytes, content: Content) -> None:
    link = draft.links.get(peer)
    assert link is not None
    match content:
        case Told():
            draft.links.set(peer, replace(link, told=content))
        case Prepared(instruction=asked):
            arrive(draft, link, asked)
        case Requested():
            take_request(draft, link, content)
        case Answered():
            take_answer(draft, link, content)
        case Decided(payment=payment):
            found = draft.transits.get(payment)
            if found is not None and found.instruction.origin == found.upstream == peer:
                _decide(draft, found, content)
        case Rejected() | Accepted() | Settled() | Released() | Done():
            found = draft.transits.get(content.payment)
            if found is not None and found.downstream == peer:
                _hear(draft, found, content)


def _event(found: Transit, decided: Decided) -> Event:
    """Return what a decision means here; one about other amounts says that these are not paid."""
    about = decided.instruction == instruction_hash(found.instruction)
    posted = about and decided.outcome == POSTED_OUTCOME
    return Event.POSTED if posted else Event.UNPOSTED


def _decide(draft: Draft, found: Transit, decided: Decided) -> None:
    event = _event(found, decided)
    outcome = VOIDED_OUTCOME if decided.outcome == POSTED_OUTCOME else decided.outcome
    learn(draft, found, event, outcome=POSTED_OUTCOME if event is Event.POSTED else outcome)


def _hear(
    draft: Draft, found: Transit, content: Rejected | Accepted | Settled | Released | Done
) -> None:
    """Learn what the next ledger on the way says."""
    match content:
        case Accepted():
            if found.instruction.nets and not found.upstream:
                return  # a clearing round that has not come round
            learn(draft, found, Event.ACCEPTED)
        case Rejected(code=code, whole=whole):
            event = Event.REJECTED if whole else Event.REJECTED_PART
            learn(draft, found, event, reason=code)
        case Done():
            learn(draft, found, Event.BELOW)
        case Settled(whole=whole) | Released(whole=whole):
            if whole:
                learn(draft, found, Event.BELOW)
