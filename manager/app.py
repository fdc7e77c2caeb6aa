"""The manager's program, wired: one process, one loop, one writer."""

import asyncio
from collections.abc import Awaitable, Callable
from collections.abc import Set as AbstractSet
from functools import partial

from federation.errors import NetworkUnreachable, SplitView, StorageFailed
from federation.home import Home
from federation.kept import item_of, put_whole
from federation.names.folder import RegistryFolder
from federation.names.registries import Registries
from federation.poll import Poller
from federation.port import Clock, Dht, Swarm
from federation.settings import Settings
from federation.snapshot import SnapshotFolder
from federation.witness.confirmations import Confirmations
from federation.witness.evidence import keep_evidence
from federation.witness.halt import check_not_halted, go_on, halt, may_go_on
from ledger import crypto
from ledger.errors import StoreFull
from ledger.saying import said
from ledger.store.database import Role, open_database
from ledger.store.journal import JournalStore
from ledger.store.meta import ValueStore
from ledger.store.name_lookup import NameLookup
from ledger.store.slot import SlotStore
from manager.audited import Audited, note_audit
from manager.books import Books
from manager.cycle import Cycle, Report
from manager.files import Files
from manager.hearing import Hearing
from manager.intake import Intake
from manager.link.links import Links
from manager.link.opening import LinkOpening
from manager.office import check_succeeded
from manager.opening import Opening
from manager.press import Press

Tell = Callable[[str], None]
Observe = Callable[[Report], None]
PROGRAM = "commontab-manager run"


