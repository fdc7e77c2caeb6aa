"""Small changes to a text, as a forger or a bad copy makes them."""

from collections.abc import Iterator


def altered(text: bytes) -> Iterator[bytes]:
    """Give a text with each byte flipped, and each line dropped, doubled or swapped."""
    for at, byte in enumerate(text):
        for bit in (0x01, 0x20, 0x80):
            yield text[:at] + bytes((byte ^ bit,)) + text[at + 1 :]
    lines = text.splitlines(keepends=True)
    for at, line in enumerate(lines):
        before, after = b"".join(lines[:at]), b"".join(lines[at + 1 :])
        yield before + after
        yield before + line + line + after
        if after and lines[at + 1] != line:
            yield before + lines[at + 1] + line + b"".join(lines[at + 2 :])
    yield text[:-1]
    yield text + b"\n"
    yield b"\n" + text
