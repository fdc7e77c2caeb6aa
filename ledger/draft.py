"""The draft of a batch: the present as it would be, and the records that say so."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from ledger.entry import entry_id
from ledger.field import AMOUNT_MAX
from ledger.link.link import Link
from ledger.link.machine import is_counted
from ledger.link.transit import LinkedRequest, Transit
from ledger.name.operation import NameRules
from ledger.name.state import NameState
from ledger.overlay import Overlay, UndoLog
from ledger.record import Concern, Concerns, Record, TransactionRecord, Transfer
from ledger.refusal import Code, Refusal
from ledger.state import (
    Account,
    Attachment,
    Community,
    Filed,
    KeyState,
    Mention,
    OpenBill,
    OpenHold,
    OpenMandate,
    OpenRequest,
    State,
    Succession,
    Transaction,
    UnitBalance,
    replace,
)
from ledger.unit import Unit


class Act(NamedTuple):
    """Who asks for an operation, and by what.

    Attributes:
        account: The author's account; the commons for the manager.
        cause: Hash of the change-set or statement, 32 bytes.
        operation: Index of the operation in it.
    """

    account: bytes
    cause: bytes
    operation: int = 0

    @property
    def entry_id(self) -> bytes:
        """The 16-byte id of what this operation creates."""
        return entry_id(self.cause, self.operation)


class Draft:
    """State with one batch's changes over it; the state itself stays untouched.

    Attributes:
        key: The community's key, by which all inputs of the batch are signed.
        former: Its keys before.
        commons: Id of the community's own account.
        now: Time of the batch.
        first_index: Journal index of the first of ``records``.
        epoch_due: Set by rules after which some may no longer read new records.
        expired: Holds and requests that this batch ended by their time -> that time.
        succession: How the community comes to a new key with this batch.
        made: Id of what the operation that is applied has made, if anything yet.
        change_set: Journal index of the change-set or the statement that is applied.
        name_rules: What a claim costs and gives.
        first_end: No name ends by its time before it, Unix seconds.
    """

    def __init__(self, state: State, now: int, first_index: int) -> None:
        log = UndoLog()
        self._log = log
        self._saved: tuple[int, Community | None, bool, NameRules] = (
            0,
            state.community,
            False,
            state.name_rules,
        )
        self.key = state.key
        self.former = state.former
        self.commons = state.commons
        self.now = now
        self.first_index = first_index
        self.community = state.community
        self.records: list[Record] = []
        self.epoch_due = False
        self.expired: dict[bytes, int] = {}
        self.succession: Succession | None = None
        self.made: bytes | None = None
        self.change_set = 0
        self.name_rules = state.name_rules
        self.first_end = state.name_index.first_end
        self.accounts: Overlay[bytes, Account] = Overlay(state.accounts, log)
        self._newest: Overlay[bytes, int] = Overlay({}, log)
        self.handles: Overlay[str, bytes] = Overlay(state.handles, log)
        self.keys: Overlay[bytes, KeyState] = Overlay(state.keys, log)
        self.holds: Overlay[bytes, OpenHold] = Overlay(state.holds, log)
        self.requests: Overlay[bytes, OpenRequest] = Overlay(state.requests, log)
        self.transactions: Overlay[bytes, Transaction] = Overlay(state.transactions, log)
        self.links: Overlay[bytes, Link] = Overlay(state.links, log)
        self.transits: Overlay[bytes, Transit] = Overlay(state.transits, log)
        self.finished: Overlay[bytes, Transit] = Overlay(state.finished, log)
        self.linked_requests: Overlay[bytes, LinkedRequest] = Overlay(state.linked_requests, log)
        self.bills: Overlay[bytes, OpenBill] = Overlay(state.bills, log)
        self.past_bills: Overlay[bytes, OpenBill] = Overlay(state.past_bills, log)
        self.mandates: Overlay[bytes, OpenMandate] = Overlay(state.mandates, log)
        self.attachments: Overlay[bytes, Attachment] = Overlay(state.attachments, log)
        self.filed: Overlay[bytes, Filed] = Overlay(state.filed, log)
        self.mentions: Overlay[Mention, bool] = Overlay({}, log)
        self.names: Overlay[str, NameState] = Overlay(state.names, log)
        self.owned: Overlay[bytes, int] = Overlay(state.name_index.owned, log)
        self.alike: Overlay[str, tuple[str, ...]] = Overlay(state.name_index.alike, log)
        held = Counter(hold.payer for hold in state.holds.values())
        requested = Counter(request.creditor for request in state.requests.values())
        requested.update(request.asker for request in state.linked_requests.values())
        paying = Counter(
            transit.transfers[0].debit
            for transit in state.transits.values()
            if is_counted(transit.stage)
        )
        billed = Counter(bill.author for bill in state.bills.values())
        mandated = Counter(mandate.debtor for mandate in state.mandates.values())
        self.bill_counts: Overlay[bytes, int] = Overlay(billed, log)
        self.mandate_counts: Overlay[bytes, int] = Overlay(mandated, log)
        self.hold_counts: Overlay[bytes, int] = Overlay(held, log)
        self.request_counts: Overlay[bytes, int] = Overlay(requested, log)
        self.transit_counts: Overlay[bytes, int] = Overlay(paying, log)

    def begin(self) -> None:
        """Let all so far stand; what follows is kept or taken back as a whole."""
        self._log.clear()
        self._saved = (len(self.records), self.community, self.epoch_due, self.name_rules)

    def roll_back(self) -> None:
        """Take back all since ``begin``."""
        self._log.roll_back()
        kept, self.community, self.epoch_due, self.name_rules = self._saved
        del self.records[kept:]

    def end_epoch(self) -> None:
        """Begin a new epoch with this batch, where the ledger is closed: a reader leaves."""
        self.epoch_due |= self.community is not None and self.community.closed

    def unit(self, code: str) -> Unit | None:
        """Return the community's unit with this code."""
        return None if self.community is None else self.community.unit(code)

    def balance(self, account: Account, unit: Unit) -> UnitBalance:
        """Return an account's books in a unit; where it has none yet, new ones."""
        for balance in account.balances:
            if balance.unit == unit.code:
                return balance
        if account.id == self.commons:
            return UnitBalance(unit.code, 0, 0, 0, AMOUNT_MAX, AMOUNT_MAX)
        return UnitBalance(unit.code, 0, 0, 0, unit.credit_limit, unit.maximum_balance)

    def put_balance(self, account: Account, balance: UnitBalance) -> None:
        """Write an account's books in one unit."""
        others = [other for other in account.balances if other.unit != balance.unit]
        balances = tuple(sorted([*others, balance], key=_unit_code)) if others else (balance,)
        self.accounts.set(account.id, replace(account, balances=balances))

    def held(self, account_id: bytes) -> Account:
        """Return an account that something in the state already names."""
        account = self.accounts.get(account_id)
        assert account is not None, f"account {account_id.hex()} is named but not held"
        return account

    def taking_part(self, account_id: bytes) -> Refusal | None:
        """Refuse an account that does not exist, is a link's, is suspended or closed."""
        account = self.accounts.get(account_id)
        if account is None:
            return Refusal(Code.UNKNOWN_ACCOUNT)
        if not account.keys:
            return Refusal(Code.LINK_ACCOUNT, {"handle": account.handle})
        if account.status == "active":
            return None
        suspended = account.status == "suspended"
        code = Code.ACCOUNT_SUSPENDED if suspended else Code.ACCOUNT_CLOSED
        return Refusal(code, {"handle": account.handle})

    @property
    def size(self) -> int:
        """Size of the journal with the records so far."""
        return self.first_index + len(self.records)

    def touch(self, account_ids: Iterable[bytes]) -> Concerns:
        """Chain the next record to these accounts' records; write it right after.

        An account that the record itself opens has no record before.
        """
        newest, chained, concerns = self.size + 1, self._newest.changes, []
        for account_id in sorted(set(account_ids)):
            previous = chained.get(account_id)
            if previous is None and (account := self.accounts.get(account_id)) is not None:
                previous = account.last_record
            if previous is not None:
                self._newest.set(account_id, newest)
            concerns.append(Concern(account_id, previous or 0))
        return tuple(concerns)

    def changed_accounts(self) -> dict[bytes, Account]:
        """Return every account that changed, by id, with the chain of its records up to date."""
        changed = self.accounts.present()
        for account_id, newest in self._newest.present().items():
            changed[account_id] = replace(self.held(account_id), last_record=newest)
        return changed

    def write(self, record: Record) -> int:
        """Append a record and return its journal index."""
        self.records.append(record)
        return self.first_index + len(self.records) - 1

    def mention(self, about: bytes, act: Act) -> None:
        """Note that an operation of the change-set that is applied is about an entry."""
        self.mentions.set(Mention(about, self.change_set, act.operation), True)

    def write_transaction(
        self,
        entry: bytes,
        cause: bytes,
        state: int,
        transfers: tuple[Transfer, ...],
        *,
        refers: bytes | None = None,
        memo: str = "",
        sealed: bytes = b"",
    ) -> int:
        """Append a transaction's record, chained to its accounts; return its journal index."""
        self.made = entry
        concerned = [each for move in transfers for each in (move.debit, move.credit)]
        concerns = self.touch(concerned)
        return self.write(
            TransactionRecord(
                concerns, entry, cause, state, self.now, refers, transfers, memo, sealed
            )
        )


def _unit_code(balance: UnitBalance) -> str:
    return balance.unit
