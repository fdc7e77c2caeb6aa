"""The member's JSON API: the answers and refusals of the pages, and what is signed elsewhere."""

import secrets
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession

from federation.home import Home
from ledger.changeset import ChangeSet, Seen, sign_change_set
from member.web.serve import Page
from tests.support.hamlet import refresh, signed
from tests.support.township import Town

READS = (
    "account", "balances", "entries", "open", "people", "people/bert", "outbox", "course?unit=EUR",
    "proof", "bills", "settle", "recurring", "mandates", "statement", "changes/next",
)  # fmt: skip


def number() -> str:
    return secrets.token_hex(16)


class Program:
    """A program that knows the home's token."""

    def __init__(self, session: ClientSession, page: Page) -> None:
        self.session = session
        self.page = page

    async def ask(self, method: str, path: str, **body: Any) -> tuple[int, Any]:
        url = f"{self.page.url}/api/v1/{path}"
        headers = {"Authorization": f"Bearer {self.page.token}"}
        json = body if method == "POST" else None
        async with self.session.request(method, url, headers=headers, json=json) as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def program(page: Page) -> AsyncIterator[Program]:
    async with ClientSession() as session:
        yield Program(session, page)


async def test_everything_that_reads_answers(program: Program, home: Home, town: Town) -> None:
    town.merge(town.pay("bert", "anna", 1_234))
    refresh(home, town)
    for path in READS:
        status, held = await program.ask("GET", path)
        assert status == 200, (path, held)
    _, books = await program.ask("GET", "balances")
    assert (books[0]["balance_minor"], books[0]["available_minor"]) == (1_234, 11_234)
    _, entries = await program.ask("GET", "entries?kind=received")
    (one,) = entries["entries"]
    assert (one["with"], one["amount_minor"], one["state"]) == ("bert", 1_234, "merged")
    status, receipt = await program.ask("GET", f"entries/{one['id']}/receipt")
    assert status == 200
    assert receipt["text"]


async def test_a_payment_is_looked_at_then_signed_once(program: Program, home: Home) -> None:
    asked = {"who": "bert", "amount": "12.50", "submission": number()}
    status, look = await program.ask("POST", "pay", **asked, look=True)
    assert (status, look["change"], signed(home)) == (200, None, [])
    assert look["after"][0]["balance_minor"] == -1_250
    _, first = await program.ask("POST", "pay", **asked)
    _, again = await program.ask("POST", "pay", **asked)
    assert first["change"]["hash"] == again["change"]["hash"]
    assert len(signed(home)) == 1


async def test_a_foreseen_refusal_has_the_ledgers_code(program: Program, home: Home) -> None:
    status, held = await program.ask("POST", "pay", who="bert", amount="200", submission=number())
    assert (status, held["code"]) == (409, "insufficient_credit")
    assert "€200.00" in held["message"]
    assert held["fits"]
    assert signed(home) == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("pay", {"who": "bert", "amount": "-1"}, 400),
        ("pay", {"who": "nobody", "amount": "1"}, 400),
        ("pay", {"who": "bert", "amount": "1", "extra": 1}, 400),
        ("pay", {"who": "bert", "amount": "1", "memo": "x" * 201}, 400),
        ("open/" + "0" * 32 + "/accept", {}, 400),
        ("entries/" + "0" * 32 + "/reverse", {}, 400),
        ("bills", {"amount": "0"}, 400),
        ("recurring", {"every": "hourly"}, 400),
        ("changes", {"body": "00", "signature": "00" * 64}, 400),
    ],
)
async def test_what_does_not_fit_is_said(
    program: Program, path: str, body: dict[str, Any], status: int
) -> None:
    sent = body if path == "changes" else body | {"submission": number()}
    got, held = await program.ask("POST", path, **sent)
    assert (got, set(held)) == (status, {"code", "message", "fits"}), held


async def test_a_change_set_that_was_signed_elsewhere_is_taken_if_it_is_the_next(
    program: Program, home: Home, town: Town
) -> None:
    _, wanted = await program.ask("GET", "changes/next")
    seen = Seen(wanted["seen_size"], bytes.fromhex(wanted["seen_root"]))
    previous = bytes.fromhex(wanted["previous"])
    asked = ChangeSet(
        wanted["generation"], wanted["number"], previous, town.now, seen,
        (town.payment("bert", 100),),
    )  # fmt: skip
    made = sign_change_set(town.key, town["anna"].seed, asked)
    sent = {"body": made.body.hex(), "signature": made.signature.hex()}
    status, change = await program.ask("POST", "changes", **sent)
    assert (status, change["hash"], change["state"]) == (200, made.hash.hex(), "waiting")
    status, held = await program.ask("POST", "changes", **sent)
    assert status == 409
    assert "the next one is 2" in held["message"]
    foreign = sign_change_set(town.key, town["bert"].seed, asked)
    sent = {"body": foreign.body.hex(), "signature": foreign.signature.hex()}
    assert (await program.ask("POST", "changes", **sent))[0] == 400
    assert [one.change_set.hash for one in signed(home)] == [made.hash]


async def test_nobody_without_the_token_is_answered(page: Page) -> None:
    url = f"{page.url}/api/v1/account"
    wrong = {"Authorization": "Bearer abcdefghijkmnpqrstuvwxyz23456789"}
    async with ClientSession() as session:
        async with session.get(url) as answer:
            assert answer.status == 401
        async with session.get(url, headers=wrong) as answer:
            assert answer.status == 401
