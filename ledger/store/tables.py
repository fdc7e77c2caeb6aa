"""The tables, column for column as the migrations make them."""

from sqlalchemy import Table, Text
from sqlmodel import Field, SQLModel


class MetaRow(SQLModel, table=True):
    """A single value by name."""

    __tablename__ = "meta"
    name: str = Field(primary_key=True, sa_type=Text)
    value: bytes


class RecordRow(SQLModel, table=True):
    """A journal record: ``data`` is nonce || body, ``hash`` its change-set's or statement's."""

    __tablename__ = "record"
    idx: int = Field(primary_key=True)
    kind: int
    hash: bytes | None
    leaf: bytes
    data: bytes


class BatchRow(SQLModel, table=True):
    """A merge: records [first, size), the tree after it, its ``now``; versions count from 1."""

    __tablename__ = "batch"
    size: int = Field(primary_key=True)
    version: int
    first: int
    root: bytes
    time: int
    frontier: bytes


class NodeRow(SQLModel, table=True):
    """Root of a full subtree of 2**level leaves, level 8 and up, for proofs."""

    __tablename__ = "node"
    level: int = Field(primary_key=True)
    position: int = Field(primary_key=True)
    hash: bytes


class CheckpointRow(SQLModel, table=True):
    """A signed note; one root a size for ever."""

    __tablename__ = "checkpoint"
    size: int = Field(primary_key=True)
    root: bytes
    note: bytes


class CosignatureRow(SQLModel, table=True):
    """A witness's newest cosignature.

    ``since`` is when its first one of this size came, ``noted`` when this one did, ``shipped`` the
    size of the snapshot that hands it on.
    """

    __tablename__ = "cosignature"
    key: bytes = Field(primary_key=True)
    size: int
    time: int
    signature: bytes
    since: int
    noted: int
    shipped: int | None


class PublicationRow(SQLModel, table=True):
    """A snapshot that was published or fetched; ``files`` is a JSON list of names."""

    __tablename__ = "publication"
    size: int = Field(primary_key=True)
    infohash: bytes
    infohash_v2: bytes
    files: str = Field(sa_type=Text)
    time: int


class AccountRow(SQLModel, table=True):
    """An account; ``keys`` are its public keys, 32 bytes each, one after another."""

    __tablename__ = "account"
    id: bytes = Field(primary_key=True)
    handle: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    status: str = Field(sa_type=Text)
    admitted: int
    keys: bytes
    last_record: int


class BalanceRow(SQLModel, table=True):
    """An account's books in one unit; ``newest`` is the last transfer that ``posted`` holds."""

    __tablename__ = "balance"
    account: bytes = Field(primary_key=True)
    unit: str = Field(primary_key=True, sa_type=Text)
    posted: int
    newest: int
    pending_debit: int
    pending_credit: int
    credit_limit: int
    maximum_balance: int


class TransferRow(SQLModel, table=True):
    """A transfer that moved something; ``id`` is record * 256 + ordinal."""

    __tablename__ = "transfer"
    id: int = Field(primary_key=True)
    record: int
    ordinal: int
    debit: bytes
    credit: bytes
    amount: int
    unit: str = Field(sa_type=Text)


class KeyStateRow(SQLModel, table=True):
    """Where a key's chain stands."""

    __tablename__ = "key_state"
    key: bytes = Field(primary_key=True)
    account: bytes
    active: bool
    generation: int
    number: int
    hash: bytes


class HoldRow(SQLModel, table=True):
    """An open hold."""

    __tablename__ = "hold"
    id: bytes = Field(primary_key=True)
    payer: bytes
    payee: bytes
    amount: int
    unit: str = Field(sa_type=Text)
    expires: int
    memo: str = Field(sa_type=Text)
    sealed: bytes


class RequestRow(SQLModel, table=True):
    """An open request."""

    __tablename__ = "request"
    id: bytes = Field(primary_key=True)
    creditor: bytes
    debtor: bytes
    amount: int
    unit: str = Field(sa_type=Text)
    expires: int
    memo: str = Field(sa_type=Text)
    sealed: bytes
    merged: int


class TransactionRow(SQLModel, table=True):
    """A transaction that moved something; its transfers stand in ``transfer``."""

    __tablename__ = "transaction_state"
    id: bytes = Field(primary_key=True)
    record: int
    reverts: bytes | None
    reverted_by: bytes | None


