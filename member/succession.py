"""Succession: a member signs for his community's new key, and his home goes over to it.

What the home had is moved aside and kept. The new replica is made beside the old one and takes its
place after the home's own database has gone over, so that a crash at any place leaves a home that
is whole: the next start finishes what was begun.
"""

import shutil
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from federation.card import CommunityCard
from federation.console.terminal import Refused, UsageInvalid
from federation.home import Home
from federation.snapshot import SnapshotFolder
from federation.succession.inheritance import inherit
from federation.witness.halt import SPLIT_VIEW
from federation.words import fingerprint
from ledger.errors import SuccessionInvalid
from ledger.rule.successor import VerifiedSuccessor, verify_successor
from ledger.store.crossing import Crossing, cross
from ledger.store.database import Database, Role, open_database
from ledger.store.journal import JournalStore
from ledger.store.lookup import Lookup
from ledger.store.outgoing import Contact, Outgoing
from ledger.successor import SignedSuccessor, Successor
from member.crossing import CROSSING, NEXT, move_replica
from member.membership import COMMUNITY_KIND, RESTORED, SUCCEEDED, Membership, need_joined

FORMER_KIND = "former"
"""Kind of the contact that is the card of a key which the community has left."""


@dataclass(frozen=True, slots=True)
class Crossed:
    """A home that went over.

    Attributes:
        successor: Under which key, from where, and by how many.
        lost: Own change-sets that have to be asked for again.
        aside: Folder with what the home had before.
    """

    successor: VerifiedSuccessor
    lost: list[Outgoing]
    aside: Path


def check_proposal(member: Membership, proposed: SignedSuccessor) -> None:
    """Accept a proposal that this home's own replica bears out.

    Raises:
        UsageInvalid: It is another community's.
        Refused: The replica has another root at its size, or less records; its new key is known;
            or this account has no vote.
    """
    statement, state = proposed.statement, member.state
    if statement.old != member.card.key:
        raise UsageInvalid(
            f"got a proposal for the community with the fingerprint {fingerprint(statement.old)}; "
            f"this home's is {fingerprint(member.card.key)}"
        )
    _check_root(member.store, statement)
    if statement.new in state.keys or statement.new in (*state.former, state.key):
        raise Refused("its new key is the community's or a member's already; do not sign it")
    if member.account.status != "active":
        raise Refused(f"your account is {member.account.status}, so it has no vote")


def cross_over(
    home: Home,
    own: Database,
    text: str,
    card: CommunityCard,
    signed: SignedSuccessor,
    *,
    now: int,
) -> Crossed:
    """Let a home go over to its community's new key, by its own replica's word.

    Args:
        home: The member's; its lock is held.
        own: Its own database.
        text: The new community's card as it was signed.
        card: The same, read.
        signed: With a majority's signatures.
        now: Unix seconds.

    Raises:
        UsageInvalid: The card, the statement and this home are not of one community.
        Refused: The own history contradicts the statement, is too short to tell, or has other
            members than those who signed. Nothing was changed.
        HistoryMismatch: The own replica breaks the rules.
        StoreFull: The disk has no room; nothing was changed.
    """
    statement = signed.statement
    _check_names(need_joined(own), card, statement)
    if not home.ledger.exists():
        raise Refused(
            "this home has no ledger to compare with; make a new home from your 24 words and "
            "join it by the new card"
        )
    with closing(open_database(home.ledger, Role.REPLICA, write=False)) as replica:
        store = JournalStore(replica)
        _check_root(store, statement)
        verified = _prepare(home, store, signed)
        version = Lookup(replica).version_at(statement.size - 1) or 0
    aside = f"before-{statement.new.hex()[:16]}"
    crossing = Crossing(
        Contact(COMMUNITY_KIND, card.key, card.name, text, now),
        FORMER_KIND,
        version,
        {CROSSING: aside.encode(), RESTORED: SUCCEEDED},
        (SPLIT_VIEW,),
    )
    lost = cross(own, crossing)
    move_replica(home, own)
    return Crossed(verified, lost, home.path / aside)


def _check_names(known: CommunityCard, card: CommunityCard, statement: Successor) -> None:
    if known.key == card.key:
        raise UsageInvalid("this home follows that card's key already")
    if card.key != statement.new:
        raise UsageInvalid(
            f"the card's fingerprint is {fingerprint(card.key)}; the statement names "
            f"{fingerprint(statement.new)}"
        )
    if known.key != statement.old:
        raise UsageInvalid(
            f"the statement succeeds {fingerprint(statement.old)}; this home's community is "
            f"{fingerprint(known.key)}"
        )


def _check_root(store: JournalStore, statement: Successor) -> None:
    """Accept a size and root that lie on the own history."""
    whole = store.tip().tree.size
    if statement.size > whole:
        raise Refused(
            f"it is about {statement.size} records and this home has {whole}; run `commontab sync` "
            "first, as long as others hand the old ledger on"
        )
    own = store.load_state().history.get(statement.size)
    if own != statement.root:
        raise Refused(
            f"it names root {statement.root.hex()} for {statement.size} records; this home has "
            f"{own.hex() if own else 'no merge ending there'}. That is another history than yours: "
            "compare with the other members"
        )


def _prepare(home: Home, store: JournalStore, signed: SignedSuccessor) -> VerifiedSuccessor:
    """Make the new replica beside the old one, and count the votes by what it says."""
    statement, waiting = signed.statement, home.path / NEXT
    shutil.rmtree(waiting, ignore_errors=True)
    waiting.mkdir(mode=0o700)
    try:
        with closing(
            open_database(waiting / home.ledger.name, Role.REPLICA, write=True)
        ) as database:
            folder = SnapshotFolder(home.snapshots, statement.new)
            state = inherit(store, statement.size, database, statement.new, folder)
            verified = verify_successor(state, signed)
        assert [one.name for one in waiting.iterdir()] == [home.ledger.name], "closed whole"
    except SuccessionInvalid as error:
        shutil.rmtree(waiting)
        raise Refused(f"nothing was changed: {error}") from error
    except BaseException:
        shutil.rmtree(waiting)
        raise
    return verified
