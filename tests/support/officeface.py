"""The manager's page over a council's home, on a loopback port, with somebody who merges."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, nullcontext
from dataclasses import dataclass, field, replace

from federation.web.events import Events
from federation.web.keep import WebFolder
from ledger.store.database import Role, open_database
from ledger.store.journal import JournalStore
from ledger.store.lock import hold_lock
from manager.books import Books
from manager.cli.options import now
from manager.doorbell import Doorbell
from manager.page import PageOptions
from manager.report.cycles import CycleLog
from manager.web.desk import Running
from manager.web.password import Password
from manager.web.serve import open_page
from tests.support.council import Council

PASSWORD = "correct horse battery"  # noqa: S105 -- of a test's page
MERGE_S = 0.02


@dataclass
class OfficeFace:
    """The page that is served, and what is behind it."""

    council: Council
    url: str = ""
    doorbell: Doorbell = field(default_factory=Doorbell)
    events: Events = field(default_factory=Events)
    log: CycleLog = field(default_factory=CycleLog)
    running: Running = field(default_factory=Running)
    told: list[str] = field(default_factory=list)

    @property
    def password(self) -> Password:
        """The home's."""
        return Password(self.folder.password_file)

    @property
    def folder(self) -> WebFolder:
        """What the page keeps in the home."""
        return WebFolder.of(self.council.home)


@asynccontextmanager
async def serve_office(
    council: Council,
    options: PageOptions | None = None,
    *,
    merging: bool = True,
    set_up: bool = True,
) -> AsyncIterator[OfficeFace]:
    """Serve a council's page while the block runs.

    Args:
        council: Whose home.
        options: How; on a free port unless they say.
        merging: Whether statements are merged as a running manager does.
        set_up: Whether a password was set before.
    """
    face = OfficeFace(council)
    if set_up and face.password.kept is None:
        face.password.set(PASSWORD, now() - 60)
    chosen = options or PageOptions()
    if chosen.port is None:
        chosen = replace(chosen, port=0)
    merger = asyncio.create_task(merge_on(council)) if merging else None
    try:
        # As the running manager does: a command beside it leaves the merging to it.
        lock = hold_lock(council.home.lock) if merging else nullcontext()
        with lock:
            async with open_page(
                council.home,
                council.seed,
                chosen,
                log=face.log,
                running=face.running,
                doorbell=face.doorbell,
                events=face.events,
                clock=now,
                tell=face.told.append,
            ) as opened:
                assert opened is not None, "a page was asked for"
                face.url = opened.url
                yield face
    finally:
        if merger is not None:
            merger.cancel()
            await asyncio.wait([merger])


async def merge_on(council: Council) -> None:
    """Merge what the page queues, as the running manager's watch does."""
    with closing(open_database(council.home.ledger, Role.MANAGER, write=True)) as database:
        books = Books(JournalStore(database), council.seed)
        version = -1
        while True:
            if (found := database.data_version()) != version:
                version = found
                await asyncio.to_thread(books.merge, now())
            await asyncio.sleep(MERGE_S)
