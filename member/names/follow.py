"""Following names once, for a command in a home where no program runs."""

from collections.abc import Callable

from federation.home import Home
from ledger.store.lock import hold_lock
from ledger.store.name_lookup import NameLookup
from member.membership import Membership


async def follow_once(member: Membership, home: Home, tell: Callable[[str], None]) -> None:
    """Follow the names of all communities that links lead to.

    Args:
        member: Opened for reading.
        home: His.
        tell: Told of what is in the way.

    Raises:
        StoreBusy: A running program of this home follows them itself.
        NetworkUnreachable: An address cannot be bound.
        StorageFailed: The disk has no room.
    """
    # The network takes long to import, and most commands do not need it.
    from federation.names.folder import RegistryFolder  # noqa: PLC0415
    from federation.names.registries import Registries  # noqa: PLC0415
    from federation.station import SystemClock, open_station  # noqa: PLC0415

    standing = NameLookup(member.store.database).standing()
    with hold_lock(home.lock):
        async with open_station(home, home.settings()) as station:
            registries = Registries(
                folder=RegistryFolder(home.registries),
                dht=station.dht,
                swarm=station.swarm,
                clock=SystemClock(),
                tell=tell,
            )
            await registries.look(standing)
            if standing.links:  # the first look may have found what linked communities call others
                await registries.look(standing)
