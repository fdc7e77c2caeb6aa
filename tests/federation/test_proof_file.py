"""Keys as people type them when they check a proof."""

from base64 import b32encode
from pathlib import Path

import pytest

from federation.card import CommunityCard, RequestCard, sign_card
from federation.console.terminal import UsageInvalid
from federation.errors import CardInvalid
from federation.proof.file import read_key, read_proof
from federation.qr import draw_png
from ledger import crypto
from ledger.checkpoint import origin

SEED = bytes([1]) * 32
KEY = crypto.public_key(SEED)
CARD = sign_card(SEED, CommunityCard(KEY, "River", 0, b"", "public", (), ""))
REQUEST = sign_card(
    SEED, RequestCard(KEY, KEY, bytes(16), "ada", "Ada", bytes(16), 1, "EUR", "", 1)
)


@pytest.mark.parametrize(
    "typed",
    [
        KEY.hex(),
        KEY.hex().upper(),
        f" {KEY.hex()}\n",
        origin(KEY),
        origin(KEY).partition("/")[2],
        b32encode(KEY).decode().rstrip("="),
        CARD,
        CARD.lower(),
    ],
)
def test_a_key_is_read_in_every_way_people_have_it(typed: str) -> None:
    assert read_key(typed) == KEY


def test_a_card_in_a_file_or_a_picture_tells_its_key(tmp_path: Path) -> None:
    text, picture = tmp_path / "card.txt", tmp_path / "card.png"
    text.write_text(CARD)
    picture.write_bytes(draw_png(CARD))
    assert read_key(str(text)) == read_key(str(picture)) == KEY


@pytest.mark.parametrize(
    "typed", ["", "river", KEY.hex()[:-2], KEY.hex() + "00", "-", "a" * 999, REQUEST]
)
def test_what_is_no_key_is_a_wrong_use(typed: str) -> None:
    with pytest.raises(UsageInvalid):
        read_key(typed)


def test_a_damaged_card_is_refused() -> None:
    with pytest.raises(CardInvalid):
        read_key(CARD[:-9])


def test_a_proof_that_nobody_named_is_a_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageInvalid, match="name the proof's FILE"):
        read_proof(None, ())
    with pytest.raises(UsageInvalid, match="found no file"):
        read_proof(str(tmp_path / "nothing"), ())
