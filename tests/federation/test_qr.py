import random
import re
import zlib
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from PIL import Image, ImageFilter

from federation import qr
from federation.card import MemberCard, sign_card
from federation.errors import ImageInvalid
from ledger import crypto
from tests.support.painted import paint

SEED = bytes(range(32))
CARD = sign_card(
    SEED,
    MemberCard(crypto.public_key(SEED), "Ada Lovelace", 1_800_000_000, (("192.0.2.1", 6_881),) * 2),
)


def png(image: Image.Image, kind: str = "PNG") -> bytes:
    stream = BytesIO()
    image.save(stream, kind)
    return stream.getvalue()


def picture(text: str = CARD) -> Image.Image:
    return Image.open(BytesIO(qr.draw_png(text))).convert("L")


@pytest.mark.parametrize("length", [1, 25, 250, 1_000, 3_391])
def test_a_drawn_png_reads_back(length: int) -> None:
    text = ("COMMONTAB:M:" + "A7" * 2_000)[:length]
    assert qr.read_picture(qr.draw_png(text)) == text


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_every_picture_format_reads(kind: str) -> None:
    assert qr.read_picture(png(picture(), kind)) == CARD


@pytest.mark.parametrize("degrees", [90, 180, 7, 33])
def test_a_turned_scaled_and_noisy_picture_reads(degrees: int) -> None:
    rng = random.Random(degrees)  # noqa: S311 -- noise, not a secret
    image = picture().resize((411, 411), Image.Resampling.BILINEAR)
    scene = Image.new("L", (900, 700), 200)
    scene.paste(image.rotate(degrees, expand=True, fillcolor=200), (150, 60))
    noise = Image.frombytes("L", scene.size, rng.randbytes(900 * 700))
    blurred = Image.blend(scene, noise, 0.2).filter(ImageFilter.GaussianBlur(0.8))
    assert qr.read_picture(png(blurred, "JPEG")) == CARD


def test_a_picture_with_a_transparent_background_reads() -> None:
    mask = picture().point(lambda value: 255 - value)
    clear = Image.new("RGBA", mask.size, (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), mask=mask)
    assert qr.read_picture(png(clear)) == CARD


def test_a_large_photograph_is_scaled_down_and_reads() -> None:
    scene = Image.new("L", (6_000, 5_000), 255)
    scene.paste(picture().resize((1_500, 1_500)), (2_000, 1_000))
    assert qr.read_picture(png(scene, "JPEG")) == CARD


def test_a_terminal_shows_a_code_that_reads_whatever_its_colours() -> None:
    lines = qr.draw_terminal(CARD).splitlines()
    assert all(line.startswith("\x1b[38;5;16;48;5;231m") for line in lines)
    assert all(line.endswith("\x1b[0m") for line in lines)
    bare = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines]
    assert qr.read_picture(png(paint(bare, dark_blocks=True))) == CARD


@pytest.mark.parametrize("background", ["dark", "light"])
def test_a_terminal_without_colour_shows_a_code_that_reads(background: str) -> None:
    lines = qr.draw_terminal(CARD, colour=False).splitlines()
    assert "\x1b" not in "".join(lines)
    assert qr.read_picture(png(paint(lines, dark_blocks=background == "light"))) == CARD


def test_an_svg_is_the_png_as_squares_and_its_title_is_escaped() -> None:
    root = ET.fromstring(qr.draw_svg(CARD, "Ada <script> & co"))  # noqa: S314 -- our own drawing
    assert root.findtext("{*}title") == "Ada <script> & co"
    side = int(root.attrib["viewBox"].split()[2])
    image = Image.new("L", (side, side), 255)
    bars = root.findall("{*}path")[1].attrib["d"]
    for x, y, wide in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", bars):
        image.paste(0, (int(x), int(y), int(x) + int(wide), int(y) + 1))
    assert image.crop((0, 0, side, qr.QUIET_MODULES)).getextrema() == (255, 255)
    assert (
        qr.read_picture(png(image.resize((side * 5, side * 5), Image.Resampling.NEAREST))) == CARD
    )


def test_the_only_card_among_several_codes_is_taken() -> None:
    scene = Image.new("L", (1_400, 700), 255)
    scene.paste(picture("HTTPS://EXAMPLE.ORG"), (20, 20))
    scene.paste(picture(), (700, 20))
    assert qr.read_picture(png(scene)) == CARD


def test_two_cards_in_a_picture_are_refused() -> None:
    scene = Image.new("L", (1_400, 700), 255)
    scene.paste(picture("COMMONTAB:M:AAAA"), (20, 20))
    scene.paste(picture(), (700, 20))
    with pytest.raises(ImageInvalid, match="2 QR codes"):
        qr.read_picture(png(scene))
    assert qr.read_codes(png(scene)) == sorted(("COMMONTAB:M:AAAA", CARD))


def test_a_picture_without_a_code_is_refused() -> None:
    with pytest.raises(ImageInvalid, match="no QR code"):
        qr.read_picture(png(Image.new("L", (300, 300), 255)))


def chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)


def bomb(width: int, height: int) -> bytes:
    head = width.to_bytes(4) + height.to_bytes(4) + b"\x08\x00\x00\x00\x00"
    rows = zlib.compress(bytes(1_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("width", "height"), [(8_001, 8_001), (12_000, 8_000), (30_000, 30_000), (2**31 - 1, 2**31 - 1)]
)
def test_a_decompression_bomb_is_refused_before_it_unpacks(width: int, height: int) -> None:
    with pytest.raises(ImageInvalid, match="pixels"):
        qr.read_picture(bomb(width, height))


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    with path.open("wb") as stream:
        stream.truncate(qr.FILE_BYTES_MAX + 1)
    with pytest.raises(ImageInvalid, match="20 MiB"):
        qr.read_picture_file(path)


def test_a_missing_file_and_a_directory_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageInvalid, match="no picture at"):
        qr.read_picture_file(tmp_path / "absent.png")
    with pytest.raises(ImageInvalid, match="no picture at"):
        qr.read_picture_file(tmp_path)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_damaged_pictures_raise_nothing_but_image_invalid(kind: str) -> None:
    rng = random.Random(kind)  # noqa: S311 -- damage, not a secret
    whole = png(picture("COMMONTAB:M:" + "A" * 20).resize((120, 120)), kind)
    for _ in range(60):
        data = bytearray(whole[: rng.randrange(len(whole)) if rng.random() < 0.4 else None])
        for _ in range(rng.randrange(6)):
            if data:
                data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            qr.read_picture(bytes(data))
        except ImageInvalid:
            continue
