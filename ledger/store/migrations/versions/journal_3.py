"""Links, payments and requests across them, and where our entries for linked communities stand."""

from alembic import op

revision = "journal_3"
down_revision = "journal_2"
branch_labels = None
depends_on = None

_TABLES = (
    """
    CREATE TABLE link (
        "key" BLOB PRIMARY KEY CHECK (length("key") = 32),
        account BLOB NOT NULL UNIQUE REFERENCES account (id),
        sent INTEGER NOT NULL CHECK (sent >= 0),
        taken INTEGER NOT NULL CHECK (taken >= 0),
        body BLOB NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE link_record (
        record INTEGER PRIMARY KEY REFERENCES record (idx),
        peer BLOB NOT NULL REFERENCES link ("key"),
        number INTEGER NOT NULL,
        decided BLOB UNIQUE CHECK (length(decided) = 16),
        UNIQUE (peer, number)
    ) STRICT
    """,
    """
    CREATE TABLE transit (
        payment BLOB PRIMARY KEY CHECK (length(payment) = 16),
        record INTEGER NOT NULL UNIQUE REFERENCES record (idx),
        role TEXT NOT NULL CHECK (role IN ('origin', 'hop', 'payee')),
        stage TEXT NOT NULL CHECK (stage IN (
            'prepared', 'accepted', 'lapsed', 'posted', 'voided', 'expired', 'settled',
            'released', 'forced')),
        account BLOB NOT NULL REFERENCES account (id),
        upstream BLOB NOT NULL CHECK (length(upstream) IN (0, 32)),
        downstream BLOB NOT NULL CHECK (length(downstream) IN (0, 32)),
        deadline INTEGER NOT NULL CHECK (deadline >= 0),
        finished INTEGER REFERENCES batch (size),
        body BLOB NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX transit_of_account ON transit (account, record)",
    "CREATE INDEX transit_finished ON transit (finished)",
    """
    CREATE TABLE linked_request (
        id BLOB PRIMARY KEY CHECK (length(id) = 16),
        account BLOB NOT NULL CHECK (length(account) IN (0, 16)),
        upstream BLOB NOT NULL CHECK (length(upstream) IN (0, 32)),
        downstream BLOB NOT NULL CHECK (length(downstream) IN (0, 32)),
        expires INTEGER NOT NULL CHECK (expires >= 0),
        body BLOB NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
)

_GUARDS = (
    """
    CREATE TRIGGER link_goes_on BEFORE UPDATE ON link
    WHEN NEW."key" IS NOT OLD."key" OR NEW.account IS NOT OLD.account
      OR NEW.sent < OLD.sent OR NEW.taken < OLD.taken
    BEGIN SELECT RAISE(ABORT, 'link: keeps its account, and its numbers only rise'); END
    """,
    """
    CREATE TRIGGER link_record_in_order BEFORE INSERT ON link_record
    WHEN NEW.record <= (SELECT coalesce(max(record), -1) FROM link_record)
      OR NEW.number IS NOT
        (SELECT coalesce(max(number), 0) + 1 FROM link_record WHERE peer = NEW.peer)
    BEGIN SELECT RAISE(ABORT, 'link_record: numbers follow each other'); END
    """,
    # A decision is made once; the check before an INSERT also stops INSERT OR REPLACE.
    """
    CREATE TRIGGER link_record_decides_once BEFORE INSERT ON link_record
    WHEN EXISTS (SELECT 1 FROM link_record WHERE decided = NEW.decided)
    BEGIN SELECT RAISE(ABORT, 'link_record: a payment is decided once'); END
    """,
    """
    CREATE TRIGGER link_once BEFORE INSERT ON link
    WHEN EXISTS (SELECT 1 FROM link WHERE account = NEW.account AND "key" <> NEW."key")
    BEGIN SELECT RAISE(ABORT, 'link: one account, one link'); END
    """,
    """
    CREATE TRIGGER transit_once BEFORE INSERT ON transit
    WHEN EXISTS (SELECT 1 FROM transit WHERE payment = NEW.payment OR record = NEW.record)
    BEGIN SELECT RAISE(ABORT, 'transit: begins once'); END
    """,
    """
    CREATE TRIGGER transit_goes_on BEFORE UPDATE ON transit
    WHEN OLD.finished IS NOT NULL OR NEW.payment IS NOT OLD.payment
      OR NEW.record IS NOT OLD.record OR NEW.role IS NOT OLD.role
      OR NEW.account IS NOT OLD.account OR NEW.deadline IS NOT OLD.deadline
    BEGIN SELECT RAISE(ABORT, 'transit: is one payment, and stays when finished'); END
    """,
    """
    CREATE TRIGGER link_record_not_changed BEFORE UPDATE ON link_record
    BEGIN SELECT RAISE(ABORT, 'link_record: is never changed'); END
    """,
)
_KEPT = ("link", "link_record", "transit")


def upgrade() -> None:
    """Add the tables."""
    run = op.get_bind().exec_driver_sql
    for statement in (*_TABLES, *_GUARDS):
        run(statement)
    for table in _KEPT:
        run(
            f"CREATE TRIGGER {table}_not_deleted BEFORE DELETE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table}: is never deleted'); END"
        )


def downgrade() -> None:
    """Refuse: an older program would not keep the promises of a newer schema."""
    raise NotImplementedError("databases are only upgraded; restore a backup instead")
