"""Attachments: the parties of an entry add files to it, a month's worth at most."""

import pytest

from ledger.attachment import ATTACHED_MAX, FILE_BYTES_MAX, MONTH_BYTES_MAX
from ledger.entry import entry_id
from ledger.operation import Annotate, Operation, Profile, WithdrawFile
from ledger.record import ChangeSetRecord, ManagerRecord
from ledger.refusal import Code, explain
from ledger.rule.mandate import month_number
from ledger.state import Attachment, Filed
from tests.support.attached import attach
from tests.support.household import bill, code, house, propose
from tests.support.township import DAY_S, Town

FULL = MONTH_BYTES_MAX // FILE_BYTES_MAX


def _attached(town: Town) -> Attachment:
    """Let anna pay bert with a photo of what for; return the photo."""
    outcome = town.ask("anna", town.payment("bert", 5), attach("soup"))
    return town.state.attachments[entry_id(outcome.hash, 1)]


def test_a_file_is_about_what_the_operation_before_makes() -> None:
    town = house()
    at = len(town.records)
    note, photo = Annotate(None, "food", ""), attach("soup", name="Käse & Brot.txt")
    outcome = town.ask("anna", town.payment("bert", 5), note, photo, attach("bread"), note)
    paid = entry_id(outcome.hash, 0)
    first, second = town.state.attachments.values()
    assert first == Attachment(
        entry_id(outcome.hash, 2), at, 2, town.now, paid, town["anna"].id, "Käse & Brot.txt", 4, 4,
        photo.hash, photo.target, photo.key, None, "",
    )  # fmt: skip
    assert (second.about, second.operation) == (paid, 3)
    assert {one.operation for one in town.last.changes.mentions} == {1, 4}
    assert town.state.filed == {town["anna"].id: Filed(month_number(town.now), 9)}


def test_both_parties_attach_to_a_payment_and_both_find_it() -> None:
    town = house()
    paid = entry_id(town.ask("anna", town.payment("bert", 5)).hash, 0)
    for name in ("anna", "bert"):
        assert code(town, name, attach(name, paid)) is None
        record = town.last.records[0]
        assert isinstance(record, ChangeSetRecord)
        concerned = {one.account for one in record.concerns}
        assert concerned == {town["anna"].id, town["bert"].id}
    assert code(town, "cleo", attach("hm", paid)) is Code.NOT_CONCERNED
    assert {one.author for one in town.state.attachments.values()} == {
        town["anna"].id,
        town["bert"].id,
    }


@pytest.mark.parametrize(
    "operations",
    [
        pytest.param((attach("soup"),), id="nothing before"),
        pytest.param((Profile("Anna"), attach("soup")), id="made nothing"),
        pytest.param((attach("soup", bytes(16)),), id="no such entry"),
    ],
)
def test_a_file_about_nothing_is_refused(operations: tuple[Operation, ...]) -> None:
    town = house()
    assert code(town, "anna", *operations) is Code.UNKNOWN_ENTRY
    assert not town.state.attachments


def test_a_bill_that_is_over_still_takes_files() -> None:
    town = house()
    entry = propose(town, "bert", bill(town, {"anna": 5}, {"bert": 5}))
    assert entry in town.state.past_bills
    assert code(town, "anna", attach("receipt", entry)) is None


def test_one_change_attaches_eight_files() -> None:
    town = house()
    files = [attach(str(number)) for number in range(ATTACHED_MAX + 1)]
    outcome = town.ask("anna", town.payment("bert", 5), *files)
    assert outcome.refusal is not None
    assert outcome.refusal.code is Code.TOO_MANY_ATTACHED
    assert "attaches 9 files, and 8 fit" in explain(outcome.refusal, ())
    assert code(town, "anna", town.payment("bert", 5), *files[1:]) is None
    assert len(town.state.attachments) == ATTACHED_MAX


def test_a_month_holds_eight_mebibytes_of_one_account() -> None:
    town = house()
    paid = entry_id(town.ask("anna", town.payment("bert", 5)).hash, 0)
    large = [attach(str(number), paid, length=FILE_BYTES_MAX) for number in range(FULL)]
    for at in range(0, FULL, ATTACHED_MAX):
        assert code(town, "anna", *large[at : at + ATTACHED_MAX]) is None
    outcome = town.ask("anna", attach("x", paid))
    assert outcome.refusal is not None
    assert outcome.refusal.code is Code.TOO_MANY_FILES
    told = "attached 8192 KiB of the 8192 KiB that fit in a month, and the file takes 1 KiB"
    assert told in explain(outcome.refusal, ())
    assert code(town, "bert", attach("x", paid)) is None
    town.now += 31 * DAY_S
    assert code(town, "anna", attach("x", paid)) is None
    assert town.state.filed[town["anna"].id] == Filed(month_number(town.now), 1)


def test_a_refused_change_counts_for_nothing() -> None:
    town = house()
    assert code(town, "anna", town.payment("bert", 5), attach("soup"), attach("x", bytes(16)))
    assert not town.state.attachments
    assert not town.state.filed


def test_the_manager_takes_a_file_out_with_a_reason_once() -> None:
    town = house()
    photo = _attached(town)
    at = len(town.records)
    assert town.manage(WithdrawFile(photo.id, "somebody's passport")).refusal is None
    record = town.last.records[0]
    assert isinstance(record, ManagerRecord)
    concerned = {one.account for one in record.concerns}
    assert concerned == {town["anna"].id, town["bert"].id}
    taken = town.state.attachments[photo.id]
    assert (taken.withdrawn, taken.reason) == (at, "somebody's passport")
    assert (taken.hash, taken.key) == (photo.hash, photo.key)
    again = town.manage(WithdrawFile(photo.id, "again")).refusal
    assert again is not None
    assert again.code is Code.ALREADY_WITHDRAWN
    unknown = town.manage(WithdrawFile(bytes(16), "which?")).refusal
    assert unknown is not None
    assert unknown.code is Code.UNKNOWN_ATTACHMENT
    assert town.state.attachments[photo.id] == taken


def test_what_was_withdrawn_stays_counted_for_the_month() -> None:
    town = house()
    photo = _attached(town)
    counted = dict(town.state.filed)
    town.manage(WithdrawFile(photo.id, ""))
    assert town.state.filed == counted
