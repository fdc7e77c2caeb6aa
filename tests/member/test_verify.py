"""Checking the whole replica from its bytes."""

import sqlite3
from contextlib import closing

import pytest

from federation.home import Home
from ledger.replay import JournalDigest
from tests.support.hamlet import refresh
from tests.support.prompt import Cli
from tests.support.township import Town


def harm(home: Home, statement: str) -> None:
    """Change the replica's file as somebody with a database tool could."""
    with closing(sqlite3.connect(home.ledger)) as connection, connection:
        names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
        for (name,) in names.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)


def test_a_sound_replica_has_the_ledgers_own_figures(cli: Cli, home: Home, town: Town) -> None:
    town.merge(town.pay("anna", "bert", 500), town.pay("bert", "carla", 20_001))
    refresh(home, town)
    held = cli("verify", "--home", home.path, "--json").held
    assert held["ok"] is True
    assert (held["size"], held["root"]) == (town.state.tree.size, town.state.tree.root.hex())
    assert held["journal_sha256"] == JournalDigest(town.records).value.hex()
    assert (held["version"], held["checkpoint_size"]) == (3, held["size"])
    assert (held["sums_minor"], held["zero_sum"]) == ({"EUR": 0}, True)
    # Open, a unit, three admissions, two change-sets of which one is refused, a checkpoint.
    assert held["signatures"] == 8
    said = cli("verify", "--home", home.path)
    assert said.code == 0
    assert held["journal_sha256"] in said.out


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        pytest.param(
            "UPDATE record SET data = CAST(substr(data, 1, 40) || x'00' "
            "|| substr(data, 42) AS BLOB) WHERE idx = 3",
            "record 3",
            id="a byte of a record",
        ),
        pytest.param("UPDATE balance SET posted = posted + 1", "", id="a balance"),
        pytest.param("UPDATE batch SET root = zeroblob(32) WHERE size = 3", "", id="a root"),
        pytest.param("DELETE FROM record WHERE idx = 4", "record 4", id="a lost record"),
        pytest.param("UPDATE checkpoint SET note = x'00'", "checkpoint", id="a note"),
    ],
)
def test_whatever_was_changed_is_found(
    cli: Cli, home: Home, town: Town, statement: str, words: str
) -> None:
    town.merge(town.pay("anna", "bert", 500))
    refresh(home, town)
    harm(home, statement)
    said = cli("verify", "--home", home.path)
    assert said.code == 1, said.err
    assert words in said.err
    held = cli("verify", "--home", home.path, "--json").held
    assert held["ok"] is False
    assert words in held["problem"]


def test_a_torn_file_is_damage(cli: Cli, home: Home) -> None:
    with home.ledger.open("r+b") as stream:
        stream.seek(4_096)
        stream.write(b"\xff" * 8_192)
    assert cli("verify", "--home", home.path).code == 4
