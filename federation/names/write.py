"""Writing the files about names: publisher and followers make the same ones from the journal."""

from collections.abc import Sequence

from federation.snapshot import SnapshotFolder
from ledger.codec import encode
from ledger.epoch import content_name
from ledger.errors import HistoryMismatch
from ledger.merkle_path import prove_inclusion
from ledger.name.log import (
    ChangesName,
    RegistryHead,
    encode_changes,
    format_changes_name,
    name_changes,
    parse_changes_name,
    plan_changes,
)
from ledger.segment import SegmentName
from ledger.snapshot import SnapshotFiles
from ledger.store.journal import JournalStore
from ledger.store.names import NameLog
from ledger.store.proving import StoredTree
from ledger.store.publication import PublicationStore

REGISTRY_KIND = "names"


class NameFiles:
    """The files about names of one journal. Calls block."""

    def __init__(
        self, store: JournalStore, publications: PublicationStore, folder: SnapshotFolder
    ) -> None:
        self._store = store
        self._publications = publications
        self._folder = folder
        self._log = NameLog(store.database)

    def write(self, size: int) -> tuple[str | None, tuple[ChangesName, ...]]:
        """Write the files of a new publication, unless they are there.

        Args:
            size: Its records, the whole journal's.

        Returns:
            The name of the file that proves the names, and those of the files of changes; None
            and nothing where no name was ever changed.
        """
        ends = _ends_of([*self._publications.sizes(), size], self._log.ends())
        if not ends:
            return None, ()
        known = self._known()
        changes = tuple(known.get(span) or self._write(span) for span in plan_changes(ends))
        return self._folder.write_content(REGISTRY_KIND, self._head(size, ends[-1])), changes

    def check(self, files: SnapshotFiles) -> None:
        """Write the files of a snapshot whose records were replayed, and accept no others.

        So they move only to those who do not replay; and false ones are found by all who do.

        Raises:
            HistoryMismatch: The snapshot holds others, or other numbers of changes.
        """
        count = self._log.count(files.size)
        end = files.changes[-1].span.end if files.changes else 0
        if end != count:
            raise HistoryMismatch(
                f"the snapshot of {files.size} records has {end} changes of names; its records "
                f"give {count}"
            )
        known = set(self._known().values())
        for name in files.changes:
            if name not in known and (made := self._write(name.span)) != name:
                raise HistoryMismatch(
                    f"the snapshot of {files.size} records holds {format_changes_name(name)}; its "
                    f"records give {format_changes_name(made)}: its manager tells those who follow "
                    "only the names something else"
                )
        if files.registry is None:
            return
        head = self._head(files.size, count)
        if (made_head := content_name(REGISTRY_KIND, head)) != files.registry:
            raise HistoryMismatch(
                f"the snapshot of {files.size} records holds {files.registry}; its records give "
                f"{made_head}"
            )
        self._folder.write(files.registry, head)

    def _known(self) -> dict[SegmentName, ChangesName]:
        """Return the files of the newest publication that are here, made from records."""
        newest = self._publications.newest(1)
        parsed = [(file, parse_changes_name(file)) for one in newest for file in one.files]
        return {name.span: name for file, name in parsed if name and self._folder.has(file)}

    def _write(self, span: SegmentName) -> ChangesName:
        changes = {one.key: one.value for one in self._log.changes(span.first, span.end)}
        data = encode_changes(changes, span)
        name = name_changes(span, data)
        self._folder.write(format_changes_name(name), data)
        return name

    def _head(self, size: int, changes: int) -> bytes:
        hashes = prove_inclusion(size - 1, size, StoredTree(self._store, size).subtree)
        (record,) = self._store.records(size - 1, size)
        return encode(RegistryHead(record, hashes, changes))


def _ends_of(sizes: Sequence[int], merges: Sequence[tuple[int, int]]) -> list[int]:
    """Return the number of changes after each publication that had some.

    Args:
        sizes: Of the publications, rising.
        merges: Size after each merge with changes, and how many there were by then; rising.
    """
    ends: list[int] = []
    at = 0
    for size in sizes:
        before = at
        while at < len(merges) and merges[at][0] <= size:
            at += 1
        if at > before:
            ends.append(merges[at - 1][1])
    return ends
