"""DNS over HTTPS: queries as HTTP requests (RFC 8484), over HTTP/1.1."""

import base64
import binascii

from aiohttp import web

from federation.dns_face.answer import Forwarded
from federation.dns_face.message import Answered, Transport
from federation.dns_face.respond import Responder
from federation.dns_face.wire import MESSAGE_BYTES_MAX
from federation.web.attend import WIRES, attend
from federation.web.gate import GATE, Gate, Limits
from federation.web.wire import Wires

PATH = "/dns-query"
MEDIA_TYPE = "application/dns-message"
QUERY_CHARS_MAX = 2_048
"""Of a query in an address; longer ones are posted."""
LIMITS = Limits(open_max=256, of_source_max=64)


def build_https(responder: Responder) -> web.Application:
    """Return the application that answers at ``/dns-query``."""
    gate, wires = Gate(LIMITS), Wires()
    app = web.Application(middlewares=[attend(gate, wires)], client_max_size=MESSAGE_BYTES_MAX)
    app[GATE], app[WIRES] = gate, wires

    async def get(request: web.Request) -> web.Response:
        return await _answer(responder, request, _read_address(request))

    async def post(request: web.Request) -> web.Response:
        if request.content_type != MEDIA_TYPE:
            raise web.HTTPUnsupportedMediaType(text=f"send {MEDIA_TYPE}\n")
        return await _answer(responder, request, await request.read())

    app.router.add_get(PATH, get)
    app.router.add_post(PATH, post)
    return app


async def _answer(responder: Responder, request: web.Request, data: bytes) -> web.Response:
    given = responder.judge(data, request.remote or "0.0.0.0", Transport.HTTPS)  # noqa: S104 -- nobody's
    if isinstance(given, Forwarded):
        given = await responder.forward(data, given, Transport.HTTPS)
    if not isinstance(given, Answered):
        raise web.HTTPBadRequest(text="this is no DNS query\n")
    headers = {"Cache-Control": f"max-age={given.ttl}"}
    return web.Response(body=given.message, content_type=MEDIA_TYPE, headers=headers)


def _read_address(request: web.Request) -> bytes:
    """Return the query in an address: base64url without padding (RFC 8484, section 4.1)."""
    typed = request.query.get("dns", "")
    if not 0 < len(typed) <= QUERY_CHARS_MAX:
        raise web.HTTPBadRequest(text=f"send ?dns= with at most {QUERY_CHARS_MAX} characters\n")
    try:
        return base64.b64decode(typed + "=" * (-len(typed) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise web.HTTPBadRequest(text="?dns= is not base64url (RFC 4648, section 5)\n") from None
