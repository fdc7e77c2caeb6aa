"""Proofs: who has verified the ledger, what was checked here, and what anybody can check."""

from federation.console.people import handle_of
from federation.console.terminal import UsageInvalid
from federation.console.views import View, view_successions
from federation.proof.proving import Own, prove_typed
from federation.words import fingerprint
from ledger.saying import said
from ledger.store.cosignature import CosignatureStore
from member.check import check_replica
from member.membership import Membership
from member.standing import view_stand

KINDS = ("balance", "key")
"""What of the own account a page hands a proof out about."""


def view_proof(member: Membership, now: int) -> View:
    """Return what stands behind the ledger: checkpoint, witnesses, finality, and what is wrong.

    Args:
        member: Whose replica.
        now: Unix seconds.
    """
    kept = member.store.newest_checkpoint()
    return {
        "stand": view_stand(member, now),
        "community": {
            "name": member.community.name,
            "fingerprint": fingerprint(member.state.key),
            "key": member.state.key.hex(),
        },
        "checkpoint": None
        if kept is None
        else {
            "size": kept.size,
            "root": kept.root.hex(),
            "note": kept.note.decode("utf-8", "replace"),
        },
        "witnesses": view_witnesses(member),
        "successions": view_successions(member.state),
    }


def view_witnesses(member: Membership) -> list[View]:
    """Return up to which record each witness has confirmed this very ledger, furthest first."""
    state = member.state
    sizes = CosignatureStore(member.store.database).sizes()
    found = []
    for key, size in sizes.items():
        known = state.keys.get(key)
        link = state.links.get(key)
        who = handle_of(state.accounts, known.account) if known else (link.name if link else None)
        found.append(
            {
                "who": who or key.hex()[:8],
                "size": size,
                "newest": size >= state.tree.size,
                "self": key == member.key,
                "fingerprint": fingerprint(key),
            }
        )
    return sorted(found, key=lambda one: (-int(str(one["size"])), str(one["who"])))


def check(member: Membership) -> View:
    """Work every number of the replica out again from its bytes, and return what was checked.

    Raises:
        Refused: Something does not hold; the message names it.
        StoreDamaged: The file itself is not sound.
    """
    return check_replica(member.store)


def prove(member: Membership, kind: str) -> bytes:
    """Return the proof of the own balances and limits, or of the own key's last number.

    Args:
        member: Whose.
        kind: One of ``KINDS``.

    Raises:
        UsageInvalid: Another kind.
        Refused: No checkpoint covers the present yet.
    """
    if kind == "balance":
        return prove_typed(member, Own(member.account.id, member.key), None, ("balance",))
    if kind == "key":
        return prove_typed(member, Own(member.account.id, member.key), None, ("key",))
    raise UsageInvalid(
        said(
            "got {kind!r}; proofs are handed out of {listed}", kind=kind, listed=" and ".join(KINDS)
        )
    )
