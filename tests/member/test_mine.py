"""A home that has only its own records: what it shows, and what it cannot do."""

from pathlib import Path

import pytest

from federation.excerpt_folder import ExcerptFolder
from federation.home import Home
from ledger.excerpt import Excerpt
from ledger.operation import Reverse
from tests.support.hamlet import begin, refresh
from tests.support.loop import run_virtual
from tests.support.pressroom import Pressroom
from tests.support.prompt import Cli
from tests.support.township import Town


@pytest.fixture
def small(tmp_path: Path, town: Town) -> Home:
    """Give anna's home with her own records, as after `commontab sync --mine`."""
    home = begin(tmp_path / "small", town, "anna")
    town.merge(town.pay("anna", "bert", 1_234))
    town.merge(town.pay("bert", "carla", 55))
    paid = next(iter(town.state.transactions))
    town.manage(Reverse(paid, 200, "too much"))

    async def fetch() -> None:
        press = Pressroom(town, tmp_path / "press")
        await press.publish()
        synced = await press.follower("anna", home.excerpt).sync(Excerpt())
        ExcerptFolder(home.excerpt).save(synced.excerpt.kept)

    run_virtual(fetch())
    return home


def test_the_balance_is_what_the_own_records_prove(cli: Cli, small: Home, town: Town) -> None:
    held = cli("balance", "--home", small.path, "--json").held
    (books,) = held["balances"]
    assert books["balance_minor"] == -1_034
    assert (held["handle"], held["own_records"], held["complete"]) == ("anna", 5, True)
    assert (held["size"], held["root"]) == (town.state.tree.size, town.state.tree.root.hex())
    said = cli("balance", "--mine", "--unit", "EUR", "--home", small.path)
    assert "-10.34 EUR" in said.out
    assert "5 records are anna's: none of yours is missing" in said.out


def test_the_history_tells_every_own_record_in_words(cli: Cli, small: Home) -> None:
    held = cli("history", "--home", small.path, "--json").held
    assert [one["kind"] for one in held] == [
        "transaction", "statement", "transaction", "change-set", "statement",
    ]  # fmt: skip
    assert "2.00 EUR from bert to anna" in held[0]["what"]
    assert len(cli("history", "--mine", "--limit", 2, "--home", small.path, "--json").held) == 2
    euros = cli("history", "--unit", "EUR", "--home", small.path, "--json").held
    assert [one["kind"] for one in euros] == ["transaction", "transaction"]
    assert cli("history", "--unit", "HOUR", "--home", small.path).code == 2
    assert "12.34 EUR from anna to bert" in cli("history", "--home", small.path).out


def test_what_needs_the_whole_ledger_says_so(cli: Cli, small: Home) -> None:
    for words in (("members",), ("pay", "bert", "1", "--yes"), ("verify",), ("holds",)):
        said = cli(*words, "--home", small.path)
        assert said.code == 1
        assert "only your own records of Riverside" in said.err


def test_own_records_and_balances_are_proven_to_anybody(
    cli: Cli, small: Home, town: Town, tmp_path: Path
) -> None:
    paid = next(iter(town.state.transactions)).hex()
    community = ("--community", town.key.hex())
    for words, told in (
        ((paid[:8],), "paid 1234 minor EUR"),
        (("--record", "8"), "paid 1234 minor EUR"),
        (("--balance",), "-10.34 EUR"),
        (("--balance", "carla"), "0.55 EUR"),
    ):
        proof = tmp_path / "proof"
        said = cli("prove", *words, "--out", proof, "--home", small.path)
        assert said.code == 0, said.err
        assert told in cli("check-proof", proof, *community).out
        proof.unlink()


def test_what_an_excerpt_cannot_prove_is_said(cli: Cli, small: Home, town: Town) -> None:
    others = list(town.state.transactions)[1].hex()
    last = town.state.tree.size - 1
    for words, code in (
        (("--since", "3"), 1),
        (("--name", "anna"), 1),
        ((others,), 2),
        (("--record", last), 2),
        (("--record", "10000"), 2),
        ((), 1),
    ):
        assert cli("prove", *words, "--home", small.path).code == code


def test_with_the_whole_ledger_it_is_shown_unless_asked_otherwise(
    cli: Cli, small: Home, town: Town
) -> None:
    refresh(small, town)
    assert "ledger" in cli("balance", "--home", small.path, "--json").held
    assert "own_records" in cli("balance", "--mine", "--home", small.path, "--json").held


def test_without_any_records_the_next_step_is_named(cli: Cli, home: Home) -> None:
    said = cli("balance", "--mine", "--home", home.path)
    assert said.code == 1
    assert "commontab sync --mine" in said.err


def test_what_was_changed_on_the_disk_is_not_shown(cli: Cli, small: Home) -> None:
    kept = small.excerpt / "kept"
    for data, code in ((kept.read_bytes()[:-1], 4), (b"", 4)):
        kept.write_bytes(data)
        said = cli("balance", "--home", small.path)
        assert said.code == code
        assert "`commontab sync --mine` again" in said.err
    leaves = small.excerpt / "leaves"
    leaves.write_bytes(bytes(len(leaves.read_bytes())))
    assert cli("balance", "--home", small.path).code == 4


@pytest.mark.parametrize("records", [(5, 5), (7, 3), (0, 10_001), (-1, 3)])
def test_a_range_that_holds_nothing_or_too_much_is_refused(
    cli: Cli, small: Home, records: tuple[int, int]
) -> None:
    said = cli("sync", "--range", *records, "--home", small.path)
    assert said.code == 2
