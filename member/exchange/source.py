"""Where an import comes from."""

import sys
from pathlib import Path

from federation.console.terminal import UsageInvalid
from federation.errors import StorageFailed
from member.exchange.sheet import FILE_BYTES_MAX

STDIN = Path("-")
"""Stands for standard input."""


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
