"""Views of answers: what stands at a name, under which checkpoint, and how it was found."""

from collections.abc import Iterator

from federation.console.sentence import foreign, moment, printable
from federation.console.views import View
from federation.link.address import format_key
from federation.names.resolve import Answer
from federation.names.sentence import tell_name, tell_records, view_name
from federation.words import fingerprint
from ledger.name.operation import NameRecord


def view_answer(answer: Answer, now: int) -> View:
    """Return what a registry says, as JSON has it and, in ``told``, as people read it.

    Args:
        answer: From a resolver.
        now: Unix seconds.
    """
    place, registry, held = answer.place, answer.registry, answer.held
    records = [one for one in _records(answer) if one.sub == place.sub]
    view: View = {
        "name": place.name,
        "sub": place.sub,
        "path": list(place.path),
        "community": {
            "key": place.community.hex(),
            "base32": format_key(place.community),
            "fingerprint": fingerprint(place.community),
        },
        "resolves": answer.value is not None,
        "held": None if held is None else view_name(held, place.community, now),
        "records": list(tell_records(place.name, place.community, tuple(records))),
        "checkpoint": {
            "size": registry.size,
            "time": registry.time,
            "seen": registry.seen,
            "age_s": max(now - registry.seen, 0),
            "witnesses": registry.witnesses,
        },
    }
    return view | {"told": list(_tell(answer, view, now))}


def _records(answer: Answer) -> tuple[NameRecord, ...]:
    return () if answer.value is None else answer.value.records


def _tell(answer: Answer, view: View, now: int) -> Iterator[str]:
    place, checkpoint = answer.place, view["checkpoint"]
    if answer.held is None:
        yield f"Nobody has the name {foreign(place.name)} there."
    else:
        yield from tell_name(answer.held, place.community, now)
    if place.sub and answer.value is not None:
        below = printable(place.sub)
        yield f"At {below}: {'; '.join(view['records']) or 'nothing of its own'}."
    named = " -> ".join(map(foreign, place.path))
    yield (
        f"Asked: the community {named + ', ' if named else ''}with the fingerprint "
        f"{view['community']['fingerprint']}."
    )
    yield (
        f"Its checkpoint of {checkpoint['size']} records{_merged(checkpoint)} was last found to be "
        f"the newest {checkpoint['age_s']} seconds ago; {_confirmed(checkpoint)}."
    )


def _merged(checkpoint: View) -> str:
    return f", merged {moment(checkpoint['time'])}," if checkpoint["time"] else ""


def _confirmed(checkpoint: View) -> str:
    count = checkpoint["witnesses"]
    return f"{count} cosigned it besides its manager" if count else "nobody else has cosigned it"
