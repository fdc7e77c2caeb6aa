"""Endpoints for change-sets that are made and signed elsewhere by this home's key."""

from aiohttp import web

from federation.console.views import View
from federation.web.api import Api
from member.membership import Membership
from member.web.api.read import shape
from member.web.api.shapes import Change, Next, Signed
from member.web.pages.base import desk_of
from member.web.pages.past import view_change
from member.web.signed import take_signed, view_next

api = Api()


@api.get("/changes/next", summary="What the next change-set has to name", gives=Next)
async def change_next(request: web.Request) -> Next:
    """Give number, previous and the checkpoint that may be named."""
    return shape(await desk_of(request).read(view_next), Next)


@api.post("/changes", summary="Hand in a change-set that was signed elsewhere",
          takes=Signed, gives=Change)  # fmt: skip
async def change_new(request: web.Request, asked: Signed) -> Change:
    """Take a signed change-set into the outbox."""
    desk = desk_of(request)

    def take(member: Membership) -> View:
        body, signature = bytes.fromhex(asked.body), bytes.fromhex(asked.signature)
        made = take_signed(member, body, signature, desk.now())
        return view_change(member, made.hash)

    return shape(await desk.read(take), Change)
