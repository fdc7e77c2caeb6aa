"""Where an export goes: whole or not at all."""

import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from federation.console.terminal import UsageInvalid
from federation.errors import StorageFailed

STDOUT = Path("-")
"""Stands for standard output."""


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


def _failed(target: Path, error: OSError) -> StorageFailed:
    return StorageFailed(f"{target}: {error}; name a file in a folder with room for it")
