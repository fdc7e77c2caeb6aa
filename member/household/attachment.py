"""Files to be attached: what people hand in, made small, and sealed as an operation names them.

What counts is what a file holds, not what it is called.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePath

import msgspec

from federation.blob import cut_blob
from federation.console.terminal import UsageInvalid
from ledger.attachment import (
    ATTACHED_MAX,
    FILE_BYTES_MAX,
    KEY_BYTES,
    check_name,
    seal_file,
)
from ledger.errors import FileInvalid
from ledger.field import FILE_NAME_CHARS_MAX
from ledger.operation import (
    JPEG,
    PDF,
    PNG,
    TEXT,
    WEBP,
    Attach,
    Bill,
    Hold,
    Operation,
    Pay,
    Request,
)
from ledger.saying import Saying, said

UPLOAD_BYTES_MAX = 16 * 2**20
"""The most that is looked at: a large photograph, before it is made small."""
_ENDINGS = {WEBP: ".webp", JPEG: ".jpg", PNG: ".png", PDF: ".pdf", TEXT: ".txt"}
_GIVEN_UP = frozenset((*_ENDINGS.values(), ".jpeg", ".avif", ".heic"))
"""Endings that the one of the kind takes the place of; any other stays, before it."""
_HEIF_BRANDS = frozenset(b"heic heix hevc heim heis hevm hevs mif1 msf1".split())
"""What follows ``ftyp`` in photographs of some telephones (ISO/IEC 23008-12)."""
_AVIF_BRANDS = frozenset((b"avif", b"avis"))


class FileUnfit(UsageInvalid):
    """A file that cannot be attached: what it is, what fits and what to do."""


@dataclass(frozen=True, slots=True)
class Handed:
    """A file as a person handed it in: its name, with or without folders, and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file ready to be attached.

    Attributes:
        name: 1 to 64 characters, with the ending of its kind.
        kind: One of WEBP, PDF and TEXT: pictures become WebP.
        plain: At most 262,144 bytes.
    """

    name: str
    kind: int
    plain: bytes


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is signed and what is kept: the operation, and the sealed file that it names."""

    operation: Attach
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Attached:
    """Operations of one change-set, and the sealed files that they attach."""

    operations: tuple[Operation, ...]
    files: tuple[bytes, ...]


