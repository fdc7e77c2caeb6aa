"""Where an export goes, whole or not at all, and where an import comes from."""

import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from federation.console.terminal import UsageInvalid
from federation.errors import StorageFailed
from member.exchange.sheet import FILE_BYTES_MAX

STDOUT = Path("-")
"""Stands for standard output."""
STDIN = STDOUT
"""Stands for standard input, where something is read."""


def write_text(target: Path, pieces: Iterable[str]) -> None:
    """Write pieces of text as they come; an older file stays until the new one is whole.

    Args:
        target: A file, new or to be replaced, readable by its owner only; or ``-``.
        pieces: UTF-8 when written, line ends as they are.

    Raises:
        UsageInvalid: The target is there and no file.
        StorageFailed: It cannot be written.
    """
    if target == STDOUT:
        for piece in pieces:
            sys.stdout.buffer.write(piece.encode())
        sys.stdout.buffer.flush()
        return
    if target.exists() and not target.is_file():
        raise UsageInvalid(f"{target} is no file; name a file, or - for standard output")
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        raise _failed(target, error) from error
    new = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.writelines(piece.encode() for piece in pieces)
            stream.flush()
            os.fsync(stream.fileno())
        new.replace(target)
    except OSError as error:
        raise _failed(target, error) from error
    finally:
        new.unlink(missing_ok=True)


def read_source(source: Path) -> bytes:
    """Return what a file or standard input holds, at most a byte more than an import may have.

    Raises:
        UsageInvalid: It is no file.
        StorageFailed: It cannot be read.
    """
    if source == STDIN:
        return sys.stdin.buffer.read(FILE_BYTES_MAX + 1)
    if not source.is_file():
        raise UsageInvalid(f"{source} is no file; name a CSV file, or - for standard input")
    try:
        with source.open("rb") as stream:
            return stream.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise StorageFailed(f"{source}: {error}; name a file that you may read") from error


def _failed(target: Path, error: OSError) -> StorageFailed:
    return StorageFailed(f"{target}: {error}; name a file in a folder with room for it")
