"""Change-sets that are made and signed elsewhere by this home's key, such as in a browser."""

from federation.console.terminal import Refused, UsageInvalid
from federation.console.views import View
from ledger.changeset import NOTHING_SEEN, SignedChangeSet, Verified, verify_change_set
from ledger.errors import CodecError, SignatureInvalid
from ledger.saying import said
from member.household.own_files import check_files_kept
from member.membership import Membership, check_may_sign
from member.vouch import newest_seen, vouch


def view_next(member: Membership) -> View:
    """Return what the next change-set of this home has to name.

    Args:
        member: Whose.

    Raises:
        Refused: The home was restored and may not sign yet.
    """
    check_may_sign(member.outgoing.database)
    generation, newest = member.outgoing.generation(), member.outgoing.newest(1)
    number, previous = 1, b""
    if newest and newest[0].change_set.change_set.generation == generation:
        number = newest[0].change_set.change_set.number + 1
        previous = newest[0].change_set.hash
    seen = newest_seen(member)
    return {
        "community": member.card.key.hex(),
        "key": member.key.hex(),
        "generation": generation,
        "number": number,
        "previous": previous.hex(),
        "seen_size": seen.size,
        "seen_root": seen.root.hex(),
    }


def take_signed(member: Membership, body: bytes, signature: bytes, now: int) -> Verified:
    """Keep a change-set in the outbox that somebody signed elsewhere, if it is the next one.

    Args:
        member: Whose key signed it.
        body: Its canonical bytes, untrusted.
        signature: 64 bytes, untrusted.
        now: Unix seconds.

    Raises:
        UsageInvalid: It is not canonical, not signed by this home's key for this community, or
            attaches a file that was not handed in here.
        Refused: It is not the next one, or names a checkpoint that this home has not verified.
    """
    check_may_sign(member.outgoing.database)
    try:
        made = verify_change_set(member.card.key, SignedChangeSet(member.key, body, signature))
    except (CodecError, SignatureInvalid) as error:
        raise UsageInvalid(
            said("this is no change-set of this home's key: {error}", error=error)
        ) from error
    asked = made.change_set
    check_files_kept(member.outgoing.database, asked.operations)
    if asked.seen not in {NOTHING_SEEN, vouch(member, now)}:
        raise Refused(
            said(
                "it names a checkpoint of {size} records as seen, which is not the newest "
                "one here; ask for the next number again and sign anew",
                size=asked.seen.size,
            )
        )

    def build(generation: int, number: int, previous: bytes) -> Verified:
        if (asked.generation, asked.number, asked.previous) != (generation, number, previous):
            raise Refused(
                said(
                    "it is number {number} of generation {generation}; the next one is {next} of "
                    "{next_generation}, after {previous}; sign anew",
                    number=asked.number,
                    generation=asked.generation,
                    next=number,
                    next_generation=generation,
                    previous=previous.hex()[:8] or "none",
                )
            )
        return made

    return member.outgoing.allocate_and_sign(build, now)
