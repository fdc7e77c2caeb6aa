"""Setting records: lines and zone files as people type them, over what stands already."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from federation.console.terminal import UsageInvalid
from federation.names.records import (
    TYPES,
    TYPES_LISTED,
    Origin,
    check_records,
    origin_of,
    parse_key_data,
)
from federation.names.zone_file import parse_records
from ledger.name.operation import NameRecord, SetRecords
from ledger.name.records import sort_records
from ledger.name.state import NameState
from ledger.saying import said
from ledger.state import Account, State
from member.names.ask import find_editable

Way = Literal["set", "replace", "add", "remove"]
"""``set`` takes the place of what has the same owner and type, ``replace`` of all that stands;
``add`` stands beside it, and ``remove`` takes away."""
OWN_KEY = "own"
"""Typed instead of a key: the first one of the name's owner."""
PART_WORDS_MAX = 2


@dataclass(frozen=True, slots=True)
class TypedRecords:
    """What a person typed about a name's records.

    Attributes:
        lines: Of a zone file whose origin is the name, such as ``www A 192.0.2.1``. For ``remove``
            also an owner alone, or an owner and a type.
        way: What becomes of the records that stand.
        key: The Ed25519 key that the name stands for, 52 characters of base32; ``own`` for the
            owner's first one; None leaves it.
    """

    lines: Sequence[str]
    way: Way = "set"
    key: str | None = None


def ask_records(state: State, own: Account, typed_name: str, typed: TypedRecords) -> SetRecords:
    """Return what sets a name's records, checked as the DNS needs them.

    Raises:
        UsageInvalid: The account may not set that name's records, or nothing would change.
        RecordInvalid: A line does not read, or the records do not go together.
    """
    held = find_editable(state, own, typed_name)
    origin = origin_of(held.name, state.key)
    records = sort_records(change_records(held.records, typed, origin))
    check_records(records)
    key = _key_of(state, held, typed.key)
    if records == held.records and typed.key is None:
        raise UsageInvalid(said("the name {name} has these records already", name=held.name))
    return SetRecords(held.name, records, key)


def change_records(
    held: Sequence[NameRecord], typed: TypedRecords, origin: Origin
) -> Iterable[NameRecord]:
    """Return the records that stand after a change.

    Args:
        held: Those that stand before.
        typed: What was typed.
        origin: The name, absolute.

    Raises:
        RecordInvalid: A line does not read.
        UsageInvalid: There is nothing to remove where a line says so.
    """
    if typed.way == "remove":
        return _without(held, typed.lines, origin)
    new = parse_records("\n".join(typed.lines), origin)
    places = {(one.sub, one.type) for one in new}
    match typed.way:
        case "replace":
            return new
        case "add":
            same = {_what(one) for one in new}
            return (*(one for one in held if _what(one) not in same), *new)
        case "set":
            return (*(one for one in held if (one.sub, one.type) not in places), *new)


def _without(held: Sequence[NameRecord], lines: Sequence[str], origin: Origin) -> list[NameRecord]:
    left = list(held)
    for line in lines:
        gone = _meant(left, line, origin)
        if not gone:
            raise UsageInvalid(said("there is no record {line!r} to remove", line=line[:60]))
        left = [one for one in left if one not in gone]
    return left


def _meant(held: Sequence[NameRecord], line: str, origin: Origin) -> list[NameRecord]:
    """Return the records that a line means: an owner's, those of one type there, or one."""
    words = line.split()
    if not 1 <= len(words) <= PART_WORDS_MAX:
        whats = {_what(one) for one in parse_records(line, origin)}
        return [one for one in held if _what(one) in whats]
    sub = "" if words[0] == "@" else words[0].lower()
    if len(words) == 1:
        return [one for one in held if one.sub == sub]
    kind = TYPES.get(words[1].upper())
    if kind is None:
        raise UsageInvalid(
            said(
                "got the type {kind!r}; a name may have {listed}",
                kind=words[1][:20],
                listed=TYPES_LISTED,
            )
        )
    return [one for one in held if (one.sub, one.type) == (sub, kind)]


def _what(record: NameRecord) -> tuple[str, int, bytes]:
    """Return what makes a record itself, whatever its TTL."""
    return record.sub, record.type, record.data


def _key_of(state: State, held: NameState, typed: str | None) -> bytes | None:
    """Return the key of a change, nothing where it is the owner's first one."""
    assert held.owner is not None, "a name whose records somebody may set is owned"
    first = state.accounts[held.owner].keys[0]
    key = held.key
    if typed is not None:
        key = first if typed.strip().lower() == OWN_KEY else parse_key_data(typed.strip())
    return None if key == first else key
