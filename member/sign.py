"""Signing: the next change-set of this home, looked at on the own replica, then kept."""

from collections.abc import Sequence

from ledger import crypto
from ledger.changeset import ChangeSet, Verified, sign_change_set
from ledger.operation import Operation
from ledger.store.outgoing import AlsoKeep, Outgoing
from member.membership import Membership, check_may_sign
from member.preview import Preview, preview
from member.vouch import newest_seen, vouch


def look_ahead(member: Membership, operations: Sequence[Operation], now: int) -> Preview:
    """Return what the own replica would make of operations, after all that is not settled.

    Raises:
        Refused: The home has no account, or was restored and may not sign yet.
    """
    check_may_sign(member.outgoing.database)
    unsettled = [one.change_set for one in member.outgoing.unsettled()]
    draft = _next(member, operations, now)
    return preview(member.state, member.key, member.account.id, unsettled, draft, now=now)


def sign(
    member: Membership,
    seed: bytes,
    operations: Sequence[Operation],
    now: int,
    *,
    submission: bytes = b"",
    extra: AlsoKeep | None = None,
) -> Verified:
    """Sign operations as this home's next change-set and keep it in the outbox.

    Args:
        member: Whose.
        seed: The 32-byte seed of ``member.key``.
        operations: 1 to 64, applied all or none.
        now: Unix seconds.
        submission: 16 random bytes of the form that was handed in, or empty. The same ones again
            within a week give the first change-set back, and nothing is signed.
        extra: Writes what has to be kept with it, in the same transaction.

    Raises:
        Refused: The home was restored and may not sign yet.
        SplitView: The replica is not of the history that this home has vouched for before.
        StoreDamaged: The newest checkpoint of the replica does not hold.
    """
    assert crypto.public_key(seed) == member.key, "a home signs with its own key"
    check_may_sign(member.outgoing.database)
    seen = vouch(member, now)

    def build(generation: int, number: int, previous: bytes) -> Verified:
        asked = ChangeSet(generation, number, previous, now, seen, tuple(operations))
        return sign_change_set(member.card.key, seed, asked)

    return member.outgoing.allocate_and_sign(build, now, submission=submission, extra=extra)


def _next(member: Membership, operations: Sequence[Operation], now: int) -> ChangeSet:
    """Return what would be signed if nobody else signed first."""
    generation = member.outgoing.generation()
    newest: list[Outgoing] = member.outgoing.newest(1)
    number, previous = 1, b""
    if newest and newest[0].change_set.change_set.generation == generation:
        number = newest[0].change_set.change_set.number + 1
        previous = newest[0].change_set.hash
    return ChangeSet(generation, number, previous, now, newest_seen(member), tuple(operations))
