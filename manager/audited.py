"""When the books were last checked whole, kept in the home."""

import json
from dataclasses import asdict, dataclass

from ledger.store.meta import ValueStore

_NAME = "audited"


@dataclass(frozen=True, slots=True)
class Audited:
    """An audit that found nothing wrong: when (Unix seconds), and how many records it had."""

    time: int
    records: int


def note_audit(values: ValueStore, audited: Audited) -> None:
    """Keep the newest audit."""
    values.set(_NAME, json.dumps(asdict(audited)).encode())


def last_audit(values: ValueStore) -> Audited | None:
    """Return the newest audit, None before the first."""
    kept = values.get(_NAME)
    return None if kept is None else Audited(**json.loads(kept))
