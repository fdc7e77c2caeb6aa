"""The replica: new records from a snapshot's files, opened, checked, replayed and committed."""

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice

from federation.collector import uncollected
from federation.errors import SplitView
from federation.names.write import NameFiles
from federation.port import Torrent
from federation.snapshot import SnapshotFolder
from federation.succession.lineage import find_first_key
from federation.witness.comparison import Compared, compare
from federation.witness.confirmations import Confirmations
from ledger.accounts_file import encode_accounts
from ledger.apply import apply
from ledger.checking.ahead import Ahead
from ledger.checkpoint import VerifiedCheckpoint
from ledger.epoch import Grant, KeyChain, content_name
from ledger.errors import GrantMissing, HistoryMismatch
from ledger.merkle import leaf_hash
from ledger.proof.consistency import extend
from ledger.replay import Replayed, Verify, replay_batch, split_batches
from ledger.segment import (
    Leaf,
    SegmentName,
    format_name,
    iter_frames,
    open_record,
    split_leaves,
    split_payloads,
)
from ledger.snapshot import SnapshotFiles
from ledger.state import GROWING, State
from ledger.store.append import StoredMerge
from ledger.store.journal import JournalStore, KeptCheckpoint
from ledger.store.publication import PublicationStore

GROUP_RECORDS = 8_192
"""Records that one transaction takes in, at least one merge. The signatures of its later merges
are checked while the earlier ones are replayed."""

FindGrant = Callable[[bytes, KeyChain, int], Grant | None]
"""From the file of grants, the known keys and the first sealed index: the grant that opens it."""
Observe = Callable[[Replayed, int], None]
"""Told of each merge once it is committed, with its version."""


