"""The book of names in a draft: who has how many, what looks alike, and whose time is over."""

from ledger.draft import Draft
from ledger.name.index import ends, with_word, without_word
from ledger.name.skeleton import skeleton
from ledger.name.state import NameState
from ledger.state import replace


def put_name(draft: Draft, name: NameState) -> None:
    """Write a name down as the operation that is applied leaves it."""
    before = draft.names.get(name.name)
    draft.names.set(name.name, replace(name, changed=mark(draft)))
    _count(draft, before, -1)
    _count(draft, name, 1)
    if before is None:
        note_word(draft, name.name)


def remove_name(draft: Draft, name: NameState) -> None:
    """Let a name be free."""
    draft.names.set(name.name, None)
    _count(draft, name, -1)
    if draft.handles.get(name.name) is None:
        form = skeleton(name.name)
        draft.alike.set(form, without_word(draft.alike.get(form) or (), name.name))


def find_named(draft: Draft, word: str) -> bytes | None:
    """Return whose account a word means to people elsewhere: a handle's, else a name's owner's."""
    named = draft.names.get(word)
    owner = named.owner if named is not None and named.resolves(draft.now) else None
    return draft.handles.get(word) or owner


def note_word(draft: Draft, word: str) -> None:
    """Note a handle or a name that is new, for others that would look like it."""
    form = skeleton(word)
    draft.alike.set(form, with_word(draft.alike.get(form) or (), word))


def mark(draft: Draft) -> int:
    """Return how a name refers to the record of what is applied: its index + 1."""
    return draft.change_set + 1


def expire_names(draft: Draft) -> None:
    """Let go of names whose time and grace are over; no record says so.

    All names are looked at only where one of them may be due.
    """
    grace_s = draft.name_rules.grace_s
    if draft.first_end + grace_s > draft.now:
        return
    draft.begin()
    for name in draft.names.values():
        if ends(name) and name.expires + grace_s <= draft.now:
            remove_name(draft, name)


def end_names_of(draft: Draft, account: bytes) -> None:
    """Let go of all names of an account that is closed."""
    for name in _owned(draft, account):
        remove_name(draft, name)


def replace_key(draft: Draft, account: bytes, revoked: bytes) -> None:
    """Let an account's names stand for its first key where they stood for one that it revoked."""
    for name in _owned(draft, account):
        if name.key == revoked:
            put_name(draft, replace(name, key=draft.held(account).keys[0]))


def _owned(draft: Draft, account: bytes) -> list[NameState]:
    if not draft.owned.get(account):
        return []
    return [name for name in draft.names.values() if name.owner == account]


def _count(draft: Draft, name: NameState | None, more: int) -> None:
    if name is not None and name.owner is not None:
        draft.owned.set(name.owner, (draft.owned.get(name.owner) or 0) + more)
