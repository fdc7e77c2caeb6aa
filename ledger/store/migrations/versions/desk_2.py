"""What a manager knows of the slots and checkpoints of linked communities."""

from alembic import op

revision = "desk_2"
down_revision = "desk_1"
branch_labels = None
depends_on = None

_TABLES = (
    """
    CREATE TABLE link_door (
        peer BLOB PRIMARY KEY CHECK (length(peer) = 32),
        seq INTEGER,
        polled INTEGER NOT NULL,
        seen INTEGER,
        taken INTEGER NOT NULL CHECK (taken >= 0),
        seen_size INTEGER NOT NULL CHECK (seen_size >= 0),
        size INTEGER NOT NULL CHECK (size >= 0),
        root BLOB NOT NULL CHECK (length(root) IN (0, 32)),
        note BLOB NOT NULL,
        before_size INTEGER NOT NULL CHECK (before_size >= 0),
        before_root BLOB NOT NULL CHECK (length(before_root) IN (0, 32)),
        merged INTEGER,
        problem TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    # Whoever keeps the newest note proves a fork with it: one root a size, and never back.
    """
    CREATE TRIGGER link_door_goes_on BEFORE UPDATE ON link_door
    WHEN NEW.peer IS NOT OLD.peer OR NEW.size < OLD.size
      OR (NEW.size = OLD.size AND NEW.root IS NOT OLD.root)
    BEGIN SELECT RAISE(ABORT, 'link_door: one root a size, and no smaller size'); END
    """,
    """
    CREATE TABLE link_evidence (
        peer BLOB NOT NULL CHECK (length(peer) = 32),
        root BLOB NOT NULL CHECK (length(root) = 32),
        size INTEGER NOT NULL CHECK (size >= 0),
        note BLOB NOT NULL,
        against BLOB NOT NULL,
        noticed INTEGER NOT NULL,
        PRIMARY KEY (peer, root)
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
