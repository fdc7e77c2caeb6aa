"""Standing: how new a ledger is, how far confirmed, and what is passed over or in doubt."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict

import msgspec

from federation.console.people import handle_of
from federation.console.sentence import moment
from federation.console.views import View
from federation.witness.halt import found_split
from federation.words import fingerprint
from ledger.finality import Confirmation, Standing
from ledger.state import State
from ledger.store.cosignature import CosignatureStore
from ledger.store.meta import ValueStore
from ledger.store.witnessed import Listed, Question
from member.membership import Membership

STALE_S = 86_400
"""A ledger that nobody has changed or confirmed for a day is stale: perhaps its manager is gone,
perhaps somebody keeps newer ones away from this home."""
WITHHELD_CHECKPOINTS = 3
"""A change that so many checkpoints passed over while it was listed is withheld."""


def view_stand(member: Membership, now: int) -> View:
    """Return how the replica stands: its version, what confirms it, and what is wrong with it.

    Args:
        member: A home with a ledger.
        now: Unix seconds.
    """
    tip = member.store.tip()
    fresh = fresh_at(member)
    top = member.confirmation.standing(tip.tree.size - 1)
    return {
        "version": tip.version,
        "size": tip.tree.size,
        "time": member.state.time,
        "waiting": len(member.outgoing.unsettled()),
        **asdict(top),
        "final_size": member.confirmation.final_size,
        "confirmed": fresh,
        "stale": now - fresh > STALE_S,
        "withheld": view_withheld(member),
        "split_view": view_split(member.values),
        "open_questions": view_questions(member.state, member.witnessed.questions()),
    }


def view_profile(member: Membership, now: int) -> View:
    """Return how others see this member, and how far his newest record is confirmed."""
    account = member.account
    return {
        "handle": account.handle,
        "name": account.name,
        "status": account.status,
        "fingerprints": [fingerprint(key) for key in account.keys],
        **view_confirmed(member.confirmation, account.last_record - 1),
        "ledger": view_stand(member, now),
    }


def fresh_at(member: Membership) -> int:
    """Return when this ledger was last known to be the newest, Unix seconds.

    That is its newest merge, or later another witness's word.
    """
    heard = CosignatureStore(member.store.database).seen_at(member.key)
    return max(member.state.time, heard)


def withheld(listed: Iterable[Listed], sizes: Sequence[int]) -> list[Listed]:
    """Return what is withheld: three checkpoints passed over it while its author listed it.

    Args:
        listed: What witnesses list, and what no journal here settles.
        sizes: Sizes of all checkpoints that were verified here, at least those above the
            smallest ``first``.
    """
    return [
        one
        for one in listed
        if sum(one.first < size <= one.newest for size in sizes) >= WITHHELD_CHECKPOINTS
    ]


def view_withheld(member: Membership) -> list[View]:
    """Return the changes, own and others', that the manager passes over."""
    listed = member.witnessed.listed()
    if not listed:
        return []
    sizes = member.store.checkpoint_sizes(min(one.first for one in listed))
    return [
        {
            "who": _who(member.state, one.witness),
            "own": one.witness == member.key,
            "hash": one.hash.hex(),
            "since_size": one.first,
        }
        for one in withheld(listed, sizes)
    ]


def mark_standing(member: Membership, outbox: Iterable[View]) -> None:
    """Add to each change of an outbox's view how far it is confirmed, and whether withheld."""
    passed_over = {one["hash"] for one in view_withheld(member)}
    for one in outbox:
        stored = member.lookup.find_record(bytes.fromhex(one["hash"]))
        one.update(view_confirmed(member.confirmation, stored.index if stored else None))
        one["withheld"] = one["hash"] in passed_over


def view_split(values: ValueStore) -> View | None:
    """Return the split view that a home met, with the file that shows it."""
    found = found_split(values)
    return None if found is None else msgspec.structs.asdict(found)


def view_questions(state: State, questions: Iterable[Question]) -> list[View]:
    """Return what others were shown and this home could not follow to yet."""
    return [
        {"who": _who(state, one.witness), "size": one.size, "asked": one.asked} for one in questions
    ]


def view_confirmed(confirmation: Confirmation, index: int | None) -> View:
    """Return how far a record is confirmed; what is in no journal is not at all."""
    if index is None:
        return asdict(Standing(0, len(confirmation.sizes), final=False))
    return asdict(confirmation.standing(index))


def describe_standing(held: View) -> str:
    """Return how far a record is confirmed, in a word or two."""
    return "final" if held["final"] else f"checked by {held['checked']} of {held['of']}"


def describe_stand(stand: View) -> list[str]:
    """Return how the replica stands, in sentences."""
    as_of = f"As of version {stand['version']} of the ledger, {moment(stand['time'])}"
    said = [f"{as_of}; {describe_standing(stand)}."]
    if stand["split_view"]:
        goes_on = "you go on with yours" if stand["split_view"]["confirmed"] else "nothing goes on"
        said.append(
            f"SPLIT VIEW since {moment(stand['split_view']['time'])}: the community's key signed "
            f"two histories, and {goes_on}. {stand['split_view']['evidence']} shows it."
        )
    if stand["stale"]:
        said.append(
            f"STALE: nobody has changed or confirmed it since {moment(stand['confirmed'])}. "
            "Run `commontab sync`; if that changes nothing, ask the others what they have."
        )
    if stand["open_questions"]:
        most = stand["open_questions"][-1]
        said.append(
            f"Not followed yet: {most['who']} was shown {most['size']} records, "
            f"you have {stand['size']}."
        )
    for one in stand["withheld"]:
        whose = "a change of yours" if one["own"] else f"{one['who']} says that a change of theirs"
        said.append(f"WITHHELD: {whose} was passed over by three checkpoints; ask the manager.")
    if stand["waiting"]:
        said.append(f"Not in it yet: {stand['waiting']} of your changes; see `commontab outbox`.")
    return said


def _who(state: State, key: bytes) -> str:
    known = state.keys.get(key)
    return handle_of(state.accounts, known.account if known else key[:16])
