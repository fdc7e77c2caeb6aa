"""The manager's process: everything that has its rhythm, until it is told to end."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from federation.errors import FetchTimeout, NetworkUnreachable
from federation.home import Home
from federation.schedule import Schedule
from federation.station import SystemClock, open_station
from ledger.saying import said
from ledger.store.lock import hold_lock
from manager.app import Manager, Observe, Tell
from manager.page import PageOptions

WATCH_S = 0.25
"""How soon the running manager notices what another command of its home queued, seconds."""
DOORBELL_S = 0.25
"""How soon the slot of whoever rang is looked at, seconds."""
FILES_S = 1.0
"""How often the manager looks whether a file is to be fetched, seconds."""


@asynccontextmanager
async def open_manager(
    home: Home, seed: bytes, tell: Tell, observe: Observe = lambda _report: None
) -> AsyncIterator[Manager]:
    """Give a manager in the real network, the only one in its home.

    Args:
        home: The manager's.
        seed: The community key's 32 bytes.
        tell: Gets a line about whatever happened.
        observe: Gets the report of every merge.

    Raises:
        StoreBusy: Another process works in this home.
        NetworkUnreachable: An address cannot be bound.
    """
    settings = home.settings()
    with hold_lock(home.lock):
        async with open_station(home, settings) as station:
            manager = Manager(
                home=home,
                seed=seed,
                dht=station.dht,
                swarm=station.swarm,
                clock=SystemClock(),
                settings=settings,
                tell=tell,
                observe=observe,
            )
            try:
                yield manager
            finally:
                manager.close()


async def serve(
    home: Home,
    seed: bytes,
    tell: Tell,
    *,
    confirmed: bool = False,
    split_confirmed: bool = False,
    page: PageOptions | None = None,
) -> None:
    """Run until SIGTERM: poll, merge, publish, hear, keep alive and audit, each in its rhythm.

    Args:
        home: The manager's.
        seed: The community key's 32 bytes.
        tell: Gets a line about whatever happened.
        confirmed: See ``Opening.open``.
        split_confirmed: A person goes on with this home's journal in spite of a split view.
        page: How the page in the browser is served; None for no page.

    Raises:
        SplitView: A member was shown another history, signed by the own key.
        Halted: This home met a split view before, and nobody has decided.
        StoreDamaged: An audit or the books disagree; nothing was signed after it was seen.
        ConfirmationMissing: See ``Opening.open``.
    """
    settings = home.settings()
    async with AsyncExitStack() as opened:
        course = None
        if page is not None:
            from manager.web.course import Course  # noqa: PLC0415 -- the web takes long to import

            course = Course(tell)
            tell = course.tell
        manager = await opened.enter_async_context(
            open_manager(home, seed, tell, course.observe if course else lambda _report: None)
        )
        schedule = Schedule()
        if page is not None and course is not None:
            await opened.enter_async_context(course.serve(home, seed, page, manager))
            schedule.every("doorbell", DOORBELL_S, course.answer_doorbell)
        if split_confirmed:
            manager.go_on()

        async def begin() -> None:
            try:
                await manager.open(confirmed=confirmed)
            except (NetworkUnreachable, FetchTimeout) as error:
                again_s = round(settings.interval_s)
                tell(said("{error}; trying again in {seconds} s", error=error, seconds=again_s))
                return
            schedule.drop("open")
            schedule.every("cycle", settings.interval_s, cycle)
            half_s = settings.interval_s / 2
            schedule.every("hear", settings.interval_s, manager.hear, after_s=half_s)
            schedule.every("keep-alive", settings.keep_alive_s, manager.keep_alive, after_s=60)
            schedule.every("watch", WATCH_S, manager.watch)
            schedule.every("links", settings.link_interval_s, links)
            schedule.every("files", FILES_S, files)
            schedule.every("names", settings.interval_s, manager.follow_names)
            size = manager.books.state.tree.size
            tell(said("open with {size} records, and all of them hold", size=size))

        async def cycle() -> None:
            await manager.run_cycle()

        async def links() -> None:
            await manager.run_links()

        async def files() -> None:
            await manager.fetch_files()

        async def check() -> None:
            count = await manager.audit()
            tell(said("audit: all {count} records, sums and roots hold", count=count))

        schedule.every("open", settings.interval_s, begin)
        schedule.every("audit", settings.audit_s, check, after_s=settings.audit_s)
        await schedule.run()
