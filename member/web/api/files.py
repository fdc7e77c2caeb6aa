"""Endpoints for attached files: handing one in, what is attached, and a file with its bytes."""

from aiohttp import web

from federation.console.terminal import Refused
from federation.console.views import View
from federation.web.api import Api
from federation.web.guard import takes_upload
from federation.web.language import _
from ledger.attachment import MEDIA_TYPES
from member.household.attachment import Handed
from member.household.attachments import open_attachment, view_attachment, view_attachments
from member.membership import Membership
from member.web.api.read import shape
from member.web.api.shapes import (
    AttachmentGiven,
    ByAttachment,
    ByEntry,
    FileAndData,
    FileGiven,
    Upload,
)
from member.web.pages.base import desk_of
from member.web.tray import hand_in, pack_file

api = Api()


@api.post("/attachments", summary="Hand in a file to be attached", takes=Upload, gives=FileGiven)
@takes_upload
async def attachment_new(request: web.Request, asked: Upload) -> FileGiven:
    """Make a file small, seal and keep it."""
    (made,) = await hand_in(desk_of(request), [Handed(asked.name, asked.data)])
    return FileGiven(
        attach=pack_file(made),
        name=made.name,
        kind=made.kind,
        media_type=MEDIA_TYPES[made.kind],
        length=made.length,
        hash=made.hash.hex(),
        target=made.target.hex(),
        key=made.key.hex(),
    )


@api.get("/entries/{entry}/attachments", summary="What is attached to an entry",
         takes=ByEntry, gives=list[AttachmentGiven])  # fmt: skip
async def attachments(request: web.Request, asked: ByEntry) -> list[AttachmentGiven]:
    """Give what is attached to an entry."""
    entry = bytes.fromhex(asked.entry)
    held = await desk_of(request).read(
        lambda member: view_attachments(member, entry, with_cause=True)
    )
    return [shape(one, AttachmentGiven) for one in held]


@api.get("/attachments/{attachment}", summary="An attached file with its bytes",
         takes=ByAttachment, gives=FileAndData)  # fmt: skip
async def attachment(request: web.Request, asked: ByAttachment) -> FileAndData:
    """Give an attached file.

    Raises:
        HTTPNotFound: There is no such attachment.
    """
    wanted = bytes.fromhex(asked.attachment)
    held = await desk_of(request).read(lambda member: _look(member, wanted))
    if held is None:
        raise web.HTTPNotFound(text=_("There is no such file."))
    return shape(held, FileAndData)


def _look(member: Membership, wanted: bytes) -> View | None:
    held = view_attachment(member, wanted)
    if held is None:
        return None
    try:
        opened = open_attachment(member, wanted)
    except Refused:
        return held | {"data": None}
    assert opened is not None, "it was there just now"
    return held | {"data": opened.plain, "media_type": opened.media_type}
