"""What a page has handed in: the same form sent again makes what it made, and nothing more."""

from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select

from ledger.store.tables import HandedInRow, SubmittedRow, table_of

SUBMISSION_BYTES = 16
SUBMITTED_S = 7 * 86_400
"""How long a submission is known, seconds: longer than a page stays open by mistake."""
_submitted = table_of(SubmittedRow)
_handed_in = table_of(HandedInRow)


class HandedIn(NamedTuple):
    """A form of the manager's page as it was handed in.

    Attributes:
        form: Which form, such as ``/limits``.
        submission: Its 16 random bytes.
    """

    form: str
    submission: bytes


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


def read_statements(connection: Connection, handed: HandedIn) -> range | None:
    """Return the numbers of the statements that a manager's form made; None where it is new."""
    query = select(_handed_in.c.first, _handed_in.c.count).where(
        _handed_in.c.form == handed.form, _handed_in.c.submission == handed.submission
    )
    row = connection.execute(query).first()
    return None if row is None else range(row.first, row.first + row.count)


def keep_statements(connection: Connection, handed: HandedIn, numbers: range, now: int) -> None:
    """Note which statements a manager's form made, and forget forms that are older than a week.

    Args:
        connection: The one that keeps the statements.
        handed: The form.
        numbers: Of the statements, at least one.
        now: Unix seconds.
    """
    assert len(handed.submission) == SUBMISSION_BYTES, "a form's id has 16 bytes"
    connection.execute(delete(_handed_in).where(_handed_in.c.time < now - SUBMITTED_S))
    connection.execute(
        insert(_handed_in).values(
            **handed._asdict(), first=numbers.start, count=len(numbers), time=now
        )
    )
