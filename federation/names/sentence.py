"""Sentences about names: what a registry holds there, and what it means at a time."""

from collections.abc import Iterator

from federation.console.sentence import foreign, moment, printable
from federation.console.views import View
from federation.words import fingerprint
from ledger.name.operation import NameRecord, NameRules
from ledger.name.state import DAY_S, NameState


def tell_name(state: NameState, community: bytes, time: int) -> Iterator[str]:
    """Yield what a registry holds at a name, a sentence a line, the weightiest first.

    Args:
        state: By whichever community; nothing in it is believed to be printable.
        community: Its key, 32 bytes.
        time: At which it is told, Unix seconds.
    """
    name = foreign(state.name)
    if state.owner is None:
        yield f"The name {name} is reserved: nobody has it."
        return
    if state.resolves(time):
        yield f"The name {name} belongs to account {state.owner.hex()} until {_end(state)}."
    else:
        yield (
            f"The name {name} ended on {_end(state)} and resolves no more; account "
            f"{state.owner.hex()} had it and may still renew it."
        )
    if state.key is not None:
        yield f"It stands for the key with the fingerprint {fingerprint(state.key)}."
    if state.frozen:
        yield "It is in dispute: only the manager can change anything about it."
    if state.delegate is not None:
        yield f"Account {state.delegate.hex()} may set its records too."
    if state.offered is not None:
        yield f"It is offered to account {state.offered.hex()}."
    yield from (f"  {line}" for line in _lines(state, community))


def tell_name_rules(rules: NameRules) -> Iterator[str]:
    """Yield what the rules for names say; amounts are in minor units, whose scale they do not."""
    if rules.unit is None:
        yield "Names cost nothing."
    else:
        yield (
            f"A name costs {rules.claim} minor units of {rules.unit}, its renewal {rules.renew}."
        )
    yield (
        f"It is claimed for {rules.term_s // DAY_S} days, can be renewed by its owner alone for "
        f"{rules.grace_s // DAY_S} more, and an account owns at most {rules.most}."
    )


def view_name(state: NameState, community: bytes, time: int) -> View:
    """Return the same as JSON has it; ``records`` as lines of a zone file."""
    return {
        "name": state.name,
        "owner": state.owner.hex() if state.owner else None,
        "reserved": state.owner is None,
        "resolves": state.resolves(time),
        "claimed": state.claimed,
        "expires": state.expires or None,
        "key": state.key.hex() if state.key else None,
        "fingerprint": fingerprint(state.key) if state.key else None,
        "delegate": state.delegate.hex() if state.delegate else None,
        "offered": state.offered.hex() if state.offered else None,
        "frozen": state.frozen,
        "records": list(_lines(state, community)),
    }


def tell_records(name: str, community: bytes, records: tuple[NameRecord, ...]) -> Iterator[str]:
    """Yield records as lines of a zone file whose origin is the name."""
    if not records:
        return
    # The DNS takes long to import, and proofs about anything else do not need it.
    from federation.names.records import origin_of  # noqa: PLC0415
    from federation.names.zone_file import format_record  # noqa: PLC0415

    origin = origin_of(name, community)
    yield from (printable(format_record(record, origin)) for record in records)


def _lines(state: NameState, community: bytes) -> Iterator[str]:
    return tell_records(state.name, community, state.records)


def _end(state: NameState) -> str:
    return moment(state.expires)
