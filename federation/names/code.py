"""The code of a name: what its QR code says, which is its address for everybody."""

from federation.link.address import format_key, parse_key
from federation.settings import NAME_SUFFIX
from ledger.errors import NameInvalid
from ledger.names import format_label, parse_handle, read_label


def format_code(name: str, community: bytes) -> str:
    """Return a name's address in capitals, which make a small QR code and are read as small ones.

    Args:
        name: Canonical.
        community: Its key, 32 bytes.
    """
    return f"{format_label(name)}.{format_key(community)}.{NAME_SUFFIX}".upper()


def read_code(text: str) -> tuple[str, bytes] | None:
    """Return the name and the community's key that a code says, or None where it says none.

    Args:
        text: Untrusted.
    """
    label, _, rest = text.strip().lower().removesuffix(".").partition(".")
    key = parse_key(rest.removesuffix(f".{NAME_SUFFIX}"))
    if key is None or not rest.endswith(f".{NAME_SUFFIX}"):
        return None
    try:
        return parse_handle(read_label(label)), key
    except NameInvalid:
        return None
