"""What a scanner's form brings: a card by picture or by text; and cards to show on a page."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from threading import Lock
from typing import Any
from urllib.parse import quote

from aiohttp import web
from multidict import MultiMapping

from federation.card_frame import CARD_CHARS_MAX, SCHEME
from federation.errors import CardInvalid, ImageInvalid
from federation.qr import draw_png, draw_svg, read_picture
from federation.web.language import _, say_error
from federation.words import fingerprint

TEXT_CHARS_MAX = 2 * CARD_CHARS_MAX
"""A card with white space anywhere, as programs break its line."""
_SHOWN_CHARS = 60
_one_at_a_time = Lock()
"""A large picture takes a quarter gigabyte while it is read."""


async def read_scan(request: web.Request) -> str:
    """Return the text of the card that a scanner's form brought.

    Args:
        request: Of a handler that ``takes_upload``, with the fields ``picture`` and ``card``.

    Raises:
        ImageInvalid: Not a picture, too large, or without one QR code.
        CardInvalid: Nothing was given, or a text that is far too long.
    """
    form: MultiMapping[Any] = await request.post()
    files = [given for given in form.values() if isinstance(given, web.FileField)]
    pictures = [data for data in await asyncio.to_thread(_load, files) if data]
    if pictures:
        return await asyncio.to_thread(_read, pictures[0])
    text = str(form.get("card", "")) if isinstance(form.get("card"), str) else ""
    if not text.strip():
        raise CardInvalid(
            _("Nothing was scanned. Choose a picture of the code, or paste its text.")
        )
    return check_length(text)


def _load(files: Sequence[web.FileField]) -> list[bytes]:
    """Return what files hold, and close every one."""
    with ExitStack() as opened:
        return [opened.enter_context(one.file).read() for one in files]


def _read(data: bytes) -> str:
    with _one_at_a_time:
        return read_picture(data)


def check_length(text: str) -> str:
    """Return a text that is not too long to be a card.

    Raises:
        CardInvalid: It is.
    """
    if len(text) > TEXT_CHARS_MAX:
        raise CardInvalid(_("This text is far longer than a card. Paste the card alone."))
    return "".join(text.split())


def explain_scan(error: CardInvalid | ImageInvalid, text: str = "") -> str:
    """Return what is wrong with something scanned, and what to do.

    Args:
        error: From reading it.
        text: What the code held, where one was read.
    """
    scheme, _colon, rest = text.partition(":")
    if scheme.upper() != SCHEME:
        if not text:
            return say_error(error)
        return _(
            "This is a code of something else: “%(text)s”. A card of Commontab begins with "
            "COMMONTAB."
        ) % {"text": text[:_SHOWN_CHARS]}
    kind = rest[:1].upper()
    if kind == "P":
        return _("This is a part of a proof or a receipt, not a card. Check it under Proofs.")
    if kind == "S":
        return _(
            "This names a new key of a community, not a card. Follow it with "
            "`commontab succession`."
        )
    return _("This card is damaged or not whole. Scan it again, or ask for it once more.")


def view_card(text: str, key: bytes | None, name: str, file: str) -> Mapping[str, object]:
    """Return what ``cards.shown`` shows.

    Args:
        text: The signed card.
        key: Whose six words are shown; None for none.
        name: What the picture is called for those who cannot see it.
        file: What a saved picture is called.
    """
    return {
        "text": text,
        "svg": draw_svg(text, name),
        "words": fingerprint(key) if key is not None else "",
        "file": file,
        "query": quote(text, safe=""),
    }


async def send_picture(text: str) -> web.Response:
    """Return a card's QR code as a picture to save and to send."""
    data = await asyncio.to_thread(draw_png, text)
    return web.Response(body=data, content_type="image/png")
