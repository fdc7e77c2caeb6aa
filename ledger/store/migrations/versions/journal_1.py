"""The journal, the present state, and the triggers that guard both."""

from alembic import op

revision = "journal_1"
down_revision = None
branch_labels = ("journal",)
depends_on = None

_TABLES = (
    """
    CREATE TABLE meta (
        name TEXT PRIMARY KEY,
        value BLOB NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE record (
        idx INTEGER PRIMARY KEY CHECK (idx >= 0),
        kind INTEGER NOT NULL,
        hash BLOB CHECK (length(hash) = 32),
        leaf BLOB NOT NULL CHECK (length(leaf) = 32),
        data BLOB NOT NULL CHECK (length(data) BETWEEN 17 AND 65535)
    ) STRICT
    """,
    "CREATE INDEX record_hash ON record (hash) WHERE hash IS NOT NULL",
    """
    CREATE TABLE batch (
        size INTEGER PRIMARY KEY,
        version INTEGER NOT NULL UNIQUE,
        first INTEGER NOT NULL CHECK (first >= 0),
        root BLOB NOT NULL CHECK (length(root) = 32),
        time INTEGER NOT NULL,
        frontier BLOB NOT NULL CHECK (length(frontier) % 32 = 0),
        CHECK (size > first)
    ) STRICT
    """,
    """
    CREATE TABLE node (
        level INTEGER NOT NULL CHECK (level >= 8),
        position INTEGER NOT NULL CHECK (position >= 0),
        hash BLOB NOT NULL CHECK (length(hash) = 32),
        PRIMARY KEY (level, position)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE checkpoint (
        size INTEGER PRIMARY KEY REFERENCES batch (size),
        root BLOB NOT NULL CHECK (length(root) = 32),
        note BLOB NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE publication (
        size INTEGER PRIMARY KEY REFERENCES batch (size),
        infohash BLOB NOT NULL CHECK (length(infohash) = 20),
        infohash_v2 BLOB NOT NULL CHECK (length(infohash_v2) = 32),
        files TEXT NOT NULL,
        time INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE account (
        id BLOB PRIMARY KEY CHECK (length(id) = 16),
        handle TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('active', 'suspended', 'closed')),
        admitted INTEGER NOT NULL,
        keys BLOB NOT NULL CHECK (length(keys) % 32 = 0),
        last_record INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE balance (
        account BLOB NOT NULL REFERENCES account (id),
        unit TEXT NOT NULL,
        posted INTEGER NOT NULL CHECK (posted BETWEEN -9007199254740991 AND 9007199254740991),
        newest INTEGER NOT NULL,
        pending_debit INTEGER NOT NULL CHECK (pending_debit >= 0),
        pending_credit INTEGER NOT NULL CHECK (pending_credit >= 0),
        credit_limit INTEGER NOT NULL CHECK (credit_limit BETWEEN 0 AND 9007199254740991),
        maximum_balance INTEGER NOT NULL CHECK (maximum_balance BETWEEN 0 AND 9007199254740991),
        PRIMARY KEY (account, unit)
    ) STRICT
    """,
    # `amount ANY` keeps what is written as it is: a STRICT INTEGER would take the text '5'.
    """
    CREATE TABLE transfer (
        id INTEGER PRIMARY KEY,
        record INTEGER NOT NULL REFERENCES record (idx),
        ordinal INTEGER NOT NULL CHECK (ordinal BETWEEN 0 AND 255),
        debit BLOB NOT NULL,
        credit BLOB NOT NULL,
        amount ANY NOT NULL
            CHECK (typeof(amount) = 'integer')
            CHECK (amount > 0 AND amount <= 9007199254740991),
        unit TEXT NOT NULL,
        CHECK (id = record * 256 + ordinal),
        CHECK (debit <> credit),
        FOREIGN KEY (debit, unit) REFERENCES balance (account, unit),
        FOREIGN KEY (credit, unit) REFERENCES balance (account, unit)
    ) STRICT
    """,
    """
    CREATE TABLE key_state (
        "key" BLOB PRIMARY KEY CHECK (length("key") = 32),
        account BLOB NOT NULL REFERENCES account (id),
        active INTEGER NOT NULL CHECK (active IN (0, 1)),
        generation INTEGER NOT NULL,
        number INTEGER NOT NULL,
        hash BLOB NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE hold (
        id BLOB PRIMARY KEY CHECK (length(id) = 16),
        payer BLOB NOT NULL REFERENCES account (id),
        payee BLOB NOT NULL REFERENCES account (id),
        amount INTEGER NOT NULL CHECK (amount > 0 AND amount <= 9007199254740991),
        unit TEXT NOT NULL,
        expires INTEGER NOT NULL,
        memo TEXT NOT NULL,
        sealed BLOB NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE request (
        id BLOB PRIMARY KEY CHECK (length(id) = 16),
        creditor BLOB NOT NULL REFERENCES account (id),
        debtor BLOB NOT NULL REFERENCES account (id),
        amount INTEGER NOT NULL CHECK (amount > 0 AND amount <= 9007199254740991),
        unit TEXT NOT NULL,
        expires INTEGER NOT NULL,
        memo TEXT NOT NULL,
        sealed BLOB NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE transaction_state (
        id BLOB PRIMARY KEY CHECK (length(id) = 16),
        record INTEGER NOT NULL REFERENCES record (idx),
        reverts BLOB CHECK (length(reverts) = 16),
        reverted_by BLOB CHECK (length(reverted_by) = 16)
    ) STRICT, WITHOUT ROWID
    """,
)

