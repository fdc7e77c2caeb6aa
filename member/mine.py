"""Mine: what a home shows and proves that has only the own records."""

from collections.abc import Collection
from dataclasses import dataclass

from federation.console.record_sentence import describe_record, kind_of, time_of
from federation.console.terminal import Refused
from federation.console.views import View, view_balances
from federation.excerpt_folder import ExcerptFolder
from federation.home import Home
from ledger.errors import HistoryMismatch, StoreDamaged
from ledger.excerpt import VerifiedExcerpt, parse_own, verify_excerpt
from ledger.record import Record, TransactionRecord
from ledger.state import KeyState, State
from member.membership import need_joined, open_own

RANGE_RECORDS_MAX = 10_000
"""More of them at once: fetch the whole ledger."""


@dataclass(frozen=True, slots=True)
class Mine:
    """What a home proves of its own records.

    Attributes:
        community: The community's public key.
        excerpt: Proven.
        state: Of the present what the excerpt knows: settings, accounts, keys that are active.
    """

    community: bytes
    excerpt: VerifiedExcerpt
    state: State


def open_mine(home: Home) -> Mine:
    """Return what this home keeps of its own records, proven again.

    Raises:
        UsageInvalid: No community was joined.
        Refused: Nothing was fetched yet.
        StoreDamaged: What is kept is not what was proven once.
    """
    with open_own(home) as own:
        card = need_joined(own)
    folder = ExcerptFolder(home.excerpt)
    if not folder.exists():
        raise Refused("your own records are not here yet; run `commontab sync --mine`")
    try:
        return mine_of(card.key, verify_excerpt(card.key, home.read_key().key, folder.load()))
    except HistoryMismatch as error:
        raise StoreDamaged(
            f"{home.excerpt} is not what was proven when it was kept ({error}); remove it, then "
            "`commontab sync --mine` again"
        ) from error


def is_mine_only(home: Home) -> bool:
    """Return whether a home has own records and not the whole ledger."""
    return ExcerptFolder(home.excerpt).exists() and not home.ledger.exists()


def mine_of(community: bytes, excerpt: VerifiedExcerpt) -> Mine:
    """Return an excerpt with the state that it knows."""
    accounts = excerpt.accounts.by_id
    state = State(community, community=excerpt.accounts.community, time=excerpt.state.time)
    state.accounts = dict(accounts)
    state.handles = {one.handle: one.id for one in accounts.values()}
    state.keys = {
        key: KeyState(key, one.id, active=True, generation=0, number=0, hash=b"")
        for one in accounts.values()
        for key in one.keys
    }
    return Mine(community, excerpt, state)


def view_mine(mine: Mine) -> View:
    """Return the own account as proven, and by which checkpoint."""
    account, checkpoint = mine.excerpt.account, mine.excerpt.checkpoint
    return {
        "handle": account.handle,
        "status": account.status,
        "balances": view_balances(mine.state, account),
        "own_records": len(mine.excerpt.own),
        "complete": True,
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "time": mine.excerpt.state.time,
    }


def view_own(mine: Mine, limit: int, unit: str | None = None) -> list[View]:
    """Return the newest own records, newest first; of a unit, its transactions."""
    account, newest = mine.excerpt.account.id, mine.excerpt.own[::-1]
    own = [one for one in newest if unit is None or _moves(one[1], account, unit)]
    return [_view(mine, index, record) for index, record in own[:limit]]


def view_range(mine: Mine, wanted: Collection[int]) -> list[View]:
    """Return records that were asked for by index, and are here."""
    records = mine.excerpt.kept.records
    return [_view(mine, index, parse_own(index, records[index])) for index in sorted(wanted)]


def _moves(record: Record, account: bytes, unit: str) -> bool:
    """Return whether a record moves an account's amounts in a unit.

    A payment across links may pass through others' accounts in another unit.
    """
    return isinstance(record, TransactionRecord) and any(
        move.unit == unit and account in {move.debit, move.credit} for move in record.transfers
    )


def _view(mine: Mine, index: int, record: Record) -> View:
    return {
        "index": index,
        "kind": kind_of(record),
        "time": time_of(record),
        "what": describe_record(mine.state, record),
    }
