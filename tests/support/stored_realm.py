"""A linked community in a real database, between two others in memory."""

from ledger.link.instruction import GIVEN_BACK, About
from ledger.operation import ForceRelease, LinkRequest
from ledger.store.database import Database
from tests.support.realm import Shire, link, pay, read, settle
from tests.support.storage import Stored
from tests.support.township import DAY_S, START


class StoredShire(Stored, Shire):
    """One of several communities; its every merge is also committed to a store."""

    def __init__(self, database: Database, name: str, *people: str) -> None:
        self.keep_in(database)
        super().__init__(name, *people)


class Valley:
    """Lake with anna, river with carla in a store, and hill with dora; linked in a row."""

    def __init__(self, database: Database) -> None:
        self.lake = Shire("lake", "anna")
        self.river = StoredShire(database, "river", "carla", "bakery")
        self.hill = Shire("hill", "dora")
        link(self.lake, self.river)
        link(self.river, self.hill)

    def settle(self) -> None:
        """Let all read all until nobody has news."""
        settle(self.lake, self.river, self.hill)

    def live(self) -> None:
        """Let payments of every kind pass river, and leave some under way."""
        self.finish_some()
        self.leave_some()

    def finish_some(self) -> None:
        """Let river be a hop, origin and payee, and let a payment fail, expire and be forced."""
        lake, river, hill = self.lake, self.river, self.hill
        pay((lake, "anna"), "dora", 700, river, hill)
        came = pay((lake, "anna"), "carla", 250, river)
        pay((river, "carla"), "dora", 300, hill)
        pay((river, "bakery"), "nobody", 5, hill)
        self.settle()
        pay((river, "carla"), "anna", 100, lake, about=About(GIVEN_BACK, came))
        pay((river, "carla"), "dora", 9, hill, deadline=START + 10)
        self._tick()
        self.settle()
        forced = pay((lake, "anna"), "bakery", 80, river)
        read(river, lake)
        river.manage(ForceRelease(forced, "its ledger is silent"))
        self.settle()

    def leave_some(self) -> None:
        """Leave a payment under way in each role, and a request for each."""
        lake, river, hill = self.lake, self.river, self.hill
        pay((lake, "anna"), "bakery", 60, river)
        pay((lake, "anna"), "dora", 70, river, hill)
        pay((river, "carla"), "dora", 40, hill)
        end = START + 2 * DAY_S
        lake.ask("anna", LinkRequest((river.key,), "carla", "EUR", 33, "eggs", end))
        lake.ask("anna", LinkRequest((river.key, hill.key), "dora", "EUR", 34, "", end))
        river.ask("carla", LinkRequest((hill.key,), "dora", "EUR", 35, "", end))
        read(river, lake)

    def _tick(self) -> None:
        """Let all clocks go on by 20 seconds."""
        for one in (self.lake, self.river, self.hill):
            one.now += 20
            one.merge()
