"""Writing the files about names: publisher and followers make the same ones from the journal."""

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
        count = self._log.count(size)
        if not count:
            return None, ()
        before = self._before()
        known = {name.span: name for name in before if self._is_here(name)}
        planned = plan_changes([name.span for name in before], count)
        changes = tuple(known.get(span) or self._write(span) for span in planned)
        return self._folder.write_content(REGISTRY_KIND, self._head(size, count)), changes

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
        known = {name for name in self._before() if self._is_here(name)}
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

    def _before(self) -> list[ChangesName]:
        """Return the files of changes of the newest publication, in order: made from records."""
        newest = self._publications.newest(1)
        parsed = (parse_changes_name(file) for one in newest for file in one.files)
        return sorted((name for name in parsed if name), key=lambda name: name.span.first)

    def _is_here(self, name: ChangesName) -> bool:
        return self._folder.has(format_changes_name(name))

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
