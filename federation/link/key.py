"""A community's link key: what it publishes under for other communities, and what they compare."""

from federation.keys import derive_seed


def link_seed(seed: bytes) -> bytes:
    """Return the seed of a community's link key, which is one for all of its links.

    Args:
        seed: The community key's, 32 bytes.
    """
    return derive_seed(seed, "link")
