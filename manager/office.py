"""The office: what every command of one community's manager opens, reads and signs with."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from federation.console.terminal import Refused, UsageInvalid
from federation.home import Home
from ledger.errors import StoreMissing
from ledger.saying import said
from ledger.state import Community, State
from ledger.store.database import Database, Role, open_database
from ledger.store.desk import DeskStore
from ledger.store.door import DoorStore
from ledger.store.journal import JournalStore
from ledger.store.lookup import Lookup
from ledger.store.meta import ValueStore
from manager.opening import RESTORED

NAME = "name"
"""Value in the manager's database: what the community was called at init, UTF-8."""


class Office:
    """One manager's home, opened.

    Attributes:
        home: Where it all lies.
        key: The community's public key, 32 bytes.
        store: The journal.
        lookup: Single answers from it.
        desk: The manager's own statements.
        door: What members' slots brought.
        values: Single values.
    """

    def __init__(self, home: Home, database: Database) -> None:
        self.home = home
        self.store = JournalStore(database)
        self.key = self.store.community_key
        self.lookup = Lookup(database)
        self.desk = DeskStore(database)
        self.door = DoorStore(database)
        self.values = ValueStore(database)

    @cached_property
    def state(self) -> State:
        """The present, read once."""
        return self.store.load_state()

    @property
    def community(self) -> Community:
        """The community's settings.

        Raises:
            Refused: The ledger is not open yet.
        """
        if self.state.community is None:
            raise Refused(
                "the ledger is not open yet; run `commontab-manager open --unit CODE` first"
            )
        return self.state.community

    @property
    def name(self) -> str:
        """What the community is called, in the ledger or, before that, since init."""
        if self.state.community is not None:
            return self.state.community.name
        return (self.values.get(NAME) or b"").decode() or "unnamed"

    @property
    def restored(self) -> bool:
        """Whether this home is a copy that has not been opened for business yet."""
        return self.values.get(RESTORED) is not None

    def check_may_sign(self) -> None:
        """Accept a home that may sign statements.

        Raises:
            Refused: It was restored, and may lack what was signed after its backup; or its
                community's members have not named its key yet.
        """
        check_succeeded(self.state, self.key)
        if self.restored:
            raise Refused(
                "this home was restored from a backup and signs nothing before it has read what "
                "was published after it; start `commontab-manager run` first"
            )


def check_succeeded(state: State, key: bytes) -> None:
    """Accept a home whose key is the journal's.

    Args:
        state: The journal's present.
        key: The home's public key.

    Raises:
        Refused: It proposes to go on with a community's journal, and a majority is missing.
    """
    if state.key != key:
        raise Refused(
            "this home waits until a majority of its community's members have named its key; "
            "`commontab-manager succeed complete FILE...` takes their signatures in"
        )


@contextmanager
def open_office(home: Home, *, write: bool = False) -> Iterator[Office]:
    """Open a manager's home; a running manager goes on beside it.

    Args:
        home: Made by init or restore.
        write: Whether statements are to be queued.

    Raises:
        HomeInvalid: Nothing was set up here.
        UsageInvalid: It is a member's home.
        StoreMissing: The key is there, and its ledger is not.
        StoreDamaged: The ledger's file is not sound.
    """
    if home.read_key().kind != "community":
        raise UsageInvalid(said("{path} is a member's home; use `commontab` there", path=home.path))
    if not home.ledger.exists():
        # A new, empty ledger under a key that has signed one would become a second history.
        raise StoreMissing(
            f"{home.ledger}: the ledger of this key is not there; restore a backup into an empty "
            "--home, or the 24 words with `commontab-manager restore --words`"
        )
    database = open_database(home.ledger, Role.MANAGER, write=write)
    try:
        yield Office(home, database)
    finally:
        database.close()
