"""The member's program, wired: publish, follow, settle, witness, keep alive."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from federation.archive.follow import ArchiveFollower
from federation.card import CommunityCard
from federation.copies import keep_copies, take_copies
from federation.errors import (
    FetchTimeout,
    ItemInvalid,
    NetworkUnreachable,
    SplitView,
    StorageFailed,
    TorrentRefused,
)
from federation.follow import Followed, Follower
from federation.home import Home
from federation.names.folder import RegistryFolder
from federation.names.registries import Registries
from federation.port import Clock, Dht, Swarm
from federation.replica import Replica
from federation.snapshot import SnapshotFolder
from federation.witness.witness import Choose
from ledger import crypto
from ledger.crypto import BOX_NONCE_BYTES
from ledger.epoch import Grant, KeyChain, open_grants
from ledger.errors import HistoryMismatch, StoreFull
from ledger.store.database import Database, Role, open_database
from ledger.store.journal import JournalStore
from ledger.store.meta import ValueStore
from ledger.store.name_lookup import NameLookup
from ledger.store.publication import PublicationStore
from member.household.issue import Issuer
from member.household.own_files import settle_files
from member.membership import RESTORED, SUCCEEDED, Membership
from member.sender import Sender
from member.settle import Settler
from member.vigil import Vigil

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Synced:
    """What one look did: change-sets that went out, and what the community had."""

    published: int
    followed: Followed | None


class Member:
    """One member's daemon over any network. Close it when done.

    ``ring`` tells the manager's program that something went out; it waits for nothing.
    """

    def __init__(
        self,
        *,
        home: Home,
        seed: bytes,
        card: CommunityCard,
        own: Database,
        dht: Dht,
        swarm: Swarm,
        clock: Clock,
        choose: Choose,
        tell: Tell,
        ring: Callable[[], None] = lambda: None,
    ) -> None:
        key = crypto.public_key(seed)
        self._replica_database = open_database(home.ledger, Role.REPLICA, write=True)
        self.store = JournalStore.begin(self._replica_database, card.key)
        self._values = ValueStore(own)
        self._own = own
        self._home = home
        self._seed = seed
        self._card = card
        self._clock = clock
        self._tell = tell
        self._ring = ring
        self._version = own.data_version()
        self.sender = Sender(
            seed=seed,
            community=card.key,
            own=own,
            dht=dht,
            nonces=lambda: secrets.token_bytes(BOX_NONCE_BYTES),
        )
        self.settler = Settler(own, self._replica_database, key)
        self.issuer = Issuer(
            lambda: Membership(home, key, card, own, self._replica_database), seed, tell
        )
        folder = SnapshotFolder(home.snapshots, card.key)
        replica = Replica(
            store=self.store,
            folder=folder,
            find_grant=self._find_grant,
            chain=self._chain(folder),
            observe=self.settler.observe,
        )
        self.vigil = Vigil(home=home, seed=seed, own=own, replica=replica, dht=dht, choose=choose)
        self.follower = Follower(
            replica=replica,
            dht=dht,
            swarm=swarm,
            clock=clock,
            anchor=self.vigil.anchor,
        )
        self.registries = Registries(
            folder=RegistryFolder(home.registries), dht=dht, swarm=swarm, clock=clock, tell=tell
        )

        self.archive = ArchiveFollower(
            replica=replica,
            swarm=swarm,
            clock=clock,
            bytes_max=home.settings().attachments_bytes_max,
        )

    async def publish(self) -> int:
        """Publish what waits; return how many change-sets went out.

        Raises:
            NetworkUnreachable: Nobody answered.
            Halted: This home met a split view, and nobody has decided.
        """
        self.vigil.check()
        published = await self.sender.publish(self._clock.now())
        if published:
            self._ring()
        return published

    async def follow(self) -> Followed:
        """Bring the replica up to date and settle the outbox; raises as ``Follower.follow``.

        Raises:
            Halted: This home met a split view, and nobody has decided.
        """
        self.vigil.check()
        try:
            followed = await self.follower.follow()
        except SplitView as error:
            self.vigil.meet(error, self._clock.now())
            raise
        except HistoryMismatch as error:
            if self.follower.refused is not None:
                kept = await asyncio.to_thread(self.vigil.note_refused, self.follower.refused)
                self._tell(f"{error}; {kept} is the note under which this was published")
            raise
        if followed.rollback:
            await asyncio.to_thread(self._note_rollback, followed)
        if followed.step == "followed":
            await self.vigil.review(self._clock.now())
        await asyncio.to_thread(self._take_copies, followed)
        self._check_card()
        if followed.step == "missing":
            await self.follower.put_again()
        await asyncio.to_thread(self.settler.settle, self.follower.replica.state)
        await asyncio.to_thread(settle_files, self._own, self._replica_database, self._clock.now())
        if self._values.get(RESTORED) is not None:
            await self._go_on()
        return followed

    async def gather(self) -> None:
        """Fetch attached files that have not come; say what is in the way, and go on without."""
        try:
            gathered = await self.archive.gather()
        except (
            NetworkUnreachable, FetchTimeout, TorrentRefused, StorageFailed, StoreFull,
        ) as error:  # fmt: skip
            self._tell(f"attached files: {error}; the next round tries again")
            return
        if gathered.came:
            self._tell(f"{gathered.came} attached files came")
        if gathered.problem:
            self._tell(f"attached files: {gathered.problem}; ask the manager")

    async def sync(self) -> Synced:
        """Publish, follow, and publish again what a restore held back."""
        published = await self.publish()
        followed = await self.follow()
        await self.gather()
        return Synced(published + await self.publish(), followed)

    async def look(self) -> None:
        """Do one round; say what the network or the disk refused."""
        try:
            await self.publish()
            followed = await self.follow()
            self._say(followed)
            if followed.step in {"followed", "unchanged"}:
                now = self._clock.now()
                await asyncio.to_thread(self.registries.see_own, self._card.key, now)
            await self.vigil.keep(self.follower.newest, followed, self._clock.now())
        except (
            NetworkUnreachable, FetchTimeout, TorrentRefused, ItemInvalid, StorageFailed, StoreFull,
        ) as error:  # fmt: skip
            self._tell(f"{error}; the next round tries again")
        except SplitView as error:
            if not self.vigil.goes_on:
                raise
            self._tell(f"{error}; this home goes on with the history it has")

    def _say(self, followed: Followed) -> None:
        if followed.step in {"followed", "unreadable"}:
            self._tell(
                f"{followed.step}: {followed.new_records} new records of {followed.size}, "
                f"{followed.moved_bytes} bytes moved"
            )

    def _take_copies(self, followed: Followed) -> None:
        """Keep what the community sends to a member who may not read on."""
        if followed.step == "followed":
            self._home.copies.unlink(missing_ok=True)  # he reads again: the ledger has them
        elif followed.unread is not None:
            folder = self.follower.replica.folder
            if copies := take_copies(folder, followed.unread, self._seed):
                keep_copies(self._home, copies)

    def _note_rollback(self, followed: Followed) -> None:
        evidence = self.vigil.note_rollback(followed.rollback)
        if evidence is not None:
            self._tell(
                f"the manager has published a smaller ledger after the one of {followed.size} "
                f"records; this home stays with the larger one, and {evidence} proves it. Ask him "
                "what happened, and show it to the other members"
            )

    async def watch(self) -> None:
        """Publish at once what another command of this home signed."""
        version = await asyncio.to_thread(self._own.data_version)
        if version != self._version:
            self._version = version
            try:
                await self.publish()
            except NetworkUnreachable as error:
                self._tell(f"{error}; the next round tries again")

    async def issue(self) -> None:
        """Sign what is due of what comes again, and publish it; say what is in the way."""
        try:
            self.vigil.check()
            if await asyncio.to_thread(self.issuer.issue, self._clock.now()):
                await self.publish()
        except (NetworkUnreachable, StoreFull) as error:
            self._tell(f"{error}; the next round tries again")
        except SplitView as error:
            if not self.vigil.goes_on:
                raise
            self._tell(f"{error}; this home goes on with the history it has")

    async def follow_names(self) -> None:
        """Follow the names of all communities that links lead to."""
        try:
            standing = await asyncio.to_thread(NameLookup(self._replica_database).standing)
            await self.registries.look(standing)
        except StorageFailed as error:
            self._tell(f"names of linked communities: {error}; the next round tries again")

    async def keep_alive(self) -> None:
        """Put the own items and the community's again, unchanged."""
        now = self._clock.now()
        try:
            await self.sender.put_again(now)
            await self.follower.put_again()
            await self.vigil.witness.put_again(now)
        except NetworkUnreachable as error:
            self._tell(f"keep-alive: {error}")

    def close(self) -> None:
        """Release the replica."""
        self._replica_database.close()

    def _check_card(self) -> None:
        """Accept a history that the card's checkpoint lies on: first contact is no fork.

        Raises:
            HistoryMismatch: The community has another root at the card's size.
        """
        size, state = self._card.size, self.follower.replica.state
        if 0 < size <= state.tree.size and state.history.get(size) != self._card.root:
            raise HistoryMismatch(
                f"the card of {self._card.name} names another history at {size} records than "
                "the one that was fetched; ask for a new card, and show both to the members"
            )

    async def _go_on(self) -> None:
        known = self.follower.replica.state.keys.get(crypto.public_key(self._seed))
        succeeded = self._values.get(RESTORED) == SUCCEEDED
        came = "follows a new key" if succeeded else "came from a backup"
        generation = await self.sender.start_generation(known)
        self._tell(
            f"this home {came}: it goes on in generation {generation}; what was "
            "signed and not merged before has to be asked for again"
        )

    def _find_grant(self, grants: bytes, _known: KeyChain, _index: int) -> Grant | None:
        return open_grants(grants, self._seed)

    def _chain(self, folder: SnapshotFolder) -> KeyChain:
        """Return the epoch keys known from the newest snapshot here; a newer one brings its own."""
        state = self.store.load_state()
        newest = PublicationStore(self._replica_database).newest(1)
        files = [file for one in newest for file in one.files if file.startswith("grants-")]
        if state.community is None or not files or not folder.has(files[0]):
            return KeyChain()
        grant = open_grants(folder.read(files[0]), self._seed)
        if grant is None or grant.epoch != state.community.epoch:
            return KeyChain()
        return KeyChain.of_journal(grant, lambda at: next(self.store.records(at, at + 1)))
