"""Attached files: shown where they are pictures, else handed out to be saved."""

from urllib.parse import quote

from aiohttp import web

from federation.web.language import _
from member.household.attachments import Opened, open_attachment
from member.web.pages.base import desk_of

routes = web.RouteTableDef()
CSP = "default-src 'none'; sandbox; frame-ancestors 'none'"
"""Whatever a member attached runs nothing, loads nothing and frames nothing."""
CACHED = "private, max-age=600"
"""A page with pictures opens again without reading them; a withdrawn one is soon gone."""


@routes.get("/attachment/{attachment:[0-9a-f]{32}}")
async def attachment(request: web.Request) -> web.Response:
    """Give an attached file.

    Raises:
        HTTPNotFound: There is no such attachment.
        Refused: It was withdrawn, or has not come yet.
    """
    wanted = bytes.fromhex(request.match_info["attachment"])
    opened = await desk_of(request).read(lambda member: open_attachment(member, wanted))
    if opened is None:
        raise web.HTTPNotFound(text=_("There is no such file."))
    shown = opened.shown and "download" not in request.query
    headers = {
        "Content-Disposition": _disposition(opened, shown=shown),
        "Content-Security-Policy": CSP,
        "Content-Type": opened.media_type,
        "Cache-Control": CACHED,
    }
    return web.Response(body=opened.plain, headers=headers)


def _disposition(opened: Opened, *, shown: bool) -> str:
    """Return whether a file is shown or saved, and its name in ASCII and whole.

    Source:
        RFC 6266, section 5; RFC 8187, section 3.2.
    """
    plain = "".join(sign if sign.isascii() and sign not in '"\\%' else "_" for sign in opened.name)
    kind = "inline" if shown else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(opened.name, safe='')}"
