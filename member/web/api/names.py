"""Endpoints about names: one's own, searching, and what is asked for about one."""

from aiohttp import web

from federation.console.terminal import UsageInvalid
from federation.web.api import Api
from ledger.saying import said
from member.membership import Membership
from member.names.ask import find_name
from member.names.view import search, view_names, view_one
from member.web.api.act import sign_operations
from member.web.api.name_shapes import (
    ByName,
    NameAsked,
    NameGiven,
    NameHanded,
    NamesFound,
    NamesGiven,
    RecordsAsked,
)
from member.web.api.read import shape
from member.web.api.shapes import ByText, Foreseen
from member.web.names import ask_name
from member.web.pages.base import desk_of

api = Api()


@api.get("/names", summary="The own names, and what names cost here", gives=NamesGiven)
async def names(request: web.Request) -> NamesGiven:
    """Give the own names."""
    desk = desk_of(request)
    held = await desk.read(lambda one: view_names(one.state, one.account, desk.now()))
    return shape(held, NamesGiven)


@api.get("/names-found", summary="Names with a text in them, and whether it is free",
         takes=ByText, gives=NamesFound)  # fmt: skip
async def names_found(request: web.Request, asked: ByText) -> NamesFound:
    """Give what a search finds."""
    desk = desk_of(request)
    held = await desk.read(lambda one: search(one.state, one.account, asked.text, desk.now()))
    return shape(held, NamesFound)


@api.get("/names/{name}", summary="Who stands behind a name", takes=ByName, gives=NameGiven)
async def name(request: web.Request, asked: ByName) -> NameGiven:
    """Give one name."""
    desk = desk_of(request)

    def look(member: Membership) -> NameGiven:
        held = find_name(member.state, asked.name)
        if held is None:
            raise UsageInvalid(said("nobody here has the name {name!r}", name=asked.name[:64]))
        return shape(view_one(member.state, held, desk.now()), NameGiven)

    return await desk.read(look)


@api.post("/names/{name}/claim", summary="Claim a free name", takes=NameAsked, gives=Foreseen)
async def name_claim(request: web.Request, asked: NameAsked) -> Foreseen:
    """Claim a name."""
    return await _sign(request, "claim", asked)


@api.post("/names/{name}/records", summary="Set what stands under a name",
          takes=RecordsAsked, gives=Foreseen)  # fmt: skip
async def name_records(request: web.Request, asked: RecordsAsked) -> Foreseen:
    """Set a name's records."""
    return await _sign(request, "records", asked, records=asked.records, key=asked.key)


@api.post("/names/{name}/renew", summary="Keep a name for another term",
          takes=NameAsked, gives=Foreseen)  # fmt: skip
async def name_renew(request: web.Request, asked: NameAsked) -> Foreseen:
    """Renew a name."""
    return await _sign(request, "renew", asked)


@api.post("/names/{name}/transfer", summary="Offer a name to somebody, who takes it",
          takes=NameHanded, gives=Foreseen)  # fmt: skip
async def name_transfer(request: web.Request, asked: NameHanded) -> Foreseen:
    """Offer a name."""
    return await _sign(request, "transfer", asked, to=asked.to)


@api.post("/names/{name}/take", summary="Take a name that was offered",
          takes=NameAsked, gives=Foreseen)  # fmt: skip
async def name_take(request: web.Request, asked: NameAsked) -> Foreseen:
    """Take a name."""
    return await _sign(request, "take", asked)


@api.post("/names/{name}/delegate", summary="Let somebody set a name's records",
          takes=NameHanded, gives=Foreseen)  # fmt: skip
async def name_delegate(request: web.Request, asked: NameHanded) -> Foreseen:
    """Delegate a name."""
    return await _sign(request, "delegate", asked, to=asked.to)


@api.post("/names/{name}/release", summary="Give a name up", takes=NameAsked, gives=Foreseen)
async def name_release(request: web.Request, asked: NameAsked) -> Foreseen:
    """Release a name."""
    return await _sign(request, "release", asked)


async def _sign(request: web.Request, verb: str, asked: NameAsked, **typed: str) -> Foreseen:
    made = await desk_of(request).read(lambda member: ask_name(member, verb, asked.name, typed))
    return await sign_operations(request, asked, (made,))
