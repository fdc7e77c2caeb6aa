"""Bills and mandates, what records are about, and since when a request is open."""

from alembic import op
from sqlalchemy import Connection

from ledger.changeset import CHANGE_SET_BYTES_MAX, ChangeSet
from ledger.codec import decode
from ledger.entry import entry_id
from ledger.operation import Request
from ledger.record import ChangeSetRecord, decode_record

revision = "journal_4"
down_revision = "journal_3"
branch_labels = None
depends_on = None

_TABLES = (
    """
    CREATE TABLE bill (
        id BLOB PRIMARY KEY CHECK (length(id) = 16),
        author BLOB NOT NULL REFERENCES account (id),
        replaces BLOB CHECK (length(replaces) = 16),
        finished INTEGER REFERENCES batch (size),
        body BLOB NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX bill_replaces ON bill (replaces) WHERE replaces IS NOT NULL",
    "CREATE INDEX bill_finished ON bill (finished)",
    """
    CREATE TABLE mandate (
        id BLOB PRIMARY KEY CHECK (length(id) = 16),
        debtor BLOB NOT NULL REFERENCES account (id),
        body BLOB NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE mention (
        about BLOB NOT NULL CHECK (length(about) = 16),
        record INTEGER NOT NULL REFERENCES record (idx),
        operation INTEGER NOT NULL CHECK (operation BETWEEN 0 AND 63),
        PRIMARY KEY (about, record, operation)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX mention_in_record ON mention (record)",
    "ALTER TABLE request ADD COLUMN merged INTEGER NOT NULL DEFAULT 0 CHECK (merged >= 0)",
)

_GUARDS = (
    """
    CREATE TRIGGER bill_goes_on BEFORE UPDATE ON bill
    WHEN OLD.finished IS NOT NULL OR NEW.id IS NOT OLD.id
      OR NEW.author IS NOT OLD.author OR NEW.replaces IS NOT OLD.replaces
    BEGIN SELECT RAISE(ABORT, 'bill: is one bill, and stays when finished'); END
    """,
    """
    CREATE TRIGGER mention_not_changed BEFORE UPDATE ON mention
    BEGIN SELECT RAISE(ABORT, 'mention: is never changed'); END
    """,
)
_KEPT = ("bill", "mention")
_NEWEST_FIRST = (
    "SELECT record.hash, record.data, "
    "(SELECT batch.time FROM batch WHERE batch.size > record.idx ORDER BY batch.size LIMIT 1) "
    "FROM record WHERE record.kind = 2 ORDER BY record.idx DESC"
)


def upgrade() -> None:
    """Add the tables; find out when the open requests were merged."""
    connection = op.get_bind()
    run = connection.exec_driver_sql
    for statement in (*_TABLES, *_GUARDS):
        run(statement)
    for table in _KEPT:
        run(
            f"CREATE TRIGGER {table}_not_deleted BEFORE DELETE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table}: is never deleted'); END"
        )
    _date_requests(connection)


def _date_requests(connection: Connection) -> None:
    """Give open requests the time of their merge; they are young, so the newest records say it."""
    run = connection.exec_driver_sql
    undated = {row[0] for row in run("SELECT id FROM request")}
    if not undated:
        return
    for cause, data, time in run(_NEWEST_FIRST):
        for entry in undated.intersection(_requests_in(cause, data)):
            run("UPDATE request SET merged = ? WHERE id = ?", (time, entry))
            undated.remove(entry)
        if not undated:
            return


def _requests_in(cause: bytes, data: bytes) -> list[bytes]:
    """Return the ids of the requests that a change-set's stored record makes."""
    record = decode_record(data)
    assert isinstance(record, ChangeSetRecord), "it is filed as one"
    asked = decode(record.body, ChangeSet, CHANGE_SET_BYTES_MAX)
    return [
        entry_id(cause, place)
        for place, operation in enumerate(asked.operations)
        if isinstance(operation, Request)
    ]


def downgrade() -> None:
    """Refuse: an older program would not keep the promises of a newer schema."""
    raise NotImplementedError("databases are only upgraded; restore a backup instead")
