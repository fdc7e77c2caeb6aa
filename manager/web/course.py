"""The course of the running manager, as its page needs it: the log, live changes, the doorbell."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from federation.errors import NetworkUnreachable
from federation.home import Home
from federation.station import SystemClock
from federation.web.events import Events
from manager.app import Manager
from manager.cycle import Report
from manager.doorbell import Doorbell
from manager.page import PageOptions
from manager.report.cycles import CycleLog
from manager.web.desk import Running
from manager.web.serve import open_page


class Course:
    """What happens while a manager runs, kept for the page.

    Args:
        tell: Gets the lines that the page's log has too.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._clock = SystemClock()
        self._manager: Manager | None = None
        self.log = CycleLog()
        self.events = Events()
        self.doorbell = Doorbell()

    def tell(self, text: str) -> None:
        """Print a line, and keep it in the log."""
        self.log.say(text, self._clock.now())
        self._tell(text)

    def observe(self, report: Report) -> None:
        """Keep what a merge did, and let open pages look again where anything happened."""
        self.log.note(report, self._clock.now())
        if report.sentence():
            self.events.tell("books", {"size": report.size})

    async def answer_doorbell(self) -> None:
        """Look early at the slots of those who rang."""
        keys = self.doorbell.take()
        if keys and self._manager is not None:
            await self._manager.look_at(keys)

    @asynccontextmanager
    async def serve(
        self, home: Home, seed: bytes, options: PageOptions, manager: Manager
    ) -> AsyncIterator[None]:
        """Serve the page while the block runs; without a free port the program runs all the same.

        Args:
            home: The manager's.
            seed: The community key's 32 bytes.
            options: What was typed.
            manager: The running one.
        """
        self._manager = manager
        page = open_page(
            home,
            seed,
            options,
            log=self.log,
            running=Running(manager.dht, manager.audit),
            doorbell=self.doorbell,
            events=self.events,
            clock=self._clock.now,
            # The address may hold the token of the first set-up, which no log keeps.
            tell=self._tell,
        )
        try:
            await page.__aenter__()
        except NetworkUnreachable as error:
            self.tell(f"{error}; the program runs without its page")
            yield
            return
        try:
            yield
        finally:
            await page.__aexit__(None, None, None)
