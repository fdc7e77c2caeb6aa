"""Handing out what is too large for QR codes, and what is proven while the ledger grows."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from federation.console.terminal import Refused, UsageInvalid
from federation.console.views import View
from federation.proof.desk import draw_codes, parts_of, write_codes
from federation.proof.kind import parse_proof
from federation.proof.proving import About, Own, make_receipt, prove_typed
from federation.proof.view import check_proof
from ledger.checkpoint import sign_checkpoint
from ledger.entry import entry_id
from ledger.replay import replay
from ledger.state import State
from ledger.store.append import StoredMerge
from ledger.store.database import Role, open_database
from ledger.store.journal import JournalStore
from ledger.store.lookup import Lookup
from tests.support.storage import open_manager
from tests.support.stored_realm import Valley
from tests.support.township import Town

LARGE = Random(1).randbytes(60_000)  # noqa: S311 -- no secret, and nothing compresses it


def test_what_no_number_of_codes_holds_is_left_to_a_file(tmp_path: Path) -> None:
    assert parts_of(LARGE) == []
    with pytest.raises(UsageInvalid, match="--out FILE"):
        draw_codes(LARGE)
    with pytest.raises(UsageInvalid, match="--out FILE"):
        write_codes(LARGE, "Receipt", tmp_path / "code.png", None)
    assert list(tmp_path.iterdir()) == []


def test_a_text_that_one_code_holds_is_one_picture(tmp_path: Path) -> None:
    assert write_codes(b"short", "Receipt", tmp_path / "code.png", None) == [tmp_path / "code.png"]


@dataclass
class Growing:
    """A home that reads its present, while the process beside it commits more."""

    store: JournalStore
    lookup: Lookup
    state: State


def test_links_and_what_is_told_over_them_are_proven_to_anybody(tmp_path: Path) -> None:
    valley = Valley(open_manager(tmp_path))
    river, lake = valley.river, valley.lake
    tree = river.journal.tip().tree
    signed = sign_checkpoint(river.seed, tree.size, tree.root)
    river.journal.add_checkpoint(tree.size, tree.root, signed.note)
    books = Growing(river.journal, Lookup(river.database), river.journal.load_state())
    own = Own(river["carla"].id, river["carla"].key)

    def shown(what: str, about: About) -> View:
        proof = parse_proof(prove_typed(books, own, what, (about,)))
        view: View = check_proof(proof, river.key, ())["shows"]
        return view

    for typed in ("lake", lake.key.hex()):
        assert shown(typed, "link")["link"]["name"] == "lake"
    assert shown(river.key.hex(), "link")["present"] is False
    with pytest.raises(UsageInvalid, match="neither a public key"):
        shown("moor", "link")
    (told, _), *_ = river.told(lake)
    assert shown(str(told), "record")["record"] == "link entry"
    river.database.close()


def extend(store: JournalStore, town: Town) -> None:
    state = store.load_state()
    for one in replay(state, town.records[state.tree.size :]):
        store.append([StoredMerge.of(one.merged, one.first, one.records, one.leaves)])
    signed = sign_checkpoint(town.seed, state.tree.size, state.tree.root)
    store.add_checkpoint(signed.size, signed.root, signed.note)


def test_a_present_that_has_just_passed_is_not_proven_as_the_present(tmp_path: Path) -> None:
    town = Town("anna", "bert")
    own = Own(town["anna"].id, town["anna"].key)
    with closing(open_database(tmp_path / "ledger.db", Role.REPLICA, write=True)) as database:
        store = JournalStore.begin(database, town.key)
        extend(store, town)
        books = Growing(store, Lookup(database), store.load_state())
        assert prove_typed(books, own, None, ("balance",))
        paid = town.ask("anna", town.payment("bert", 5))
        extend(store, town)
        with pytest.raises(Refused, match="just grown"):
            prove_typed(books, own, None, ("balance",))
        entry = entry_id(paid.hash, 0).hex()
        assert prove_typed(books, own, entry, ())
        books.state = store.load_state()
        assert make_receipt(books, entry)
