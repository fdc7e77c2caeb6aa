"""prove, receipt and check-proof: made in a home, checked by somebody who has none."""

import io
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from federation.card import MemberCard, sign_card
from federation.home import Home
from federation.item import sign_item
from federation.proof.rollback import format_rollback, rollback_of
from federation.slot import CheckpointValue, encode_checkpoint_value
from federation.words import fingerprint
from ledger import crypto
from ledger.checkpoint import cosign, sign_checkpoint, verify_checkpoint, witness_name
from ledger.cosignature import KeptCosignature
from ledger.entry import entry_id
from ledger.operation import Hold
from ledger.proof.fork import fork_of_notes, format_fork
from ledger.record import ChangeSetRecord, RefusalRecord, StateRecord, decode_record
from ledger.store.cosignature import CosignatureStore
from ledger.store.database import Role, open_database
from ledger.store.journal import JournalStore
from tests.support.hamlet import begin, community_card, refresh, settle_in
from tests.support.prompt import Cli
from tests.support.township import START, Town, seed_of

WITNESS = seed_of("witness")
Shown = Callable[..., dict[str, Any]]
"""Takes the words behind `prove`, and gives what a stranger's `check-proof` says of the proof."""


@pytest.fixture
def paid(home: Home, town: Town) -> str:
    """The id of a payment in anna's ledger, beside others and a refusal."""
    before = town.pay("bert", "carla", 100), town.pay("carla", "bert", 20_001)
    town.merge(*before)
    pay = town.pay("anna", "bert", 1_250)
    town.merge(pay, town.pay("bert", "anna", 5))
    refresh(home, town)
    return entry_id(pay.hash, 0).hex()


