"""A press that publishes a town's records as they are, or as a liar would have them."""

from collections.abc import Callable, Sequence
from pathlib import Path

from federation.excerpt import ExcerptFollower
from federation.item import sign_item
from federation.names.folder import RegistryFolder
from federation.names.follow import RegistryFollower
from federation.port import Clock, Torrent
from federation.slot import CheckpointValue, encode_checkpoint_value
from ledger.accounts_file import encode_accounts
from ledger.checkpoint import sign_checkpoint
from ledger.codec import encode
from ledger.epoch import content_name
from ledger.level import plan_levels
from ledger.merkle import Frontier, leaf_hash
from ledger.merkle_path import prove_inclusion
from ledger.name.log import (
    RegistryHead,
    encode_changes,
    format_changes_name,
    name_changes,
    plan_changes,
)
from ledger.name.state import FREE_RULES, name_values
from ledger.record import NONCE_BYTES, Concern, decode_record
from ledger.segment import SegmentName, encode_leaves, encode_segment, format_name
from ledger.snapshot import checkpoint_name, torrent_name
from ledger.state import replace
from ledger.store.journal import KeptCheckpoint
from tests.support.simdht import DhtNetwork, SimDht
from tests.support.simswarm import SimSwarm, SwarmNetwork
from tests.support.township import Town
from tests.support.weather import calm

Files = dict[str, bytes]
Tamper = Callable[[Files], None]


class Pressroom:
    """Publishes an open town in a network of its own.

    Attributes:
        files: Of the newest snapshot, by name.
    """

    def __init__(self, town: Town, directory: Path) -> None:
        self.town = town
        self.files: Files = {}
        self._directory = directory
        self._swarms = SwarmNetwork(calm())
        self._dhts = DhtNetwork(calm())
        self._swarm = SimSwarm(self._swarms, "press")
        self._ends: list[int] = []
        self._values: dict[bytes, bytes | None] = {}
        self._changes: list[tuple[bytes, bytes | None]] = []
        self._spans: tuple[SegmentName, ...] = ()
        self._torrents: list[Torrent] = []

    async def publish(
        self, records: Sequence[bytes] | None = None, tamper: Tamper | None = None
    ) -> None:
        """Publish what the town has now.

        Args:
            records: Others in their place, one for each.
            tamper: Changes the snapshot's files once they are made.
        """
        written = self.town.records if records is None else records
        size, folder = len(written), self._directory / f"press-{len(self._torrents)}"
        self._ends = [*(end for end in self._ends if end < size), size]
        tree = Frontier().append(map(leaf_hash, written))
        note = sign_checkpoint(self.town.seed, size, tree.root).note
        self.files = self._write(written, note)
        if tamper is not None:
            tamper(self.files)
        name = torrent_name(self.town.key)
        (folder / name).mkdir(parents=True)
        for file, data in self.files.items():
            (folder / name / file).write_bytes(data)
        self._torrents.insert(0, await self._swarm.seed(folder, name, list(self.files)))
        infohashes = tuple(one.infohash for one in self._torrents[:5])
        value = encode_checkpoint_value(CheckpointValue(note, infohashes))
        item = sign_item(self.town.seed, b"", len(self._torrents), value)
        await SimDht(self._dhts, "press").put(item)

    def follower(
        self, name: str, directory: Path, known: Sequence[KeptCheckpoint] = ()
    ) -> ExcerptFollower:
        """Return somebody who follows only what concerns him."""
        return ExcerptFollower(
            community=self.town.key,
            seed=self.town[name].seed,
            known=known,
            dht=SimDht(self._dhts, name),
            swarm=SimSwarm(self._swarms, name),
            directory=directory,
        )

    def registry_follower(
        self, directory: Path, clock: Clock, bytes_max: int = 10**6
    ) -> RegistryFollower:
        """Return somebody who follows only the names."""
        return RegistryFollower(
            community=self.town.key,
            folder=RegistryFolder(directory),
            dht=SimDht(self._dhts, "resolver"),
            swarm=SimSwarm(self._swarms, "resolver"),
            clock=clock,
            bytes_max=bytes_max,
        )

    def _write(self, records: Sequence[bytes], note: bytes) -> Files:
        community, size = self.town.state.community, len(records)
        assert community is not None
        accounts = encode_accounts(community, self.town.state.accounts.values(), size, None)
        files = {checkpoint_name(size): note, content_name("accounts", accounts): accounts}
        for segment in plan_levels(self._ends):
            part = records[segment.first : segment.end]
            files[format_name("r", segment)] = encode_segment(part, segment.first)
            files[format_name("l", segment)] = encode_leaves(map(leaf_hash, part), part)
        return files | self._write_names(records)

    def _write_names(self, records: Sequence[bytes]) -> Files:
        """Return the files about names, whose changes are found by comparing what stands."""
        state = self.town.state
        rules = None if state.name_rules == FREE_RULES else state.name_rules
        values = name_values(dict(state.names), rules)
        changed = {key: value for key, value in values.items() if self._values.get(key) != value}
        changed |= dict.fromkeys(self._values.keys() - values.keys())
        self._changes += sorted(changed.items())
        self._values = values
        self._spans = plan_changes(self._spans, len(self._changes))
        if not self._changes:
            return {}
        frontier = Frontier().append
        leaves = list(map(leaf_hash, records))

        def subtree(level: int, position: int) -> bytes:
            return frontier(leaves[position << level : (position + 1) << level]).root

        size = len(records)
        hashes = prove_inclusion(size - 1, size, subtree)
        head = encode(RegistryHead(records[-1], hashes, len(self._changes)))
        files = {content_name("names", head): head}
        for span in self._spans:
            data = encode_changes(dict(self._changes[span.first : span.end]), span)
            files[format_changes_name(name_changes(span, data))] = data
        return files


def relink(records: Sequence[bytes], index: int, account: bytes, previous: int) -> list[bytes]:
    """Return records of which one names another as the one before of an account."""
    record = decode_record(records[index])
    concerns = tuple(
        Concern(one.account, previous if one.account == account else one.previous)
        for one in getattr(record, "concerns", ())
    )
    body = encode(replace(record, concerns=concerns))
    changed = list(records)
    changed[index] = records[index][:NONCE_BYTES] + body
    return changed
