"""Whoever has only the records works links out again, and refuses what the rules do not give."""

import pytest

from ledger.codec import encode
from ledger.entry import entry_id
from ledger.errors import HistoryMismatch
from ledger.link.entry import Settled
from ledger.link.instruction import GIVEN_BACK, About
from ledger.operation import ForceRelease, LinkCancel, LinkRequest
from ledger.record import (
    NONCE_BYTES,
    LinkRecord,
    ReadingRecord,
    Record,
    TransactionRecord,
    decode_record,
)
from ledger.state import replace
from tests.support.realm import Shire, link, order, pay, read, replay_all, settle
from tests.support.township import DAY_S, START


@pytest.fixture(scope="module")
def river() -> Shire:
    """Give a community that was origin, hop and payee, with everything that can happen."""
    lake, river, hill = Shire("lake", "anna"), Shire("river", "carla"), Shire("hill", "bakery")
    link(lake, river)
    link(river, hill)
    pay((lake, "anna"), "bakery", 500, river, hill)
    came = pay((lake, "anna"), "carla", 100, river)
    pay((river, "carla"), "nobody", 7, hill)
    settle(lake, river, hill)
    pay((river, "carla"), "anna", 40, lake, about=About(GIVEN_BACK, came))
    river.ask("carla", LinkRequest((hill.key,), "bakery", "EUR", 9, "", START + DAY_S))
    signed = river["carla"].sign(order("bakery", 3, hill))
    river.merge(signed)
    river.ask("carla", LinkCancel(entry_id(signed.hash, 0)))
    settle(lake, river, hill)
    forced = pay((lake, "anna"), "bakery", 20, river, hill)
    for here, other in ((river, lake), (hill, river), (river, hill)):
        read(here, other)
    river.manage(ForceRelease(forced, "silent"))
    pay((river, "carla"), "bakery", 1, hill, deadline=START + 60)
    river.now = START + 60
    settle(lake, river, hill)
    return river


def test_the_records_alone_give_the_same_present(river: Shire) -> None:
    assert replay_all(river.key, river.records) == river.state


def _changed(record: Record) -> Record | None:
    """Return a record of links with something else in it, or None for any other."""
    match record:
        case LinkRecord(entry=entry):
            return replace(record, entry=replace(entry, balance=entry.balance + 1))
        case ReadingRecord(reading=reading):
            return replace(record, reading=replace(reading, entries=reading.entries[1:]))
        case TransactionRecord(transfers=(first, *others)):
            more = replace(first, amount=first.amount + 1)
            return replace(record, transfers=(more, *others))
        case _:
            return None


def test_a_record_that_was_changed_is_refused_where_it_stands(river: Shire) -> None:
    tried = 0
    for index, stored in enumerate(river.records):
        other = _changed(decode_record(stored))
        if other is not None:
            forged = list(river.records)
            forged[index] = stored[:NONCE_BYTES] + encode(other)
            with pytest.raises(HistoryMismatch, match=f"record {index}:|record {index - 1}"):
                replay_all(river.key, forged)
            tried += 1
    assert tried > 40


def test_a_record_that_was_left_out_or_is_there_twice_is_refused(river: Shire) -> None:
    for index, stored in enumerate(river.records):
        if _changed(decode_record(stored)) is not None:
            before, after = river.records[:index], river.records[index + 1 :]
            for forged in ([*before, *after], [*before, stored, stored, *after]):
                with pytest.raises(HistoryMismatch):
                    replay_all(river.key, forged)


def test_an_answer_that_no_reading_brought_about_is_refused(river: Shire) -> None:
    index = len(river.records) - 1
    told = next(
        one for one in map(decode_record, reversed(river.records)) if isinstance(one, LinkRecord)
    )
    number = told.entry.number + 1
    entry = replace(told.entry, number=number, content=Settled(bytes(16), whole=True))
    forged = bytes(NONCE_BYTES) + encode(replace(told, entry=entry))
    with pytest.raises(HistoryMismatch):
        replay_all(river.key, [*river.records[:index], forged, river.records[index]])
