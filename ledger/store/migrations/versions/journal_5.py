"""Attached files: what the journal says of them, and the files themselves."""

from alembic import op

revision = "journal_5"
down_revision = "journal_4"
branch_labels = None
depends_on = None

_TABLES = (
    """
    CREATE TABLE attachment (
        number INTEGER PRIMARY KEY CHECK (number >= 0),
        id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
        record INTEGER NOT NULL REFERENCES record (idx),
        operation INTEGER NOT NULL CHECK (operation BETWEEN 0 AND 63),
        time INTEGER NOT NULL CHECK (time >= 0),
        month INTEGER NOT NULL CHECK (month >= 0),
        about BLOB NOT NULL CHECK (length(about) = 16),
        author BLOB NOT NULL REFERENCES account (id),
        name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
        kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 4),
        length INTEGER NOT NULL CHECK (length BETWEEN 1 AND 262144),
        hash BLOB NOT NULL CHECK (length(hash) = 32),
        target BLOB NOT NULL CHECK (length(target) = 20),
        key BLOB NOT NULL CHECK (length(key) = 32),
        withdrawn INTEGER REFERENCES record (idx),
        reason TEXT NOT NULL,
        UNIQUE (record, operation)
    ) STRICT
    """,
    "CREATE INDEX attachment_about ON attachment (about)",
    "CREATE INDEX attachment_hash ON attachment (hash)",
    "CREATE INDEX attachment_month ON attachment (author, month, length)",
    "CREATE INDEX attachment_withdrawn ON attachment (withdrawn) WHERE withdrawn IS NOT NULL",
    """
    CREATE TABLE file (
        hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
        kept INTEGER NOT NULL CHECK (kept >= 0),
        sealed BLOB NOT NULL CHECK (length(sealed) BETWEEN 17 AND 262160)
    ) STRICT
    """,
)
_GUARDS = (
    """
    CREATE TRIGGER attachment_in_order BEFORE INSERT ON attachment
    WHEN NEW.number IS NOT (SELECT coalesce(max(number) + 1, 0) FROM attachment)
      OR EXISTS (SELECT 1 FROM attachment
        WHERE (record, operation) >= (NEW.record, NEW.operation))
    BEGIN SELECT RAISE(ABORT, 'attachment: is numbered in the order of the journal'); END
    """,
    """
    CREATE TRIGGER attachment_goes_on BEFORE UPDATE ON attachment
    WHEN OLD.withdrawn IS NOT NULL OR NEW.withdrawn IS NULL
      OR (OLD.number, OLD.id, OLD.record, OLD.operation, OLD.time, OLD.month, OLD.about,
          OLD.author, OLD.name, OLD.kind, OLD.length, OLD.hash, OLD.target, OLD.key)
      IS NOT (NEW.number, NEW.id, NEW.record, NEW.operation, NEW.time, NEW.month, NEW.about,
          NEW.author, NEW.name, NEW.kind, NEW.length, NEW.hash, NEW.target, NEW.key)
    BEGIN SELECT RAISE(ABORT, 'attachment: is withdrawn once, and else never changed'); END
    """,
    """
    CREATE TRIGGER attachment_not_deleted BEFORE DELETE ON attachment
    BEGIN SELECT RAISE(ABORT, 'attachment: is never deleted'); END
    """,
    """
    CREATE TRIGGER file_not_changed BEFORE UPDATE ON file
    BEGIN SELECT RAISE(ABORT, 'file: is never changed'); END
    """,
)


def upgrade() -> None:
    """Add the tables."""
    connection = op.get_bind()
    for statement in (*_TABLES, *_GUARDS):
        connection.exec_driver_sql(statement)


def downgrade() -> None:
    """Refuse: an older program would not keep the promises of a newer schema."""
    raise NotImplementedError("databases are only upgraded; restore a backup instead")
