"""The present state, rebuilt from its rows."""

from collections.abc import Mapping

from sqlalchemy import Connection, select

from ledger.codec import encode
from ledger.errors import CodecError
from ledger.map import SparseMap
from ledger.name.index import NameIndex
from ledger.name.state import FREE_RULES, name_values
from ledger.state import Account, State
from ledger.store.append import read_tip
from ledger.store.attachment_rows import read_filed
from ledger.store.bill_rows import bill_from, mandate_from
from ledger.store.database import Database
from ledger.store.failure import damaged
from ledger.store.link_rows import link_from, linked_request_from, transit_from
from ledger.store.meta import (
    read_community,
    read_first_key,
    read_name_rules,
    read_successions,
)
from ledger.store.name_rows import name_from
from ledger.store.rows import accounts_from, hold_from, key_state_from, request_from
from ledger.store.tables import (
    AccountRow,
    BalanceRow,
    BatchRow,
    BillRow,
    HoldRow,
    KeyStateRow,
    LinkedRequestRow,
    LinkRow,
    MandateRow,
    NameRow,
    RequestRow,
    TransitRow,
    table_of,
)
from ledger.store.views import (
    StoredAttachments,
    StoredFinished,
    StoredHistory,
    StoredPastBills,
    StoredTransactions,
)

_account = table_of(AccountRow)
_balance = table_of(BalanceRow)
_batch = table_of(BatchRow)
_bill = table_of(BillRow)
_transit = table_of(TransitRow)


def read_state(database: Database) -> State:
    """Return the present: members in memory, transactions and history read through.

    Raises:
        StoreDamaged: The rows are not a state.
    """
    state = State(
        b"",
        past_bills=StoredPastBills(database),
        attachments=StoredAttachments(database),
        finished=StoredFinished(database),
        transactions=StoredTransactions(database),
        history=StoredHistory(database),
    )
    with database.reading() as connection:
        try:
            fill_state(connection, state)
            _fill_names(connection, state)
        except CodecError as error:
            raise damaged(database.path, f"the present state: {error}") from error
    state.accounts_map = SparseMap().update({k: encode(v) for k, v in state.accounts.items()})
    state.keys_map = SparseMap().update({k: encode(v) for k, v in state.keys.items()})
    rules = None if state.name_rules is FREE_RULES else state.name_rules
    state.names_map = SparseMap().update(name_values(state.names, rules))
    state.name_index = NameIndex.of(state.names, state.handles)
    state.links_map = SparseMap().update({k: encode(v) for k, v in state.links.items()})
    return state


def read_accounts(connection: Connection) -> Mapping[bytes, Account]:
    """Return every account with its books, by id."""
    books = select(_balance).order_by(_balance.c.account, _balance.c.unit)
    return accounts_from(connection.execute(select(_account)), connection.execute(books))


def fill_state(connection: Connection, state: State) -> None:
    """Fill a state's key, settings, time, tree and all that is under way from their rows.

    Raises:
        CodecError: The community's settings, its successions, a bill, a mandate, a link, a
            payment or a request across links are not canonical.
    """
    state.successions = read_successions(connection)
    succeeded = state.successions[-1].new if state.successions else None
    state.key = succeeded or read_first_key(connection)
    state.community = read_community(connection)
    state.tree = read_tip(connection).tree
    newest = select(_batch.c.time).where(_batch.c.size == state.tree.size)
    state.time = connection.execute(newest).scalar() or 0
    state.accounts = dict(read_accounts(connection))
    state.handles = {account.handle: account.id for account in state.accounts.values()}
    keys = connection.execute(select(table_of(KeyStateRow)))
    state.keys = {row.key: key_state_from(row) for row in keys}
    holds = connection.execute(select(table_of(HoldRow)))
    state.holds = {row.id: hold_from(row) for row in holds}
    requests = connection.execute(select(table_of(RequestRow)))
    state.requests = {row.id: request_from(row) for row in requests}
    opened = connection.execute(select(_bill).where(_bill.c.finished.is_(None)))
    state.bills = {row.id: bill_from(row) for row in opened}
    mandates = connection.execute(select(table_of(MandateRow)))
    state.mandates = {row.id: mandate_from(row) for row in mandates}
    state.filed = read_filed(connection)
    _fill_links(connection, state)


def _fill_links(connection: Connection, state: State) -> None:
    links = connection.execute(select(table_of(LinkRow)))
    state.links = {row.key: link_from(row) for row in links}
    under_way = select(_transit).where(_transit.c.finished.is_(None))
    state.transits = {row.payment: transit_from(row) for row in connection.execute(under_way)}
    asked = connection.execute(select(table_of(LinkedRequestRow)))
    state.linked_requests = {row.id: linked_request_from(row) for row in asked}


def _fill_names(connection: Connection, state: State) -> None:
    names = connection.execute(select(table_of(NameRow)))
    state.names = {row.name: name_from(row) for row in names}
    state.name_rules = read_name_rules(connection)
