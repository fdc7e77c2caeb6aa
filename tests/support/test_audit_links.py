"""The auditor follows links by himself, and catches what is not told, read or decided."""

from collections.abc import Callable, Iterator

import pytest

from ledger.codec import encode
from ledger.link.entry import Decided
from ledger.record import (
    NONCE_BYTES,
    PENDING,
    POSTED_PENDING,
    LinkRecord,
    ReadingRecord,
    Record,
    TransactionRecord,
)
from ledger.state import replace
from tests.support.audit import add_up, parse
from tests.support.storage import open_manager
from tests.support.stored_realm import Valley

Change = Callable[[Record], Record | None]


@pytest.fixture(scope="module")
def valley(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valley]:
    valley = Valley(open_manager(tmp_path_factory.mktemp("river")))
    valley.live()
    yield valley
    valley.river.database.close()


def test_the_auditor_adds_up_what_the_merge_says(valley: Valley) -> None:
    for one in (valley.lake, valley.river, valley.hill):
        books = add_up(one.key, one.records)
        assert set(books.holds) == set(one.state.transits)
        assert set(books.payments) == {*one.state.transits, *one.state.finished}
        assert {peer: number for peer, (number, _) in books.links.taken.items()} == {
            key: link.taken for key, link in one.state.links.items()
        }
        for account in one.state.accounts.values():
            for balance in account.balances:
                place = account.id, balance.unit
                assert books.posted[place] == balance.posted
                assert books.pending_debit[place] == balance.pending_debit
                assert books.pending_credit[place] == balance.pending_credit


def _retold(record: Record) -> Record | None:
    if not isinstance(record, LinkRecord) or record.entry.number < 2:
        return None
    return replace(record, entry=replace(record.entry, previous=bytes(32)))


def _otherwise_owed(record: Record) -> Record | None:
    if not isinstance(record, LinkRecord):
        return None
    return replace(record, entry=replace(record.entry, balance=record.entry.balance + 1))


def _begun_by_nobody(record: Record) -> Record | None:
    foreign = isinstance(record, TransactionRecord) and record.cause == record.id.ljust(32, b"\0")
    if not isinstance(record, TransactionRecord) or not foreign or record.state != PENDING:
        return None
    other = bytes(reversed(record.id))
    return replace(record, id=other, cause=other.ljust(32, b"\0"))


def _paid_in_part(record: Record) -> Record | None:
    if not isinstance(record, TransactionRecord) or record.state != POSTED_PENDING:
        return None
    less = tuple(replace(move, amount=move.amount - 1) for move in record.transfers)
    return replace(record, transfers=less) if record.transfers[0].amount > 1 else None


CHANGES: dict[str, tuple[Change, str]] = {
    "an entry follows another one": (_retold, "another entry before it"),
    "an entry names another balance": (_otherwise_owed, "names a balance"),
    "nobody prepared it": (_begun_by_nobody, "nobody prepared it"),
    "a part of a payment is posted": (_paid_in_part, "a part of a payment"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_not_so_is_noticed(valley: Valley, name: str) -> None:
    change, words = CHANGES[name]
    river, tried = valley.river, 0
    for index, plain in enumerate(river.records):
        changed = change(parse(plain))
        if changed is None:
            continue
        tried += 1
        forged = bytes(NONCE_BYTES) + encode(changed)
        with pytest.raises(AssertionError, match=words):
            add_up(river.key, [*river.records[:index], forged, *river.records[index + 1 :]])
    assert tried


def test_what_was_paid_without_being_decided_is_noticed(valley: Valley) -> None:
    """River books what lake prepared before lake has said that it is paid."""
    river, records = valley.river, valley.river.records
    readings = [index for index, one in enumerate(records) if _decides(parse(one))]
    posts = [
        (index, parsed)
        for index, parsed in enumerate(map(parse, records))
        if isinstance(parsed, TransactionRecord)
        and parsed.state == POSTED_PENDING
        and parsed.cause == (parsed.refers or b"").ljust(32, b"\0")
    ]
    assert readings
    first = readings[0]
    post = next(one for index, one in posts if index > first)
    previous = tuple(
        replace(one, previous=_newest(records[:first], one.account)) for one in post.concerns
    )
    forged = bytes(NONCE_BYTES) + encode(replace(post, concerns=previous))
    with pytest.raises(AssertionError, match="payer's ledger has not said so"):
        add_up(river.key, [*records[:first], forged])


def _decides(record: Record) -> bool:
    if not isinstance(record, ReadingRecord):
        return False
    told = (parse(one.stored) for one in record.reading.entries)
    return any(
        isinstance(one, LinkRecord)
        and isinstance(one.entry.content, Decided)
        and one.entry.content.outcome == 0
        for one in told
    )


def _newest(records: list[bytes], account: bytes) -> int:
    """Return the index + 1 of an account's newest record."""
    for index in range(len(records) - 1, -1, -1):
        concerns = getattr(parse(records[index]), "concerns", ())
        if any(one.account == account for one in concerns):
            return index + 1
    return 0
