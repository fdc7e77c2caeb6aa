"""Names as they stand, and every change of the names map in its order."""

from alembic import op

revision = "journal_6"
down_revision = "journal_5"
branch_labels = None
depends_on = None

_TABLES = (
    """
    CREATE TABLE name (
        name TEXT PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 63),
        owner BLOB REFERENCES account (id),
        expires INTEGER NOT NULL CHECK (expires >= 0),
        body BLOB NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX name_owner ON name (owner)",
    """
    CREATE TABLE name_change (
        number INTEGER PRIMARY KEY CHECK (number >= 0),
        size INTEGER NOT NULL REFERENCES batch (size),
        "key" BLOB NOT NULL CHECK (length("key") BETWEEN 1 AND 255),
        value BLOB CHECK (length(value) > 0)
    ) STRICT
    """,
    'CREATE UNIQUE INDEX name_change_once ON name_change (size, "key")',
    'CREATE INDEX name_change_of ON name_change ("key")',
)
_GUARDS = (
    """
    CREATE TRIGGER name_change_in_order BEFORE INSERT ON name_change
    WHEN NEW.number IS NOT (SELECT coalesce(max(number) + 1, 0) FROM name_change)
      OR EXISTS (SELECT 1 FROM name_change
        WHERE number = NEW.number - 1 AND (size, "key") >= (NEW.size, NEW."key"))
    BEGIN SELECT RAISE(ABORT, 'name_change: is numbered in the order of the journal'); END
    """,
    """
    CREATE TRIGGER name_change_not_changed BEFORE UPDATE ON name_change
    BEGIN SELECT RAISE(ABORT, 'name_change: is never changed'); END
    """,
    """
    CREATE TRIGGER name_change_not_deleted BEFORE DELETE ON name_change
    BEGIN SELECT RAISE(ABORT, 'name_change: is never deleted'); END
    """,
)


def upgrade() -> None:
    """Add the tables: no ledger had names before."""
    connection = op.get_bind()
    for statement in (*_TABLES, *_GUARDS):
        connection.exec_driver_sql(statement)


def downgrade() -> None:
    """Refuse: an older program would not keep the promises of a newer schema."""
    raise NotImplementedError("databases are only upgraded; restore a backup instead")
