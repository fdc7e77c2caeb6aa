"""Signatures checked ahead, by threads, while the merges before them are replayed."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from ledger.changeset import SignedChangeSet, Verified, verify_change_set
from ledger.errors import CodecError, HistoryMismatch, SignatureInvalid
from ledger.replay import signed_change_sets

THREADS = 2
"""Libsodium releases the interpreter's lock: two threads check twice as fast."""
CHUNK = 128
"""Signatures that one thread checks in a row."""

_Asked = tuple[bytes, SignedChangeSet]
"""The community's key for which it must be signed, and the change-set."""
_Checked = dict[_Asked, Verified]


class Ahead:
    """Verifies change-sets of one community in threads. Close it when done."""

    def __init__(self, community: bytes) -> None:
        self._community = community
        self._threads = ThreadPoolExecutor(THREADS)
        self._checks: dict[_Asked, Future[_Checked]] = {}

    def begin(self, records: Sequence[bytes]) -> None:
        """Let threads check all signatures in plain records; ``verify`` each of them once.

        Args:
            records: Untrusted; those that are malformed are left to replay, which names them.
        """
        try:
            signed = list(signed_change_sets(self._community, records))
        except HistoryMismatch:
            return
        if signed:
            self._community = signed[-1][0]
        for at in range(0, len(signed), CHUNK):
            chunk = signed[at : at + CHUNK]
            check = self._threads.submit(_verify_all, chunk)
            self._checks.update(dict.fromkeys(chunk, check))

    def verify(self, community: bytes, one: SignedChangeSet) -> Verified:
        """Return a change-set, verified; raises as ``verify_change_set``."""
        check = self._checks.pop((community, one), None)
        if check is None:
            return verify_change_set(community, one)
        try:
            return check.result()[community, one]
        except (CodecError, SignatureInvalid):
            # It may be another of its chunk; if it is this one, replay names the record.
            return verify_change_set(community, one)

    def close(self) -> None:
        """End the threads; what they have not begun is not checked."""
        self._threads.shutdown(cancel_futures=True)


def _verify_all(signed: Sequence[_Asked]) -> _Checked:
    return {(community, one): verify_change_set(community, one) for community, one in signed}