@pytest.fixture
def stranger(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line of somebody without a home: nothing is there, nothing may be made."""
    nowhere = tmp_path / "nowhere"
    monkeypatch.setenv("HOME", str(nowhere))
    monkeypatch.setenv("XDG_DATA_HOME", str(nowhere))

    def run(*words: object) -> object:
        said = cli("check-proof", *words)
        assert not nowhere.exists()
        return said

    return run  # type: ignore[return-value]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "proof"


@pytest.fixture
def shown(cli: Cli, stranger: Cli, home: Home, file: Path) -> Shown:
    def prove(*words: object) -> dict[str, Any]:
        said = cli("prove", *words, "--home", home.path, "--out", file)
        assert said.code == 0, said.err
        held: dict[str, Any] = stranger(file, "--json").held
        assert stranger(file).out.splitlines() == held["told"] == said.out.splitlines()[:-1]
        return held | {"text": "\n".join(held["told"])}

    return prove


def index_of(town: Town, kind: type) -> int:
    return next(
        at for at, stored in enumerate(town.records) if isinstance(decode_record(stored), kind)
    )


def test_a_payment_is_proven_to_somebody_without_a_home(
    stranger: Cli, shown: Shown, town: Town, paid: str, file: Path
) -> None:
    told = shown(paid[:8])["text"]
    assert file.read_bytes().startswith(b"c2sp.org/tlog-proof@v1\nextra ")
    assert "paid 1250 minor EUR from" in told
    assert town["anna"].id.hex() in told
    assert town["bert"].id.hex() in told
    assert "Compare these words with the community's" in told
    assert fingerprint(town.key) in told
    held = stranger(file, "--community", town.key.hex(), "--json").held
    assert held["holds"] is True
    assert held["community"]["compared"] is True
    assert held["checkpoint"]["size"] == len(town.records)
    (move,) = held["shows"]["transfers"]
    assert (move["amount_minor"], move["unit"], move["amount"]) == (1_250, "EUR", None)
    assert (move["from_account"], move["from"]) == (town["anna"].id.hex(), None)


def test_without_out_the_proof_itself_is_printed_and_can_be_pasted(
    cli: Cli, stranger: Cli, home: Home, paid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = cli("prove", paid, "--home", home.path).out
    for pasted in (text, "\n  " + text.replace("\n", "\r\n") + "\n\n"):
        monkeypatch.setattr("sys.stdin", io.StringIO(pasted))
        assert stranger("-", "--json").held["shows"]["id"] == paid


@pytest.fixture
def receipt(cli: Cli, home: Home, paid: str, file: Path) -> Path:
    assert cli("receipt", paid[:6], "--home", home.path, "--out", file).code == 0
    return file


def test_a_receipt_tells_a_stranger_everything(stranger: Cli, town: Town, receipt: Path) -> None:
    said = stranger(receipt, "--community", community_card(town))
    assert said.code == 0, said.err
    assert "In the journal of Riverside: paid 12.50 EUR from anna to bert." in said.out
    assert f"bert is Bert, account {town['bert'].id.hex()}" in said.out
    assert "reversed later" in said.out
    held = stranger(receipt, "--json").held
    (move,) = held["shows"]["transfers"]
    assert (move["amount"], move["from"], move["to"]) == ("12.50 EUR", "anna", "bert")
    assert held["kind"] == "receipt"


def test_a_receipt_travels_in_several_qr_codes_read_in_any_order(
    cli: Cli, stranger: Cli, home: Home, paid: str, tmp_path: Path
) -> None:
    words = ("receipt", paid, "--home", home.path)
    said = cli(*words, "--png", tmp_path / "code.png", "--svg", tmp_path / "code.svg")
    assert said.code == 0, said.err
    pictures = sorted(tmp_path.glob("code-*.png"))
    assert len(pictures) == len(sorted(tmp_path.glob("code-*.svg"))) >= 2
    images = [word for one in (*reversed(pictures), pictures[0]) for word in ("--image", one)]
    assert stranger(*images, "--json").held["shows"]["id"] == paid
    said = stranger("--image", pictures[1])
    assert said.code == 1
    assert "number 1" in said.err
    assert stranger("--image", home.path / "nothing.png").code == 2


def test_a_receipts_parts_and_text_can_be_pasted_and_drawn(
    cli: Cli, stranger: Cli, home: Home, paid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("receipt", paid, "--home", home.path)
    held = cli(*words, "--json").held
    assert held["proof"] == cli(*words).out == cli(*words, "--text").out
    for pasted in ("\n".join(reversed(held["parts"])), " ".join(held["parts"]).lower()):
        monkeypatch.setattr("sys.stdin", io.StringIO(pasted))
        assert stranger("-", "--json").held["shows"]["id"] == paid
    assert cli(*words, "--qr").out.count("Part ") == len(held["parts"])


def test_parts_in_a_text_file_are_read(
    cli: Cli, stranger: Cli, home: Home, paid: str, file: Path
) -> None:
    parts = cli("receipt", paid, "--home", home.path, "--json").held["parts"]
    file.write_text("\n".join(parts))
    assert stranger(file, "--json").held["shows"]["id"] == paid


def test_how_things_stand_is_proven(shown: Shown, town: Town, paid: str) -> None:
    assert paid
    own = shown("--balance")
    assert own["shows"]["account"]["handle"] == "anna"
    assert "Balance -12.45 EUR; may go 100.00 EUR below zero and up to 200.00 EUR" in own["text"]
    (books,) = shown("bert", "--balance")["shows"]["account"]["balances"]
    assert books["balance_minor"] == 1_145
    assert "There is no account 0000" in shown("--balance", "00" * 16)["text"]
    assert "number 1 of generation 0." in shown("--key")["text"]
    card = sign_card(town["bert"].seed, MemberCard(town["bert"].key, "Bert", START, ()))
    assert shown("--key", card)["shows"]["state"]["number"] == 2
    nobody = shown("--key", crypto.public_key(seed_of("nobody")).hex())
    assert nobody["shows"]["present"] is False
    assert "No account has or had the key" in nobody["text"]
    assert "Nobody has the name 'bakery'." in shown("--name", "bakery")["text"]


def test_other_records_say_what_they_are_and_who_signed_them(
    shown: Shown, town: Town, paid: str
) -> None:
    assert paid
    admitted = shown("--record", 3)["text"]
    assert "admit anna (Anna)" in admitted
    assert "signed by the community's key" in admitted
    asked = index_of(town, ChangeSetRecord)
    record = decode_record(town.records[asked])
    assert isinstance(record, ChangeSetRecord)
    assert fingerprint(record.key) in shown("--record", asked)["text"]
    refused = shown("--record", index_of(town, RefusalRecord))
    assert "insufficient_credit" in refused["text"]
    assert "The payer's account has not enough left to spend." in refused["text"]
    assert refused["shows"]["signature_holds"] is True
    assert shown(town["carla"].previous.hex()) == refused


def test_a_hold_is_proven_by_its_record(shown: Shown, home: Home, town: Town) -> None:
    town.ask("anna", Hold(town["bert"].id, 300, "EUR", "", b"", town.now + 9))
    refresh(home, town)
    assert "held 300 minor EUR" in shown("--record", len(town.records) - 2)["text"]


def test_nothing_was_rewritten_since_an_older_checkpoint(
    cli: Cli, shown: Shown, home: Home, town: Town
) -> None:
    before = len(town.records)
    town.merge(town.pay("anna", "bert", 1))
    refresh(home, town)
    assert f"begins with the journal of {before}" in shown("--since", before + 1)["text"]
    assert cli("prove", "--since", 1, "--home", home.path).code == 2


def test_two_histories_and_what_was_taken_back_are_told_loudly(
    stranger: Cli, town: Town, file: Path
) -> None:
    size = len(town.records)
    one = sign_checkpoint(town.seed, size, town.state.tree.root)
    file.write_bytes(format_fork(fork_of_notes(one, sign_checkpoint(town.seed, size, bytes(32)))))
    said = stranger(file, "--community", town.key.hex())
    assert said.code == 0
    assert "TWO HISTORIES" in said.out
    assert town.state.tree.root.hex() in said.out
    items = [
        sign_item(town.seed, b"", seq, encode_checkpoint_value(CheckpointValue(note, (bytes(20),))))
        for seq, note in ((1, one.note), (2, sign_checkpoint(town.seed, 1, bytes(32)).note))
    ]
    file.write_bytes(format_rollback(rollback_of(*items)))
    said = stranger(file)
    assert f"published {size} records (seq 1) and after that only 1 (seq 2)" in said.out


def test_witnesses_travel_with_a_proof_and_count_where_they_are_known(
    stranger: Cli, shown: Shown, home: Home, paid: str, file: Path
) -> None:
    witness = confirm(home)
    held = shown(paid)
    assert held["checkpoint"]["witnesses"] == []
    assert held["checkpoint"]["unchecked"] == [witness_name(witness)]
    assert f"not checked: {witness_name(witness)}" in held["text"]
    known = ("--witness", witness.hex())
    checkpoint = stranger(file, *known, "--json").held["checkpoint"]
    assert checkpoint["witnesses"] == [{"key": witness.hex(), "time": START}]
    assert checkpoint["unchecked"] == []
    assert f"Confirmed by the witness {witness.hex()}" in stranger(file, *known).out


def confirm(home: Home) -> bytes:
    """Keep a witness's cosignature of a home's newest checkpoint; return the witness."""
    with closing(open_database(home.ledger, Role.REPLICA, write=True)) as database:
        store = JournalStore(database)
        kept = store.newest_checkpoint()
        assert kept
        line = cosign(WITNESS, verify_checkpoint(store.community_key, kept.note), START)
        witness = crypto.public_key(WITNESS)
        row = KeptCosignature(witness, kept.size, START, line.signature[8:])
        CosignatureStore(database).add([row], START)
    return witness


def test_a_proof_that_does_not_hold_ends_with_1_and_the_rule(
    stranger: Cli, shown: Shown, paid: str, file: Path
) -> None:
    shown(paid)
    other = crypto.public_key(seed_of("other")).hex()
    said = stranger(file, "--community", other)
    assert said.code == 1
    assert "its checkpoint does not hold" in said.err
    file.write_bytes(file.read_bytes().replace(b"\nindex ", b"\nindex 1"))
    said = stranger(file)
    assert said.code == 1
    assert "it is not shown to be in the journal" in said.err
    held = stranger(file, "--json").held
    assert held["holds"] is False
    assert held["problem"] in said.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "say what to prove"),
        (("--balance", "--key"), "one thing at a time"),
        (("--balance", "nobody"), "nobody here is called"),
        (("--record", "9999"), "no record 9999"),
        (("--record", "-1"), "got '-1'"),
        (("--record", "x"), "a number of records"),
        (("--name", "n" * 256), "256 bytes"),
        (("abcd" * 16,), "no change-set or statement"),
        (("abcd",), "no transaction that moved something"),
        (("--key", "short"), "neither a public key"),
    ],
)
def test_what_cannot_be_meant_is_a_wrong_use(
    cli: Cli, home: Home, words: tuple[str, ...], said: str
) -> None:
    answer = cli("prove", *words, "--home", home.path)
    assert answer.code == 2
    assert said.replace("-", "") in answer.err.replace("\u2212", "").replace("-", "")


def test_records_that_are_no_ones_statement_are_not_handed_out(cli: Cli, tmp_path: Path) -> None:
    town = Town("anna", closed=True)
    home = settle_in(tmp_path / "closed", town, "anna")
    for index in (0, index_of(town, StateRecord)):
        said = cli("prove", "--record", index, "--home", home.path)
        assert said.code == 2
        assert "none that is handed out" in said.err


def test_what_no_checkpoint_covers_yet_is_refused(cli: Cli, home: Home, town: Town) -> None:
    town.merge(town.pay("anna", "bert", 5))
    refresh(home, town)
    forget_newest(home)
    for words in (("--balance",), ("--record", len(town.records) - 2)):
        said = cli("prove", *words, "--home", home.path)
        assert said.code == 1
        assert "no signed checkpoint covers record" in said.err


def forget_newest(home: Home) -> None:
    """Bring a replica where it is after a crash between its records and their checkpoint."""
    with closing(sqlite3.connect(home.ledger)) as connection, connection:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'checkpoint'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("DELETE FROM checkpoint WHERE size = (SELECT max(size) FROM checkpoint)")


def test_an_empty_home_has_nothing_to_prove(cli: Cli, tmp_path: Path, town: Town) -> None:
    home = begin(tmp_path / "empty", town, "carla")
    assert cli("prove", "--balance", "--home", home.path).code == 1


Make = Callable[[Path], object]


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda path: path.write_bytes(b"hello\n\n"), 1),
        (lambda path: path.write_bytes(b"A" * 400_000), 1),
        (lambda path: path.write_bytes(b"\xff\xfe"), 1),
        (lambda path: path.write_text("COMMONTAB:P:AAAA"), 1),
        (lambda path: path.mkdir(), 2),
        (lambda path: path, 2),
    ],
    ids=["no proof", "too long", "no text", "no part", "a folder", "nothing"],
)
def test_a_file_that_is_no_proof_is_refused(
    stranger: Cli, tmp_path: Path, make: Make, code: int
) -> None:
    make(tmp_path / "file")
    assert stranger(tmp_path / "file").code == code
    assert stranger().code == 2
