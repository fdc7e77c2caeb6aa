"""A community in one process and in virtual time: a manager, members, and the network between.

Each party is its real program object over simulated ports. A party can lose the network, die at
any call and live again over the same home.
"""

import asyncio
import copy
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from random import Random

from federation.card import CommunityCard, sign_card
from federation.home import Home, make_home
from federation.port import Dht, Swarm
from federation.settings import Network, Settings
from ledger import crypto
from ledger.changeset import ManagerStatement, Verified, VerifiedStatement, sign_statement
from ledger.operation import AddUnit, Admit, ManagerOperation, Open, Operation, Rules
from ledger.state import State
from ledger.store.database import Database, Role, open_database
from ledger.store.desk import DeskStore
from ledger.store.journal import JournalStore
from ledger.unit import Unit
from manager.app import Manager
from member.app import Member
from member.household.own_files import keeping
from member.membership import Membership, join, open_own
from member.safe import begin_home
from member.sign import sign
from tests.support.crash import Fuse, FusedDht, FusedSwarm, fuse_home, unfuse_home
from tests.support.simdht import DhtNetwork, Manner, SeenPut, SimDht, StoringNode
from tests.support.simswarm import Metadata, SimSwarm, SwarmNetwork
from tests.support.weather import EPOCH, SimClock, Weather

SETTINGS = Settings(network=Network("loopback"), round_s=60)
RULES = Rules(86_400, 86_400, 60)
HOUR = Unit("HOUR", 2, "Hours", 5_000, 100_000)
EUR = Unit("EUR", 2, "Euro", 2_000, 500_000)
MANAGER = "manager"
FOLK = ("ada", "bo", "cleo", "dan", "eve", "finn", "gus", "hal")


def seed_of(name: str) -> bytes:
    """Return a party's seed: the same name has the same key in every world."""
    return sha256(b"seed of " + name.encode()).digest()


def key_of(name: str) -> bytes:
    """Return a party's public key."""
    return crypto.public_key(seed_of(name))


@dataclass(slots=True)
class Party:
    """What every party has, alive or not.

    Attributes:
        name: Names its home, its keys and its place in the network.
        home: Survives its lives.
        fuse: Of the present life.
        clock: Its own.
        told: What its programs said.
    """

    name: str
    home: Home
    fuse: Fuse = field(default_factory=Fuse)
    clock: SimClock = field(default_factory=SimClock)
    told: list[str] = field(default_factory=list)

    @property
    def seed(self) -> bytes:
        """The 32 bytes of its key."""
        return seed_of(self.name)

    @property
    def key(self) -> bytes:
        """Its public key."""
        return key_of(self.name)


