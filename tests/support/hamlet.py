"""Homes of a town's people, as after `init`, `join` and `sync`, without a network."""

import sys
from contextlib import closing
from pathlib import Path

from federation.card import CommunityCard, sign_card
from federation.home import Home
from federation.settings import Network, Settings
from ledger.checkpoint import sign_checkpoint
from ledger.replay import replay
from ledger.state import State
from ledger.store.append import StoredMerge
from ledger.store.database import Role, open_database
from ledger.store.journal import JournalStore
from ledger.store.outgoing import Outgoing, OutgoingStore
from member.cli import main
from member.membership import join, open_own
from member.safe import begin_home
from tests.support.township import START, Person, Town

NETWORK = Network("loopback", (("127.0.0.1", 9),))
"""A network in which nobody answers."""


def community_card(town: Town, name: str = "Riverside") -> str:
    """Return the town's card, without a checkpoint."""
    card = CommunityCard(town.key, name, 0, b"", "loopback", (("127.0.0.1", 9),), "")
    return sign_card(town.seed, card)


def settle_in(path: Path, town: Town, name: str, passphrase: str | None = None) -> Home:
    """Return a person's home that has joined the town and has its whole ledger."""
    home = begin(path, town, name, passphrase)
    refresh(home, town)
    return home


def begin(path: Path, town: Town, name: str, passphrase: str | None = None) -> Home:
    """Return a person's home that has joined the town and has no ledger yet."""
    home = Home(path)
    seed = (town.people.get(name) or Person(town.key, name)).seed
    begin_home(home, seed, passphrase, Settings(network=NETWORK), name.capitalize())
    text = community_card(town)
    with open_own(home) as own:
        join(own, CommunityCard(town.key, "Riverside", 0, b"", "loopback", (), ""), text, START)
    return home


def refresh(home: Home, town: Town) -> None:
    """Bring a home's replica up to the town's ledger."""
    with closing(open_database(home.ledger, Role.REPLICA, write=True)) as database:
        store = JournalStore.begin(database, town.key, (*town.state.former, town.key)[0])
        state: State = store.load_state()
        for one in replay(state, town.records[state.tree.size :]):
            # One by one: a later batch looks up what an earlier one stored.
            store.append([StoredMerge.of(one.merged, one.first, one.records, one.leaves)])
        size, root = state.tree.size, state.tree.root
        store.add_checkpoint(size, root, sign_checkpoint(town.seed, size, root).note)


def type_words(words: list[str]) -> None:
    """Run the member's command line in this process, which ends with its exit code."""
    sys.argv = words
    main()


def signed(home: Home) -> list[Outgoing]:
    """Return what a home has signed, newest first."""
    with closing(open_database(home.outgoing, Role.MEMBER, write=False)) as own:
        return OutgoingStore(own).newest(100)


def offline(home: Home) -> tuple[object, ...]:
    """Return the options that sign in a home without asking and without a network."""
    return ("--home", home.path, "--yes", "--offline")
