"""From what was typed to a proof: which record, account, key or name it is about."""

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol

from federation.console.people import ID_CHARS_MIN, find_account, find_id
from federation.console.terminal import Refused, UsageInvalid
from federation.proof.file import read_key
from ledger.checkpoint import add_cosignatures
from ledger.cosignature import note_line
from ledger.errors import NameInvalid
from ledger.names import read_label
from ledger.proof.consistency import format_consistency
from ledger.proof.inclusion import format_inclusion
from ledger.proof.present import MapName, format_present
from ledger.proof.receipt import ACCOUNT_BYTES, format_receipt
from ledger.record import (
    ChangeSetRecord,
    LinkRecord,
    ManagerRecord,
    ReadingRecord,
    RefusalRecord,
    TransactionRecord,
)
from ledger.state import State
from ledger.store.cosignature import CosignatureStore
from ledger.store.journal import JournalStore, KeptCheckpoint
from ledger.store.lookup import Lookup
from ledger.store.proving import Prover, kept_checkpoint

HASH_DIGITS = 64
NUMBER_DIGITS = 15
NAME_BYTES_MAX = 255
COSIGNATURES_MAX = 4
"""Witnesses' lines that a proof carries: as many as the checkpoint's slot."""
SHOWN = (
    ManagerRecord,
    ChangeSetRecord,
    TransactionRecord,
    RefusalRecord,
    LinkRecord,
    ReadingRecord,
)
"""What is handed out. A record that begins an epoch holds the key that opens the past."""


About = Literal["record", "balance", "key", "name", "link", "since"]


class Books(Protocol):
    """A home's ledger: a member's replica or the manager's own."""

    @property
    def store(self) -> JournalStore:
        """The journal."""

    @property
    def lookup(self) -> Lookup:
        """Single answers from it."""

    @property
    def state(self) -> State:
        """The present."""


class Own(NamedTuple):
    """Who asks: what is proven where nothing else was named."""

    account: bytes
    key: bytes


def prove_typed(books: Books, own: Own, what: str | None, about: Sequence[About]) -> bytes:
    """Return the proof that was asked for.

    Args:
        books: Of the home.
        own: Whose home it is.
        what: Start of a transaction's id, or the whole hash of a change-set or statement; else
            what ``about`` says.
        about: At most one of: "record", by number; "balance" of a handle or account id; "key", its
            last number; "name"; "link", by its name or the community's key; "since" how many
            records nothing was rewritten.

    Raises:
        UsageInvalid: Nothing, or more than one, is called that.
        Refused: No checkpoint covers it yet.
    """
    if len(about) > 1:
        raise UsageInvalid(f"prove one thing at a time: --{' or --'.join(about)}")
    subject = about[0] if about else None
    if subject == "balance":
        return _prove_account(books, own, what)
    if subject == "key":
        return _prove_present(books, "keys", own.key if what is None else read_key(what))
    if what is None:
        raise UsageInvalid(
            "say what to prove: the start of a transaction's id, or one of --balance, --key, "
            "--name, --link, --record and --since"
        )
    match subject:
        case "name" | "link":
            return _prove_name(books, what) if subject == "name" else _prove_link(books, what)
        case "since":
            return _prove_extension(books, _number(what))
        case "record":
            return _prove_index(books, _number(what))
        case None:
            return _prove_index(books, _find_index(books, what))


def make_receipt(books: Books, typed: str) -> bytes:
    """Return the receipt of a transaction.

    Args:
        books: Of the home.
        typed: Start of the transaction's id, in hex.

    Raises:
        UsageInvalid: No transaction, or more than one, is called that.
        Refused: No checkpoint covers it and all that is known yet.
    """
    index = _find_index(books, typed)
    _check_shown(books, index, (TransactionRecord,))
    return format_receipt(_prover_of_all(books).receipt(books.state, index))


def _prove_index(books: Books, index: int) -> bytes:
    _check_shown(books, index, SHOWN)
    return format_inclusion(_prover(books, index + 1).inclusion(index))


