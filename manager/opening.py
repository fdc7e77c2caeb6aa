"""Opening for business: a manager signs only after it knows that nothing newer was signed."""

from collections.abc import Callable

from federation.archive.follow import ArchiveFollower
from federation.errors import FederationError, FetchTimeout, ItemInvalid, TorrentRefused
from federation.follow import Followed, Follower
from federation.item import MutableItem
from federation.port import Clock, Dht, Swarm
from federation.replica import Replica
from federation.slot import checkpoint_slot, decode_checkpoint_value
from federation.snapshot import SnapshotFolder
from ledger.blind import community_secret, epoch_key
from ledger.checkpoint import verify_checkpoint
from ledger.epoch import Grant, KeyChain, open_grants
from ledger.errors import NoteError
from ledger.store.meta import ValueStore
from manager.books import Books
from manager.press import Press

ARCHIVE_BYTES_MAX = 2**40
"""A manager fetches every attached file: it is what others fetch from."""
RESTORED = "restored"
"""Value of a home that came from a backup and has not signed since."""


class ConfirmationMissing(FederationError):
    """A restored manager that waits for a person's word before it signs."""


class Opening:
    """Compares the own journal with what the own slot says, once a start."""

    def __init__(
        self,
        *,
        seed: bytes,
        books: Books,
        press: Press,
        folder: SnapshotFolder,
        dht: Dht,
        swarm: Swarm,
        clock: Clock,
        tell: Callable[[str], None],
    ) -> None:
        self._seed = seed
        self._books = books
        self._press = press
        self._folder = folder
        self._dht = dht
        self._swarm = swarm
        self._clock = clock
        self._tell = tell
        self._values = ValueStore(books.store.database)

    async def open(self, *, confirmed: bool) -> None:
        """Read the own slot, fetch what the journal lacks, and let the cycles begin.

        Args:
            confirmed: A person says that nothing newer than what is found was ever signed.

        Raises:
            ConfirmationMissing: The home was restored, or is behind its slot, and nobody
                confirmed. What was fetched is kept.
            NetworkUnreachable: Nobody answered, so nobody can say.
            SplitView: The own slot holds another history than the journal.
            FetchTimeout: Nobody has the part that the journal lacks.
        """
        got = await self._dht.get(checkpoint_slot(self._books.store.community_key))
        behind = False
        if got.item is not None:
            self._press.saw(got.item.seq)
            newest = self._size_of(got.item)
            behind = newest > self._books.state.tree.size
            followed = await self._catch_up()
            self._check_whole(newest)
            if behind:
                self._tell(f"the journal lacked {followed.new_records} records; members had them")
        restored = self._values.get(RESTORED) is not None
        if behind and not restored:
            self._values.set(RESTORED, b"1")
        if (behind or restored) and not confirmed:
            slot = "holds nothing any more" if got.item is None else "agrees with it now"
            raise ConfirmationMissing(
                f"this home was restored from a backup; its journal has "
                f"{self._books.state.tree.size} records, and its slot {slot} ({got.copies} copies, "
                f"{got.answered} nodes answered). If nothing newer was ever published, start again "
                "with --confirm-restored; a second history can never be taken back"
            )
        if restored or behind:
            self._values.remove(RESTORED)

    def fall_behind(self, newest: int) -> None:
        """Take notice that somebody holds more records than the own journal, signed by the key.

        Args:
            newest: How many.

        Raises:
            ConfirmationMissing: Always: signing on would make a second history.
        """
        self._values.set(RESTORED, b"1")
        raise ConfirmationMissing(
            f"a member was shown {newest} records under this key, and this journal has "
            f"{self._books.state.tree.size}: it is an old copy, or a second manager signs with "
            "the same key. Stop the other one, then start again: what is missing is fetched first"
        )

    def wait_for_word(self, ahead: str) -> None:
        """Take notice that somebody has read more of this journal than it has.

        Args:
            ahead: Who, and what.

        Raises:
            ConfirmationMissing: Always, until a person says that nothing newer was signed.
        """
        self._values.set(RESTORED, b"1")
        raise ConfirmationMissing(
            f"{ahead}. Nothing is signed: restore the newest backup, or ask members to run "
            "`commontab run`. If nothing newer was ever published, start again with "
            "--confirm-restored; a second history can never be taken back"
        )

    async def _catch_up(self) -> Followed:
        chain = self._books.chain() or KeyChain()
        replica = Replica(
            store=self._books.store,
            folder=self._folder,
            find_grant=self._find_grant,
            chain=chain,
            observe=lambda _replayed, _version: None,
        )
        follower = Follower(
            replica=replica,
            dht=self._dht,
            swarm=self._swarm,
            clock=self._clock,
            anchor=lambda: None,
        )
        followed = await follower.follow()
        self._books.reload()
        await self._gather(replica)
        return followed

    async def _gather(self, replica: Replica) -> None:
        """Fetch attached files that an old backup lacks; nothing else waits for them."""
        archive = ArchiveFollower(
            replica=replica, swarm=self._swarm, clock=self._clock, bytes_max=ARCHIVE_BYTES_MAX
        )
        try:
            await archive.gather()
            await archive.stop()  # the press seeds, and stops when something is withdrawn
        except (FetchTimeout, TorrentRefused) as error:
            self._tell(f"attached files: {error}; members who have them bring them another time")

    def _check_whole(self, newest: int) -> None:
        """Accept a journal that covers all that was signed: an older snapshot is not enough.

        Raises:
            FetchTimeout: Some of it did not come.
        """
        size = self._books.state.tree.size
        if size < newest:
            raise FetchTimeout(
                f"{newest} records were published and {size} are here; nobody who has the rest "
                "answered. Nothing is signed before it comes; ask members to run `commontab run`"
            )

    def _find_grant(self, grants: bytes, known: KeyChain, index: int) -> Grant | None:
        """The manager computes every key: the next epoch begins where the last key fails.

        Where the journal began under another key, he is given a grant like everybody else.
        """
        given = open_grants(grants, self._seed)
        if given is not None:
            return given
        epoch = known.grants[-1].epoch + 1 if known.grants else 1
        return Grant(epoch, index, epoch_key(community_secret(self._seed), epoch))

    def _size_of(self, item: MutableItem) -> int:
        value = decode_checkpoint_value(item.value)
        try:
            return verify_checkpoint(self._books.store.community_key, value.note).size
        except NoteError as error:
            raise ItemInvalid(f"the own slot holds no checkpoint: {error}") from error
