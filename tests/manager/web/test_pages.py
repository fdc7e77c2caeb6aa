"""The manager's pages: each shows what is, and changes by the rules of the commands."""

import asyncio

import pytest
from aiohttp import ClientSession, CookieJar

from ledger.errors import StoreDamaged
from manager.cli.options import now
from manager.office import open_office
from tests.support.council import Council
from tests.support.officeface import PASSWORD, OfficeFace, serve_office
from tests.support.visitor import Visitor

PAGES = {
    "/": "What needs you now",
    "/members": "Ada",
    "/members/ada": "Six words",
    "/undo": "bread",
    "/refusals": "Nothing was refused",
    "/debts": "up to 30 days",
    "/trial": "adds up to zero",
    "/links": "No community is linked",
    "/names": "No such name is claimed",
    "/network": "Witnesses",
    "/cycles": "No cycle has ended",
    "/care": "No backup yet",
    "/rules": "Time to object",
    "/settings": "has no passphrase",
}


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_shows_what_it_is_for(manager: Visitor, path: str) -> None:
    seen = await manager.open(path)
    assert (seen.status, PAGES[path] in seen.words) == (200, True)
    german = await manager.open(path, **{"Accept-Language": "de"})
    assert german.status == 200
    assert '<html lang="de">' in german.text


async def test_limits_are_set_and_a_repeated_form_changes_nothing(
    manager: Visitor, office: OfficeFace
) -> None:
    seen = await manager.open("/members/ada")
    form = seen.form("/members/ada/limits")
    done = await manager.send(form, credit_limit="250")
    assert (done.status, "Done, and in the books" in done.words) == (200, True)
    again = await manager.send(form, credit_limit="999")
    assert again.status == 200
    (books,) = office.council.account("ada").balances
    assert books.credit_limit == 25_000


def size_of(council: Council) -> int:
    with open_office(council.home) as office:
        return office.store.tip().tree.size


async def test_a_form_that_comes_again_after_a_restart_changes_nothing(lively: Council) -> None:
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        async with serve_office(lively) as face:
            before = Visitor(session, face.url)
            seen = await before.open("/login")
            await before.send(seen.form("/login"), secret=PASSWORD)
            limits = (await before.open("/members/ada")).form("/members/ada/limits")
            suspend = (await before.open("/members/ben")).form("/members/ben/suspend")
            await before.send(limits, credit_limit="250")
            await before.send(suspend, reason="asked for it")
            done = await before.open("/members/ben")
            await before.send(done.form("/members/ben/reinstate"))
        size = size_of(lively)
        async with serve_office(lively) as face:
            again = Visitor(session, face.url)
            seen = await again.send(limits, credit_limit="999")
            assert (seen.status, "Done, and in the books" in seen.words) == (200, True)
            seen = await again.send(suspend, reason="asked for it")
            assert (seen.status, "Done, and in the books" in seen.words) == (200, True)
    (books,) = lively.account("ada").balances
    assert books.credit_limit == 25_000
    assert lively.account("ben").status == "active"
    assert size_of(lively) == size


async def test_a_limit_that_is_no_amount_keeps_the_form_as_typed(manager: Visitor) -> None:
    seen = await manager.open("/members/ada")
    wrong = await manager.send(seen.form("/members/ada/limits"), credit_limit="much")
    assert wrong.status == 400
    assert "an amount is a positive number" in wrong.words
    assert wrong.form("/members/ada/limits").fields["credit_limit"] == "much"


async def test_a_member_is_suspended_with_a_reason_and_reinstated(
    manager: Visitor, office: OfficeFace
) -> None:
    seen = await manager.open("/members/ben")
    unsaid = await manager.send(seen.form("/members/ben/suspend"), reason="")
    assert (unsaid.status, "Say why" in unsaid.words) == (400, True)
    done = await manager.send(unsaid.form("/members/ben/suspend"), reason="asked for it")
    assert "suspended" in done.words
    assert office.council.account("ben").status == "suspended"
    back = await manager.send(done.form("/members/ben/reinstate"))
    assert office.council.account("ben").status == "active"
    assert back.status == 200


