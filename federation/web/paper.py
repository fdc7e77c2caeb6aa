"""What is shown to be printed: a sheet as a page, and the same as a PDF."""

import asyncio

from aiohttp import web

from federation.sheet import Sheet
from federation.sheet_file import draw_pdf, draw_sheet
from federation.web.page import page


def show_sheet(
    request: web.Request, sheet: Sheet, *, heading: str, hint: str, pdf: str, back: str
) -> web.Response:
    """Return a page for the printer.

    Args:
        request: Of the page.
        sheet: What is printed.
        heading: Above it, on the screen only.
        hint: How it is to be used, on the screen only.
        pdf: Path of the same as a PDF.
        back: Path of the page that one came from.
    """
    return page(
        request,
        "sheet.html",
        heading=heading,
        hint=hint,
        sheet=draw_sheet(sheet),
        pdf=pdf,
        back=back,
    )


async def send_pdf(sheet: Sheet) -> web.Response:
    """Return a sheet as a PDF; drawing it takes long enough to hold others up."""
    data = await asyncio.to_thread(draw_pdf, sheet)
    return web.Response(body=data, content_type="application/pdf")