def read_file(path: Path) -> Handed:
    """Return a file of the disk as it is handed in.

    Raises:
        FileUnfit: Nothing is there, or it is longer than anything that is looked at.
        OSError: It cannot be read.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(UPLOAD_BYTES_MAX + 1)
    except (FileNotFoundError, IsADirectoryError):
        raise FileUnfit(said("found no file at {path}", path=str(path))) from None
    if len(data) > UPLOAD_BYTES_MAX:
        raise FileUnfit(
            said(
                "{name} has more than {most} bytes; save it smaller",
                name=path.name,
                most=UPLOAD_BYTES_MAX,
            )
        )
    return Handed(path.name, data)


def prepare_file(handed: Handed) -> Prepared:
    """Return a file as it is attached: a picture made small, a PDF or a text as it is.

    It blocks for up to a second or two where it is a picture.

    Raises:
        FileUnfit: It is none of them, damaged or too long.
    """
    kind = find_kind(handed.data)
    if kind in {WEBP, JPEG, PNG} or _brand(handed.data) in _AVIF_BRANDS:
        from member.household.picture import shrink_picture  # noqa: PLC0415 -- takes long to import

        return Prepared(fit_name(handed.name, WEBP), WEBP, shrink_picture(handed.data))
    if kind is None:
        raise FileUnfit(_why_not(handed))
    if len(handed.data) > FILE_BYTES_MAX:
        raise FileUnfit(
            said(
                "{name} has {length} bytes; a PDF or a text may have {most} bytes. Save it "
                "smaller, or take a picture of the page that matters",
                name=handed.name,
                length=len(handed.data),
                most=FILE_BYTES_MAX,
            )
        )
    return Prepared(fit_name(handed.name, kind), kind, handed.data)


def seal_prepared(prepared: Prepared) -> Sealed:
    """Return a file sealed under a new key, and what attaches it to the operation before."""
    key = secrets.token_bytes(KEY_BYTES)
    sealed = seal_file(prepared.plain, key)
    operation = Attach(
        None,
        prepared.name,
        prepared.kind,
        len(prepared.plain),
        sha256(sealed).digest(),
        cut_blob(sealed).target,
        key,
    )
    return Sealed(operation, sealed)


def add_files(
    operations: Sequence[Operation], prepared: Sequence[Prepared], about: bytes | None = None
) -> Attached:
    """Return operations with files attached to what the last of them makes.

    Args:
        operations: One that makes an entry, or comes after such; may be none beside ``about``.
        prepared: 1 to 8.
        about: Entry id of what they belong to instead.

    Raises:
        FileUnfit: There are too many, or nothing that they could belong to.
    """
    sealed = [seal_prepared(one) for one in prepared]
    joined = join_files(operations, [one.operation for one in sealed], about)
    return Attached(joined, tuple(one.sealed for one in sealed))


def join_files(
    operations: Sequence[Operation], files: Sequence[Attach], about: bytes | None = None
) -> tuple[Operation, ...]:
    """Return operations with what attaches some files; the other arguments are add_files's.

    Raises:
        FileUnfit: See ``add_files``.
    """
    if not files:
        return tuple(operations)
    check_count(files)
    if about is None and not isinstance(operations[-1], Pay | Request | Hold | Bill):
        raise FileUnfit(
            "a file can be attached to a payment, a request, a hold or a bill at home; attach it "
            "to anything else with a comment"
        )
    return (*operations, *(msgspec.structs.replace(one, about=about) for one in files))


def check_count(handed: Sequence[object]) -> None:
    """Accept as many files as one change-set may have.

    Raises:
        FileUnfit: There are more.
    """
    if len(handed) > ATTACHED_MAX:
        raise FileUnfit(
            said(
                "got {count} files; {most} can be attached at once. Attach the others with a "
                "comment",
                count=len(handed),
                most=ATTACHED_MAX,
            )
        )


def find_kind(data: bytes) -> int | None:
    """Return what bytes from anybody are by their beginning; None for nothing that is shown.

    Source:
        PNG specification, section 5.2; ISO/IEC 10918-1, B.1.1.3; WebP container specification
        (RFC 9649, section 2.4); ISO 32000-1, 7.5.2.
    """
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WEBP
    if data.startswith(b"%PDF-"):
        return PDF
    return TEXT if _is_text(data) else None


def fit_name(name: str, kind: int) -> str:
    """Return what a file is called once it is attached: without folders, with its kind's ending.

    What a name may not have becomes a space or is left out; nothing left becomes "file".

    Args:
        name: As a person or a browser gave it.
        kind: One of ledger.operation's.
    """
    bare = PurePath(name.replace("\\", "/")).name
    ending = _ENDINGS[kind]
    given_up = PurePath(bare).suffix.lower() in _GIVEN_UP
    stem = PurePath(bare).stem if given_up else bare
    room = FILE_NAME_CHARS_MAX - len(ending)
    kept = "".join(sign for sign in stem if _may_stand(sign)).strip(" .")[:room].strip(" .")
    return (kept or "file") + ending


def _may_stand(sign: str) -> bool:
    try:
        check_name(f"a{sign}a")
    except FileInvalid:
        return False
    return True


def _is_text(data: bytes) -> bool:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    return bool(text) and all(sign >= " " or sign in "\t\n\f\r" for sign in text)


def _brand(data: bytes) -> bytes:
    """Return the brand of a file of ISO's base media format, or nothing."""
    return data[8:12] if data[4:8] == b"ftyp" else b""


def _why_not(handed: Handed) -> Saying:
    if not handed.data:
        return said("{name} is empty", name=handed.name)
    if _brand(handed.data) in _HEIF_BRANDS:
        return said(
            "{name} is a HEIC photograph, which is not read here; set the camera to "
            '"most compatible" or JPEG, or share the picture as JPEG, and attach that',
            name=handed.name,
        )
    return said(
        "{name} is neither a picture (JPEG, PNG, WebP, AVIF) nor a PDF nor a text in UTF-8",
        name=handed.name,
    )
