"""The manager proves and checks as members do."""

from contextlib import closing
from pathlib import Path

from ledger.checkpoint import sign_checkpoint
from ledger.store.database import Role, open_database
from ledger.store.journal import JournalStore
from manager.cli.options import now
from tests.support.council import Council


def publish(council: Council) -> None:
    """Keep the checkpoint that a running manager would have signed by now."""
    with closing(open_database(council.home.ledger, Role.MANAGER, write=True)) as database:
        store = JournalStore(database)
        tree = store.tip().tree
        seed = council.home.unlock(None)
        store.add_checkpoint(tree.size, tree.root, sign_checkpoint(seed, tree.size, tree.root).note)


def test_a_manager_proves_a_payment_and_a_balance(council: Council, tmp_path: Path) -> None:
    council.open("ada", "ben")
    council.merge(council.pay("ada", "ben", 100), now=now())
    assert council.cli("prove", "--balance", "--home", council.home.path).code == 1
    publish(council)
    file = tmp_path / "proof"
    out = ("--home", council.home.path, "--out", file)
    entry = council.cli("history", "--home", council.home.path, "--json").held[0]["id"]
    for words, told in (
        ((entry,), "paid 100 minor EUR"),
        (("ben", "--balance"), "Balance 1.00 EUR"),
        (("--balance",), "commons (Riverside)"),
        (("--key",), "No account has or had the key"),
    ):
        said = council.cli("prove", *words, *out)
        assert said.code == 0, said.err
        assert told in said.out
        said = council.cli("check-proof", file, "--community", council.key.hex())
        assert said.code == 0, said.err
        assert told in said.out
    assert council.cli("check-proof", file, "--community", "00" * 32).code == 1
