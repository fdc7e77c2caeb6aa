"""A member's own attached files until the ledger has them, and when they were last put."""

from alembic import op

revision = "outgoing_4"
down_revision = "outgoing_3"
branch_labels = None
depends_on = None

_TABLES = (
    """
    CREATE TABLE file (
        hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
        kept INTEGER NOT NULL CHECK (kept >= 0),
        sealed BLOB NOT NULL CHECK (length(sealed) BETWEEN 17 AND 262160)
    ) STRICT
    """,
    """
    CREATE TRIGGER file_not_changed BEFORE UPDATE ON file
    BEGIN SELECT RAISE(ABORT, 'file: is never changed'); END
    """,
    """
    CREATE TABLE carried (
        hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
        time INTEGER NOT NULL CHECK (time >= 0)
    ) STRICT, WITHOUT ROWID
    """,
)


def upgrade() -> None:
    """Add the tables."""
    for statement in _TABLES:
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Refuse: an older program would not keep the promises of a newer schema."""
    raise NotImplementedError("databases are only upgraded; restore a backup instead")
