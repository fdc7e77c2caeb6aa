"""The desk behind the page: one open home, read as often as a page asks, signed for on consent."""

import asyncio
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Condition, Lock
from typing import Any, TypeVar

from federation.card import CommunityCard
from federation.home import Home
from federation.link.reach import Reach, reach_of, read_adverts
from ledger import crypto
from ledger.changeset import Verified
from ledger.errors import StoreBusy
from ledger.operation import Operation
from ledger.store.database import Role, open_database
from member.ask import Sealable, seal
from member.household.own_files import check_files_kept
from member.membership import Membership, need_joined, open_own
from member.past import Reader
from member.preview import Preview
from member.sign import look_ahead, sign
from member.web.onboard.doorstep import Doorstep

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Consented:
    """What a person has said yes to.

    Attributes:
        operations: As they were shown.
        submission: Random id of the form, 32 hex digits; the same one signs once.
        sealing: Hide the memo of the first operation from all but its two parties.
    """

    operations: tuple[Operation, ...]
    submission: str
    sealing: bool = False


class Desk:
    """One home, open. Methods that return awaitables work in threads; close it when done."""

    def __init__(self, home: Home, seed: bytes, clock: Callable[[], float] = time.time) -> None:
        self.home = home
        self.doorstep = Doorstep(home, seed, clock)
        self._seed = seed
        self._clock = clock
        self._lock = Lock()
        self._working = Condition()
        self._calls = 0
        self._closing = False
        self._present: Membership | None = None
        self._version = -1
        self._kept: dict[str, Any] = {}
        with ExitStack() as opened:
            own = opened.enter_context(open_own(home))
            self.card: CommunityCard = need_joined(own)
            self._own = own
            self._replica = open_database(home.ledger, Role.REPLICA, write=False)
            opened.callback(self._replica.close)
            self._opened = opened.pop_all()

    def now(self) -> int:
        """Return Unix seconds."""
        return int(self._clock())

    def member(self) -> Membership:
        """Return what the home knows, read again only after the replica has changed.

        Raises:
            StoreDamaged: The replica cannot be read.
        """
        with self._lock:
            version = self._replica.data_version()
            if self._present is None or version != self._version:
                key = self.home.read_key().key
                fresh = Membership(self.home, key, self.card, self._own, self._replica)
                assert fresh.state is not None, "read now, so that all pages share it"
                self._present, self._version, self._kept = fresh, version, {}
            return self._present

    def keep(self, member: Membership, name: str, make: Callable[[], T]) -> T:
        """Return what ``make`` gives, made once for as long as the replica stays as it is.

        Args:
            member: From ``member``; for one of before the last change nothing is kept.
            name: Of what is made.
            make: Reads nothing but the replica.
        """
        with self._lock:
            kept = self._kept if member is self._present else {}
        if name not in kept:
            kept[name] = make()
        found: T = kept[name]
        return found

    def reader(self, member: Membership) -> Reader:
        """Return who looks at the past: the person, with the key that opens sealed memos."""
        return Reader(member.account.id, self._seed, member.name_of)

    async def version(self) -> tuple[int, int]:
        """Return two numbers that change when the replica or the own changes have changed."""

        def look() -> tuple[int, int]:
            with self._at_work():
                return self._replica.data_version(), self._own.data_version()

        return await asyncio.to_thread(look)

    async def read(self, look: Callable[[Membership], T]) -> T:
        """Return what ``look`` makes of the home's present, in a thread.

        Raises:
            StoreBusy: The desk is being closed.
        """

        def work() -> T:
            with self._at_work():
                return look(self.member())

        return await asyncio.to_thread(work)

    async def foresee(self, operations: Sequence[Operation]) -> Preview:
        """Return what the own replica would make of operations.

        Raises:
            Refused: The home has no account, or was restored and may not sign yet.
        """
        return await self.read(lambda member: look_ahead(member, operations, self.now()))

    async def sign(self, consented: Consented) -> Verified:
        """Sign and keep what a person consented to; the daemon publishes it at once.

        Raises:
            UsageInvalid: A file that it attaches is not here.
            Refused: The home was restored and may not sign yet.
            SplitView: The replica is not of the history that this home has vouched for.
        """
        return await self.read(lambda member: self._sign(member, consented))

    async def sign_by(self, act: Callable[[Membership, bytes], T]) -> T:
        """Return what ``act`` makes, which signs by itself with the 32-byte seed it is given."""
        return await self.read(lambda member: act(member, self._seed))

    async def reach(self) -> Reach:
        """Return which communities can be paid from here; it takes up to 20 s.

        Raises:
            NetworkUnreachable: Nobody told what communities advertise.
        """
        return await self.read(self._look_around)

    def close(self) -> None:
        """Close what is open, once nobody works with it any more.

        A request that was given up leaves its thread behind, which goes on reading for a moment.
        """
        with self._working:
            self._closing = True
            self._working.wait_for(lambda: not self._calls)
        self._opened.close()

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        with self._working:
            if self._closing:
                raise StoreBusy("the page is being closed; open it again in a moment")
            self._calls += 1
        try:
            yield
        finally:
            with self._working:
                self._calls -= 1
                self._working.notify_all()

    def _sign(self, member: Membership, consented: Consented) -> Verified:
        operations = consented.operations
        if consented.sealing:
            operations = (self._seal(member, operations[0]), *operations[1:])
        check_files_kept(self._own, operations)
        submission = bytes.fromhex(consented.submission)
        return sign(member, self._seed, operations, self.now(), submission=submission)

    def _seal(self, member: Membership, operation: Operation) -> Operation:
        assert isinstance(operation, Sealable), "checked when it was asked for"
        other = getattr(operation, "to", b"") or getattr(operation, "debtor", b"")
        nonce = secrets.token_bytes(crypto.BOX_NONCE_BYTES)
        return seal(operation, self._seed, member.state.accounts[other], nonce)

    def _look_around(self, member: Membership) -> Reach:
        now = self.now()
        adverts = read_adverts(self.home, member.state, now, lambda *_: None)
        return reach_of(member.state, adverts, now)
