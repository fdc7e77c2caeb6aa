"""Signatures checked while the merges before them are replayed."""

from collections.abc import Sequence

from ledger.changeset import SignedChangeSet, Verified, claim_of, verify_change_set
from ledger.checking.checker import Checker
from ledger.errors import HistoryMismatch
from ledger.replay import signed_change_sets


class Ahead:
    """Verifies the change-sets of one community's journal. Close it when done."""

    def __init__(self, community: bytes) -> None:
        self._community = community
        self._checker = Checker()

    def begin(self, records: Sequence[bytes]) -> None:
        """Have the signatures in plain records checked; ``verify`` each of them once.

        Args:
            records: Untrusted; those that are malformed are left to replay, which names them.
        """
        try:
            signed = list(signed_change_sets(self._community, records))
        except HistoryMismatch:
            return
        if signed:
            self._community = signed[-1][0]
        self._checker.expect(claim_of(community, one) for community, one in signed)

    def verify(self, community: bytes, one: SignedChangeSet) -> Verified:
        """Return a change-set, verified; raises as ``verify_change_set``."""
        return verify_change_set(community, one, self._checker.verify)

    def close(self) -> None:
        """End what still checks."""
        self._checker.close()
