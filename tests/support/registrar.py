"""A community that has names and nothing else: state records in its journal, a real torrent."""

from collections.abc import Sequence
from pathlib import Path

from federation.item import sign_item
from federation.slot import CheckpointValue, encode_checkpoint_value
from federation.snapshot import SnapshotFolder
from federation.station import Station, SystemClock
from ledger import crypto
from ledger.blind import blind, community_secret
from ledger.checkpoint import sign_checkpoint
from ledger.codec import encode
from ledger.map import SparseMap
from ledger.merkle import Frontier, leaf_hash
from ledger.merkle_path import prove_inclusion
from ledger.name.log import (
    ChangesName,
    RegistryHead,
    encode_changes,
    format_changes_name,
    name_changes,
    plan_changes,
)
from ledger.name.operation import NameRecord
from ledger.name.state import NameState
from ledger.record import StateRecord
from ledger.segment import SegmentName, encode_leaves, encode_segment, format_name
from ledger.snapshot import checkpoint_name
from tests.support.township import seed_of

SEED = seed_of("registry")
COMMUNITY = crypto.public_key(SEED)


def name_of(number: int, address: int) -> NameState:
    """Return a name as a member would have it: an address, one for www, and a key."""
    key = crypto.public_key(SEED[:24] + number.to_bytes(8))
    data = (address % 2**32).to_bytes(4)
    records = (NameRecord("", 1, 3_600, data), NameRecord("www", 1, 3_600, data))
    time_s = SystemClock().now() - 60
    return NameState(
        f"name-{number}", key[:16], time_s, number, time_s + 31_536_000, key, records, None, None,
        False, number,
    )  # fmt: skip


class Registrar:
    """Publishes a registry whose journal is state records and nothing else."""

    def __init__(self, folder: Path, place: Station) -> None:
        self.values: dict[bytes, bytes] = {}
        self._files = SnapshotFolder(folder / "published", COMMUNITY)
        self._place = place
        self._map = SparseMap()
        self._changes: list[tuple[bytes, bytes]] = []
        self._records: list[bytes] = []
        self._known: dict[SegmentName, ChangesName] = {}

    async def publish(self, names: Sequence[NameState]) -> None:
        """Publish a merge that changes these names."""
        changed = {one.name.encode(): encode(one) for one in names}
        self.values |= changed
        self._changes += sorted(changed.items())
        self._map = self._map.update(changed)
        zero = bytes(32)
        now = SystemClock().now()
        record = encode(StateRecord(now, 0, 1, zero, zero, self._map.root, zero, zero))
        self._records.append(blind(community_secret(SEED), len(self._records), record))
        size = len(self._records)
        tree = Frontier().append(map(leaf_hash, self._records))
        note = sign_checkpoint(SEED, size, tree.root).note
        files = [*self._write_ledger(note), *self._write_names()]
        folder = self._files
        torrent = await self._place.swarm.seed(folder.directory, folder.name, files)
        value = encode_checkpoint_value(CheckpointValue(note, (torrent.infohash,)))
        await self._place.dht.put(sign_item(SEED, b"", now + size, value))

    def _write_ledger(self, note: bytes) -> list[str]:
        size, segment = len(self._records), SegmentName(0, 0, len(self._records))
        files = {
            checkpoint_name(size): note,
            format_name("r", segment): encode_segment(self._records, 0),
            format_name("l", segment): encode_leaves(map(leaf_hash, self._records), self._records),
        }
        for name, data in files.items():
            self._files.write(name, data)
        return [*files, self._files.write_content("accounts", bytes(size))]

    def _write_names(self) -> list[str]:
        leaves, size = list(map(leaf_hash, self._records)), len(self._records)

        def subtree(level: int, position: int) -> bytes:
            return Frontier().append(leaves[position << level : (position + 1) << level]).root

        hashes = prove_inclusion(size - 1, size, subtree)
        head = encode(RegistryHead(self._records[-1], hashes, len(self._changes)))
        planned = plan_changes(list(self._known), len(self._changes))
        self._known = {span: self._known.get(span) or self._write(span) for span in planned}
        head_name = self._files.write_content("names", head)
        return [head_name, *map(format_changes_name, self._known.values())]

    def _write(self, span: SegmentName) -> ChangesName:
        data = encode_changes(dict(self._changes[span.first : span.end]), span)
        name = name_changes(span, data)
        self._files.write(format_changes_name(name), data)
        return name
