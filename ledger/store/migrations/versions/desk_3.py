"""Which statements a form of the manager's page has made."""

from alembic import op

revision = "desk_3"
down_revision = "desk_2"
branch_labels = None
depends_on = None

_TABLES = (
    """
    CREATE TABLE handed_in (
        form TEXT NOT NULL CHECK (length(form) > 0),
        submission BLOB NOT NULL CHECK (length(submission) = 16),
        first INTEGER NOT NULL REFERENCES statement (number),
        count INTEGER NOT NULL CHECK (count > 0),
        time INTEGER NOT NULL,
        PRIMARY KEY (form, submission)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX handed_in_time ON handed_in (time)",
)


def upgrade() -> None:
    """Add the table."""
    for statement in _TABLES:
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Refuse: an older program would not keep the promises of a newer schema."""
    raise NotImplementedError("databases are only upgraded; restore a backup instead")
