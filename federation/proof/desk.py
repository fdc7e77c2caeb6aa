"""Handing proofs out and checking them, as the commands of both programs do."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from federation.console.terminal import UsageInvalid, draw, out, show
from federation.console.views import View
from federation.proof.file import read_key, read_proof
from federation.proof.kind import parse_proof
from federation.proof.parts import PARTS_MAX, count_parts, split_parts
from federation.proof.proving import About
from federation.proof.view import check_proof
from ledger.errors import ProofInvalid


def show_checked(
    typed: str | None,
    images: Sequence[Path],
    community: str | None,
    witnesses: Sequence[str],
    *,
    as_json: bool,
) -> None:
    """Check a proof and print what it shows.

    Args:
        typed: Name of its file, or ``-``; None where there are only pictures.
        images: Pictures of QR codes.
        community: The community's key or card as typed; None where the reader compares words.
        witnesses: Keys or cards of witnesses whose cosignatures count.
        as_json: For programs.

    Raises:
        ProofInvalid: It does not hold.
        UsageInvalid: No such file, or no such key.
    """
    key = None if community is None else read_key(community)
    known = [read_key(one) for one in witnesses]
    try:
        held = check_proof(read_proof(typed, images), key, known)
    except ProofInvalid as error:
        if as_json:
            out.print(json.dumps({"holds": False, "problem": str(error)}), markup=False)
        raise
    show(held, as_json, lambda: tell(held))


def hand_out(text: bytes, file: Path | None, *, as_json: bool, extra: View | None = None) -> None:
    """Write a proof to a file and say what it shows, or print the proof itself.

    Args:
        text: The proof, made here.
        file: Where to; None prints it.
        as_json: Print one document with both.
        extra: More for that document.
    """
    held = check_proof(parse_proof(text), None, ())
    if file is not None:
        file.write_bytes(text)
    if as_json:
        whole = {"proof": text.decode(), "bytes": len(text)} | held | (extra or {})
        out.print(json.dumps(whole, indent=1, ensure_ascii=False), markup=False)
    elif file is None:
        draw(text.decode())
    else:
        tell(held)
        out.print(f"Written to {file}, {len(text)} bytes.", markup=False)


def write_codes(text: bytes, title: str, png: Path | None, svg: Path | None) -> list[Path]:
    """Write a proof's QR codes as pictures; return their files.

    Args:
        text: The proof.
        title: What the pictures are called for those who cannot see them.
        png: Where to; several are numbered, ``name-1.png`` and so on.
        svg: As well.

    Raises:
        UsageInvalid: It is too large for QR codes.
    """
    from federation.qr import draw_png, draw_svg  # noqa: PLC0415 -- takes long to import

    parts = _parts(text)
    written = []
    for number, part in enumerate(parts, 1):
        for base in filter(None, (png, svg)):
            file = base if len(parts) == 1 else base.with_stem(f"{base.stem}-{number}")
            if base is png:
                file.write_bytes(draw_png(part))
            else:
                file.write_text(draw_svg(part, f"{title}, part {number} of {len(parts)}"), "utf-8")
            written.append(file)
    return written


def draw_codes(text: bytes) -> None:
    """Draw a proof's QR codes in the terminal, one below the other.

    Raises:
        UsageInvalid: It is too large for QR codes.
    """
    from federation.qr import draw_terminal  # noqa: PLC0415 -- takes long to import

    parts = _parts(text)
    for number, part in enumerate(parts, 1):
        draw(draw_terminal(part, colour=out.is_terminal))
        out.print(f"Part {number} of {len(parts)}.")


def flags(**asked: bool) -> tuple[About, ...]:
    """Return what a command line's options say a proof is to be about."""
    return tuple(about for about in get_args(About) if asked.get(about))


def parts_of(text: bytes) -> list[str]:
    """Return a proof's parts for QR codes, or none where it is too large for them."""
    return split_parts(text) if count_parts(text) <= PARTS_MAX else []


def tell(held: View) -> None:
    """Print what a proof shows, as people read it."""
    for line in held["told"]:
        out.print(line, markup=False)


def _parts(text: bytes) -> list[str]:
    parts = parts_of(text)
    if not parts:
        raise UsageInvalid(
            f"{len(text)} bytes are too many for QR codes; write a file with --out FILE"
        )
    return parts
