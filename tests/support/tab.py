"""A member's page in a thread of its own, for a browser in this process, and a lively town."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from threading import Event, Thread

from federation.home import Home
from ledger.entry import entry_id
from ledger.operation import EQUAL, Bill, Hold, Mandate, Part, Pay, Request
from ledger.store.database import Role, open_database
from ledger.store.outgoing import OutgoingStore
from member.settle import Settler
from member.web.serve import Page, local_place, serve_page
from tests.support.hamlet import refresh
from tests.support.township import DAY_S, Town, seed_of

START_S = 30.0
PEOPLE = ("anna", "bert", "carla", "dora", "emil")
_PAID = (
    ("anna", "bert", 1_250, "Bread and rolls"),
    ("bert", "anna", 4_200, "Repairing the bike"),
    ("carla", "anna", 1_999, "Two evenings of babysitting"),
    ("anna", "dora", 3_300, "Half a crate of apples"),
    ("emil", "anna", 800, "Coffee"),
    ("anna", "carla", 6_150, "Piano lessons"),
    ("dora", "anna", 2_500, "Mowing the lawn"),
)
MEMOS = (
    *(memo for _payer, _payee, _amount, memo in _PAID),
    "Tickets for the concert",
    "Deposit for the ladder",
    "Jam",
    "For the kitchen",
    "Firewood for the winter",
    "Groceries for the feast",
)
"""What the town's people wrote."""


class Tab:
    """A page that is served until ``stop``."""

    def __init__(self, home: Home, name: str, clock: Callable[[], float], port: int) -> None:
        self._home, self._name, self._clock, self._port = home, name, clock, port
        self._loop = asyncio.new_event_loop()
        self._ready, self._end = Event(), asyncio.Event()
        self._page: Page | None = None
        self._thread = Thread(target=self._run, name="tab", daemon=True)

    @property
    def page(self) -> Page:
        assert self._page is not None, "it was started"
        return self._page

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(START_S), "the page did not start"
        assert self._page is not None, "the page failed to start"

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(START_S)
        assert not self._thread.is_alive(), "the page did not stop"

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            try:
                runner.run(self._serve())
            finally:
                self._ready.set()

    async def _serve(self) -> None:
        place = local_place(self._port)
        seed = seed_of(self._name)
        async with serve_page(self._home, seed, place, print, clock=self._clock) as self._page:
            self._ready.set()
            await self._end.wait()


@contextmanager
def open_tab(home: Home, name: str, clock: Callable[[], float], port: int = 0) -> Iterator[Page]:
    """Serve a person's page while the block runs.

    Args:
        home: The person's, joined.
        name: Whose.
        clock: Gives Unix seconds.
        port: For one that comes back at the same address; 0 for any free one.
    """
    tab = Tab(home, name, clock, port)
    tab.start()
    try:
        yield tab.page
    finally:
        tab.stop()


def lively_town() -> Town:
    """Return a town that has lived for two months: payments, bills, requests, a hold."""
    town = Town(*PEOPLE)
    for again in range(3):
        for payer, payee, amount, memo in _PAID:
            town.now += 3 * DAY_S
            town.ask(payer, Pay(town[payee].id, amount + again * 110, "EUR", memo, b"", None))
    soon = town.now + 9 * DAY_S
    anna, bert = town["anna"].id, town["bert"].id
    town.ask("carla", Request(anna, 1_450, "EUR", "Tickets for the concert", b"", soon))
    town.ask("dora", Hold(anna, 500, "EUR", "Deposit for the ladder", b"", soon))
    town.ask("anna", Request(bert, 700, "EUR", "Jam", b"", soon))
    town.ask("anna", Mandate(bert, "EUR", 1_000, 3_000, soon, "For the kitchen"))
    share_out(town, "emil", 4_500, "Firewood for the winter")
    share_out(town, "anna", 2_400, "Groceries for the feast")
    return town


def share_out(town: Town, author: str, amount: int, memo: str) -> bytes:
    """Merge a bill that everybody shares equally, and return its id."""
    shares = tuple(Part(town[name].id, amount // len(PEOPLE)) for name in PEOPLE)
    paid = (Part(town[author].id, amount),)
    ends = town.now + 20 * DAY_S
    asked = Bill("EUR", paid, shares, EQUAL, town.now, "household", memo, ends, None)
    made = town[author].sign(asked)
    town.merge(made)
    return entry_id(made.hash, 0)


def come_back(home: Home) -> Home:
    """Let a home go on after what its person has signed elsewhere in the town."""
    with closing(open_database(home.outgoing, Role.MEMBER, write=True)) as own:
        OutgoingStore(own).start_generation(1)
    return home


def merge_all(town: Town, home: Home) -> None:
    """Let the manager merge what waits in a home, and the home follow and settle."""
    with (
        closing(open_database(home.outgoing, Role.MEMBER, write=True)) as own,
        closing(open_database(home.ledger, Role.REPLICA, write=False)) as replica,
    ):
        town.merge(*(one.change_set for one in OutgoingStore(own).unsettled()))
        refresh(home, town)
        Settler(own, replica, home.read_key().key).settle(town.state)