async def test_an_account_closes_only_by_its_handle(manager: Visitor, office: OfficeFace) -> None:
    form = (await manager.open("/members/ben")).form("/members/ben/close")
    unsure = await manager.send(form, reason="moved away", sure="bne")
    assert (unsure.status, "to close the account for good" in unsure.words) == (400, True)
    form = unsure.form("/members/ben/close")
    refused = await manager.send(form, reason="moved away", sure="ben")
    assert (refused.status, "balance is \N{MINUS SIGN}€3.00" in refused.words) == (409, True)
    form = refused.form("/members/ben/close")
    done = await manager.send(form, reason="moved away", sure="ben", write_off="1")
    assert done.status == 200
    assert office.council.account("ben").status == "closed"


async def test_a_transaction_is_looked_up_foreseen_and_undone(
    manager: Visitor, office: OfficeFace
) -> None:
    found = await manager.open("/undo?q=bicycle")
    path = found.text.partition('href="/undo/')[2].partition('"')[0]
    seen = await manager.open(f"/undo/{path}")
    assert "Balances afterwards" in seen.words
    assert "€25.00" in seen.words
    done = await manager.send(seen.form(f"/undo/{path}"), reason="the wrong one")
    assert "This was undone" in done.words
    assert office.council.account("ada").balances[0].posted == 0
    again = await manager.send(seen.form(f"/undo/{path}"), reason="the wrong one")
    assert again.status == 200
    assert office.council.account("ada").balances[0].posted == 0


async def test_more_than_was_moved_is_not_undone(manager: Visitor) -> None:
    found = await manager.open("/undo?q=bicycle")
    path = found.text.partition('href="/undo/')[2].partition('"')[0]
    form = (await manager.open(f"/undo/{path}")).form(f"/undo/{path}")
    refused = await manager.send(form, reason="all of it", amount="30")
    assert refused.status == 409
    assert "the transaction moved €25.00" in refused.words
    assert (await manager.open("/undo/" + "0" * 32)).status == 404
    assert (await manager.open("/members/nobody")).status == 404


async def test_rules_and_units_change(manager: Visitor, office: OfficeFace) -> None:
    seen = await manager.open("/rules")
    done = await manager.send(seen.form("/rules"), hold_days="12")
    assert done.form("/rules").fields["hold_days"] == "12"
    wrong = await manager.send(done.form("/rules"), hold_days="soon")
    assert (wrong.status, "type a whole number" in wrong.words) == (400, True)
    done = await manager.send(wrong.form("/units"), code="hour", name="Hours", scale="1")
    assert "Hours" in done.words
    with open_office(office.council.home) as books:
        assert books.community.unit("HOUR") is not None


async def test_a_backup_is_made_here_and_not_sent(manager: Visitor, office: OfficeFace) -> None:
    seen = await manager.open("/care")
    done = await manager.send(seen.form("/care/backup"))
    (file,) = (office.council.home.path / "backups").iterdir()
    assert "Backed up to" in done.words
    assert (await manager.open(f"/care/{file.name}")).status == 404
    assert (await manager.open(f"/backups/{file.name}")).status == 404


async def test_an_audit_that_fails_is_the_first_thing_on_the_first_page(
    manager: Visitor, office: OfficeFace
) -> None:
    async def audit() -> int:
        raise StoreDamaged("record 3 is not what was signed")

    office.running.audit = audit
    seen = await manager.open("/care")
    await manager.send(seen.form("/care/audit"))
    first = await manager.open("/")
    assert "record 3 is not what was signed" in first.words


async def test_a_refusal_shows_its_reason_and_a_next_step(
    manager: Visitor, office: OfficeFace
) -> None:
    council = office.council
    await asyncio.to_thread(council.merge, council.pay("ben", "ada", 90_000, "a house"), now=now())
    seen = await manager.open("/refusals")
    assert "Pay €900.00 to ada: a house" in seen.words
    assert "higher credit limit" in seen.words
    assert "1 refusal since yesterday" in (await manager.open("/")).words
