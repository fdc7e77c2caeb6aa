"""Files as people hand them in: made small, bare of what a camera wrote, or turned away."""

import struct
import zlib
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from federation.blob import cut_blob
from ledger.attachment import check_name, open_file
from ledger.operation import JPEG, PDF, PNG, TEXT, WEBP
from member.household.attachment import (
    FileUnfit,
    Handed,
    check_count,
    find_kind,
    fit_name,
    prepare_file,
    seal_prepared,
)
from member.household.picture import SIDE_PIXELS_MAX, SMALL_BYTES_MAX

HEIC = b"\0\0\0\x18ftypheic" + bytes(64)
ORIENTATION = 0x0112
MAKER = 0x010F


def picture(kind: str = "JPEG", size: tuple[int, int] = (640, 480), **more: object) -> bytes:
    """Return a picture whose left half is red and whose right half is blue."""
    drawn = Image.new("RGB", size, "blue")
    drawn.paste("red", (0, 0, size[0] // 2, size[1]))
    stream = BytesIO()
    drawn.save(stream, kind, **more)
    return stream.getvalue()


def noise(size: tuple[int, int]) -> bytes:
    stream = BytesIO()
    Image.effect_noise(size, 200).convert("RGB").save(stream, "JPEG", quality=95)
    return stream.getvalue()


def opened(plain: bytes) -> Image.Image:
    image = Image.open(BytesIO(plain))
    image.load()
    return image


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_picture_becomes_a_small_webp(kind: str) -> None:
    prepared = prepare_file(Handed("IMG 1.jpeg", picture(kind)))
    shown = opened(prepared.plain)
    assert (prepared.name, prepared.kind, shown.format) == ("IMG 1.webp", WEBP, "WEBP")
    assert shown.size == (640, 480)
    assert len(prepared.plain) < 10_000


def test_a_photograph_full_of_noise_still_fits() -> None:
    prepared = prepare_file(Handed("noise.jpg", noise((900, 1_200))))
    shown = opened(prepared.plain)
    assert len(prepared.plain) <= SMALL_BYTES_MAX
    assert max(shown.size) <= SIDE_PIXELS_MAX
    assert shown.size[0] < shown.size[1]


def test_what_a_camera_wrote_does_not_go_along_and_the_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # the camera was held upright: turn it by a quarter to the right
    exif[MAKER] = "Commontab Cameras"
    prepared = prepare_file(Handed("a.jpg", picture(exif=exif, comment=b"secret place")))
    shown = opened(prepared.plain)
    assert shown.size == (480, 640)
    above = shown.convert("RGB").crop((0, 0, 480, 300)).resize((1, 1)).tobytes()
    assert above[0] > 200
    assert above[2] < 60
    assert not shown.getexif()
    assert {"exif", "xmp", "icc_profile", "comment"}.isdisjoint(shown.info)
    assert b"Cameras" not in prepared.plain
    assert b"secret" not in prepared.plain


def test_what_can_be_seen_through_stays_so() -> None:
    stream = BytesIO()
    Image.new("RGBA", (40, 40), (255, 0, 0, 0)).save(stream, "PNG")
    assert opened(prepare_file(Handed("a.png", stream.getvalue())).plain).mode == "RGBA"


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "I;16"])
def test_pictures_of_other_colours_are_taken(mode: str) -> None:
    stream = BytesIO()
    Image.new(mode, (40, 40)).save(stream, "JPEG" if mode == "CMYK" else "PNG")
    assert opened(prepare_file(Handed("a", stream.getvalue())).plain).size == (40, 40)