class World:
    """All parties and the network between them.

    Args:
        directory: Holds the homes.
        seed: Decides everything that happens.
        weather: Of the network; seeded by the world.
        manners: Of the storing nodes.
        closed: Whether the ledger is encrypted.
        chief: Names the manager.
        beside: Another community, whose network this one shares.
    """

    def __init__(
        self,
        directory: Path,
        seed: int,
        *,
        manners: Sequence[Manner] = (Manner.HONEST,) * 20,
        closed: bool = True,
        chief: str = MANAGER,
        beside: "World | None" = None,
    ) -> None:
        self.random = Random(seed)  # noqa: S311 -- a simulation
        self.weather: Weather = beside.weather if beside else Weather(Random(seed + 1))  # noqa: S311 -- a simulation
        self.choices = Random(seed + 2)  # noqa: S311 -- a simulation
        self.dht: DhtNetwork = beside.dht if beside else DhtNetwork(self.weather, manners)
        self.swarm: SwarmNetwork = beside.swarm if beside else SwarmNetwork(self.weather)
        self.closed = closed
        self._directory = directory
        self.parties: dict[str, Party] = {}
        self.members: dict[str, Member] = {}
        self._own: dict[str, Database] = {}
        self._manager: Manager | None = None
        self.be_led_by(chief)

    def be_led_by(self, chief: str) -> None:
        """Say who manages the community, and under whose key and card it goes."""
        self.chief = chief
        self.community = key_of(chief)
        self.card = CommunityCard(self.community, "Village", 0, b"", "loopback", (), "")

    @property
    def manager(self) -> Manager:
        """The manager's program, alive."""
        assert self._manager is not None, "the manager is not running"
        return self._manager

    @property
    def is_open(self) -> bool:
        """Whether the manager's program is alive."""
        return self._manager is not None

    def now(self) -> int:
        """Return the right Unix time."""
        return EPOCH + int(asyncio.get_running_loop().time())

    def found(self) -> None:
        """Set the manager's home up and queue the statements that open the ledger."""
        chief = self.chief
        home = make_home(self._directory / chief, "community", seed_of(chief), None, SETTINGS)
        self.parties[chief] = Party(chief, home)
        self.tell(Open("Village", self.closed, RULES), AddUnit(HOUR), AddUnit(EUR))

    def tell(self, *operations: ManagerOperation) -> list[VerifiedStatement]:
        """Queue the manager's statements as a command beside the running manager does."""
        party = self.parties[self.chief]
        database = open_database(party.home.ledger, Role.MANAGER, write=True)
        made = []
        try:
            JournalStore.begin(database, self.community)
            desk = DeskStore(database)
            for operation in operations:

                def build(
                    number: int, operation: ManagerOperation = operation
                ) -> VerifiedStatement:
                    return sign_statement(
                        party.seed, ManagerStatement(number, self.now(), operation)
                    )

                made.append(desk.sign_statement(build, self.now()))
        finally:
            database.close()
        return made

    def settle_in(self, *names: str) -> None:
        """Set homes up for people, let them join, and queue their admissions."""
        for name in names:
            self.join(name)
        self.tell(*(Admit(key_of(name), name, name.title()) for name in names))

    def join(self, name: str) -> None:
        """Set a home up for a person, or for one more device, and join the community."""
        home = Home(self._directory / name)
        begin_home(home, seed_of(name), None, SETTINGS, name.title())
        with open_own(home) as own:
            join(own, self.card, sign_card(seed_of(self.chief), self.card), self.now())
        self.parties[name] = Party(name, home)

    def ask(self, name: str, *operations: Operation, files: Sequence[bytes] = ()) -> Verified:
        """Sign a change-set as a command beside the member's running program does.

        Args:
            name: The member.
            operations: What of.
            files: Sealed, that the operations attach.
        """
        party, own = self.parties[name], self._own[name]
        replica = self.members[name].store.database
        membership = Membership(party.home, party.key, self.card, own, replica)
        now = party.clock.now()
        return sign(membership, party.seed, operations, now, extra=keeping(files, now))

    @contextmanager
    def own(self, name: str) -> Iterator[Database]:
        """Give a member's own database, whether or not his program runs."""
        if name in self._own:
            yield self._own[name]
        else:
            with open_own(self.parties[name].home) as own:
                yield own

    def start_manager(self, fuse: Fuse | None = None) -> Manager:
        """Begin a life of the manager's program over its home."""
        party = self.parties[self.chief]
        dht, swarm = self._ports(party, fuse)
        self._manager = Manager(
            home=party.home,
            seed=party.seed,
            dht=dht,
            swarm=swarm,
            clock=party.clock,
            settings=SETTINGS,
            tell=party.told.append,
        )
        return self._manager

    def stop_manager(self) -> None:
        """End the manager's life, by order or by crash."""
        if self._manager is not None:
            self._manager.close()
            self._manager = None
        self.swarm.leave(self.chief)

    def start_member(
        self, name: str, fuse: Fuse | None = None, ring: Callable[[], None] = lambda: None
    ) -> Member:
        """Begin a life of a member's program over its home; ``ring`` is called when it rings."""
        party = self.parties[name]
        dht, swarm = self._ports(party, fuse)
        own = open_database(party.home.outgoing, Role.MEMBER, write=True)
        try:
            self.members[name] = Member(
                home=party.home,
                seed=party.seed,
                card=self.card,
                own=own,
                dht=dht,
                swarm=swarm,
                clock=party.clock,
                choose=self.choices.sample,
                tell=party.told.append,
                ring=ring,
            )
        except BaseException:
            own.close()
            raise
        self._own[name] = own
        return self.members[name]

    def stop_member(self, name: str) -> None:
        """End a member's life, by order or by crash."""
        member = self.members.pop(name, None)
        if member is not None:
            member.close()
            self._own.pop(name).close()
        self.swarm.leave(name)

    def cut_off(self, name: str) -> None:
        """Take a party's network away."""
        self.dht.offline.add(name)
        self.swarm.offline.add(name)

    def reconnect(self, *names: str) -> None:
        """Give parties their network back; without names to all."""
        for name in names or tuple(self.parties):
            self.dht.offline.discard(name)
            self.swarm.offline.discard(name)

    def close(self) -> None:
        """End every life."""
        for name in list(self.members):
            self.stop_member(name)
        self.stop_manager()
        for party in self.parties.values():
            unfuse_home(party.home.path)

    def freeze(self, into: Path) -> "Frozen":
        """Keep homes and network as they are, every life ended, to begin from here again."""
        self.close()
        shutil.copytree(self._directory, into)
        nodes = copy.deepcopy(self.dht.nodes)
        at_s = asyncio.get_running_loop().time()
        return Frozen(into, nodes, list(self.dht.puts), dict(self.swarm.metadata), at_s)

    def thaw(self, frozen: "Frozen") -> None:
        """Begin from a frozen world; run it in a loop that starts at its ``at_s``."""
        shutil.rmtree(self._directory, ignore_errors=True)
        shutil.copytree(frozen.homes, self._directory)
        self.dht.nodes = copy.deepcopy(frozen.nodes)
        self.dht.puts = list(frozen.puts)
        self.swarm.metadata = dict(frozen.metadata)
        for home in self._directory.iterdir():
            self.parties[home.name] = Party(home.name, Home(home))

    def state(self, name: str) -> State:
        """Return the ledger as a member's replica has it."""
        return self.members[name].follower.replica.state

    def _ports(self, party: Party, fuse: Fuse | None) -> tuple[Dht, Swarm]:
        party.fuse = fuse or Fuse()
        fuse_home(party.home.path, party.fuse)
        dht = FusedDht(SimDht(self.dht, party.name), party.fuse)
        swarm = FusedSwarm(SimSwarm(self.swarm, party.name), party.fuse)
        return dht, swarm


@dataclass(frozen=True, slots=True)
class Frozen:
    """A world at one moment: homes on disk, what the network stores, and the virtual time."""

    homes: Path
    nodes: list[StoringNode]
    puts: list[SeenPut]
    metadata: dict[bytes, Metadata]
    at_s: float
