"""Pages: a merge hands its records over before the last of them are made."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ledger.codec import encode
from ledger.draft import Draft
from ledger.outcome import Outcome, hashes_by_record
from ledger.record import NONCE_BYTES, RECORD_BYTES_MAX, Record

PAGE_RECORDS = 512
"""Records of a page: some 6 ms of a store's work, during which the merge waits."""


class EpochDue(Exception):
    """Some may no longer read new records, so all has to be merged again in a new epoch.

    Its record stands before all that ask for it: what was handed over is void.
    """


@dataclass(frozen=True, slots=True)
class Page:
    """Records of a merge, one at least, in journal order.

    Attributes:
        first: Journal index of the first.
        records: The records.
        bodies: Their canonical bytes, without the nonce.
        hashes: Of the change-set or statement that a record holds or refuses, 32 bytes each, by
            the record's index; of the records before it too.
    """

    first: int
    records: Sequence[Record]
    bodies: Sequence[bytes]
    hashes: Mapping[int, bytes]


class Pages:
    """Hands over what stands of a draft.

    Attributes:
        bodies: Of all records so far.
    """

    def __init__(self, draft: Draft, take: Callable[[Page], None], *, new_epoch: bool) -> None:
        self.bodies: list[bytes] = []
        self._draft = draft
        self._take = take
        self._new_epoch = new_epoch
        self._hashes: dict[int, bytes] = {}

    def fill(self, outcomes: Iterable[Outcome]) -> None:
        """Hand over as many whole pages as there are.

        Args:
            outcomes: Those since the last call; their records will not be taken back.

        Raises:
            EpochDue: A new epoch is asked for, and this merge has begun none.
        """
        if self._draft.epoch_due and not self._new_epoch:
            raise EpochDue
        self._hashes.update(hashes_by_record(outcomes))
        while len(self._draft.records) - len(self.bodies) >= PAGE_RECORDS:
            self._hand_over()

    def finish(self) -> None:
        """Hand over what is left."""
        self.fill(())
        if len(self._draft.records) > len(self.bodies):
            self._hand_over()

    def _hand_over(self) -> None:
        begin = len(self.bodies)
        records = self._draft.records[begin : begin + PAGE_RECORDS]
        bodies = [encode(record) for record in records]
        assert all(len(body) <= RECORD_BYTES_MAX - NONCE_BYTES for body in bodies)
        self.bodies += bodies
        self._take(Page(self._draft.first_index + begin, records, bodies, self._hashes))