def bomb() -> bytes:
    """Return a PNG of some hundred bytes that says it has 900 million pixels."""

    def chunk(name: bytes, held: bytes) -> bytes:
        return (
            struct.pack(">I", len(held)) + name + held + struct.pack(">I", zlib.crc32(name + held))
        )

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    packed = zlib.compress(bytes(100))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("empty.txt", b"", "empty"),
        ("bomb.png", bomb(), "30000 x 30000 pixels|cannot be read"),
        ("cut.jpg", picture()[:400], "cannot be read"),
        ("cut.png", picture("PNG")[:200], "cannot be read"),
        ("photo.heic", HEIC, "HEIC"),
        ("song.mp3", b"ID3\x03" + bytes(30), "neither a picture"),
        ("program.pdf", b"\x7fELF" + bytes(30), "neither a picture"),
        ("latin.txt", "Käse".encode("latin-1"), "neither a picture"),
        ("long.txt", b"a" * 262_145, "262144 bytes"),
        ("long.pdf", b"%PDF-1.7\n" + bytes(262_144), "262144 bytes"),
        ("huge.jpg", picture() + bytes(16 * 2**20), "16777216"),
    ],
)
def test_what_does_not_fit_is_turned_away_in_words(name: str, data: bytes, said: str) -> None:
    with pytest.raises(FileUnfit, match=said):
        prepare_file(Handed(name, data))


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_damaged_picture_ends_in_one_sentence_or_a_picture(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["JPEG", "PNG", "WEBP"]))
    held = bytearray(picture(kind, (64, 48)))
    for _ in range(data.draw(st.integers(1, 6))):
        held[data.draw(st.integers(0, len(held) - 1))] = data.draw(st.integers(0, 255))
    try:
        prepared = prepare_file(Handed("a.jpg", bytes(held)))
    except FileUnfit:
        return
    assert prepared.kind in {WEBP, TEXT}


def test_a_text_and_a_pdf_stay_as_they_are_under_what_they_hold() -> None:
    text, pdf = "Käse 2,40\r\n\tBrot\n".encode(), b"%PDF-1.4\n%\xe2\xe3\n" + bytes(100)
    assert prepare_file(Handed("list.jpg", text)).plain == text
    assert prepare_file(Handed("list.jpg", text)).name == "list.txt"
    assert prepare_file(Handed("bill", pdf)).name == "bill.pdf"
    assert prepare_file(Handed("bill", pdf)).kind == PDF


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (picture("PNG"), PNG),
        (picture(), JPEG),
        (picture("WEBP"), WEBP),
        (b"%PDF-1.7", PDF),
        (b"plain", TEXT),
        (b"", None),
        (b"RIFF1234AVI ", None),
        (b"a\x00b", None),
        (b"\x1b[2J", None),
    ],
)
def test_the_first_bytes_say_what_a_file_is(data: bytes, kind: int | None) -> None:
    if data.startswith(b"RIFF1234"):
        data += b"\x80"
    assert find_kind(data) == kind


@pytest.mark.parametrize(
    ("name", "fitted"),
    [
        ("receipt.JPG", "receipt.webp"),
        ("/pictures/of/me/receipt.png", "receipt.webp"),
        (r"C:\pictures\receipt.png", "receipt.webp"),
        ("../../etc/passwd", "passwd.webp"),
        ("page.html", "page.html.webp"),
        (".hidden", "hidden.webp"),
        ("", "file.webp"),
        ("..", "file.webp"),
        ("a\x00b\u202egnp.webp", "abgnp.webp"),
        ("x" * 200 + ".jpg", "x" * 59 + ".webp"),
        ("  Käse und Brot .jpg", "Käse und Brot.webp"),
        ("収据.jpg", "収据.webp"),
    ],
)
def test_names_fit_without_folders(name: str, fitted: str) -> None:
    assert fit_name(name, WEBP) == fitted


@given(st.text(max_size=100), st.sampled_from([WEBP, JPEG, PNG, PDF, TEXT]))
def test_every_name_fits(name: str, kind: int) -> None:
    check_name(fit_name(name, kind))


def test_what_is_sealed_opens_by_its_operation_alone() -> None:
    prepared = prepare_file(Handed("list.txt", b"bread"))
    one, other = seal_prepared(prepared), seal_prepared(prepared)
    assert open_file(one.sealed, one.operation) == b"bread"
    assert cut_blob(one.sealed).target == one.operation.target
    assert one.operation.about is None
    assert one.operation.key != other.operation.key
    assert one.sealed != other.sealed


def test_nine_files_do_not_go_at_once() -> None:
    check_count([b""] * 8)
    with pytest.raises(FileUnfit, match="9 files"):
        check_count([b""] * 9)
