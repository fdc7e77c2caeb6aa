"""Writes both faces' API descriptions into docs: ``python -m tests.support.openapi``."""

from pathlib import Path

from federation.web.app import document_of
from federation.web.face import Face
from manager.web.face import FACE
from member.web.face import MEMBER_FACE
from tests.support.project import ROOT

FACES: tuple[Face, ...] = (MEMBER_FACE, FACE)


def page(face: Face) -> Path:
    """Return where a face's description is kept."""
    return ROOT / "docs" / f"openapi-{face.name}.json"


def main() -> None:
    """Write them."""
    for face in FACES:
        page(face).write_text(document_of(face), encoding="utf-8")


if __name__ == "__main__":
    main()
