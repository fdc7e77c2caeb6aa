"""The JSON API of the manager's page: the commands' rules and codes, and no answer of 500."""

import asyncio
import json
from collections.abc import AsyncIterator

from aiohttp import web

from federation.web.app import build_app, document_of
from federation.web.events import Events
from federation.web.login import Login
from ledger.store.lookup import ID_DIGITS
from manager.cli.options import now
from manager.report.cycles import CycleLog
from manager.web.desk import Desk, Running
from manager.web.face import FACE
from tests.support.conformance import check_api
from tests.support.council import Council
from tests.support.officeface import OfficeFace, merge_on
from tests.support.serving import serving
from tests.support.visitor import Seen, Visitor

READS = ("overview", "members", "members/ada", "cycles", "journal", "refusals", "transactions")
MORE = ("debts", "trial", "links", "network", "witnesses", "care", "rules")
TOKEN = "a-token-of-the-test"  # noqa: S105 -- of a test's page
EXAMPLES = 6


async def post(manager: Visitor, path: str, number: int, **asked: object) -> Seen:
    """Send what a page's script would, with the session's token."""
    csrf = (await manager.open("/undo/")).form("/language").fields["csrf"]
    body = json.dumps(asked | {"submission": f"{number:032x}"})
    headers = {"X-CSRF-Token": csrf, "Content-Type": "application/json", "Origin": manager.url}
    path = f"/api/v1/{path}"
    async with manager.session.post(manager.url + path, data=body, headers=headers) as answer:
        return Seen(answer.status, path, await answer.text(), "", [], {})


async def test_every_reading_answers_with_json(manager: Visitor) -> None:
    for path in READS + MORE:
        seen = await manager.open(f"/api/v1/{path}")
        assert seen.status == 200
        assert json.loads(seen.text) or path in {"cycles", "refusals", "links"}
    assert (await manager.open("/api/v1/members/nobody")).status == 404


async def test_changes_follow_the_rules_of_the_commands(
    manager: Visitor, office: OfficeFace
) -> None:
    (found,) = json.loads((await manager.open("/api/v1/transactions?q=bicycle")).text)
    told = json.loads((await manager.open(f"/api/v1/transactions/{found['id']}/undone")).text)
    assert {one["handle"]: one["after_minor"] for one in told["balances"]} == {
        "ada": 0,
        "cleo": 300,
    }
    undo = f"transactions/{found['id']}/undo"
    done = await post(manager, undo, 1, reason="wrong one")
    assert (done.status, json.loads(done.text)["state"]) == (200, "merged")
    repeated = await post(manager, undo, 1, reason="wrong one")
    assert json.loads(repeated.text) == json.loads(done.text)
    refused = await post(manager, undo, 2, reason="again")
    assert (refused.status, json.loads(refused.text)["code"]) == (409, "already_reverted")
    unknown = await post(manager, f"transactions/{'0' * ID_DIGITS}/undo", 3, reason="none")
    assert unknown.status == 400
    limits = await post(manager, "members/ben/limits", 4, credit_limit="7.50")
    assert limits.status == 200
    assert office.council.account("ben").balances[0].credit_limit == 750
    assert (await post(manager, "members/ben/suspend", 5, reason="asked for it")).status == 200
    assert (await post(manager, "members/ben/reinstate", 6)).status == 200
    again = await post(manager, "members/ben/reinstate", 7)
    assert json.loads(again.text)["code"] == "not_suspended"


def test_the_api_keeps_to_its_description(lively: Council) -> None:
    def make() -> web.Application:
        desk = Desk(
            home=lively.home, seed=lively.seed, log=CycleLog(), running=Running(), clock=now
        )
        app = build_app(FACE, desk=desk, login=Login(TOKEN), secret=bytes(32), events=Events())

        async def live(_app: web.Application) -> AsyncIterator[None]:
            merger = asyncio.create_task(merge_on(lively))
            yield
            merger.cancel()
            await asyncio.wait([merger])
            await desk.close()

        app.cleanup_ctx.append(live)
        return app

    with serving(make) as served:
        seen = check_api(served.url, document_of(FACE), TOKEN, EXAMPLES)
    assert len(seen) == sum(len(api.endpoints) for api in FACE.apis)
    assert all(statuses <= {200, 400, 404, 409} for statuses in seen.values())
