"""Bytes and milliseconds of proofs and receipts, made from a database and checked, by ledger size.

    python -m tests.benchmarks.bench_proof [--records N ...] [--members M] [--json FILE]

The ledger is opened and its members admitted by a manager's books; its payments are written as
records without being merged, so that a million of them take seconds. The peer is reading every
leaf hash once, which is what a proof without kept subtrees would cost.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from statistics import median

from federation.proof.kind import parse_proof, verify_proof
from federation.proof.parts import count_parts
from ledger.blind import blind, community_secret
from ledger.checkpoint import sign_checkpoint
from ledger.codec import encode
from ledger.merge import community_hash
from ledger.merkle import leaf_hash
from ledger.proof.consistency import format_consistency
from ledger.proof.inclusion import format_inclusion
from ledger.proof.present import format_present
from ledger.proof.receipt import format_receipt
from ledger.record import POSTED, Concern, Record, StateRecord, TransactionRecord, Transfer
from ledger.state import State
from ledger.store.append import Tip, read_tip
from ledger.store.bulk import insert_rows
from ledger.store.journal import JournalStore
from ledger.store.proving import Prover, kept_checkpoint
from ledger.store.rows import kind_of
from ledger.store.tables import BatchRow, NodeRow, RecordRow
from ledger.store.tree import grow, pack_frontier
from tests.benchmarks.bench_merge import COMMUNITY, NOW, SEED, member_seeds, open_books

MERGE_RECORDS = 5_000
SAMPLES = 100
Figures = dict[str, float]


class Filler:
    """Writes payments in a circle of members until a journal has so many records."""

    def __init__(self, store: JournalStore) -> None:
        self._store = store
        self._secret = community_secret(SEED)
        self._state = store.load_state()
        self._members = sorted(self._state.accounts)

    def fill(self, size: int) -> None:
        """Write merges, and keep a checkpoint of the middle one and of the last."""
        middle = size // 2
        while (at := self._store.tip().tree.size) < size:
            end = min(at + MERGE_RECORDS, size, middle if at < middle else size)
            self._write(at, end)
            if end in {middle, size}:
                self._keep()

    def _write(self, first: int, end: int) -> None:
        records = [*map(self._payment, range(first, end - 1)), self._end()]
        stored = [blind(self._secret, at, encode(one)) for at, one in enumerate(records, first)]
        leaves = list(map(leaf_hash, stored))
        with self._store.database.writing() as connection:
            before = read_tip(connection)
            tree, nodes = grow(before.tree, leaves)
            rows = zip(range(first, end), records, leaves, stored, strict=True)
            insert_rows(
                connection,
                RecordRow,
                [(at, kind_of(one), None, leaf, data) for at, one, leaf, data in rows],
            )
            insert_rows(connection, NodeRow, nodes)
            tip = Tip(before.version + 1, tree)
            merge = (tree.size, tip.version, first, tree.root, NOW + tip.version)
            insert_rows(connection, BatchRow, [(*merge, pack_frontier(tree))])

    def _payment(self, index: int) -> Record:
        payer, payee = (self._members[(index + step) % len(self._members)] for step in (0, 1))
        concerns = tuple(Concern(one, index) for one in sorted((payer, payee)))
        moved = (Transfer(payer, payee, 1 + index, "EUR"),)
        entry, cause = index.to_bytes(16), index.to_bytes(32)
        return TransactionRecord(concerns, entry, cause, POSTED, NOW, None, moved, "bread", b"")

    def _end(self) -> Record:
        state = self._state
        assert state.community
        return StateRecord(
            NOW, 1, 1, state.accounts_map.root, state.keys_map.root, state.names_map.root,
            state.links_map.root, community_hash(state.community),
        )  # fmt: skip

    def _keep(self) -> None:
        tree = self._store.tip().tree
        signed = sign_checkpoint(SEED, tree.size, tree.root)
        self._store.add_checkpoint(signed.size, signed.root, signed.note)


def sample(make: Callable[[int], bytes], indexes: list[int]) -> Figures:
    """Return the median bytes of proofs and milliseconds of making and of checking one."""
    made_ms, checked_ms, sizes = [], [], []
    for index in indexes:
        start = time.perf_counter()
        text = make(index)
        made = time.perf_counter()
        verify_proof(COMMUNITY, parse_proof(text))
        checked_ms.append((time.perf_counter() - made) * 1_000)
        made_ms.append((made - start) * 1_000)
        sizes.append(len(text))
    return {
        "bytes": median(sizes),
        "made_ms": round(median(made_ms), 2),
        "checked_ms": round(median(checked_ms), 2),
    }


def measure(store: JournalStore, state: State, size: int) -> dict[str, object]:
    """Return the figures of one size."""
    dice = Random(size)  # noqa: S311 -- no secret
    admitted = store.batch_sizes(0, size)[0]
    places = [at for at in range(admitted, size - 1) if at % MERGE_RECORDS < MERGE_RECORDS // 2]
    paid = dice.choices(places, k=SAMPLES)
    newest = store.newest_checkpoint()
    middle = kept_checkpoint(store.database, size - 1)
    assert newest
    assert middle
    members = sorted(state.accounts)

    def receipt(index: int) -> bytes:
        return format_receipt(Prover(store, newest).receipt(state, index))

    start = time.perf_counter()
    leaves = sum(1 for _ in store.leaves(0, size))
    scanned_ms = (time.perf_counter() - start) * 1_000
    start = time.perf_counter()
    store.load_state()
    loaded_ms = (time.perf_counter() - start) * 1_000
    return {
        "records": leaves,
        "scan_of_leaves_ms": round(scanned_ms, 1),
        "state_loaded_ms": round(loaded_ms, 1),
        "inclusion": sample(lambda at: format_inclusion(Prover(store, newest).inclusion(at)), paid),
        "consistency from half": sample(
            lambda _: format_consistency(Prover(store, newest).consistency(middle)), paid
        ),
        "balance": sample(
            lambda at: format_present(
                Prover(store, newest).present(state, "accounts", members[at % len(members)])
            ),
            paid,
        ),
        "receipt": sample(receipt, paid) | {"qr_codes": count_parts(receipt(paid[0]))},
    }


def main() -> None:
    """Print the figures and write them to a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, nargs="+", default=[10**3, 10**5, 10**6])
    parser.add_argument("--members", type=int, default=200)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        store = open_books(Path(folder), member_seeds(given.members)).store
        with closing(store.database):
            filler, state = Filler(store), store.load_state()
            for size in sorted(given.records):
                filler.fill(size)
                figures.append(measure(store, state, size))
                sys.stdout.write(json.dumps(figures[-1]) + "\n")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
