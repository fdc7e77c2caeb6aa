"""Fetching only the own records, and keeping them once they are proven."""

from collections.abc import Collection
from pathlib import Path

from federation.console.terminal import Refused
from federation.errors import SplitView
from federation.excerpt import ExcerptFollower, ExcerptSynced
from federation.excerpt_folder import ExcerptFolder
from federation.home import Home, write_whole
from federation.station import SystemClock, open_station
from federation.witness.halt import check_not_halted, halt
from ledger.checkpoint import origin
from ledger.excerpt import Excerpt
from ledger.store.database import Database
from ledger.store.journal import KeptCheckpoint
from ledger.store.lock import hold_lock
from ledger.store.meta import ValueStore
from ledger.store.witnessed import WitnessedStore
from member.membership import need_joined, open_own

PROGRAM = "commontab run"
"""What goes on after a split view, once a person has decided."""


async def fetch_mine(home: Home, seed: bytes, wanted: Collection[int]) -> ExcerptSynced:
    """Fetch, prove and keep the own records, and others that are asked for.

    Raises:
        StoreBusy: Another process of this home follows.
        UsageInvalid: No community was joined.
        Refused: More records are wanted than there are.
        Halted: This home met a split view, and nobody has decided.
        SplitView: The community's key signed two histories; both notes are kept.
        HistoryMismatch: What was published does not hold together; nothing was kept.
    """
    folder = ExcerptFolder(home.excerpt)
    with open_own(home) as own, hold_lock(home.lock):
        card, values = need_joined(own), ValueStore(own)
        check_not_halted(values, PROGRAM)
        before = _continued(folder.load(), card.key)
        async with open_station(home, home.settings()) as station:
            follower = ExcerptFollower(
                community=card.key,
                seed=seed,
                known=_known(own, card.key, KeptCheckpoint(card.size, card.root, b"")),
                dht=station.dht,
                swarm=station.swarm,
                directory=home.excerpt,
            )
            try:
                synced = await follower.sync(before, wanted)
            except SplitView as error:
                halt(values, _keep_notes(home, error), SystemClock().now())
                raise
        folder.save(synced.excerpt.kept, before.size)
    if beyond := [index for index in wanted if index >= synced.excerpt.checkpoint.size]:
        raise Refused(
            f"there is no record {beyond[0]} yet: the ledger has {synced.excerpt.checkpoint.size}"
        )
    return synced


def _continued(kept: Excerpt, community: bytes) -> Excerpt:
    """Return what is kept; nothing where the community has gone over to a new key since."""
    if kept.note and not kept.note.startswith(origin(community).encode()):
        return Excerpt()
    return kept


def _keep_notes(home: Home, error: SplitView) -> Path:
    """Keep what shows a split view; return the file with the other side's note."""
    for number, note in enumerate(error.notes):
        write_whole(home.evidence / f"split-view-{number}.note", note)
    return home.evidence / "split-view-1.note"


def _known(own: Database, community: bytes, card: KeptCheckpoint) -> list[KeptCheckpoint]:
    """Return what the history must lead through: the card's checkpoint and the one cosigned."""
    cosigned = WitnessedStore(own).newest(community)
    return [card, *([cosigned] if cosigned is not None else [])]