_GUARDS = (
    # The rules of the present: what is written once stays, and in order. The checks before an
    # INSERT also stop INSERT OR REPLACE on connections without recursive_triggers.
    """
    CREATE TRIGGER record_in_order BEFORE INSERT ON record
    WHEN NEW.idx IS NOT (SELECT coalesce(max(idx) + 1, 0) FROM record)
    BEGIN SELECT RAISE(ABORT, 'record: the next index comes next; nothing is replaced'); END
    """,
    """
    CREATE TRIGGER batch_in_order BEFORE INSERT ON batch
    WHEN NEW.first IS NOT (SELECT coalesce(max(size), 0) FROM batch)
      OR NEW.version IS NOT (SELECT coalesce(max(version), 0) + 1 FROM batch)
      OR NEW.size IS NOT (SELECT max(idx) + 1 FROM record)
    BEGIN SELECT RAISE(ABORT, 'batch: begins where the last ended, ends at the last record'); END
    """,
    """
    CREATE TRIGGER node_once BEFORE INSERT ON node
    WHEN EXISTS (SELECT 1 FROM node WHERE level = NEW.level AND position = NEW.position)
    BEGIN SELECT RAISE(ABORT, 'node: is written once'); END
    """,
    """
    CREATE TRIGGER checkpoint_once BEFORE INSERT ON checkpoint
    WHEN EXISTS (SELECT 1 FROM checkpoint WHERE size = NEW.size)
    BEGIN SELECT RAISE(ABORT, 'checkpoint: one root a size, for ever'); END
    """,
    """
    CREATE TRIGGER checkpoint_of_batch BEFORE INSERT ON checkpoint
    WHEN NOT EXISTS (SELECT 1 FROM batch WHERE size = NEW.size AND root = NEW.root)
    BEGIN SELECT RAISE(ABORT, 'checkpoint: no merge ended with this size and root'); END
    """,
    """
    CREATE TRIGGER transfer_in_order BEFORE INSERT ON transfer
    WHEN NEW.id <= (SELECT coalesce(max(id), -1) FROM transfer)
    BEGIN SELECT RAISE(ABORT, 'transfer: comes after all others; nothing is replaced'); END
    """,
    """
    CREATE TRIGGER transfer_moves AFTER INSERT ON transfer
    BEGIN
        UPDATE balance SET posted = posted - NEW.amount, newest = NEW.id
            WHERE account = NEW.debit AND unit = NEW.unit;
        SELECT RAISE(ABORT, 'transfer: the debited account has no books in this unit')
            WHERE changes() = 0;
        UPDATE balance SET posted = posted + NEW.amount, newest = NEW.id
            WHERE account = NEW.credit AND unit = NEW.unit;
        SELECT RAISE(ABORT, 'transfer: the credited account has no books in this unit')
            WHERE changes() = 0;
    END
    """,
    # Zero sums. A balance starts at zero, and `newest` names the last transfer in its sum. It
    # changes only by the next transfer of its account, and every transfer makes it change: so
    # by induction it is always the sum, at the price of one look-up.
    """
    CREATE TRIGGER balance_from_zero BEFORE INSERT ON balance
    WHEN NEW.posted IS NOT 0 OR NEW.newest IS NOT -1
      OR EXISTS (SELECT 1 FROM balance WHERE account = NEW.account AND unit = NEW.unit)
    BEGIN SELECT RAISE(ABORT, 'balance: begins once, at zero'); END
    """,
    """
    CREATE TRIGGER balance_is_the_sum AFTER UPDATE OF posted, newest ON balance
    WHEN (NEW.posted IS NOT OLD.posted OR NEW.newest IS NOT OLD.newest)
      AND NOT EXISTS (
        SELECT 1 FROM transfer
        WHERE id = NEW.newest AND id > OLD.newest AND unit = OLD.unit
          AND ((debit = OLD.account AND NEW.posted = OLD.posted - amount)
            OR (credit = OLD.account AND NEW.posted = OLD.posted + amount)))
    BEGIN SELECT RAISE(ABORT, 'balance: is the sum of its transfers and nothing else'); END
    """,
    """
    CREATE TRIGGER balance_stays BEFORE UPDATE OF account, unit ON balance
    BEGIN SELECT RAISE(ABORT, 'balance: belongs to one account and unit'); END
    """,
    """
    CREATE TRIGGER transaction_reverted_once BEFORE UPDATE ON transaction_state
    WHEN OLD.reverted_by IS NOT NULL OR NEW.id IS NOT OLD.id
      OR NEW.record IS NOT OLD.record OR NEW.reverts IS NOT OLD.reverts
    BEGIN SELECT RAISE(ABORT, 'transaction_state: is undone once and else stays'); END
    """,
)

_APPEND_ONLY = ("record", "batch", "node", "checkpoint", "transfer")
_KEPT = (*_APPEND_ONLY, "balance", "account", "key_state", "transaction_state")


def upgrade() -> None:
    """Create everything."""
    run = op.get_bind().exec_driver_sql
    for statement in (*_TABLES, *_GUARDS):
        run(statement)
    for table in _APPEND_ONLY:
        run(
            f"CREATE TRIGGER {table}_not_changed BEFORE UPDATE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table}: is never changed'); END"
        )
    for table in _KEPT:
        run(
            f"CREATE TRIGGER {table}_not_deleted BEFORE DELETE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table}: is never deleted'); END"
        )


def downgrade() -> None:
    """Refuse: an older program would not keep the promises of a newer schema."""
    raise NotImplementedError("databases are only upgraded; restore a backup instead")
