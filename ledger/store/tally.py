"""The tally of an audit: what was looked at and confirmed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from ledger.changeset import CHANGE_SET_BYTES_MAX, ChangeSet, Seen
from ledger.checkpoint import VerifiedCheckpoint
from ledger.codec import decode
from ledger.merkle import EMPTY_ROOT
from ledger.record import (
    ChangeSetRecord,
    EpochRecord,
    LinkRecord,
    ManagerRecord,
    ReadingRecord,
    Record,
    RefusalRecord,
    StateRecord,
    SuccessorRecord,
    TransactionRecord,
)
from ledger.refusal import Code

KINDS: Mapping[type, str] = MappingProxyType(
    {
        ManagerRecord: "statements",
        ChangeSetRecord: "change_sets",
        TransactionRecord: "transactions",
        RefusalRecord: "refusals",
        StateRecord: "states",
        EpochRecord: "epochs",
        SuccessorRecord: "successors",
        LinkRecord: "link_entries",
        ReadingRecord: "readings",
    }
)
"""What records are called in a report."""
CLAIMS_MAX = 100
"""How many claims to have seen another history are remembered; all are counted."""


@dataclass(frozen=True, slots=True)
class Claim:
    """An author said that he had verified a checkpoint which does not lie on this history.

    Attributes:
        index: Of the refusal's record.
        key: The author's.
        seen: What he said; the note that he kept would prove it.
    """

    index: int
    key: bytes
    seen: Seen


@dataclass(slots=True)
class Tally:
    """What an audit has confirmed.

    Attributes:
        size: Records.
        version: Merges.
        root: Of the tree over all records.
        journal_sha256: Of all records (docs/protocol.md, "The journal").
        records: Number of records of each kind, named as in ``KINDS``.
        signed: Members' signatures that were checked.
        unseen: Refusals whose signed bytes the journal does not keep: their reason is taken as
            the manager says.
        transfers: Transfers that moved something.
        accounts: Accounts whose rows were compared.
        balances: Balances that were compared.
        bills: Bills that were compared, those that are over too.
        open_bills: Those of them of which a part is open.
        mandates: Mandates that were compared.
        attachments: Attached files of which the rows were compared.
        withdrawn: Those of them that the manager took out.
        files: Kept files whose hashes were compared, by the first audit.
        names: Names of members that were compared.
        links: Links that were compared.
        payments: Payments across links that were compared, under way and finished.
        under_way: Those of them that are under way.
        sums: What all balances of each unit add up to, in minor units.
        checkpoints: Signed notes that were checked.
        newest: The newest of them, its witnesses' signatures checked too; None where none is.
        claims: The first of those who say to have seen another history.
    """

    size: int = 0
    version: int = 0
    root: bytes = EMPTY_ROOT
    journal_sha256: bytes = b""
    records: Counter[str] = field(default_factory=Counter)
    signed: int = 0
    unseen: int = 0
    transfers: int = 0
    accounts: int = 0
    balances: int = 0
    bills: int = 0
    open_bills: int = 0
    mandates: int = 0
    attachments: int = 0
    withdrawn: int = 0
    files: int = 0
    names: int = 0
    links: int = 0
    payments: int = 0
    under_way: int = 0
    sums: dict[str, int] = field(default_factory=dict)
    checkpoints: int = 0
    newest: VerifiedCheckpoint | None = None
    claims: list[Claim] = field(default_factory=list)

    @property
    def signatures(self) -> int:
        """Signatures that were checked: members', managers' and the newest checkpoint's.

        Each reading has one of another community's manager.
        """
        stated = self.records["statements"] + self.records["readings"]
        return self.signed + stated + (self.newest is not None)

    def count(self, first: int, records: Sequence[Record]) -> None:
        """Count the records of a merge that was confirmed, the first of them at this index."""
        for index, record in enumerate(records, first):
            self.records[KINDS[type(record)]] += 1
            if isinstance(record, ChangeSetRecord):
                self.signed += 1
            elif isinstance(record, RefusalRecord):
                self._count_refusal(index, record)

    def _count_refusal(self, index: int, record: RefusalRecord) -> None:
        if not record.body:
            self.unseen += 1
            return
        self.signed += 1
        if record.code == Code.SEEN_MISMATCH and len(self.claims) < CLAIMS_MAX:
            asked = decode(record.body, ChangeSet, CHANGE_SET_BYTES_MAX)
            self.claims.append(Claim(index, record.key, asked.seen))