class LinkRow(SQLModel, table=True):
    """A link; ``body`` is its canonical bytes, from which the other columns are."""

    __tablename__ = "link"
    key: bytes = Field(primary_key=True)
    account: bytes
    sent: int
    taken: int
    body: bytes


class LinkRecordRow(SQLModel, table=True):
    """Where an entry for a linked community stands; ``decided`` is the payment it decides.

    Only the payer's ledger decides, so a decision that was copied on is none.
    """

    __tablename__ = "link_record"
    record: int = Field(primary_key=True)
    peer: bytes
    number: int
    decided: bytes | None


class TransitRow(SQLModel, table=True):
    """A payment across links; ``record`` is where it was held first.

    ``finished`` is the journal's size after the merge that left nothing to follow, ``body`` its
    canonical bytes, from which the other columns are.
    """

    __tablename__ = "transit"
    payment: bytes = Field(primary_key=True)
    record: int
    role: str = Field(sa_type=Text)
    stage: str = Field(sa_type=Text)
    account: bytes
    upstream: bytes
    downstream: bytes
    deadline: int
    finished: int | None
    body: bytes


class LinkedRequestRow(SQLModel, table=True):
    """An open request across links; ``body`` is its canonical bytes."""

    __tablename__ = "linked_request"
    id: bytes = Field(primary_key=True)
    account: bytes
    upstream: bytes
    downstream: bytes
    expires: int
    body: bytes


class BillRow(SQLModel, table=True):
    """A bill; ``body`` is its canonical bytes, from which the other columns are.

    ``finished`` is the journal's size after the merge that ended its last open part.
    """

    __tablename__ = "bill"
    id: bytes = Field(primary_key=True)
    author: bytes
    replaces: bytes | None
    finished: int | None
    body: bytes


class MandateRow(SQLModel, table=True):
    """A mandate that has not ended; ``body`` is its canonical bytes."""

    __tablename__ = "mandate"
    id: bytes = Field(primary_key=True)
    debtor: bytes
    body: bytes


class MentionRow(SQLModel, table=True):
    """A record, and the operation in it, that is about an entry."""

    __tablename__ = "mention"
    about: bytes = Field(primary_key=True)
    record: int = Field(primary_key=True)
    operation: int = Field(primary_key=True)


class AttachmentRow(SQLModel, table=True):
    """A file that was attached; numbers go from 0 in the order of the journal, without holes.

    ``month`` is the calendar month of ``time``, ``withdrawn`` the record that took it out.
    """

    __tablename__ = "attachment"
    number: int = Field(primary_key=True)
    id: bytes
    record: int
    operation: int
    time: int
    month: int
    about: bytes
    author: bytes
    name: str = Field(sa_type=Text)
    kind: int
    length: int
    hash: bytes
    target: bytes
    key: bytes
    withdrawn: int | None
    reason: str = Field(sa_type=Text)


class FileRow(SQLModel, table=True):
    """A sealed file that has come; ``hash`` is its SHA-256, ``kept`` when it came."""

    __tablename__ = "file"
    hash: bytes = Field(primary_key=True)
    kept: int
    sealed: bytes


class NameRow(SQLModel, table=True):
    """A name that is owned or reserved; ``body`` is its canonical bytes."""

    __tablename__ = "name"
    name: str = Field(primary_key=True, sa_type=Text)
    owner: bytes | None
    expires: int
    body: bytes


class NameChangeRow(SQLModel, table=True):
    """A change of the names map by the merge that ends at ``size``; numbers count from 0.

    ``key`` is the map's, ``value`` what it holds there after the merge: nothing where it is null.
    """

    __tablename__ = "name_change"
    number: int = Field(primary_key=True)
    size: int
    key: bytes
    value: bytes | None


class SlotRow(SQLModel, table=True):
    """What this home last put into a slot; ``sealed`` is cut into the immutable items of tier 2."""

    __tablename__ = "slot"
    key: bytes = Field(primary_key=True)
    salt: bytes = Field(primary_key=True)
    seq: int
    value: bytes
    signature: bytes
    sealed: bytes
    put: int | None


class StatementRow(SQLModel, table=True):
    """A manager's signed statement on its way into the journal."""

    __tablename__ = "statement"
    number: int = Field(primary_key=True)
    body: bytes
    created: int
    state: str = Field(sa_type=Text)
    size: int | None
    code: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)


class PollRow(SQLModel, table=True):
    """What the manager knows of a key's slot."""

    __tablename__ = "poll"
    key: bytes = Field(primary_key=True)
    seq: int | None
    item: bytes
    polled: int
    seen: int | None
    merged: int | None
    nodes: bytes


