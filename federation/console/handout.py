"""What people carry away: a card as QR code and text, and the words of a paper backup."""

from pathlib import Path

from federation.console.terminal import draw, out
from federation.sheet import CardText, TentText, card_sheet, tent_sheet
from federation.words import paper_words

WORDS_A_LINE = 6


def hand_out_card(text: str, fingerprint: str) -> None:
    """Show a card in the terminal: its QR code, its fingerprint and itself."""
    from federation.qr import draw_terminal  # noqa: PLC0415 -- takes long to import

    draw(draw_terminal(text, colour=out.is_terminal))
    out.print(f"Fingerprint: {fingerprint}")
    out.print(text, markup=False)


def write_pictures(text: str, name: str, png: Path | None, svg: Path | None) -> None:
    """Write a card's QR code as pictures, for a screen and for paper.

    Args:
        text: The card.
        name: What the picture is called for those who cannot see it.
        png: Where, or None.
        svg: As well.
    """
    from federation.qr import draw_png, draw_svg  # noqa: PLC0415 -- takes long to import

    if png is not None:
        png.write_bytes(draw_png(text))
    if svg is not None:
        svg.write_text(draw_svg(text, name), "utf-8")


def write_card_sheet(path: Path, card: str, words: CardText) -> None:
    """Write a card's page for the printer.

    Raises:
        UsageInvalid: The file is neither a .pdf nor a .svg, or no font here writes its name.
    """
    from federation.sheet_file import write_sheet  # noqa: PLC0415 -- takes long to import

    write_sheet(path, card_sheet(card, words))


def write_tent_sheet(path: Path, card: str, words: TentText) -> None:
    """Write a payment request for the table; raises as ``write_card_sheet``."""
    from federation.sheet_file import write_sheet  # noqa: PLC0415 -- takes long to import

    write_sheet(path, tent_sheet(card, words))


def hand_out_words(seed: bytes, program: str) -> None:
    """Show a key's paper backup, once.

    Args:
        seed: 32 bytes.
        program: The command line that restores it.
    """
    words = paper_words(seed).split()
    out.print("\nYour paper backup, shown only this once:")
    for start in range(0, len(words), WORDS_A_LINE):
        out.print("  " + " ".join(words[start : start + WORDS_A_LINE]))
    out.print(
        "Write these 24 words on paper and keep it where you keep your passport. Whoever reads "
        f"them has your key; with them `{program} restore --words` brings it back.\n"
    )
