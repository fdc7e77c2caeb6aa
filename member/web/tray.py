"""The tray: files handed in with a form, sealed and kept until what names them is signed.

The form carries what attaches them as hidden fields, so that nobody hands a file in twice.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable, Sequence

from aiohttp import web

from federation.console.terminal import UsageInvalid
from federation.console.views import View
from ledger.attachment import MEDIA_TYPES
from ledger.codec import decode, encode
from ledger.errors import CodecError
from ledger.operation import Attach, Operation
from member.household.attachment import (
    UPLOAD_BYTES_MAX,
    Handed,
    check_count,
    prepare_file,
    seal_prepared,
)
from member.household.own_files import keep_uploads
from member.membership import Membership
from member.web.desk import Desk

FILES_FIELD = "attach"
TOKENS_FIELD = "attached"
TOKEN_BYTES_MAX = 512
"""An attaching operation: a name of 64 characters and 90 bytes."""


async def take_files(desk: Desk, request: web.Request) -> tuple[Attach, ...]:
    """Return what attaches the files of a form: handed in now, or before and shown again.

    Raises:
        UsageInvalid: One cannot be attached, or there are too many.
    """
    posted = await request.post()
    tokens = [one for one in posted.getall(TOKENS_FIELD, []) if isinstance(one, str)]
    uploads = [one for one in posted.getall(FILES_FIELD, []) if isinstance(one, web.FileField)]
    handed = [_read(one) for one in uploads if one.filename]
    check_count([*tokens, *handed])
    known = [unpack_file(one) for one in tokens]
    return (*known, *await hand_in(desk, handed))


async def hand_in(desk: Desk, handed: Sequence[Handed]) -> list[Attach]:
    """Return what attaches files to the operation before, once they are sealed and kept.

    Raises:
        FileUnfit: One cannot be attached.
    """
    if not handed:
        return []

    def keep(member: Membership) -> list[Attach]:
        sealed = [seal_prepared(prepare_file(one)) for one in handed]
        own = member.outgoing.database
        keep_uploads(own, [one.sealed for one in sealed], desk.now())
        return [one.operation for one in sealed]

    return await desk.read(keep)


def view_files(operations: Iterable[Operation]) -> list[View]:
    """Return the files that operations attach, as a form and its consent show them."""
    return [
        {
            "name": one.name,
            "media_type": MEDIA_TYPES[one.kind],
            "length": one.length,
            "token": pack_file(one),
        }
        for one in operations
        if isinstance(one, Attach)
    ]


def pack_file(file: Attach) -> str:
    """Return what attaches a file as a form's hidden field."""
    return urlsafe_b64encode(encode(file)).decode()


def unpack_file(text: str) -> Attach:
    """Return what attaches a file, from a form's hidden field.

    Args:
        text: Untrusted.

    Raises:
        UsageInvalid: Not what ``pack_file`` writes.
    """
    try:
        return decode(urlsafe_b64decode(text.encode()), Attach, TOKEN_BYTES_MAX)
    except (Base64Error, ValueError, CodecError) as error:
        raise UsageInvalid("this form does not read any more; begin it again") from error


def _read(upload: web.FileField) -> Handed:
    with upload.file:
        return Handed(upload.filename, upload.file.read(UPLOAD_BYTES_MAX + 1))
