"""Apply: make a committed merge the present."""

from collections.abc import Mapping, MutableMapping
from typing import TypeVar

from ledger.merge import Merge
from ledger.merkle import Frontier
from ledger.state import Changes, State

K = TypeVar("K")
V = TypeVar("V")


def apply(state: State, merged: Merge, tree: Frontier) -> None:
    """Change the state into what a merge makes of it, once the store has committed.

    ``transactions``, ``finished``, ``past_bills``, ``attachments`` and ``history`` are written
    where they are plain mappings; read-through views of a store see the commit by themselves.

    Args:
        state: The state that was merged into; changed in place.
        merged: What ``merge`` returned for exactly this state.
        tree: The tree with the leaf hash of each of its records, nonce and all.
    """
    if not merged.records:
        return
    changes, size = merged.changes, state.tree.size
    assert tree.size == size + len(merged.records), "each record has one leaf"
    state.tree = tree
    state.community = changes.community
    state.time = changes.time
    if changes.succession is not None:
        state.successions = (*state.successions, changes.succession)
        state.key = changes.succession.new
    state.accounts.update(changes.accounts)
    state.keys.update(changes.keys)
    for account in changes.accounts.values():
        if account.handle not in state.handles:
            state.handles[account.handle] = account.id
            state.name_index.add(account.handle)
    _write(state.holds, changes.holds)
    _write(state.requests, changes.requests)
    state.links.update(changes.links)
    _write(state.transits, changes.transits)
    _write(state.linked_requests, changes.linked_requests)
    _write(state.bills, changes.bills)
    _write(state.mandates, changes.mandates)
    state.filed.update(changes.filed)
    state.accounts_map, state.keys_map = merged.accounts_map, merged.keys_map
    state.links_map, state.names_map = merged.links_map, merged.names_map
    _write_names(state, changes)
    if isinstance(state.finished, MutableMapping):
        state.finished.update(changes.finished)
    if isinstance(state.past_bills, MutableMapping):
        state.past_bills.update(changes.past_bills)
    if isinstance(state.attachments, MutableMapping):
        state.attachments.update(changes.attachments)
    if isinstance(state.transactions, MutableMapping):
        state.transactions.update(changes.transactions)
    if isinstance(state.history, MutableMapping):
        state.history[state.tree.size] = state.tree.root


def _write_names(state: State, changes: Changes) -> None:
    if changes.name_rules is not None:
        state.name_rules = changes.name_rules
    index = state.name_index
    for name, value in changes.names.items():
        index.change(name, state.names.get(name), value, kept=name in state.handles)
    _write(state.names, changes.names)
    if index.first_end + state.name_rules.grace_s <= state.time:
        index.find_first_end(state.names.values())


def _write(present: MutableMapping[K, V], changes: Mapping[K, V | None]) -> None:
    for key, value in changes.items():
        if value is None:
            present.pop(key, None)
        else:
            present[key] = value
