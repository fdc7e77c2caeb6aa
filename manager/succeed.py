"""Succeeding: a new home that goes on with a community's journal, once its members say so."""

import shutil
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass

from federation.console.terminal import Refused, UsageInvalid
from federation.home import Home, make_home
from federation.settings import Settings
from federation.snapshot import SnapshotFolder
from federation.succession.inheritance import inherit
from federation.words import fingerprint
from ledger import crypto
from ledger.codec import decode, encode
from ledger.record import RECORD_BYTES_MAX
from ledger.rule.successor import (
    check_proposal,
    count_accounts,
    gather,
    needed,
    verify_successor,
)
from ledger.state import State, replace
from ledger.store.database import Role, open_database
from ledger.store.journal import JournalStore
from ledger.store.meta import ValueStore
from ledger.successor import SignedSuccessor, Signer, Successor, propose_successor
from manager.books import Books
from manager.office import NAME
from manager.safe import check_empty

PROPOSED = "succession"
"""Value of a home that succeeds: the proposal with the signatures that were gathered."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """How far a succession is.

    Attributes:
        signed: The proposal with the signatures that count.
        accounts: How many accounts have a vote.
    """

    signed: SignedSuccessor
    accounts: int

    @property
    def missing(self) -> int:
        """How many more accounts have to sign; 0 where it is complete."""
        return max(needed(self.accounts) - len(self.signed.signers), 0)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be proposed.

    Attributes:
        size: How many records stay; None for all that the source has.
        reason: For everybody to read.
        time: Unix seconds.
    """

    size: int | None
    reason: str
    time: int


def propose(
    source: Home,
    home: Home,
    seed: bytes,
    passphrase: str | None,
    settings: Settings,
    *,
    wish: Wish,
) -> SignedSuccessor:
    """Make a home under a new key with another home's records, and propose that they go on there.

    Every record is checked again; nothing of the source is trusted or changed.

    Args:
        source: A member's or the former manager's.
        home: The new one; nothing is left of it where this fails.
        seed: The new key's 32 bytes.
        passphrase: Locks the new key; None for none.
        settings: The new home's.
        wish: What to propose.

    Raises:
        HomeInvalid: The new home is not empty.
        StoreMissing: The source has no ledger.
        UsageInvalid: No merge of the source ends at the size.
        HistoryMismatch: The source's records break the rules.
        SuccessionInvalid: The community cannot succeed.
        StoreFull: The disk has no room.
    """
    check_empty(home)
    made = not home.path.exists()
    home.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        signed = _begin(source, home, seed, wish)
        make_home(home.path, "community", seed, passphrase, settings)
    except BaseException:
        if made:
            shutil.rmtree(home.path)
        else:
            _remove_ledger(home)
        raise
    return signed


def gather_signatures(
    home: Home, seed: bytes, given: Iterable[SignedSuccessor], now: int
) -> Gathered:
    """Take members' signatures in; with a majority the journal goes on under this home's key.

    What was gathered is kept, so that signatures can come one by one.

    Args:
        home: Made by ``propose``; its lock is held.
        seed: Its key's 32 bytes.
        given: Signatures for its proposal, by anybody.
        now: Unix seconds.

    Raises:
        Refused: The home has no open proposal.
        UsageInvalid: A signature is for another proposal.
        StoreFull: The disk has no room.
    """
    with closing(open_database(home.ledger, Role.MANAGER, write=True)) as database:
        values, books = ValueStore(database), Books(JournalStore(database), seed)
        proposed = open_proposal(values, books.state)
        signers = [*proposed.signers, *_signers_for(proposed, given)]
        counted = gather(books.state, proposed.statement, signers)
        accounts = count_accounts(books.state)
        signed = replace(proposed, signers=counted[: needed(accounts)])
        values.set(PROPOSED, encode(signed))
        gathered = Gathered(signed, accounts)
        if not gathered.missing:
            books.succeed(verify_successor(books.state, signed), now)
        return gathered


def open_proposal(values: ValueStore, state: State) -> SignedSuccessor:
    """Return the proposal that a home waits with.

    Raises:
        Refused: There is none, or it took effect.
    """
    proposed = read_proposal(values)
    if proposed is None:
        raise Refused(
            "this home proposes no succession; `commontab-manager succeed propose` makes one"
        )
    if state.key == proposed.statement.new:
        raise Refused("this succession is complete already; go on with `commontab-manager run`")
    return proposed


def read_proposal(values: ValueStore) -> SignedSuccessor | None:
    """Return the proposal of a home with the signatures gathered, None where it never made one."""
    data = values.get(PROPOSED)
    return None if data is None else decode(data, SignedSuccessor, RECORD_BYTES_MAX)


def _begin(source: Home, home: Home, seed: bytes, wish: Wish) -> SignedSuccessor:
    key = crypto.public_key(seed)
    role = Role.REPLICA if source.outgoing.exists() else Role.MANAGER
    with (
        closing(open_database(source.ledger, role, write=False)) as old,
        closing(open_database(home.ledger, Role.MANAGER, write=True)) as database,
    ):
        journal = JournalStore(old)
        size = journal.tip().tree.size if wish.size is None else wish.size
        state = inherit(journal, size, database, key, SnapshotFolder(home.snapshots, key))
        statement = Successor(state.key, key, size, state.tree.root, wish.time, wish.reason)
        signed = propose_successor(seed, statement)
        check_proposal(state, signed)
        assert state.community is not None, "records begin with the ledger's opening"
        values = ValueStore(database)
        values.set(NAME, state.community.name.encode())
        values.set(PROPOSED, encode(signed))
        return signed


def _signers_for(proposed: SignedSuccessor, given: Iterable[SignedSuccessor]) -> list[Signer]:
    signers: list[Signer] = []
    for one in given:
        if one.statement != proposed.statement:
            raise UsageInvalid(
                f"got signatures for another proposal: new key {fingerprint(one.statement.new)}, "
                f"{one.statement.size} records; this home proposes "
                f"{fingerprint(proposed.statement.new)}, {proposed.statement.size} records"
            )
        signers += one.signers
    return signers


def _remove_ledger(home: Home) -> None:
    for path in home.path.glob(f"{home.ledger.name}*"):
        path.unlink()