def _prove_account(books: Books, own: Own, typed: str | None) -> bytes:
    account = _bytes_typed(typed, ACCOUNT_BYTES)
    if account is None:
        account = own.account if typed is None else find_account(books.state, typed).id
    return _prove_present(books, "accounts", account)


def _prove_name(books: Books, name: str) -> bytes:
    try:
        key = read_label(name).encode()
    except NameInvalid:  # there is no such name, which can be proven too
        key = name.encode("utf-8", "replace")
    if not 1 <= len(key) <= NAME_BYTES_MAX:
        raise UsageInvalid(f"got a name of {len(key)} bytes; 1 to {NAME_BYTES_MAX} fit")
    return _prove_present(books, "names", key)


def _prove_link(books: Books, typed: str) -> bytes:
    """Return the proof of a link, or that there is none with a community."""
    named = (link.key for link in books.state.links.values() if link.name == typed)
    key = next(named, None)
    return _prove_present(books, "links", read_key(typed) if key is None else key)


def _prove_extension(books: Books, old_size: int) -> bytes:
    """Return the proof from the largest kept checkpoint of at most so many records."""
    prover = _prover(books, 0)
    old = kept_checkpoint(books.store.database, min(old_size, prover.size))
    if old is None:
        raise UsageInvalid(f"this home keeps no checkpoint of {old_size} records or fewer")
    return format_consistency(prover.consistency(old))


def _prove_present(books: Books, name: MapName, key: bytes) -> bytes:
    return format_present(_prover_of_all(books).present(books.state, name, key))


def _prover(books: Books, size: int) -> Prover:
    """Return what proves under the newest checkpoint, which covers so many records at least."""
    kept = books.store.newest_checkpoint()
    if kept is None or kept.size < size:
        raise Refused(
            f"no signed checkpoint covers record {max(size - 1, 0)} yet; let `sync` or `run` "
            "fetch or publish one and try again"
        )
    lines = CosignatureStore(books.store.database).of_size(kept.size, COSIGNATURES_MAX)
    note = add_cosignatures(kept.note, [note_line(one) for one in lines])
    return Prover(books.store, KeptCheckpoint(kept.size, kept.root, note))


def _prover_of_all(books: Books) -> Prover:
    """Return the same where the present is the checkpoint's: the maps are kept of now alone."""
    size = books.state.tree.size
    prover = _prover(books, size)
    if prover.size != size:
        raise Refused("the ledger has just grown; try again")
    return prover


def _find_index(books: Books, typed: str) -> int:
    text = typed.strip().lower()
    if len(text) == HASH_DIGITS:
        named = _bytes_typed(text, HASH_DIGITS // 2)
        stored = None if named is None else books.lookup.find_record(named)
        if stored is None:
            raise UsageInvalid(f"no change-set or statement has the hash {typed!r}")
        return stored.index
    ids = books.lookup.find_transaction(text) if len(text) >= ID_CHARS_MIN else []
    found = books.lookup.transaction(find_id(ids, text, "transaction that moved something"))
    assert found is not None, "an id that was found names its transaction"
    return found.index


def _check_shown(books: Books, index: int, kinds: Sequence[type]) -> None:
    stored = books.lookup.record(index)
    if stored is None:
        raise UsageInvalid(f"there is no record {index} in this ledger")
    if not isinstance(stored.record, tuple(kinds)):
        raise UsageInvalid(
            f"record {index} is none that is handed out; a transaction, a change-set, a refusal or "
            "a statement is"
        )


def _bytes_typed(typed: str | None, length: int) -> bytes | None:
    """Return bytes that were typed whole in hex, or None where that is something else."""
    try:
        data = bytes.fromhex(typed or "")
    except ValueError:
        return None
    return data if len(data) == length else None


def _number(typed: str) -> int:
    if not typed.isascii() or not typed.isdecimal() or len(typed) > NUMBER_DIGITS:
        raise UsageInvalid(f"got {typed!r}; type a number of records such as 120")
    return int(typed)
