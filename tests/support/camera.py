"""A camera that sees what somebody holds up: a video file for Chromium's fake device."""

from io import BytesIO
from pathlib import Path

from PIL import Image

WIDTH, HEIGHT = 1_280, 720
FRAMES = 4
ARGUMENTS = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
_GREY = 120
_NO_COLOUR = b"\x80"


def looking_at(video: Path) -> str:
    """Return the argument by which Chromium's camera shows a file, read when it opens."""
    return f"--use-file-for-fake-video-capture={video}"


def hold_up(picture: bytes, video: Path) -> None:
    """Let a camera see a picture, in the middle of a grey room.

    Args:
        picture: PNG.
        video: Where; ends with .y4m.
    """
    held = Image.open(BytesIO(picture)).convert("L")
    side = HEIGHT * 8 // 10
    held = held.resize((side, side))
    scene = Image.new("L", (WIDTH, HEIGHT), _GREY)
    scene.paste(held, ((WIDTH - side) // 2, (HEIGHT - side) // 2))
    luma = scene.point([16 + value * 219 // 255 for value in range(256)]).tobytes()
    frame = b"FRAME\n" + luma + _NO_COLOUR * (WIDTH * HEIGHT // 2)
    head = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n"
    video.write_bytes(head.encode() + frame * FRAMES)
