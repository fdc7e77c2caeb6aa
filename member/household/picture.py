"""Pictures made small: whatever a telephone took, as a WebP that fits, and nothing else of it.

A picture is decoded and drawn anew, so no place, time or device that a camera wrote into it goes
along.
"""

import warnings
from io import BytesIO

from PIL import Image, ImageCms, ImageOps

from ledger.saying import said
from member.household.attachment import FileUnfit

PICTURE_BYTES_MAX = 16 * 2**20
"""Of the picture as it comes: what a page takes as an upload."""
PIXELS_MAX = 128_000_000
"""Of a picture that is read as small as it is needed, which JPEG can be."""
UNPACKED_PIXELS_MAX = 50_000_000
"""Of one that has to be unpacked whole: 200 MB. Telephones take 50 million pixels as JPEG."""
SIDE_PIXELS_MAX = 1_600
"""The longer side of what is kept: a till receipt can be read."""
SMALL_BYTES_MAX = 200 * 1_024
"""Of what is kept."""
QUALITY = 82
LOWER_QUALITIES = (65, 45)
"""Tried where the picture is at most three times too long; else it gets fewer pixels at once."""
EXCESS_MAX = 3.0
SHRINK = 3 / 4
SHRINK_MIN = 1 / 2
SIDE_PIXELS_MIN = 100
SCALED_MODES = frozenset(("L", "LA", "RGB", "RGBA", "CMYK"))
"""What is scaled as it is; anything else, such as a palette, has to be spelled out first."""
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF")


def shrink_picture(data: bytes) -> bytes:
    """Return a picture as WebP: at most 1,600 pixels wide and high, at most 200 KiB.

    It stands upright, has the colours of the web (sRGB) and only its first frame, and keeps
    nothing that was written beside it. It blocks for up to a second or two.

    Args:
        data: JPEG, PNG, WebP or AVIF from anybody.

    Raises:
        FileUnfit: It is none of them, damaged, or too large to be unpacked.
    """
    if len(data) > PICTURE_BYTES_MAX:
        raise FileUnfit(
            said(
                "got a picture of {length} bytes; at most {most} bytes are read",
                length=len(data),
                most=PICTURE_BYTES_MAX,
            )
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pictures that are odd, and of bombs: see _load
        try:
            return _fit(_load(data))
        except FileUnfit:
            raise
        except Exception as error:  # Pillow's readers raise anything on bad bytes
            raise FileUnfit(
                said(
                    "got a picture that cannot be read ({error}); save it as JPEG or PNG and "
                    "attach that",
                    error=str(error),
                )
            ) from error


def _load(data: bytes) -> Image.Image:
    """Return the picture upright, in RGB or RGBA of sRGB, no larger than it has to be."""
    with Image.open(BytesIO(data), formats=FORMATS) as opened:
        _check_pixels(opened, PIXELS_MAX)
        # libjpeg unpacks at a half, a quarter or an eighth: a large photograph takes little memory.
        opened.draft("RGB", (SIDE_PIXELS_MAX, SIDE_PIXELS_MAX))
        _check_pixels(opened, UNPACKED_PIXELS_MAX)
        plain = "RGBA" if opened.has_transparency_data else "RGB"
        # Made small before anything copies it.
        small = opened if opened.mode in SCALED_MODES else opened.convert(plain)
        small.thumbnail((SIDE_PIXELS_MAX, SIDE_PIXELS_MAX), Image.Resampling.LANCZOS)
        upright = ImageOps.exif_transpose(small)
    return _in_srgb(upright, upright.info.get("icc_profile")).convert(plain)


def _check_pixels(opened: Image.Image, pixels_max: int) -> None:
    wide, high = opened.size
    if wide * high > pixels_max:
        raise FileUnfit(
            said(
                "got a picture of {wide} x {high} pixels; at most {most} pixels are unpacked. "
                "Save it smaller",
                wide=wide,
                high=high,
                most=pixels_max,
            )
        )


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Return a picture with the colours that it has by its own profile, if that can be used."""
    if not profile or picture.mode not in {"RGB", "RGBA", "CMYK", "L"}:
        return picture
    try:
        own = ImageCms.ImageCmsProfile(BytesIO(profile))
        mode = "RGBA" if picture.mode == "RGBA" else "RGB"
        target = ImageCms.createProfile("sRGB")
        turned = ImageCms.profileToProfile(picture, own, target, outputMode=mode)
    except (ImageCms.PyCMSError, OSError):
        return picture
    return picture if turned is None else turned


def _fit(picture: Image.Image) -> bytes:
    while True:
        packed = _pack(picture, QUALITY)
        excess = len(packed) / SMALL_BYTES_MAX
        for quality in LOWER_QUALITIES:
            if 1 < excess <= EXCESS_MAX and len(packed) > SMALL_BYTES_MAX:
                packed = _pack(picture, quality)
        if len(packed) <= SMALL_BYTES_MAX:
            return packed
        shrink = SHRINK if excess <= EXCESS_MAX else max(SHRINK_MIN, (EXCESS_MAX / excess) ** 0.5)
        wide, high = (max(1, round(side * shrink)) for side in picture.size)
        assert max(wide, high) >= SIDE_PIXELS_MIN, "so few pixels always fit"
        picture = picture.resize((wide, high), Image.Resampling.LANCZOS)


def _pack(picture: Image.Image, quality: int) -> bytes:
    stream = BytesIO()
    bare = {"exif": b"", "icc_profile": b"", "xmp": b""}
    picture.save(stream, "WEBP", quality=quality, method=4, **bare)
    return stream.getvalue()
