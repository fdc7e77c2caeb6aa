"""What a page has handed in: the same form sent again is the same change-set, not another."""

from sqlalchemy import Connection, delete, insert, select

from ledger.store.tables import SubmittedRow, table_of

SUBMISSION_BYTES = 16
SUBMITTED_S = 7 * 86_400
"""How long a submission is known, seconds: longer than a page stays open by mistake."""
_submitted = table_of(SubmittedRow)


def read_submitted(connection: Connection, submission: bytes) -> bytes | None:
    """Return the hash of the change-set that a submission made; None where it is new."""
    query = select(_submitted.c.hash).where(_submitted.c.submission == submission)
    return connection.execute(query).scalar()


def keep_submitted(connection: Connection, submission: bytes, made: bytes, now: int) -> None:
    """Note what a submission made, and forget those that are older than a week.

    Args:
        connection: The one that keeps the change-set.
        submission: 16 random bytes of the form.
        made: Hash of the change-set.
        now: Unix seconds.
    """
    assert len(submission) == SUBMISSION_BYTES, "a form's id has 16 bytes"
    connection.execute(delete(_submitted).where(_submitted.c.time < now - SUBMITTED_S))
    connection.execute(insert(_submitted).values(submission=submission, hash=made, time=now))
