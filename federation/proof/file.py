"""Proofs as people hand them over: a file, pasted text, or pictures of one or several QR codes."""

import sys
from base64 import b32decode
from collections.abc import Sequence
from pathlib import Path

from federation.card import CommunityCard, MemberCard, read_any_card
from federation.card_file import is_picture, read_card_text
from federation.card_frame import SCHEME
from federation.console.terminal import UsageInvalid
from federation.proof.kind import Proof, parse_proof
from federation.proof.parts import TEXT_CHARS_MAX, is_part, join_parts
from ledger.checkpoint import ORIGIN_PREFIX
from ledger.errors import ProofInvalid

STANDARD_INPUT = "-"
_KEY_BYTES = 32
_KEY_DIGITS = 2 * _KEY_BYTES


def read_proof(typed: str | None, images: Sequence[Path]) -> Proof:
    """Return the proof in a file, in what is pasted, or in pictures of QR codes.

    Args:
        typed: Name of a file, of a picture, or ``-`` for what is pasted; None where there are
            only pictures.
        images: Pictures, of a part or more each, in any order.

    Raises:
        UsageInvalid: Nothing was named, or no such file.
        ProofInvalid: It is no proof, or a part of it is missing.
        ImageInvalid: A picture without a QR code.
    """
    if typed is None and not images:
        raise UsageInvalid("name the proof's FILE, - for pasted text, or --image FILE")
    pictures = [*images, *([Path(typed)] if typed and is_picture(typed) else ())]
    if pictures:
        return parse_proof(_read_pictures(pictures))
    assert typed is not None, "without pictures there is a name"
    return parse_proof(_read_text(typed))


def read_key(typed: str) -> bytes:
    """Return the public key, 32 bytes, that was typed: in hex or base32, or in a card.

    Args:
        typed: 64 hex digits, 52 base32 characters, a checkpoint's origin, or a community's or
            member's card as text, as a file or as a picture.

    Raises:
        UsageInvalid: It is none of these.
        CardInvalid: A card that does not hold.
        ImageInvalid: A picture without a QR code.
    """
    packed = typed.strip().removeprefix(ORIGIN_PREFIX)
    for decode in (bytes.fromhex, _from_base32):
        try:
            key = decode(packed)
        except ValueError:
            continue
        if len(key) == _KEY_BYTES:
            return key
    if not typed.strip().upper().startswith(f"{SCHEME}:") and not _is_file(typed):
        raise UsageInvalid(
            f"got {typed[:40]!r}, which is neither a public key of {_KEY_DIGITS} hex digits nor a "
            "card"
        )
    card = read_any_card(read_card_text(typed))
    if not isinstance(card, CommunityCard | MemberCard):
        raise UsageInvalid("got a payment request; give the card of a community or a member")
    return card.key


def _read_pictures(paths: Sequence[Path]) -> bytes:
    from federation.qr import read_codes_file  # noqa: PLC0415 -- takes long to import

    return join_parts(text for path in paths for text in read_codes_file(path))


def _read_text(typed: str) -> bytes:
    if typed == STANDARD_INPUT:
        # Mail programs and terminals change line ends and what surrounds a text, but not the lines.
        pasted = sys.stdin.read(TEXT_CHARS_MAX + 1).replace("\r\n", "\n").strip() + "\n"
        return join_parts([pasted]) if is_part(pasted) else pasted.encode("utf-8", "replace")
    try:
        with Path(typed).open("rb") as stream:
            data = stream.read(TEXT_CHARS_MAX + 1)
    except (FileNotFoundError, IsADirectoryError):
        raise UsageInvalid(f"found no file {typed[:80]!r} with a proof") from None
    if len(data) > TEXT_CHARS_MAX:
        raise ProofInvalid(f"{typed[:80]} has over {TEXT_CHARS_MAX} bytes; a proof has fewer")
    text = data.decode("utf-8", "replace")
    return join_parts([text]) if is_part(text) else data


def _is_file(typed: str) -> bool:
    try:
        return Path(typed).is_file()
    except OSError:  # a name that is too long to be one
        return False


def _from_base32(text: str) -> bytes:
    return b32decode(text.upper() + "=" * (-len(text) % 8))
