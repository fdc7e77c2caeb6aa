"""Endpoints that read: the account, what happened, who is there, and what proves it."""

from typing import Any, TypeVar

import msgspec
from aiohttp import web

from federation.console.people import find_account
from federation.console.views import View, view_balances, view_members
from federation.web.api import Api
from federation.words import fingerprint
from member.membership import Membership
from member.standing import mark_standing, view_stand
from member.views import view_holds, view_outbox, view_requests
from member.web.api.shapes import (
    AccountGiven,
    Books,
    ByEntry,
    ByHandle,
    ByHash,
    ByText,
    Change,
    Course,
    CourseAsked,
    Entries,
    EntryGiven,
    Limited,
    Open,
    OpenGiven,
    PersonGiven,
    ProofAsked,
    ProofGiven,
    Searching,
    Stand,
    Standing,
    Tally,
)
from member.web.course import view_course
from member.web.entries import receipt, view_whole
from member.web.overview import with_limits
from member.web.pages.base import desk_of
from member.web.pages.past import view_change
from member.web.people import view_people
from member.web.proofs import check, prove, view_proof
from member.web.timeline import Search, search

api = Api()
T = TypeVar("T")


def shape(held: View, kind: type[T]) -> T:
    """Return a view as an answer's shape, without what the shape does not have."""
    return msgspec.convert(held, kind)


@api.get("/account", summary="The own account: limits, balances and the ledger behind them",
         gives=AccountGiven)  # fmt: skip
async def account(request: web.Request) -> AccountGiven:
    """Give the own account."""
    desk = desk_of(request)
    return await desk.read(lambda member: shape(_view_account(member, desk.now()), AccountGiven))


@api.get("/balances", summary="The own balances with their limits", gives=list[Books])
async def balances(request: web.Request) -> list[Books]:
    """Give the own balances."""
    held = await desk_of(request).read(_view_books)
    return [shape(one, Books) for one in held]


@api.get("/entries", summary="Transactions of the own account, searched and filtered",
         takes=Searching, gives=Entries)  # fmt: skip
async def entries(request: web.Request, asked: Searching) -> Entries:
    """Give entries, newest first."""
    desk = desk_of(request)
    fields = msgspec.structs.asdict(asked)
    limit = fields.pop("limit")
    found = await desk.read(
        lambda member: search(member, desk.reader(member), Search(**fields), limit)
    )
    settled = [shape(one, EntryGiven) for one in found.entries if "index" in one]
    return Entries(entries=settled, before=found.more)


@api.get("/entries/{entry}", summary="One transaction", takes=ByEntry, gives=EntryGiven)
async def entry(request: web.Request, asked: ByEntry) -> EntryGiven:
    """Give one transaction."""
    desk = desk_of(request)
    held = await desk.read(lambda member: view_whole(member, desk.reader(member), asked.entry))
    return shape(held, EntryGiven)


@api.get("/entries/{entry}/receipt", summary="A receipt that anybody can check",
         takes=ByEntry, gives=ProofGiven)  # fmt: skip
async def entry_receipt(request: web.Request, asked: ByEntry) -> ProofGiven:
    """Give a receipt of a transaction."""
    made = await desk_of(request).read(lambda member: receipt(member, asked.entry))
    return ProofGiven(text=made.decode())


@api.get("/open", summary="Open requests and holds from and to the own account", gives=Open)
async def open_entries(request: web.Request) -> Open:
    """Give what is open."""
    return await desk_of(request).read(_view_open)


@api.get("/people", summary="Who is in the community", takes=ByText, gives=list[PersonGiven])
async def people(request: web.Request, asked: ByText) -> list[PersonGiven]:
    """Give everybody, or those whose handle or name has a text in it."""
    held = await desk_of(request).read(lambda member: view_people(member, asked.text))
    return [shape(one, PersonGiven) for one in held]


@api.get("/people/{handle}", summary="One person", takes=ByHandle, gives=PersonGiven)
async def person(request: web.Request, asked: ByHandle) -> PersonGiven:
    """Give one person."""

    def look(member: Membership) -> View:
        found = find_account(member.state, asked.handle)
        return view_members(member.state, [found])[0]

    return shape(await desk_of(request).read(look), PersonGiven)


@api.get("/outbox", summary="What became of the own changes", takes=Limited, gives=list[Change])
async def outbox(request: web.Request, asked: Limited) -> list[Change]:
    """Give own changes, newest first."""

    def look(member: Membership) -> list[View]:
        newest = member.outgoing.newest(asked.limit)
        held = view_outbox(member.state, newest, member.name_of)
        mark_standing(member, held)
        return held

    return [shape(one, Change) for one in await desk_of(request).read(look)]


@api.get("/outbox/{hash}", summary="What became of one change", takes=ByHash, gives=Change)
async def change(request: web.Request, asked: ByHash) -> Change:
    """Give one own change."""
    wanted = bytes.fromhex(asked.hash)
    return shape(await desk_of(request).read(lambda one: view_change(one, wanted)), Change)


@api.get("/course", summary="The own balance over time", takes=CourseAsked, gives=Course)
async def course(request: web.Request, asked: CourseAsked) -> Course:
    """Give the points of a chart."""
    held = await desk_of(request).read(lambda one: view_course(one, asked.unit, asked.since))
    return shape(held, Course)


@api.get("/proof", summary="What stands behind the ledger", gives=Standing)
async def proof(request: web.Request) -> Standing:
    """Give checkpoint, witnesses and finality."""
    desk = desk_of(request)
    held = await desk.read(lambda member: view_proof(member, desk.now()))
    return shape(held, Standing)


@api.get("/proof/{kind}", summary="A proof of the own balance or key",
         takes=ProofAsked, gives=ProofGiven)  # fmt: skip
async def proof_text(request: web.Request, asked: ProofAsked) -> ProofGiven:
    """Give a proof."""
    made = await desk_of(request).read(lambda member: prove(member, asked.kind))
    return ProofGiven(text=made.decode())


@api.post("/proof/check", summary="Work every number out again from its bytes", gives=Tally)
async def proof_check(request: web.Request) -> Tally:
    """Audit the whole replica."""
    return Tally(report=await desk_of(request).read(check))


def _view_account(member: Membership, now: int) -> dict[str, Any]:
    own = member.account
    return {
        "handle": own.handle,
        "name": own.name,
        "status": own.status,
        "community": member.community.name,
        "fingerprints": [fingerprint(key) for key in own.keys],
        "books": _view_books(member),
        "ledger": msgspec.to_builtins(shape(view_stand(member, now), Stand)),
    }


def _view_books(member: Membership) -> list[View]:
    held = view_balances(member.state, member.account)
    return [with_limits(member.state, books) for books in held]


def _view_open(member: Membership) -> Open:
    requests = view_requests(member.state, member.account, member.name_of)
    holds = view_holds(member.state, member.account)
    return Open(
        requests=[shape(one, OpenGiven) for one in requests],
        holds=[shape(one, OpenGiven) for one in holds],
    )
