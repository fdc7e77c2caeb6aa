"""What a member keeps beside the replica."""

from alembic import op

revision = "outgoing_1"
down_revision = None
branch_labels = ("outgoing",)
depends_on = None

_TABLES = (
    """
    CREATE TABLE meta (
        name TEXT PRIMARY KEY,
        value BLOB NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE change_set (
        generation INTEGER NOT NULL CHECK (generation >= 0),
        number INTEGER NOT NULL CHECK (number >= 1),
        hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
        "key" BLOB NOT NULL CHECK (length("key") = 32),
        body BLOB NOT NULL,
        signature BLOB NOT NULL CHECK (length(signature) = 64),
        created INTEGER NOT NULL,
        state TEXT NOT NULL
            CHECK (state IN ('waiting', 'published', 'merged', 'refused', 'superseded')),
        published INTEGER,
        version INTEGER,
        code TEXT NOT NULL,
        "text" TEXT NOT NULL,
        PRIMARY KEY (generation, number)
    ) STRICT, WITHOUT ROWID
    """,
    # A signed change-set may be out in the network: its number is never given to another.
    """
    CREATE TRIGGER change_set_stays
    BEFORE UPDATE OF generation, number, hash, "key", body, signature ON change_set
    BEGIN SELECT RAISE(ABORT, 'change_set: what was signed is never changed'); END
    """,
    """
    CREATE TRIGGER change_set_not_deleted BEFORE DELETE ON change_set
    BEGIN SELECT RAISE(ABORT, 'change_set: what was signed is never deleted'); END
    """,
    """
    CREATE TRIGGER change_set_in_order BEFORE INSERT ON change_set
    WHEN NEW.number IS NOT (
        SELECT coalesce(max(number), 0) + 1 FROM change_set WHERE generation = NEW.generation)
    BEGIN SELECT RAISE(ABORT, 'change_set: numbers have no holes and no doubles'); END
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
    """
    CREATE TABLE contact (
        kind TEXT NOT NULL,
        "key" BLOB NOT NULL CHECK (length("key") = 32),
        name TEXT NOT NULL,
        card TEXT NOT NULL,
        added INTEGER NOT NULL,
        PRIMARY KEY (kind, "key")
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
