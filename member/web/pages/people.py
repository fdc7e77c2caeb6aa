"""The others, and what stands behind the ledger: people, one person, the proof."""

from aiohttp import web

from member.web.pages.base import desk_of, show
from member.web.pages.past import attached
from member.web.people import view_people, view_person
from member.web.proofs import check, prove, view_proof

routes = web.RouteTableDef()


@routes.get("/people")
async def people(request: web.Request) -> web.Response:
    """Show who is in the community."""
    text = request.query.get("text", "")
    held = await desk_of(request).read(lambda member: view_people(member, text))
    return await show(request, "people.html", people=held, text=text)


@routes.get("/person/{handle}")
async def person(request: web.Request) -> web.Response:
    """Show somebody, and what one has had to do with them."""
    desk, handle = desk_of(request), request.match_info["handle"]
    held = await desk.read(lambda member: view_person(member, desk.reader(member), handle))
    return await show(request, "person.html", it=held)


@routes.get("/proof")
async def proof(request: web.Request) -> web.Response:
    """Show who has verified the ledger, and what anybody can check."""
    desk = desk_of(request)
    held = await desk.read(lambda member: view_proof(member, desk.now()))
    return await show(request, "proof.html", it=held, tally=None)


@routes.post("/proof")
async def proof_check(request: web.Request) -> web.Response:
    """Work every number out again, and show what was checked."""
    desk = desk_of(request)
    tally = await desk.read(check)
    held = await desk.read(lambda member: view_proof(member, desk.now()))
    return await show(request, "proof.html", it=held, tally=tally)


@routes.get("/proof/{kind:balance|key}.txt")
async def proof_file(request: web.Request) -> web.Response:
    """Give the proof of the own balance or key as a file."""
    kind = request.match_info["kind"]
    made = await desk_of(request).read(lambda member: prove(member, kind))
    return attached(made, f"proof-of-{kind}.txt")


@routes.get("/proof/checkpoint.txt")
async def checkpoint(request: web.Request) -> web.Response:
    """Give the newest checkpoint as a file."""
    desk = desk_of(request)
    held = await desk.read(lambda member: view_proof(member, desk.now()))
    kept = held["checkpoint"]
    return attached(kept["note"].encode() if kept else b"", "checkpoint.txt")
