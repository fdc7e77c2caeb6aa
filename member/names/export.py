"""Names for other programs: one as a zone file, all of a community as a zone."""

from collections.abc import Iterator

from federation.link.address import format_key
from federation.names.records import SUFFIX, absolute, origin_of
from federation.names.zone_file import format_name, write_zone
from ledger.name.state import NameState
from ledger.state import State


def export_name(state: State, name: NameState) -> str:
    """Return a name's records as a zone file."""
    return format_name(origin_of(name.name, state.key), name.records)


def export_zone(state: State, origin: str | None, now: int) -> Iterator[str]:
    """Yield the lines of a zone with all names that resolve.

    Args:
        state: The present.
        origin: What the zone is called, such as ``river.tab.alt``; None for the name by its key,
            by which everybody can resolve it.
        now: Unix seconds.

    Raises:
        RecordInvalid: No name of the DNS is spelled so.
    """
    live = (one for _, one in sorted(state.names.items()) if one.resolves(now))
    shown = ((one.name, one.records) for one in live)
    called = absolute((origin or f"{format_key(state.key)}.{SUFFIX}").rstrip(".") + ".")
    return write_zone(called, state.key, state.tree.size, shown)