class Replica:
    """One community's journal and present, brought forward only by what checks. Calls block."""

    def __init__(
        self,
        *,
        store: JournalStore,
        folder: SnapshotFolder,
        find_grant: FindGrant,
        chain: KeyChain,
        observe: Observe,
    ) -> None:
        self.store = store
        self.folder = folder
        self.publications = PublicationStore(store.database)
        self.confirmations = Confirmations(store)
        self._names = NameFiles(store, self.publications, folder)
        self.state: State = store.load_state()
        self._find_grant = find_grant
        self._chain = chain
        self._observe = observe

    @property
    def size(self) -> int:
        """How many records it has."""
        return self.state.tree.size

    def write_known(self, segments: Sequence[SegmentName]) -> None:
        """Write the segments that the own journal covers: nothing of them has to move."""
        community = self.state.community
        chain = self._chain if community is not None and community.closed else None
        if chain is not None and not chain.grants:
            return
        for name in segments:
            if name.end <= self.size:
                self.folder.write_segment(name, self.store, chain)

    @property
    def read_key(self) -> bytes | None:
        """The key by which those who may read find each other's witness slots, 32 bytes.

        That of epoch 1, or the community's own where the ledger is open; None while unknown.
        """
        community = self.state.community
        if community is None:
            return None
        if not community.closed:
            return self.store.community_key
        grants = self._chain.grants
        return grants[0].key if grants and grants[0].epoch == 1 else None

    def compare(self, theirs: VerifiedCheckpoint) -> Compared:
        """Return what somebody's checkpoint is to this history; raises as ``comparison.compare``.

        Raises:
            SplitView: The community signed another history.
        """
        return compare(theirs, self.size, self.state.history.get, self.store.note_for)

    def check_tree(
        self, files: SnapshotFiles, checkpoint: VerifiedCheckpoint, anchor: KeptCheckpoint | None
    ) -> None:
        """Accept leaf hashes that continue the known tree and lead to the signed root.

        Args:
            files: The snapshot's.
            checkpoint: Its own.
            anchor: What was cosigned before; where it is larger than the replica, the leaf hashes
                must lead through it.

        Raises:
            HistoryMismatch: They do not lead to the root that is signed.
            SplitView: They do, but not through the anchor's root.
            SegmentInvalid: A file of leaf hashes is damaged.
        """
        leaves = self._new_leaves(files)
        tree = self.state.tree
        passed = anchor is not None and tree.size < anchor.size < checkpoint.size
        if anchor is not None and passed:
            tree = tree.append(islice(leaves, anchor.size - tree.size))
            passed = tree.root == anchor.root
        else:
            passed = True
        extend(tree, leaves, checkpoint)
        if anchor is not None and not passed:
            raise SplitView(anchor.note, checkpoint.note)

    def take(self, files: SnapshotFiles) -> None:
        """Open, replay and commit the new records, some merges at a time.

        Raises:
            GrantMissing: No grant opens what comes next; all before it was taken.
            HistoryMismatch: A record is not what its leaf hash or the rules say.
            SegmentInvalid: A file is damaged.
            StoreFull: The disk has no room; the last group was not taken.
        """
        followed = self.store.community_key
        known = self.state.key if self.size else None
        first = find_first_key(lambda: self._plain_records(files, self.size), known, followed)
        if first != self.state.key:
            self.store.begin_under(first)
            self.state = self.store.load_state()
        self.take_records(self._plain_records(files, self.size))

    def take_records(self, records: Iterable[bytes]) -> None:
        """Replay and commit plain records that continue the journal, some merges at a time.

        Raises:
            HistoryMismatch: A record is not what the rules say.
            StoreFull: The disk has no room; the last group was not taken.
        """
        with closing(Ahead(self.state.key)) as ahead:
            for group in _in_groups(split_batches(records, self.size)):
                ahead.begin([record for batch in group for record in batch])
                with uncollected():
                    self._commit(group, ahead.verify)

    def write_accounts(self, files: SnapshotFiles) -> None:
        """Write the snapshot's file of accounts, which follows from what was replayed.

        So it moves only to those who do not replay; and a false one is found by all who do.

        Raises:
            HistoryMismatch: The snapshot holds another one.
        """
        state = self.state
        assert state.community is not None, "a ledger with records was opened"
        key = self._chain.grants[-1].key if state.community.closed else None
        data = encode_accounts(state.community, state.accounts.values(), self.size, key)
        if (name := content_name("accounts", data)) != files.accounts:
            raise HistoryMismatch(
                f"the snapshot of {files.size} records holds {files.accounts}; its records give "
                f"{name}: its manager tells those who fetch only a part of it something else"
            )
        self.folder.write(name, data)

    def write_names(self, files: SnapshotFiles) -> None:
        """Write the snapshot's files about names, which follow from what was replayed.

        Raises:
            HistoryMismatch: The snapshot holds others.
        """
        self._names.check(files)

    def keep(
        self, checkpoint: VerifiedCheckpoint, torrent: Torrent, files: SnapshotFiles, now: int
    ) -> None:
        """Keep the checkpoint that covers the whole journal, and the snapshot it came with."""
        self.store.add_checkpoint(checkpoint.size, checkpoint.root, checkpoint.note)
        names = [file.name for file in torrent.files]
        self.publications.add(checkpoint.size, torrent.infohash, torrent.infohash_v2, names, now)
        self.take_note(checkpoint, now)
        if files.cosignatures is not None:
            closed = self._chain.grants[-1].key if files.grants else None
            data = self.folder.read(files.cosignatures)
            self.confirmations.take_file(data, closed, self.state, now)

    def take_note(self, checkpoint: VerifiedCheckpoint, now: int) -> None:
        """Take in what witnesses wrote under a checkpoint of this history."""
        self.confirmations.take_note(checkpoint, self.state, now)

    def _new_leaves(self, files: SnapshotFiles) -> Iterator[bytes]:
        for name in files.segments:
            if name.end <= self.size:
                continue
            leaves = [leaf.hash for leaf in self._leaves(name)]
            known = max(self.size - name.first, 0)
            if known and leaves[:known] != list(self.store.leaves(name.first, self.size)):
                raise HistoryMismatch(f"leaf hashes before record {self.size} have changed")
            yield from leaves[known:]

    def _leaves(self, name: SegmentName) -> tuple[Leaf, ...]:
        return split_leaves(self.folder.read(format_name("l", name)), name.end - name.first)

    def _plain_records(self, files: SnapshotFiles, start: int) -> Iterator[bytes]:
        grants = self.folder.read(files.grants) if files.grants else None
        for name in files.segments:
            if name.end <= start:
                continue
            leaves = self._leaves(name)
            payloads = split_payloads(self.folder.read(format_name("r", name)), leaves, name.first)
            for index, (leaf, payload) in enumerate(zip(leaves, payloads, strict=True), name.first):
                if index < start:
                    continue
                record = self._open(payload, index, grants, files)
                if leaf_hash(record) != leaf.hash:
                    raise HistoryMismatch(f"record {index} is not the one its leaf hash names")
                yield record

    def _open(
        self, payload: bytes, index: int, grants: bytes | None, files: SnapshotFiles
    ) -> bytes:
        if grants is None:
            return open_record(payload, index, None)
        try:
            return self._chain.open(payload, index)
        except GrantMissing:
            grant = self._find_grant(grants, self._chain, index)
            if grant is None:
                raise
            self._chain.add(grant, lambda at: self._payload(files, at))
            return self._chain.open(payload, index)

    def _payload(self, files: SnapshotFiles, index: int) -> bytes:
        name = next(name for name in files.segments if name.first <= index < name.end)
        frames = iter_frames(self.folder.read(format_name("r", name)))
        return next(payload for at, payload in enumerate(frames, name.first) if at == index)

    def _check_key(self, one: Replayed) -> None:
        """Refuse a journal that went on under the key that its members have left."""
        if one.merged.community == self.store.community_key != self.state.key:
            raise HistoryMismatch(
                f"record {one.first}: the community's key signed a journal that leaves it for "
                f"{self.state.key.hex()[:16]}…; ask for the new community's card"
            )

    def _commit(self, group: Sequence[tuple[bytes, ...]], verify: Verify) -> None:
        """Replay merges over the present and commit them together.

        Views of the store do not see what is not committed: an overlay holds it until then.
        """
        state = self.state
        views = {name: getattr(state, name) for name in GROWING}
        for name, view in views.items():
            setattr(state, name, ChainMap({}, view))
        replayed: list[Replayed] = []
        try:
            for batch in group:
                one = replay_batch(state, batch, verify)
                apply(state, one.merged, state.tree.append(one.leaves))
                replayed.append(one)
                self._check_key(one)
            tip = self.store.append(
                [StoredMerge.of(one.merged, one.first, one.records, one.leaves)
                 for one in replayed]
            )  # fmt: skip
        except BaseException:
            self.state = self.store.load_state()
            raise
        for name, view in views.items():
            setattr(state, name, view)
        for version, one in enumerate(replayed, tip.version - len(replayed) + 1):
            self._observe(one, version)


def _in_groups(batches: Iterable[tuple[bytes, ...]]) -> Iterator[list[tuple[bytes, ...]]]:
    """Yield some merges at a time, each whole: what one transaction takes in."""
    group: list[tuple[bytes, ...]] = []
    count = 0
    for batch in batches:
        group.append(batch)
        count += len(batch)
        if count >= GROUP_RECORDS:
            yield group
            group, count = [], 0
    if group:
        yield group
