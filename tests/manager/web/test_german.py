"""The manager's pages in German: nothing English is left on them, whatever happens."""

import asyncio
import re

from manager.cli.options import now
from tests.support.german import english_in
from tests.support.officeface import OfficeFace
from tests.support.visitor import Seen, Visitor

PLACES = (
    "/", "/members", "/members/ada", "/members/nobody", "/undo", "/undo?q=bicycle", "/refusals",
    "/debts", "/trial", "/links", "/network", "/cycles", "/care", "/rules", "/settings", "/admit",
    "/community-card", "/nowhere",
)  # fmt: skip
OWN = ("a bicycle", "bread", "a house", "ada", "Ada", "ben", "Ben", "cleo", "Cleo", "COMMONTAB")
WRONG: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("/members/ada", "/members/ada/limits", {"credit_limit": "viel"}),
    ("/members/ada", "/members/ada/limits", {"credit_limit": "0", "maximum_balance": "0"}),
    ("/members/ben", "/members/ben/suspend", {"reason": ""}),
    ("/members/ben", "/members/ben/close", {"reason": "x", "sure": "ben"}),
    ("/rules", "/rules", {"hold_days": "bald"}),
    ("/rules", "/rules", {"hold_days": "99999"}),
    ("/rules", "/units", {"code": "!", "name": "?", "scale": "1"}),
    ("/admit", "/admit", {"card": "etwas"}),
    ("/care", "/care/backup", {}),
    ("/care", "/care/audit", {}),
    ("/rules", "/rules", {"hold_days": "12"}),
)
"""A page, a form of it, and what is typed there: mistakes, refusals, and what is done."""


async def test_no_page_says_anything_in_english(manager: Visitor, office: OfficeFace) -> None:
    council = office.council
    await asyncio.to_thread(council.merge, council.pay("ben", "ada", 90_000, "a house"), now=now())
    office.log.say("1 merged, version of 24 records put on 8 nodes", now() - 30)
    await manager.open("/")
    left = {place: english(await german(manager, place)) for place in PLACES}
    for place, action, fields in WRONG:
        form = (await german(manager, place)).form(action)
        sent = await manager.post(action, form.fields | fields, **{"Accept-Language": "de"})
        left[f"{action} {fields}"] = english(sent)
    found = re.search(r'href="(/undo/[0-9a-f]+)"', (await german(manager, "/undo?q=bicycle")).text)
    assert found is not None
    left["undo"] = english(await german(manager, found[1]))
    left["care"] = english(await german(manager, "/care"))
    assert {place: texts for place, texts in left.items() if texts} == {}


async def german(manager: Visitor, path: str) -> Seen:
    """Open a page as a browser that likes German best."""
    return await manager.open(path, **{"Accept-Language": "de"})


def english(seen: Seen) -> list[str]:
    """Return what a page says in English."""
    assert '<html lang="de">' in seen.text
    assert seen.status < 500, seen.path
    return english_in(seen.text, OWN)
