"""What witnesses said about checkpoints of this journal."""

from alembic import op

revision = "journal_2"
down_revision = "journal_1"
branch_labels = None
depends_on = None

_TABLES = (
    # The newest of each witness: a checkpoint covers all before it.
    """
    CREATE TABLE cosignature (
        "key" BLOB PRIMARY KEY CHECK (length("key") = 32),
        size INTEGER NOT NULL REFERENCES batch (size),
        time INTEGER NOT NULL CHECK (time >= 0),
        signature BLOB NOT NULL CHECK (length(signature) = 64),
        since INTEGER NOT NULL,
        noted INTEGER NOT NULL,
        shipped INTEGER
    ) STRICT, WITHOUT ROWID
    """,
    'CREATE INDEX cosignature_of_size ON cosignature (size, since, "key")',
    "CREATE INDEX cosignature_unshipped ON cosignature (size) WHERE shipped IS NULL",
    """
    CREATE TRIGGER cosignature_goes_on BEFORE UPDATE OF "key", size, time, signature ON cosignature
    WHEN NEW."key" IS NOT OLD."key" OR (NEW.size, NEW.time) < (OLD.size, OLD.time)
    BEGIN SELECT RAISE(ABORT, 'cosignature: a witness never goes back'); END
    """,
)


def upgrade() -> None:
    """Add the table."""
    for statement in _TABLES:
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Refuse: an older program would not keep the promises of a newer schema."""
    raise NotImplementedError("databases are only upgraded; restore a backup instead")
