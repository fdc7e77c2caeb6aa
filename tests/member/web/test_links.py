"""A payment and a request across a real link, by the page and by the API, to their ends."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, CookieJar

from federation.home import Home
from federation.settings import Network, load_settings, save_settings
from federation.words import fingerprint
from ledger.link.terms import Fee, Terms
from ledger.operation import LinkPay, LinkRequest, RateLink
from ledger.store.database import Role, open_database
from member.settle import Settler
from member.web.serve import local_place, serve_page
from tests.support.dht import PrivateDht, private_dht
from tests.support.hamlet import settle_in, signed
from tests.support.linked_pair import Pair
from tests.support.prompt import Cli
from tests.support.shires import Shires
from tests.support.township import seed_of
from tests.support.visitor import Seen, Visitor

IN_EUR = Terms("EUR", 2, "", 0, 1, 1)
API = "/api/v1"
UNPAYABLE = [
    ({"who": "ben@nowhere"}, "nowhere"),
    ({"amount": "500"}, "too little can leave now by the link from your community to lake"),
    ({"sealing": "1"}, "a memo across links is open to all on the way"),
    ({"amount": "1.234"}, "1.234"),
]
"""What somebody types, and what it says."""


@pytest.fixture(scope="module")
def dht() -> Iterator[PrivateDht]:
    with private_dht(4) as dht:
        yield dht


@pytest.fixture
def shires(tmp_path: Path, cli: Cli, dht: PrivateDht) -> Shires:
    """River with Ada and Lake with Ben; River takes a fee of 0.20 and 1 % at the link."""
    shires = Shires(tmp_path, cli)
    shires.river.manage(RateLink(shires.lake.key, IN_EUR, Fee(20, 10_000)))
    shires.refresh()
    for home in shires.homes.values():
        connect(home, dht)
    return shires


def connect(home: Home, dht: PrivateDht) -> None:
    settings = load_settings(home.path)
    network = Network("loopback", tuple(dht.nodes))
    save_settings(home.path, replace(settings, network=network))


@asynccontextmanager
async def at_page(
    home: Home, who: str, clock: Callable[[], float] = time.time
) -> AsyncIterator[Visitor]:
    place = local_place(0)
    async with (
        serve_page(home, seed_of(who), place, print, clock=clock) as page,
        ClientSession(cookie_jar=CookieJar(unsafe=True)) as session,
    ):
        visitor = Visitor(session, page.url)
        await visitor.open(f"/login?token={page.token}")
        visitor.session.headers["Authorization"] = f"Bearer {page.token}"
        yield visitor


def merge(shires: Shires) -> None:
    """Let both managers merge, and both homes hear what became of their own changes."""
    shires.merge()
    hear(shires)


def settle(shires: Shires) -> None:
    """Let both managers merge and read each other until nobody has news, and both homes hear."""
    shires.settle()
    hear(shires)


def hear(shires: Shires) -> None:
    for who, here in (("ada", shires.river), ("ben", shires.lake)):
        home = shires.homes[who]
        with (
            closing(open_database(home.outgoing, Role.MEMBER, write=True)) as own,
            closing(open_database(home.ledger, Role.REPLICA, write=False)) as replica,
        ):
            Settler(own, replica, home.read_key().key).settle(here.state)


@pytest.fixture
async def ada(shires: Shires) -> AsyncIterator[Visitor]:
    async with at_page(shires.ada, "ada") as visitor:
        yield visitor


@pytest.fixture
async def ben(shires: Shires) -> AsyncIterator[Visitor]:
    async with at_page(shires.ben, "ben") as visitor:
        yield visitor


async def call(visitor: Visitor, path: str, number: int, **asked: object) -> tuple[int, Any]:
    body = {"submission": f"{number:032x}", **asked}
    async with visitor.session.post(visitor.url + API + path, json=body) as answer:
        return answer.status, await answer.json()


async def look_at_paying(ada: Visitor, **typed: str) -> Seen:
    form = (await ada.open("/pay?who=ben@lake")).form("/pay")
    return await ada.send(form, **({"amount": "12.50", "memo": "eggs"} | typed))


async def test_a_payment_shows_way_fee_and_what_arrives_and_is_followed_to_its_end(
    shires: Shires, ada: Visitor, ben: Visitor
) -> None:
    asked = await look_at_paying(ada)
    assert asked.status == 200
    assert "€12.83 leave you; ben at lake gets €12.50." in asked.words
    assert "€12.50 to lake; fee €0.33 (0.20 + 1 %)" in asked.words
    assert "€87.50 can still go this way afterwards" in asked.words
    assert all(word in asked.words for word in fingerprint(shires.lake.key).split())
    assert "€12.83" in asked.words
    assert "Left to spend: €87.17" in asked.words
    for typed, said in UNPAYABLE:
        seen = await look_at_paying(ada, **typed)
        assert seen.status in {400, 409}
        assert said in seen.words
        assert seen.form("/pay").fields["who"] == typed.get("who", "ben@lake")
    assert signed(shires.ada) == []

    done = await ada.send(asked.form("/sign"))
    assert done.path.startswith("/change/")
    assert "to ben@lake, for" in done.words
    (one,) = signed(shires.ada)
    (made,) = one.change_set.change_set.operations
    assert isinstance(made, LinkPay)
    assert (made.payee, made.amount, made.pays) == ("ben", 1_250, 1_283)
    assert "ben@lake" in (await ada.open("/history")).words

    merge(shires)
    held = await ada.open(done.path)
    assert "held until lake accepts" in held.words
    assert "Done" not in held.words
    home = await ada.open("/")
    assert "ben@lake held until lake accepts" in home.words
    assert "Take back" in home.words

    settle(shires)
    assert "paid; ben at lake has it" in (await ada.open(done.path)).words
    assert "Done" in (await ada.open(done.path)).words
    assert "paid; ben at lake has it" in (await ada.open("/history")).words
    assert "received from ada at river" in (await ben.open("/history")).words
    assert "€12.50" in (await ben.open("/")).words


async def test_a_payment_into_another_unit_shows_the_rate_and_both_amounts(
    tmp_path: Path, dht: PrivateDht
) -> None:
    pair = Pair()
    pair.link()
    home = settle_in(tmp_path / "anna", pair.lake, "anna")
    connect(home, dht)
    async with at_page(home, "anna", lambda: pair.lake.now) as anna:
        form = (await anna.open("/pay?who=bakery@river")).form("/pay")
        unsaid = await anna.send(form, amount="3", memo="bread")
        assert unsaid.status == 400
        assert "river pays its members in EUR. Choose the unit" in unsaid.words
        assert '<option value="EUR" selected>' in unsaid.text
        asked = await anna.send(unsaid.form("/pay"), unit="EUR")
        assert asked.status == 200
        assert "leave you; bakery at river gets €3.00." in asked.words
        assert "at 1 HOUR = 15 EUR" in asked.words
        assert "fee €0.13 (0.10 + 1 %)" in asked.words
        assert "0.21 HOUR" in asked.words


async def test_a_payment_that_is_refused_or_taken_back_says_so_and_takes_nothing(
    shires: Shires, ada: Visitor
) -> None:
    refused = await ada.send((await look_at_paying(ada, who="dora@lake")).form("/sign"))
    settle(shires)
    said = (await ada.open(refused.path)).words
    assert "rejected by lake: No such account is in this ledger. Nothing was taken" in said
    assert "Not paid" in said
    assert "Done" not in said
    done = await ada.send((await look_at_paying(ada)).form("/sign"))
    merge(shires)
    (payment,) = shires.river.state.transits
    assert f"/cancel/{payment.hex()}" in (await ada.open("/")).text
    asked = await ada.open(f"/cancel/{payment.hex()}")
    assert "ben@lake" in asked.words
    await ada.send(asked.form("/sign"))
    settle(shires)
    assert "taken back, nothing was taken" in (await ada.open(done.path)).words


async def test_a_request_comes_across_and_is_paid_and_both_see_it(
    shires: Shires, ada: Visitor, ben: Visitor
) -> None:
    form = (await ben.open("/request?who=ada@river")).form("/request")
    asked = await ben.send(form, amount="8", memo="bread")
    assert "ada@river" in asked.words
    done = await ben.send(asked.form("/sign"))
    assert done.path.startswith("/change/")
    (one,) = signed(shires.ben)
    assert isinstance(one.change_set.change_set.operations[0], LinkRequest)
    assert "ada@river" in (await ben.open("/history")).words
    settle(shires)
    assert "ada@river" in (await ben.open("/")).words
    home = await ada.open("/")
    assert "ben@lake" in home.words
    assert "bread" in home.words
    (request,) = shires.river.state.linked_requests
    consent = await ada.open(f"/accept/{request.hex()}")
    assert "€8.28 leave you; ben at lake gets €8.00." in consent.words
    await ada.send(consent.form("/sign"))
    settle(shires)
    assert "bread" not in (await ada.open("/")).words.partition("What happened")[0]
    assert "received from ada at river" in (await ben.open("/history")).words


async def test_what_came_is_given_back_across_the_link(
    shires: Shires, ada: Visitor, ben: Visitor
) -> None:
    await ada.send((await look_at_paying(ada)).form("/sign"))
    settle(shires)
    came = next(iter(shires.lake.state.finished.values()))
    history = await ben.open("/history")
    entry = history.text.partition("/entry/")[2][:32]
    seen = await ben.open(f"/entry/{entry}")
    assert "ada@river" in seen.words
    form = (await ben.open(f"/reverse/{entry}")).form(f"/reverse/{entry}")
    consent = await ben.send(form, reason="too many")
    assert "€12.50 leave you; ada at river gets €12.50." in consent.words
    await ben.send(consent.form("/sign"))
    settle(shires)
    assert came.id in shires.lake.state.finished
    assert "too many" in (await ada.open("/history")).words


async def test_programs_pay_and_ask_across_a_link(
    shires: Shires, ada: Visitor, ben: Visitor
) -> None:
    status, made = await call(ben, "/request", 1, who="ada@river", amount="8", memo="bread")
    assert (status, made["change"]["state"]) == (200, "waiting")
    status, refused = await call(ben, "/request", 2, who="ada@nowhere", amount="8")
    assert status == 400
    assert "nowhere" in refused["message"]
    asked = {"who": "ben@lake", "amount": "12.50", "memo": "eggs"}
    status, looked = await call(ada, "/pay", 1, look=True, **asked)
    assert status == 200
    quote = looked["quote"]
    assert (quote["pays_minor"], quote["gets_minor"], quote["payee"]) == (1_283, 1_250, "ben")
    (hop,) = quote["hops"]
    assert (hop["name"], hop["fee_minor"], hop["fee_terms"]) == ("lake", 33, "0.20 + 1 %")
    assert looked["change"] is None
    status, made = await call(ada, "/pay", 2, **asked)
    again = await call(ada, "/pay", 2, **asked)
    assert (status, again) == (200, (200, made))
    assert len(signed(shires.ada)) == 1
    settle(shires)
    assert len(shires.river.state.linked_requests) == 1
    async with ada.session.get(f"{ada.url}{API}/outbox/{made['change']['hash']}") as answer:
        assert (await answer.json())["told"].endswith("paid; ben at lake has it")
