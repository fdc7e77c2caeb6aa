"""What a member has witnessed, what others say is waiting, and what is larger than he can see."""

from alembic import op

revision = "outgoing_2"
down_revision = "outgoing_1"
branch_labels = None
depends_on = None

_TABLES = (
    """
    CREATE TABLE witnessed (
        community BLOB PRIMARY KEY CHECK (length(community) = 32),
        size INTEGER NOT NULL CHECK (size >= 1),
        root BLOB NOT NULL CHECK (length(root) = 32),
        note BLOB NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    # What was cosigned is out in the network: one size has one root for ever, and never back.
    """
    CREATE TRIGGER witnessed_goes_on BEFORE UPDATE ON witnessed
    WHEN NEW.community IS NOT OLD.community OR NEW.size < OLD.size
      OR (NEW.size = OLD.size AND NEW.root IS NOT OLD.root)
    BEGIN SELECT RAISE(ABORT, 'witnessed: one root a size, and no smaller size'); END
    """,
    """
    CREATE TRIGGER witnessed_not_deleted BEFORE DELETE ON witnessed
    BEGIN SELECT RAISE(ABORT, 'witnessed: is never deleted'); END
    """,
    """
    CREATE TABLE listed (
        witness BLOB NOT NULL CHECK (length(witness) = 32),
        hash BLOB NOT NULL CHECK (length(hash) = 32),
        first INTEGER NOT NULL,
        newest INTEGER NOT NULL CHECK (newest >= first),
        PRIMARY KEY (witness, hash)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE question (
        witness BLOB PRIMARY KEY CHECK (length(witness) = 32),
        size INTEGER NOT NULL CHECK (size >= 1),
        root BLOB NOT NULL CHECK (length(root) = 32),
        note BLOB NOT NULL,
        asked INTEGER NOT NULL
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
