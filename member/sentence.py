"""Sentences: moved to federation.sentence, which both programs read."""

from federation.sentence import (
    SHORT_ID_CHARS,
    describe,
    describe_all,
    moment,
    money,
    other_party,
    person,
    printable,
    short_id,
    units_of,
)

__all__ = [
    "SHORT_ID_CHARS",
    "describe",
    "describe_all",
    "moment",
    "money",
    "other_party",
    "person",
    "printable",
    "short_id",
    "units_of",
]
