"""The manager's commands about attached files: what there is, and taking one out."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from ledger.store.attachment import AttachmentStore
from ledger.store.database import Role, open_database
from tests.support.attached import attach, sealed_file
from tests.support.council import Council
from tests.support.prompt import Cli
from tests.support.township import START


@pytest.fixture
def council(tmp_path: Path, cli: Cli) -> Council:
    council = Council(tmp_path / "home", cli)
    council.open("anna", "bert")
    return council


def let_attach(council: Council, *texts: str) -> None:
    """Let anna attach texts to a payment; the last one's file is lost afterwards."""
    pays = council.pay("anna", "bert", 5).change_set.operations
    files = [attach(text, name=f"{text}.txt") for text in texts]
    with closing(open_database(council.home.ledger, Role.MANAGER, write=True)) as database:
        AttachmentStore(database).keep_all([sealed_file(text) for text in texts], START)
    council.people["anna"].restore()
    council.merge(council.people["anna"].sign(*pays, *files))
    with closing(open_database(council.home.ledger, Role.MANAGER, write=True)) as database:
        AttachmentStore(database).forget([attach(texts[-1]).hash])


def listed(council: Council) -> list[dict[str, object]]:
    said = council.cli("attachments", "--json", "--home", council.home.path)
    found: list[dict[str, object]] = json.loads(said.out)
    return found


def test_a_community_without_attachments_says_so(council: Council) -> None:
    said = council.cli("attachments", "--home", council.home.path)
    assert (said.code, said.out) == (0, "Nothing was attached yet.\n")


def test_attachments_are_listed_newest_first(council: Council) -> None:
    let_attach(council, "soup", "bread")
    bread, soup = listed(council)
    assert (soup["name"], soup["author"], soup["length"]) == ("soup.txt", "anna", 4)
    assert (soup["kind"], soup["withdrawn"], soup["here"]) == ("text/plain", None, True)
    assert (bread["name"], bread["here"]) == ("bread.txt", False)
    told = council.cli("attachments", "--home", council.home.path).out
    assert str(soup["id"])[:8] in told
    assert "missing" in told


def test_a_file_is_withdrawn_with_a_reason_once(council: Council) -> None:
    let_attach(council, "soup", "bread")
    entry = str(listed(council)[1]["id"])
    said = council.do("withdraw", entry[:8], "--reason", "somebody's passport")
    assert f"Withdraw attachment {entry[:8]}: somebody's passport" in said
    soup = listed(council)[1]
    assert (soup["here"], soup["reason"]) == (False, "somebody's passport")
    with closing(open_database(council.home.ledger, Role.MANAGER, write=False)) as database:
        assert AttachmentStore(database).sealed(attach("soup").hash) is None
    again = council.refuse(1, "withdraw", entry[:8], "--reason", "again")
    assert "already_withdrawn" in again
    told = council.cli("attachments", "--home", council.home.path).out
    assert "withdrawn: somebody's passport" in told


def test_what_cannot_be_meant_is_told(council: Council) -> None:
    let_attach(council, "soup")
    assert "type at least 4" in council.refuse(2, "withdraw", "ab", "--reason", "x")
    assert "no attachment has an id" in council.refuse(2, "withdraw", "0000", "--reason", "x")
