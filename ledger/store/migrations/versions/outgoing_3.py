"""What comes again by itself, and what a page has handed in already."""

from alembic import op

revision = "outgoing_3"
down_revision = "outgoing_2"
branch_labels = None
depends_on = None

_TABLES = (
    """
    CREATE TABLE recurring (
        id INTEGER PRIMARY KEY,
        operation BLOB NOT NULL CHECK (length(operation) > 0),
        rhythm TEXT NOT NULL CHECK (rhythm IN ('daily', 'weekly', 'monthly', 'yearly')),
        first INTEGER NOT NULL CHECK (first >= 0 AND first % 86400 = 0),
        ends INTEGER CHECK (ends >= first),
        state TEXT NOT NULL CHECK (state IN ('running', 'paused', 'stopped', 'ended')),
        place INTEGER NOT NULL CHECK (place >= 0),
        due INTEGER NOT NULL CHECK (due >= first AND due % 86400 = 0),
        hash BLOB CHECK (length(hash) = 32),
        outcome TEXT NOT NULL,
        created INTEGER NOT NULL
    ) STRICT
    """,
    # A date that was issued is never due again, whatever a program counts.
    """
    CREATE TRIGGER recurring_goes_on BEFORE UPDATE OF place, due ON recurring
    WHEN NEW.place < OLD.place OR NEW.due < OLD.due
    BEGIN SELECT RAISE(ABORT, 'recurring: what was issued is never due again'); END
    """,
    """
    CREATE TRIGGER recurring_stays
    BEFORE UPDATE OF id, operation, rhythm, first, ends, created ON recurring
    BEGIN SELECT RAISE(ABORT, 'recurring: what comes again is stopped, not changed'); END
    """,
    """
    CREATE TRIGGER recurring_not_deleted BEFORE DELETE ON recurring
    BEGIN SELECT RAISE(ABORT, 'recurring: its number is never given to another'); END
    """,
    """
    CREATE TABLE submitted (
        submission BLOB PRIMARY KEY CHECK (length(submission) = 16),
        hash BLOB NOT NULL REFERENCES change_set (hash),
        time INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX submitted_time ON submitted (time)",
)


def upgrade() -> None:
    """Add the tables."""
    for statement in _TABLES:
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Refuse: an older program would not keep the promises of a newer schema."""
    raise NotImplementedError("databases are only upgraded; restore a backup instead")
