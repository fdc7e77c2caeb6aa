"""Writing the archive: publisher and followers make the same files from what they have kept."""

from federation.archive.folder import ArchiveFolder
from federation.snapshot import SnapshotFolder
from ledger.archive import (
    Archive,
    ArchiveName,
    plan_archive,
    read_archive,
)
from ledger.errors import SegmentInvalid
from ledger.segment import LENGTH_BYTES, SegmentName
from ledger.snapshot import is_archive_head
from ledger.store.attachment import AttachmentStore
from ledger.store.publication import Publication, PublicationStore

HEAD_KIND = "files"


class ArchiveFiles:
    """The files of one community's archive. Calls block."""

    def __init__(
        self,
        attachments: AttachmentStore,
        publications: PublicationStore,
        snapshots: SnapshotFolder,
        folder: ArchiveFolder,
    ) -> None:
        self._attachments = attachments
        self._publications = publications
        self._snapshots = snapshots
        self._folder = folder

    def newest(self) -> Archive | None:
        """Return what the newest publication says of its archive.

        None where nothing is published, nothing was ever attached, or the head is not here.

        Raises:
            SegmentInvalid: The head is none.
        """
        published = self._publications.newest(1)
        return self._archive_of(published[0]) if published else None

    def count(self) -> int:
        """Return how many attachments the records of the newest publication make."""
        published = self._publications.newest(1)
        return self._attachments.count(published[0].size) if published else 0

    def lacks(self, name: ArchiveName) -> bool:
        """Return whether something that a file of the archive should hold is not kept here."""
        return self._attachments.lacks(name.span.first, name.span.end) > 0

    def write(self, size: int) -> tuple[ArchiveName, ...]:
        """Write the files of a new publication, unless they are there; none for no attachment.

        Args:
            size: Its records, the whole journal's.
        """
        known = self._known()
        sizes = self._publications.sizes()
        if not sizes or sizes[-1] < size:
            sizes.append(size)
        spans = plan_archive(sizes, self._attachments.attaching(size))
        return tuple(known.get(span) or self._write(span) for span in spans)

    def make(self, name: ArchiveName) -> bool:
        """Write a file that somebody else has published, where all that it holds is here.

        Returns:
            Whether it is there now. What is made otherwise than he made it is not.
        """
        if self.lacks(name):
            return False
        made = self._write(name.span)
        if made != name:
            self._folder.remove(made)
        return made == name

    def _known(self) -> dict[SegmentName, ArchiveName]:
        """Return the files of the newest publication that are here and are still right.

        A file is withdrawn only by a record, and one that was lost comes back into the store:
        either changes how many bytes there are.
        """
        published = self._publications.newest(1)
        try:
            archive = self._archive_of(published[0]) if published else None
        except SegmentInvalid:  # the disk's doing: its files are written anew
            archive = None
        if archive is None:
            return {}
        changed = self._attachments.withdrawn_since(published[0].size)
        return {
            name.span: name
            for name in archive.files
            if self._folder.length(name) == self._length(name.span)
            and not any(name.span.first <= number < name.span.end for number in changed)
        }

    def _archive_of(self, publication: Publication) -> Archive | None:
        heads = [file for file in publication.files if is_archive_head(file)]
        if not heads or not self._snapshots.has(heads[0]):
            return None
        return read_archive(self._snapshots.read(heads[0]))

    def _write(self, span: SegmentName) -> ArchiveName:
        return self._folder.write(span, self._attachments.files(span.first, span.end))

    def _length(self, span: SegmentName) -> int:
        count = span.end - span.first
        return count * LENGTH_BYTES + self._attachments.sealed_bytes(span.first, span.end)