class Manager:
    """One community's manager, over any network. Close it when done.

    ``observe`` gets the report of every merge, of those in which nothing happened too.
    """

    def __init__(
        self,
        *,
        home: Home,
        seed: bytes,
        dht: Dht,
        swarm: Swarm,
        clock: Clock,
        settings: Settings,
        tell: Tell,
        observe: Observe = lambda _report: None,
    ) -> None:
        self._database = open_database(home.ledger, Role.MANAGER, write=True)
        key = crypto.public_key(seed)
        self.store = JournalStore.begin(self._database, key)
        self._slots = SlotStore(self._database)
        self._values = ValueStore(self._database)
        self._evidence = home.evidence
        self.dht = dht
        self._clock = clock
        self._settings = settings
        self._tell = tell
        self._observe = observe
        folder = SnapshotFolder(home.snapshots, key)
        self.books = Books(self.store, seed)
        self.press = Press(seed=seed, books=self.books, folder=folder, dht=dht, swarm=swarm)
        self._intake = Intake(seed=seed, store=self.store, dht=dht, poller=Poller(dht))
        self.links = Links(
            seed=seed, books=self.books, dht=dht, clock=clock, evidence=home.evidence, tell=tell
        )
        files = Files(store=self.books.files, dht=dht, clock=clock, round_s=settings.interval_s)
        self.cycle = Cycle(
            books=self.books,
            intake=self._intake,
            files=files,
            press=self.press,
            links=self.links,
            clock=clock,
        )
        self.hearing = Hearing(
            first_key=self.books.first_key,
            store=self.store,
            confirmations=Confirmations(self.store),
            poller=Poller(dht),
        )
        self.opening = Opening(
            seed=seed,
            books=self.books,
            press=self.press,
            folder=folder,
            dht=dht,
            swarm=swarm,
            clock=clock,
            tell=tell,
        )
        self._link_opening = LinkOpening(self.links, dht)
        self.registries = Registries(
            folder=RegistryFolder(home.registries), dht=dht, swarm=swarm, clock=clock, tell=tell
        )
        self._version = self._database.data_version()
        self._audited = False
        self._opened = False

    async def open(self, *, confirmed: bool = False) -> None:
        """Audit the books, and make sure that nothing newer was ever signed.

        Args:
            confirmed: See ``Opening.open``, which this raises as.

        Raises:
            StoreDamaged: The stored bytes disagree; nothing was merged on top of them.
            Halted: This home met a split view before, and nobody has decided.
            Refused: The members have not named this home's key yet.
        """
        check_not_halted(self._values, PROGRAM)
        check_succeeded(self.books.state, self.store.community_key)
        if not self._audited:
            await self.audit()
            self._audited = True
        try:
            await self.opening.open(confirmed=confirmed)
        except SplitView as error:
            self._meet(error)
        await self._look_at_links(confirmed=confirmed)
        # The own slot may have been forgotten; members put theirs again every hour.
        await self._listen()
        self._opened = True

    async def run_cycle(self) -> Report | None:
        """Poll, merge, store and publish; None while the network or the disk says no.

        Raises:
            Halted: This home met a split view, and nobody has decided.
        """
        check_not_halted(self._values, PROGRAM)
        return await self._attempt(self.cycle.run)

    async def run_links(self) -> Report | None:
        """Read what linked communities say, merge it and answer; None where nothing was merged.

        Raises:
            Halted: This home met a split view, and nobody has decided.
        """
        check_not_halted(self._values, PROGRAM)
        return await self._attempt(self.cycle.exchange)

    async def fetch_files(self) -> Report | None:
        """Fetch the files that change-sets wait for, and merge these; None where none came.

        Raises:
            Halted: This home met a split view, and nobody has decided.
        """
        check_not_halted(self._values, PROGRAM)
        return await self._attempt(self.cycle.fetch_files)

    async def look_at(self, keys: AbstractSet[bytes]) -> Report | None:
        """Poll some keys' slots early; None where nothing came, or before the home is open.

        Raises:
            Halted: This home met a split view, and nobody has decided.
        """
        if not self._opened:
            return None
        check_not_halted(self._values, PROGRAM)
        return await self._attempt(partial(self.cycle.look_at, keys))

    async def hear(self) -> None:
        """Read what members were shown; put what they add to the newest checkpoint.

        Raises:
            SplitView: A member was shown another history, signed by the own key. Nothing is
                merged or handed on any more until a person decides.
            ConfirmationMissing: A member was shown more than this journal has.
        """
        try:
            if await self._listen():
                await self.cycle.publish()
        except (NetworkUnreachable, StorageFailed, StoreFull) as error:
            self._tell(said("{error}; the next round tries again", error=error))

    async def watch(self) -> None:
        """Merge at once what another command of this home queued."""
        version = await asyncio.to_thread(self._database.data_version)
        if version != self._version and self._opened:
            self._version = version
            check_not_halted(self._values, PROGRAM)
            await self._attempt(self.cycle.settle)

    async def keep_alive(self) -> None:
        """Put the checkpoint, the members' newest items and the links' again, unchanged."""
        try:
            await self.cycle.tidy_files()
            await self.press.put_again(self._clock.now())
            for row in await asyncio.to_thread(self._slots.all):
                if (row.key, row.salt) != (self.store.community_key, b""):
                    await put_whole(self.dht, item_of(row), row.sealed)
        except (NetworkUnreachable, StoreFull) as error:
            self._tell(said("keep-alive: {error}", error=error))

    async def follow_names(self) -> None:
        """Follow the names of all communities that links lead to."""
        try:
            standing = await asyncio.to_thread(NameLookup(self._database).standing)
            await asyncio.to_thread(self.registries.see_own, standing.community, self._clock.now())
            await self.registries.look(standing)
        except StorageFailed as error:
            self._tell(
                said(
                    "names of linked communities: {error}; the next round tries again", error=error
                )
            )

    async def audit(self) -> int:
        """Check everything from stored bytes; return how many records there are.

        Raises:
            StoreDamaged: Something disagrees; the message names the record.
        """
        tally = await asyncio.to_thread(self.books.audit)
        audited = Audited(self._clock.now(), tally.size)
        await asyncio.to_thread(note_audit, self._values, audited)
        return tally.size

    def close(self) -> None:
        """End what checks signatures, and release the database."""
        self._intake.close()
        self._database.close()

    async def _listen(self) -> int:
        """Hear all witnesses; return how many cosignatures are newer than before.

        Raises:
            SplitView: A member was shown another history.
            ConfirmationMissing: A member was shown more than this journal has.
        """
        heard = await self.hearing.hear(self.books.state, self._clock.now())
        if heard.split is not None:
            self._meet(heard.split)
        if heard.ahead is not None and not may_go_on(self._values):
            self.opening.fall_behind(heard.ahead.checkpoint.size)
        return heard.newer

    def go_on(self) -> None:
        """Go on with the own journal in spite of a split view: a person has decided."""
        go_on(self._values)

    def _meet(self, error: SplitView) -> None:
        """Keep what shows a split view and stop, unless a person has decided to go on.

        Raises:
            SplitView: Nobody has.
        """
        path = keep_evidence(self._evidence, self.store, error)
        if not may_go_on(self._values):
            halt(self._values, path, self._clock.now())
            raise error

    async def _look_at_links(self, *, confirmed: bool) -> None:
        """Make sure that no linked community has read more of this journal than there is.

        Raises:
            ConfirmationMissing: One has, or says so, and nobody confirmed.
        """
        ahead = await self._link_opening.look()
        if ahead and not confirmed:
            self.opening.wait_for_word(ahead)

    async def _attempt(self, step: Callable[[], Awaitable[Report | None]]) -> Report | None:
        try:
            report = await step()
        except (NetworkUnreachable, StorageFailed, StoreFull) as error:
            self._tell(said("{error}; the next cycle tries again", error=error))
            return None
        if report is not None:
            self._observe(report)
        if report is not None and (sentence := report.sentence()):
            self._tell(sentence)
        return report
