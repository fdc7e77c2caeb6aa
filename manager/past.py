"""The past: the journal's records, newest first, in the words that people read."""

from federation.console.people import handle_of
from federation.console.record_sentence import describe_record, kind_of, time_of
from federation.console.views import View
from ledger.record import EpochRecord, RefusalRecord, StateRecord, TransactionRecord
from ledger.store.lookup import StoredRecord
from manager.office import Office


def view_journal(office: Office, limit: int) -> list[View]:
    """Return the newest records, newest first; those that end a merge or begin an epoch stay out.

    Args:
        office: Opened.
        limit: How many at most.
    """
    found: list[View] = []
    index = office.store.tip().tree.size
    while index and len(found) < limit:
        index -= 1
        stored = office.lookup.record(index)
        assert stored is not None, "a journal has no holes"
        if not isinstance(stored.record, StateRecord | EpochRecord):
            found.append(_view_record(office, stored))
    return found


def view_account_records(office: Office, account: bytes, limit: int) -> list[View]:
    """Return the newest records that concern an account, newest first."""
    return [_view_record(office, one) for one in office.lookup.history(account, limit)]


def _view_record(office: Office, stored: StoredRecord) -> View:
    record = stored.record
    entry = record.id if isinstance(record, TransactionRecord) else None
    moved = office.lookup.transaction(entry) if entry else None
    concerned = [one.account for one in getattr(record, "concerns", ())]
    return {
        "index": stored.index,
        "version": office.lookup.version_at(stored.index),
        "kind": kind_of(record),
        "time": time_of(record),
        "what": describe_record(office.state, record),
        "concerns": [handle_of(office.state.accounts, account) for account in concerned],
        "id": entry.hex() if entry else None,
        "reverted_by": moved.reverted_by.hex() if moved and moved.reverted_by else None,
        "code": record.code if isinstance(record, RefusalRecord) else None,
    }
