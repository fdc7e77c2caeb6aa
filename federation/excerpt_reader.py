"""Reading an excerpt: which bytes of a snapshot hold what one needs, and what signs them."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence

from federation.port import Pieces, Span
from ledger import crypto
from ledger.accounts_file import (
    Accounts,
    check_accounts,
    decode_accounts,
    encode_accounts,
)
from ledger.checkpoint import VerifiedCheckpoint, verify_snapshot_checkpoint
from ledger.epoch import Grant, KeyChain, open_grants
from ledger.errors import GrantMissing, HistoryMismatch
from ledger.excerpt import (
    Excerpt,
    Place,
    Places,
    check_record,
    check_root,
    find_own,
    parse_own,
    read_state,
)
from ledger.own_chain import previous_own
from ledger.record import Record, SuccessorRecord
from ledger.segment import ENTRY_BYTES, LENGTH_BYTES, SegmentName, format_name, open_record
from ledger.snapshot import SnapshotFiles
from ledger.state import Account


class _Records:
    """Records by index: those that are here, and what comes to them, compared with their leaves."""

    def __init__(
        self, reader: "ExcerptReader", leaves: bytes, places: Places, here: dict[int, bytes]
    ) -> None:
        self.places = places
        self.here = here
        self._reader = reader
        self._leaves = leaves

    async def read(self, indexes: Sequence[int]) -> None:
        """Fetch those that are not here, together."""
        new = [index for index in indexes if index not in self.here]
        payloads = await self._reader.payloads([self.places[index] for index in new])
        for index, payload in zip(new, payloads, strict=True):
            record = self._reader.open(index, payload)
            check_record(self._leaves, index, record)
            self.here[index] = record


class ExcerptReader:
    """Reads what is needed of one snapshot, each thing compared with what signs it.

    Args:
        community: Its public key, 32 bytes.
        seed: The own one, which opens a grant.
        pieces: Of the snapshot's torrent.
        files: What its files are.
    """

    def __init__(self, community: bytes, seed: bytes, pieces: Pieces, files: SnapshotFiles) -> None:
        self.pieces = pieces
        self.files = files
        self.lengths = {entry.name: entry.length for entry in pieces.files}
        self._community = community
        self._seed = seed
        self._chain: KeyChain | None = None

    async def checkpoint(self, newest: VerifiedCheckpoint) -> VerifiedCheckpoint:
        """Return the snapshot's own checkpoint: the newest one, or an older one's."""
        if self.files.size == newest.size:
            return newest
        note = await self._whole(self.files.checkpoint)
        return verify_snapshot_checkpoint(self._community, self.files.size, note)

    async def fetch(
        self, excerpt: Excerpt, checkpoint: VerifiedCheckpoint, wanted: Collection[int]
    ) -> Excerpt:
        """Return the excerpt as of this snapshot: new leaves, accounts, own records."""
        leaves = excerpt.leaves + b"".join(await self._new_leaves(excerpt.size))
        grown = Excerpt(checkpoint.note, leaves)
        await asyncio.to_thread(check_root, grown, checkpoint)
        places = await asyncio.to_thread(Places, leaves, self.files.segments, self.lengths)
        records = _Records(self, leaves, places, dict(excerpt.records))
        grant = await self._open_chain(excerpt, records)
        accounts = await self._accounts(checkpoint.size, grant, records)
        await self._walk(accounts, records)
        await records.read([index for index in wanted if index < checkpoint.size])
        opened = encode_accounts(
            accounts.community, accounts.by_id.values(), checkpoint.size, key=None
        )
        return Excerpt(checkpoint.note, leaves, opened, grant, records.here)

    async def payloads(self, places: Sequence[Place]) -> list[bytes]:
        """Return records as they are stored.

        Raises:
            HistoryMismatch: One is not as long as the file of leaves says.
        """
        read = await self.pieces.read([Span(*place) for place in places])
        for place, frame in zip(places, read, strict=True):
            length = int.from_bytes(frame[:LENGTH_BYTES])
            if length != place.end - place.first - LENGTH_BYTES:
                raise HistoryMismatch(
                    f"a record at byte {place.first} of {place.file} has {length} bytes, its leaf "
                    f"hashes' file says {place.end - place.first - LENGTH_BYTES}: its publisher "
                    "lied about a length"
                )
        return [frame[LENGTH_BYTES:] for frame in read]

    def open(self, index: int, payload: bytes) -> bytes:
        """Return the plain record of a payload."""
        if self._chain is None:
            return open_record(payload, index, None)
        return self._chain.open(payload, index)

    async def _whole(self, file: str) -> bytes:
        return (await self.pieces.read([Span(file, 0, self.lengths[file])]))[0]

    async def _new_leaves(self, size: int) -> list[bytes]:
        """Return the leaves of the records from ``size`` on, by segment."""
        return await self.pieces.read(
            [_leaves_span(name, size) for name in self.files.segments if name.end > size]
        )

    async def _open_chain(self, excerpt: Excerpt, records: _Records) -> Grant | None:
        """Learn the epochs' keys; return the newest grant, None where the ledger is open."""
        if self.files.grants is None:
            return None
        self._chain = _known_chain(excerpt)
        if excerpt.grant is not None and await self._opens_last(records):
            return excerpt.grant
        grant = open_grants(await self._whole(self.files.grants), self._seed)
        if grant is None:
            raise GrantMissing(
                "no grant opens this ledger for the key of this home: you are not admitted, or "
                "suspended; ask its manager. What is kept here stays"
            )
        chain = self._chain
        firsts: dict[int, bytes] = {}
        while True:
            try:
                chain.add(grant, firsts.__getitem__)
            except KeyError as missing:
                # The chain asks for one epoch's beginning after the other.
                index: int = missing.args[0]
                (firsts[index],) = await self.payloads([records.places[index]])
            else:
                break
        await records.read([one.first for one in chain.grants])
        return grant

    async def _opens_last(self, records: _Records) -> bool:
        """Return whether the known keys open the last record: then no epoch has begun since."""
        try:
            await records.read([self.files.size - 1])
        except GrantMissing:
            return False
        return True

    async def _accounts(self, size: int, grant: Grant | None, records: _Records) -> Accounts:
        await records.read([size - 1])
        state = read_state(size - 1, records.here[size - 1])
        data = await self._whole(self.files.accounts)
        key = grant.key if grant else None
        accounts = await asyncio.to_thread(decode_accounts, data, size, key)
        await asyncio.to_thread(check_accounts, accounts, state)
        return accounts

    async def _walk(self, accounts: Accounts, records: _Records) -> None:
        """Fetch the own records that are not here: each is named by the one after it."""
        account = find_own(accounts, crypto.public_key(self._seed))
        async for _ in _chain_of(account, records):
            pass
        if not self._community.startswith(accounts.commons.id):
            await _read_successors(accounts.commons, records)


def _leaves_span(name: SegmentName, size: int) -> Span:
    known = max(size - name.first, 0)
    return Span(format_name("l", name), known * ENTRY_BYTES, (name.end - name.first) * ENTRY_BYTES)


async def _read_successors(commons: Account, records: _Records) -> None:
    """Fetch the commons' records back to its first key: which key signed what is among them."""
    async for record in _chain_of(commons, records):
        if isinstance(record, SuccessorRecord) and record.statement.old.startswith(commons.id):
            return


async def _chain_of(account: Account, records: _Records) -> AsyncIterator[Record]:
    """Yield an account's records, newest first, fetching those that are not here."""
    at = account.last_record
    while at:
        await records.read([at - 1])
        record = parse_own(at - 1, records.here[at - 1])
        yield record
        at = previous_own(at - 1, record, account.id)


def _known_chain(excerpt: Excerpt) -> KeyChain:
    """Return the keys that are known from last time; what is missing comes again."""
    if excerpt.grant is None:
        return KeyChain()
    try:
        return KeyChain.of_journal(excerpt.grant, excerpt.records.__getitem__)
    except KeyError:
        return KeyChain()
