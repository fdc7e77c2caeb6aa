"""QR codes that a terminal shows, as pictures that a camera takes of them."""

from PIL import Image

BLOCKS = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}
"""Upper and lower half of a character: inked or not."""


def paint(lines: list[str], dark_blocks: bool) -> Image.Image:
    """Return the picture of a code's lines, on paper (dark blocks) or on a dark terminal."""
    image = Image.new("L", (len(lines[0]), 2 * len(lines)))
    for y, line in enumerate(lines):
        for x, character in enumerate(line):
            for below, inked in enumerate(BLOCKS[character]):
                image.putpixel((x, 2 * y + below), 0 if bool(inked) == dark_blocks else 255)
    return image.resize((image.width * 4, image.height * 4), Image.Resampling.NEAREST)


def find_code(said: str) -> list[str]:
    """Return the lines of the code in what a program printed, without its other lines."""
    return [line for line in said.splitlines() if line and set(line) <= set(BLOCKS)]
