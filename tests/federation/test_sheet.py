"""Sheets for the printer: codes that read from the page, words that stay on it."""

import re
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from federation import qr
from federation.card import MemberCard, sign_card
from federation.console.terminal import UsageInvalid
from federation.sheet import (
    HEIGHT_MM,
    MARGIN_MM,
    WIDTH_MM,
    CardText,
    Sheet,
    TentText,
    Words,
    card_sheet,
    tent_sheet,
)
from federation.sheet_file import DOTS_PER_INCH, draw_pdf, draw_sheet, write_sheet
from ledger import crypto

SEED = bytes(range(32))
HINTS = (("192.0.2.1", 6_881),) * 8
CARD = sign_card(SEED, MemberCard(crypto.public_key(SEED), "Ada", 1_800_000_000, HINTS))
LONG = "W" * 64


def member(name: str = "Ada Łovelace") -> Sheet:
    return card_sheet(CARD, CardText("Card", name, "a b c d e f", "Compare.", ("Show it. " * 20,)))


def tent(memo: str = "bread") -> Sheet:
    return tent_sheet(CARD, TentText("2.50 EUR", memo, "to bakery", "Scan it.", "Until May."))


def page_of(pdf: bytes) -> Image.Image:
    """Return the picture that our PDFs hold, as far as this test has to read them."""
    assert pdf.startswith(b"%PDF-")
    size = re.search(rb"/Width (\d+)\s*/Height (\d+)", pdf)
    assert size is not None
    width, height = map(int, size.groups())
    assert b"/CCITTFaxDecode" in pdf
    data = pdf[pdf.index(b"stream\n") + 7 : pdf.index(b"\nendstream")]
    tiff = BytesIO()
    # The same fax lines in a TIFF, which Pillow reads (TIFF 6.0, compression 4).
    entries = [(256, 4, width), (257, 4, height), (258, 3, 1), (259, 3, 4), (262, 3, 0)]
    entries += [(273, 4, 8 + 2 + 12 * 8 + 4), (278, 4, height), (279, 4, len(data))]
    tiff.write(b"II*\0" + (8).to_bytes(4, "little") + len(entries).to_bytes(2, "little"))
    for tag, kind, value in entries:
        tiff.write(
            tag.to_bytes(2, "little")
            + kind.to_bytes(2, "little")
            + (1).to_bytes(4, "little")
            + value.to_bytes(4, "little")
        )
    tiff.write(bytes(4) + data)
    return Image.open(BytesIO(tiff.getvalue()))


def read(image: Image.Image) -> str:
    stream = BytesIO()
    image.convert("L").resize((image.width // 3, image.height // 3)).save(stream, "PNG")
    return qr.read_picture(stream.getvalue())


def test_a_printed_card_reads_and_is_a4_at_printer_resolution() -> None:
    page = page_of(draw_pdf(member()))
    assert page.size == tuple(round(mm / 25.4 * DOTS_PER_INCH) for mm in (WIDTH_MM, HEIGHT_MM))
    assert read(page) == CARD


def test_a_tent_reads_from_both_sides() -> None:
    page = page_of(draw_pdf(tent()))
    half = page.height // 2
    assert read(page.crop((0, half, page.width, page.height))) == CARD
    other = page.crop((0, 0, page.width, half))
    assert read(other) == CARD
    ahead = page.crop((0, half + 20, page.width, page.height)).convert("L").resize((210, 140))
    turned = other.rotate(180).crop((0, 20, page.width, half)).convert("L").resize((210, 140))
    assert turned.tobytes() == pytest.approx(ahead.tobytes(), abs=40)


@pytest.mark.parametrize("sheet", [member(), member(LONG), tent(), tent(LONG)])
def test_no_line_leaves_the_page(sheet: Sheet) -> None:
    for shape in sheet.upright:
        if isinstance(shape, Words):
            wide = len(shape.text) * shape.size_mm * 0.56
            left = shape.x_mm - wide / 2 if shape.centred else shape.x_mm
            assert left >= MARGIN_MM / 2 - 1
            assert left + wide <= WIDTH_MM - MARGIN_MM / 2 + 1, shape
            assert shape.y_mm < HEIGHT_MM - 8


def test_an_svg_sheet_is_a_drawing_without_scripts_or_styles() -> None:
    text = draw_sheet(member("Ada <script>"))
    assert "<script" not in text
    assert "style=" not in text
    root = ET.fromstring(text)  # noqa: S314 -- our own drawing
    assert root.attrib["width"] == "210mm"
    assert root.findtext("{*}title") == "Ada <script>"


def test_a_sheet_is_written_by_the_files_ending(tmp_path: Path) -> None:
    write_sheet(tmp_path / "card.PDF", member())
    assert (tmp_path / "card.PDF").read_bytes().startswith(b"%PDF")
    write_sheet(tmp_path / "card.svg", member())
    assert (tmp_path / "card.svg").read_text("utf-8").startswith("<svg")
    with pytest.raises(UsageInvalid, match=r"file\.pdf"):
        write_sheet(tmp_path / "card.docx", member())


def test_letters_that_no_font_has_are_refused_in_a_pdf_and_fine_in_an_svg() -> None:
    assert "\U000e0041" in draw_sheet(member("Ada \U000e0041"))
    with pytest.raises(UsageInvalid, match="no font of this machine"):
        draw_pdf(member("Ada \U000f1234"))


def test_a_pdf_is_small_enough_to_send() -> None:
    assert len(draw_pdf(tent())) < 100_000
