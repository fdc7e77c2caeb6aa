"""What a manager keeps beside the journal."""

from alembic import op

revision = "desk_1"
down_revision = None
branch_labels = ("desk",)
depends_on = None

_TABLES = (
    """
    CREATE TABLE statement (
        number INTEGER PRIMARY KEY CHECK (number >= 1),
        body BLOB NOT NULL,
        created INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('waiting', 'merged', 'refused')),
        size INTEGER,
        code TEXT NOT NULL,
        "text" TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX statement_waiting ON statement (number) WHERE state = 'waiting'",
    """
    CREATE TABLE poll (
        "key" BLOB PRIMARY KEY CHECK (length("key") = 32),
        seq INTEGER,
        item BLOB NOT NULL,
        polled INTEGER NOT NULL,
        seen INTEGER,
        merged INTEGER,
        nodes BLOB NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE pending (
        hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
        "key" BLOB NOT NULL CHECK (length("key") = 32),
        generation INTEGER NOT NULL,
        number INTEGER NOT NULL,
        body BLOB NOT NULL,
        signature BLOB NOT NULL CHECK (length(signature) = 64),
        received INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    'CREATE INDEX pending_in_order ON pending ("key", generation, number)',
    """
    CREATE TABLE evidence (
        hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
        "key" BLOB NOT NULL CHECK (length("key") = 32),
        generation INTEGER NOT NULL,
        number INTEGER NOT NULL,
        body BLOB NOT NULL,
        signature BLOB NOT NULL CHECK (length(signature) = 64),
        noticed INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE dropped (
        reason TEXT PRIMARY KEY,
        "count" INTEGER NOT NULL,
        newest INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE slot (
        "key" BLOB NOT NULL CHECK (length("key") = 32),
        salt BLOB NOT NULL CHECK (length(salt) <= 64),
        seq INTEGER NOT NULL,
        value BLOB NOT NULL,
        signature BLOB NOT NULL,
        sealed BLOB NOT NULL,
        put INTEGER,
        PRIMARY KEY ("key", salt)
    ) STRICT, WITHOUT ROWID
    """,
)


def upgrade() -> None:
    """Create everything."""
    for statement in _TABLES:
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Refuse: an older program would not keep the promises of a newer schema."""
    raise NotImplementedError("databases are only upgraded; restore a backup instead")