class PendingRow(SQLModel, table=True):
    """A verified change-set that no merge has settled."""

    __tablename__ = "pending"
    hash: bytes = Field(primary_key=True)
    key: bytes
    generation: int
    number: int
    body: bytes
    signature: bytes
    received: int


class EvidenceRow(SQLModel, table=True):
    """The other one of two change-sets with the same number."""

    __tablename__ = "evidence"
    hash: bytes = Field(primary_key=True)
    key: bytes
    generation: int
    number: int
    body: bytes
    signature: bytes
    noticed: int


class DroppedRow(SQLModel, table=True):
    """How often input was dropped at the door, by reason."""

    __tablename__ = "dropped"
    reason: str = Field(primary_key=True, sa_type=Text)
    count: int
    newest: int


class LinkDoorRow(SQLModel, table=True):
    """What the manager knows of a linked community's slot and of its newest checkpoint."""

    __tablename__ = "link_door"
    peer: bytes = Field(primary_key=True)
    seq: int | None
    polled: int
    seen: int | None
    taken: int
    seen_size: int
    size: int
    root: bytes
    note: bytes
    before_size: int
    before_root: bytes
    merged: int | None
    problem: str = Field(sa_type=Text)


class LinkEvidenceRow(SQLModel, table=True):
    """A linked community's note that contradicts another one of its: ``against``."""

    __tablename__ = "link_evidence"
    peer: bytes = Field(primary_key=True)
    root: bytes = Field(primary_key=True)
    size: int
    note: bytes
    against: bytes
    noticed: int


class ChangeSetRow(SQLModel, table=True):
    """A member's own change-set and what became of it."""

    __tablename__ = "change_set"
    generation: int = Field(primary_key=True)
    number: int = Field(primary_key=True)
    hash: bytes
    key: bytes
    body: bytes
    signature: bytes
    created: int
    state: str = Field(sa_type=Text)
    published: int | None
    version: int | None
    code: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)


class ContactRow(SQLModel, table=True):
    """A card that this home keeps."""

    __tablename__ = "contact"
    kind: str = Field(primary_key=True, sa_type=Text)
    key: bytes = Field(primary_key=True)
    name: str = Field(sa_type=Text)
    card: str = Field(sa_type=Text)
    added: int


class RecurringRow(SQLModel, table=True):
    """Something that is signed again and again; ``operation`` is its template."""

    __tablename__ = "recurring"
    id: int = Field(primary_key=True)
    operation: bytes
    rhythm: str = Field(sa_type=Text)
    first: int
    ends: int | None
    state: str = Field(sa_type=Text)
    place: int
    due: int
    hash: bytes | None
    outcome: str = Field(sa_type=Text)
    created: int


class SubmittedRow(SQLModel, table=True):
    """A form of the page that was handed in, and the change-set that it made."""

    __tablename__ = "submitted"
    submission: bytes = Field(primary_key=True)
    hash: bytes
    time: int


class HandedInRow(SQLModel, table=True):
    """A form of the manager's page that was handed in, and the statements that it made."""

    __tablename__ = "handed_in"
    form: str = Field(primary_key=True, sa_type=Text)
    submission: bytes = Field(primary_key=True)
    first: int
    count: int
    time: int


class CarriedRow(SQLModel, table=True):
    """An own attached file that nodes of the DHT have taken, and when last."""

    __tablename__ = "carried"
    hash: bytes = Field(primary_key=True)
    time: int


class WitnessedRow(SQLModel, table=True):
    """The largest checkpoint of a community that this home has cosigned."""

    __tablename__ = "witnessed"
    community: bytes = Field(primary_key=True)
    size: int
    root: bytes
    note: bytes


class ListedRow(SQLModel, table=True):
    """A change-set that a witness lists as waiting: beside which size first, and newest."""

    __tablename__ = "listed"
    witness: bytes = Field(primary_key=True)
    hash: bytes = Field(primary_key=True)
    first: int
    newest: int


class QuestionRow(SQLModel, table=True):
    """A witness's checkpoint that is larger than what could be followed."""

    __tablename__ = "question"
    witness: bytes = Field(primary_key=True)
    size: int
    root: bytes
    note: bytes
    asked: int


def table_of(model: type[SQLModel]) -> Table:
    """Return a row class's table, for statements over many rows at once."""
    return SQLModel.metadata.tables[str(model.__tablename__)]
