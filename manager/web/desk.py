"""The desk: what the page's handlers read and sign with, beside the running manager."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import asdict, dataclass
from functools import partial
from typing import Concatenate, ParamSpec, TypeVar

from federation.console.doctor import check_disk
from federation.console.views import View
from federation.errors import FederationError
from federation.home import Home
from federation.port import Dht
from ledger.changeset import ManagerStatement, VerifiedStatement, sign_statement
from ledger.errors import LedgerError, StoreDamaged
from ledger.operation import ManagerOperation
from ledger.store.database import Database, Role, open_database
from ledger.store.desk import QueuedStatement
from ledger.store.lock import lock_holder
from ledger.store.publication import PublicationStore
from ledger.store.submission import HandedIn
from manager.ask import checked
from manager.office import Office, open_office
from manager.report.backups import BackedUp, make_kept, view_backups
from manager.report.cycles import CycleLog
from manager.report.matters import find_matters, view_matters
from manager.report.refused import view_refusals
from manager.report.swarm import Health, look, view_health
from manager.report.undo import Forecast, forecast
from manager.views import view_status
from manager.web.reception import Reception

T = TypeVar("T")
Clock = Callable[[], int]
"""Gives Unix seconds."""
P = ParamSpec("P")
SETTLED_S = 10.0
"""How long a page waits for the merge before it says that the statement waits."""
SETTLE_LOOK_S = 0.05
LOOK_AGAIN_S = 300
"""How old a look at the network may be before a page starts another one."""
REFUSALS_SHOWN = 100


@dataclass(slots=True)
class Running:
    """What the running manager lends to its page; each is None where there is none.

    Attributes:
        dht: Its endpoint, to look how many copies there are.
        audit: Works everything out again; raises StoreDamaged.
        audit_trouble: What the last audit that failed said; empty where none did.
    """

    dht: Dht | None = None
    audit: Callable[[], Awaitable[int]] | None = None
    audit_trouble: str = ""


class Desk:
    """One manager's home behind his page. Close it when done.

    Args:
        home: The manager's.
        seed: The community's 32 bytes; the page signs with them.
        log: What cycles did.
        running: What the running manager lends.
        clock: Gives Unix seconds.
    """

    def __init__(
        self,
        *,
        home: Home,
        seed: bytes,
        log: CycleLog,
        running: Running,
        clock: Clock,
    ) -> None:
        self.home = home
        self.log = log
        self.running = running
        self.now = clock
        self.reception = Reception(home, seed, clock)
        self._seed = seed
        self.reception = Reception(home, seed, clock)
        # One thread reads and queues: SQLite's own locks do the rest.
        self._thread = ThreadPoolExecutor(1, "desk")
        self._database: Database | None = None
        self._office: Office | None = None
        self._version = -1
        self._health: Health | None = None
        self._looking: asyncio.Task[None] | None = None
        self._auditing: asyncio.Task[None] | None = None

    async def read(
        self, view: Callable[Concatenate[Office, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return what a view says of the present; it runs in the desk's own thread."""

        def work() -> T:
            return view(self._current(), *args, **kwargs)

        # As asyncio.to_thread does: what a view says is said in the request's language.
        call = partial(copy_context().run, work)
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    async def foresee(self, ask: Callable[[Office], ManagerOperation]) -> Forecast:
        """Return what a statement would do; raises as ``ask``."""
        return await self.read(
            lambda office: forecast(office, self._seed, checked(ask(office)), self.now())
        )

    async def sign(
        self, ask: Callable[[Office], Sequence[ManagerOperation]], handed: HandedIn
    ) -> list[QueuedStatement]:
        """Sign statements and return them once a merge has settled them, or as they wait.

        Args:
            ask: Makes the operations from the present, by the rules of the commands. It is not
                asked where the form made statements before: those are returned.
            handed: The form.

        Raises:
            Refused: This home may not sign now.
            UsageInvalid: An operation does not fit, or ``ask`` says so.
        """
        loop = asyncio.get_running_loop()
        call = partial(copy_context().run, self._queue, ask, handed)
        numbers = await loop.run_in_executor(self._thread, call)
        end = time.monotonic() + SETTLED_S
        while True:
            found = await self.read(_statements, numbers)
            if all(one.state != "waiting" for one in found) or time.monotonic() > end:
                return found
            await asyncio.sleep(SETTLE_LOOK_S)

    async def status(self) -> View:
        """Return what ``commontab-manager status`` shows."""
        return await self.read(self._status)

    async def overview(self) -> View:
        """Return the status, and what needs somebody now."""
        self.look_around()
        return await self.read(self._overview)

    async def back_up(self) -> BackedUp:
        """Write a backup into the home's own folder.

        Raises:
            StoreFull: The disk has no room.
        """

        def work() -> BackedUp:
            with open_office(self.home, write=True) as office:
                size = office.store.tip().tree.size
                return make_kept(self.home, office.store.database, size, self.now())

        # A copy of a large ledger takes seconds; pages go on meanwhile.
        return await asyncio.to_thread(work)

    @property
    def health(self) -> View | None:
        """What the last look at the network showed."""
        return view_health(self._health)

    def look_around(self, *, again: bool = False) -> None:
        """Look at the network beside everything else, unless that was done lately."""
        lately = self._health is not None and self.now() - self._health.time < LOOK_AGAIN_S
        busy = self._looking is not None and not self._looking.done()
        if self.running.dht is not None and not busy and (again or not lately):
            self._looking = asyncio.get_running_loop().create_task(self._look(self.running.dht))

    @property
    def auditing(self) -> bool:
        """Whether an audit that the page asked for runs."""
        return self._auditing is not None and not self._auditing.done()

    def begin_audit(self) -> None:
        """Audit beside everything else; nothing happens where one runs."""
        if self.running.audit is not None and not self.auditing:
            work = self._audit(self.running.audit)
            self._auditing = asyncio.get_running_loop().create_task(work)

    def disk(self) -> View:
        """Return how much room the home's disk has."""
        return asdict(check_disk(self.home))

    async def close(self) -> None:
        """Release the database."""
        for task in (self._looking, self._auditing):
            if task is not None:
                task.cancel()
        self._thread.shutdown()
        self._let_go()

    async def _look(self, dht: Dht) -> None:
        key, infohash = await self.read(_published)
        self._health = await look(dht, key, infohash, self.now())

    async def _audit(self, audit: Callable[[], Awaitable[int]]) -> None:
        try:
            count = await audit()
        except StoreDamaged as error:
            self.running.audit_trouble = str(error)
            self.log.say(f"audit: {error}", self.now())
        else:
            self.running.audit_trouble = ""
            self.log.say(f"audit: all {count} records, sums and roots hold", self.now())

    def _status(self, office: Office) -> View:
        return view_status(office, lock_holder(self.home.lock), self.now())

    def _overview(self, office: Office) -> View:
        status, now = self._status(office), self.now()
        found: View = {
            "refusals": view_refusals(office, REFUSALS_SHOWN),
            "backups": view_backups(self.home, office.values, now),
            "disk": self.disk(),
            "swarm": self.health,
            "audit_trouble": self.running.audit_trouble,
        }
        return {
            "status": status,
            "matters": view_matters(find_matters(status, found, now)),
            "disk": found["disk"],
            "backups": found["backups"],
            "swarm": found["swarm"],
        }

    def _queue(
        self, ask: Callable[[Office], Sequence[ManagerOperation]], handed: HandedIn
    ) -> Sequence[int]:
        with open_office(self.home, write=True) as office:
            if (earlier := office.desk.handed_in(handed)) is not None:
                return earlier
            office.check_may_sign()
            fitting = [checked(operation) for operation in ask(office)]
            made = self.now()

            def build(operation: ManagerOperation, number: int) -> VerifiedStatement:
                return sign_statement(self._seed, ManagerStatement(number, made, operation))

            return office.desk.sign_form([partial(build, one) for one in fitting], made, handed)

    def _current(self) -> Office:
        """Return the home as it is, read anew where anybody has committed since."""
        try:
            if self._database is None:
                self._database = open_database(self.home.ledger, Role.MANAGER, write=False)
            version = self._database.data_version()
            if self._office is None or version != self._version:
                self._office, self._version = Office(self.home, self._database), version
        except (LedgerError, FederationError, OSError):
            # A file that is mended or made again is opened afresh.
            self._let_go()
            raise
        return self._office

    def _let_go(self) -> None:
        if self._database is not None:
            self._database.close()
        self._database, self._office = None, None


def _statements(office: Office, numbers: Sequence[int]) -> list[QueuedStatement]:
    found = [office.desk.statement(number) for number in numbers]
    return [one for one in found if one is not None]


def _published(office: Office) -> tuple[bytes, bytes | None]:
    newest = PublicationStore(office.store.database).newest(1)
    return office.key, newest[0].infohash if newest else None
