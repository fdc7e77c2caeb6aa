"""Attachments in the words that people read."""

from federation.console.record_sentence import describe_record
from federation.console.sentence import describe
from federation.console.statement import describe_statement
from ledger.operation import WithdrawFile
from ledger.record import ChangeSetRecord, ManagerRecord
from tests.support.attached import attach
from tests.support.household import house

ENTRY = bytes.fromhex("abcdef0123456789" * 2)


def test_what_is_attached_is_said_with_its_size() -> None:
    town = house()
    asked = attach("soup", ENTRY, name="Käse & Brot.pdf", length=1_025)
    assert describe(town.state, asked) == "attach Käse & Brot.pdf (2 KiB) to abcdef01"
    assert describe(town.state, attach("soup")) == "attach list.txt (1 KiB) to it"


def test_a_withdrawal_is_said_with_its_reason() -> None:
    town = house()
    said = describe_statement(town.state, WithdrawFile(ENTRY, "somebody's\x1bpassport"))
    assert said == "withdraw attachment abcdef01: somebody's\ufffdpassport"


def test_both_are_told_as_records() -> None:
    town = house()
    town.ask("anna", town.payment("bert", 5), attach("soup"))
    (changed,) = [one for one in town.last.records if isinstance(one, ChangeSetRecord)]
    assert "attach list.txt (1 KiB) to it" in describe_record(town.state, changed)
    (entry,) = town.state.attachments
    town.manage(WithdrawFile(entry, "private"))
    (stated,) = [one for one in town.last.records if isinstance(one, ManagerRecord)]
    told = describe_record(town.state, stated)
    assert f"withdraw attachment {entry.hex()[:8]}: private" in told.lower()
