"""QR codes: cards drawn for a terminal, a screen or paper, and read back from a picture."""

import warnings
from collections.abc import Iterator
from io import BytesIO
from itertools import groupby, zip_longest
from pathlib import Path
from xml.sax.saxutils import escape

import qrcode
import zxingcpp
from PIL import Image

from federation.card_frame import SCHEME
from federation.errors import ImageInvalid
from ledger.saying import said

QUIET_MODULES = 4
"""White border on each side (ISO/IEC 18004, section 5.3.8)."""
TEXT_CHARS_MAX = 3_391
"""Capital letters and digits that the largest code holds at error correction M."""
PNG_MODULE_PIXELS = 8
FILE_BYTES_MAX = 20 * 2**20
PIXELS_MAX = 64_000_000
"""A large phone photograph; unpacked it takes 256 MB, a decompression bomb far more."""
SIDE_PIXELS_MAX = 4_096
"""A larger picture is scaled down to this before the code is looked for."""
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")

_ON_BLACK_AND_WHITE = "\x1b[38;5;16;48;5;231m"
_RESET = "\x1b[0m"
_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def draw_terminal(text: str, colour: bool = True) -> str:
    """Return a text's QR code as lines of half blocks, two modules to a character's height.

    Args:
        text: 1 to 3,391 capital letters, digits and signs such as a card has.
        colour: Set black and white by escape codes, which reads on dark and on light terminals.
            Without them the modules are drawn in blanks on blocks, for a dark background;
            readers take the inverted code of a light one too.
    """
    rows = matrix(text)
    lines = []
    for upper, lower in zip_longest(rows[::2], rows[1::2], fillvalue=[False] * len(rows)):
        pairs = zip(upper, lower, strict=True)
        if colour:
            drawn = "".join(_HALVES[pair] for pair in pairs)
            lines.append(f"{_ON_BLACK_AND_WHITE}{drawn}{_RESET}")
        else:
            lines.append("".join(_HALVES[not above, not below] for above, below in pairs))
    return "\n".join(lines) + "\n"


def draw_png(text: str) -> bytes:
    """Return a text's QR code as a black and white PNG, 8 pixels a module."""
    rows = matrix(text)
    image = Image.new("1", (len(rows), len(rows)), 1)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                image.putpixel((x, y), 0)
    side = len(rows) * PNG_MODULE_PIXELS
    stream = BytesIO()
    image.resize((side, side), Image.Resampling.NEAREST).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def draw_svg(text: str, title: str = "") -> str:
    """Return a text's QR code as an SVG picture for paper, without scripts or styles.

    Args:
        text: What it holds.
        title: What people and screen readers are told it is; escaped.
    """
    rows = matrix(text)
    side = len(rows)
    path = "".join(f"M{x} {y}h{wide}v1h-{wide}z" for x, y, wide in runs(rows))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" '
        f'shape-rendering="crispEdges" role="img"><title>{escape(title)}</title>'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path d="{path}"/></svg>\n'
    )


def runs(rows: list[list[bool]]) -> Iterator[tuple[int, int, int]]:
    """Yield the dark bars of a code: left end, row and length, in modules."""
    for y, row in enumerate(rows):
        x = 0
        for dark, bar in groupby(row):
            wide = len(list(bar))
            if dark:
                yield x, y, wide
            x += wide


def read_picture_file(path: Path) -> str:
    """Return the text of the QR code in a picture file.

    Raises:
        ImageInvalid: No such file, over 20 MiB, or see ``read_picture``.
        OSError: The file cannot be read.
    """
    return read_picture(_load(path))


def read_codes_file(path: Path) -> list[str]:
    """Return the texts of the QR codes in a picture file; raises as ``read_picture_file``."""
    return read_codes(_load(path))


def read_picture(data: bytes) -> str:
    """Return the text of the QR code in a picture, turned, tilted or noisy as it may be.

    Where there are several, that of the only card counts.

    Args:
        data: PNG, JPEG, WebP, GIF or BMP from anybody.

    Raises:
        ImageInvalid: See ``read_codes``; or several QR codes.
    """
    cards = read_codes(data)
    if len(cards) > 1:
        raise ImageInvalid(
            said("found {count} QR codes in the picture; cut it to one of them", count=len(cards))
        )
    return cards[0]


def read_codes(data: bytes) -> list[str]:
    """Return the texts of all our QR codes in a picture, or of the others where none is ours.

    Args:
        data: PNG, JPEG, WebP, GIF or BMP from anybody.

    Raises:
        ImageInvalid: Over 20 MiB or 64 million pixels, not a picture, or no QR code.
    """
    if len(data) > FILE_BYTES_MAX:
        raise ImageInvalid(
            said("got a picture of over {most} MiB; take a smaller one", most=FILE_BYTES_MAX >> 20)
        )
    # Not kept: an object of this library that outlives it is reported at the program's end.
    sought = zxingcpp.barcode_formats_from_str("QRCode")
    found = zxingcpp.read_barcodes(_unpack(data), formats=sought)
    texts = sorted({str(code.text) for code in found})
    ours = [text for text in texts if text.upper().startswith(f"{SCHEME}:")] or texts
    if not ours:
        raise ImageInvalid(
            "found no QR code in the picture; take it closer, sharper and with its white border"
        )
    return ours


def _load(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(FILE_BYTES_MAX + 1)
    except (FileNotFoundError, IsADirectoryError):
        raise ImageInvalid(said("found no picture at {path}", path=path)) from None


def matrix(text: str) -> list[list[bool]]:
    """Return the rows of a text's QR code with its white border; True is dark."""
    assert 1 <= len(text) <= TEXT_CHARS_MAX, f"{len(text)} characters do not fit a QR code"
    code = qrcode.QRCode(
        error_correction=qrcode.constants.ERROR_CORRECT_M, border=QUIET_MODULES
    )  # fmt: skip
    code.add_data(text, optimize=0)
    code.make(fit=True)
    return [[bool(dark) for dark in row] for row in code.get_matrix()]


def _unpack(data: bytes) -> Image.Image:
    """Return a picture in grey, on white, at most 4,096 pixels a side.

    Raises:
        ImageInvalid: Too many pixels, or not a picture.
    """
    try:
        image = _open_picture(data)
        image.draft("L", (SIDE_PIXELS_MAX, SIDE_PIXELS_MAX))
        image.thumbnail((SIDE_PIXELS_MAX, SIDE_PIXELS_MAX))
        if image.has_transparency_data:
            paper = Image.new("RGBA", image.size, "white")
            image = Image.alpha_composite(paper, image.convert("RGBA"))
        return image.convert("L")
    except ImageInvalid:
        raise
    except Exception as error:  # Pillow's readers raise anything on bad bytes
        raise ImageInvalid(
            said("got a file that is not a whole PNG, JPEG, WebP, GIF or BMP: {error}", error=error)
        ) from error


def _open_picture(data: bytes) -> Image.Image:
    """Read a picture's head, and refuse a decompression bomb before a pixel is unpacked."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        image = Image.open(BytesIO(data), formats=FORMATS)
    if image.width * image.height > PIXELS_MAX:
        raise ImageInvalid(
            said(
                "got a picture of {width} x {height} pixels; at most {most} million fit",
                width=image.width,
                height=image.height,
                most=PIXELS_MAX // 1000000,
            )
        )
    return image
