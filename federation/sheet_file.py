"""Sheets as files for the printer: PDF, and SVG for a page to show."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape

from PIL import Image, ImageDraw, ImageFont

from federation.console.terminal import UsageInvalid
from federation.qr import matrix, runs
from federation.sheet import HEIGHT_MM, MARGIN_MM, WIDTH_MM, Code, Fold, Shape, Sheet, Words

DOTS_PER_INCH = 600
"""A laser printer's; black and white, so that no edge of a code is ever grey."""
MM_PER_INCH = 25.4
FONTS = ("DejaVuSans", "NotoSans-Regular", "LiberationSans-Regular", "Arial")
BOLD_FONTS = ("DejaVuSans-Bold", "NotoSans-Bold", "LiberationSans-Bold", "Arial Bold")
"""Fonts of common systems, in the order of how many scripts they write."""
_NO_LETTER = "\U0010ffff"
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def write_sheet(path: Path, sheet: Sheet) -> None:
    """Write a sheet as the file's ending says.

    Args:
        path: Ends with .pdf or .svg.
        sheet: What stands on it.

    Raises:
        UsageInvalid: Another ending, or letters that no font of this machine has.
    """
    ending = path.suffix.lower()
    if ending == ".pdf":
        path.write_bytes(draw_pdf(sheet))
    elif ending == ".svg":
        path.write_text(draw_sheet(sheet), "utf-8")
    else:
        raise UsageInvalid(f"got {path.name!r}; a sheet is written to a file.pdf or a file.svg")


def draw_sheet(sheet: Sheet) -> str:
    """Return a sheet as SVG, A4, without scripts or styles; any printer program takes it."""
    middle = f"{WIDTH_MM / 2:g} {HEIGHT_MM / 2:g}"
    upright = "".join(map(_svg, sheet.upright))
    turned = "".join(map(_svg, sheet.turned))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH_MM:g}mm" height="{HEIGHT_MM:g}mm" '
        f'viewBox="0 0 {WIDTH_MM:g} {HEIGHT_MM:g}" font-family="system-ui, sans-serif">'
        f"<title>{escape(sheet.title)}</title>"
        f'<path fill="#fff" d="M0 0h{WIDTH_MM:g}v{HEIGHT_MM:g}H0z"/>{upright}'
        + (f'<g transform="rotate(180 {middle})" aria-hidden="true">{turned}</g>' if turned else "")
        + "</svg>\n"
    )


def draw_pdf(sheet: Sheet) -> bytes:
    """Return a sheet as a PDF of one page, 600 dots an inch in black and white.

    Raises:
        UsageInvalid: Letters that no font of this machine has.
    """
    page = _draw(sheet.upright)
    if sheet.turned:
        other = _draw(sheet.turned).rotate(180)
        page.paste(other.crop((0, 0, page.width, page.height // 2)), (0, 0))
    stream = BytesIO()
    page.save(stream, "PDF", resolution=DOTS_PER_INCH, title=sheet.title, producer="commontab")
    return stream.getvalue()


def _draw(shapes: tuple[Shape, ...]) -> Image.Image:
    page = Image.new("1", (_dots(WIDTH_MM), _dots(HEIGHT_MM)), 1)
    pen = ImageDraw.Draw(page)
    for shape in shapes:
        match shape:
            case Words():
                _write(pen, shape)
            case Code():
                _stamp(page, shape)
            case Fold():
                for left in range(0, page.width, _dots(4)):
                    y = _dots(shape.y_mm)
                    pen.rectangle((left, y, left + _dots(2), y + _dots(0.2)), 0)
    return page


def _write(pen: ImageDraw.ImageDraw, words: Words) -> None:
    font = _font(words)
    at = (_dots(words.x_mm), _dots(words.y_mm))
    pen.text(at, words.text, 0, font=font, anchor="ms" if words.centred else "ls")


def _stamp(page: Image.Image, code: Code) -> None:
    """Draw a code with modules of whole dots, in the middle of its place."""
    rows = matrix(code.text)
    module = _dots(code.side_mm) // len(rows)
    edge = (_dots(code.side_mm) - module * len(rows)) // 2
    left, top = _dots(code.x_mm) + edge, _dots(code.y_mm) + edge
    for x, y, wide in runs(rows):
        corner = (left + x * module, top + y * module)
        page.paste(0, (*corner, corner[0] + wide * module, corner[1] + module))


def _font(words: Words) -> Font:
    """Return a font that has every letter of a line.

    Raises:
        UsageInvalid: This machine has none.
    """
    for font in _fonts(_dots(words.size_mm), BOLD_FONTS if words.bold else FONTS):
        missing = bytes(font.getmask(_NO_LETTER))
        if all(char.isspace() or bytes(font.getmask(char)) != missing for char in words.text):
            return font
    raise UsageInvalid(
        f"no font of this machine writes {words.text!r}; write a file.svg, or print from the page"
    )


def _fonts(size: int, names: tuple[str, ...]) -> Iterator[Font]:
    for name in names:
        try:
            yield ImageFont.truetype(f"{name}.ttf", size)
        except OSError:
            continue  # not every machine has every font
    yield ImageFont.load_default(size)


def _svg(shape: Shape) -> str:
    match shape:
        case Words():
            looks = ' font-weight="700"' if shape.bold else ""
            looks += ' text-anchor="middle"' if shape.centred else ""
            looks += ' fill="#555"' if shape.grey else ""
            return (
                f'<text x="{shape.x_mm:g}" y="{shape.y_mm:g}" font-size="{shape.size_mm:.3g}"'
                f"{looks}>{escape(shape.text)}</text>"
            )
        case Code():
            rows = matrix(shape.text)
            path = "".join(f"M{x} {y}h{wide}v1h-{wide}z" for x, y, wide in runs(rows))
            scale = shape.side_mm / len(rows)
            return (
                f'<path transform="translate({shape.x_mm:g} {shape.y_mm:g}) scale({scale:.6g})" '
                f'shape-rendering="crispEdges" d="{path}"/>'
            )
        case Fold():
            return (
                f'<path d="M{MARGIN_MM:g} {shape.y_mm:g}H{WIDTH_MM - MARGIN_MM:g}" stroke="#999" '
                'stroke-width="0.2" stroke-dasharray="2 2"/>'
            )


def _dots(mm: float) -> int:
    return round(mm / MM_PER_INCH * DOTS_PER_INCH)
