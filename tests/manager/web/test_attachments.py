"""Attached files on the manager's page: what there is, and taking one out."""

from contextlib import closing

import pytest

from ledger.store.attachment import AttachmentStore
from ledger.store.database import Role, open_database
from manager.cli.options import now
from manager.office import open_office
from tests.support.attached import attach, sealed_file
from tests.support.council import Council
from tests.support.officeface import OfficeFace
from tests.support.visitor import Visitor


@pytest.fixture
def lively(lively: Council) -> Council:
    """The community in which Ada has attached a file to a payment."""
    pays = lively.pay("ada", "ben", 5).change_set.operations
    with closing(open_database(lively.home.ledger, Role.MANAGER, write=True)) as database:
        AttachmentStore(database).keep(sealed_file("soup"), now())
    ada = lively.people["ada"]
    ada.restore()
    lively.merge(ada.sign(*pays, attach("soup", name="<b>soup</b>.txt".replace("/", ""))))
    return lively


async def test_a_file_is_withdrawn_from_the_page(manager: Visitor, office: OfficeFace) -> None:
    seen = await manager.open("/attachments")
    assert "<b>soup<b>.txt" in seen.words
    done = await manager.send(seen.form("/attachments/withdraw"), reason="private")
    assert "Done, and in the books" in done.words
    seen = await manager.open("/attachments")
    assert "withdrawn" in seen.words
    assert "private" in seen.words
    with open_office(office.council.home) as held:
        (one,) = held.state.attachments.values()
    assert one.reason == "private"


async def test_a_reason_is_asked_for(manager: Visitor) -> None:
    seen = await manager.open("/attachments")
    form = seen.form("/attachments/withdraw")
    told = await manager.send(form, reason="")
    assert (told.status, "Say why" in told.words) == (400, True), told.words
    told = await manager.send(form, attachment="00000000", reason="x")
    assert (told.status, "no attachment has an id" in told.words) == (400, True), told.words
