"""What a publisher keeps of a feed, so that the next signature costs only what is new."""

from ledger import crypto
from ledger.codec import Shape, decode, encode
from ledger.errors import CodecError, FeedInvalid
from ledger.feed.head import FeedHead, check_tree, verify_head
from ledger.feed.tree import FeedNode, FeedTree, FeedTrees

_STATE_BYTES_MAX = 8_192
"""A head, and at most 53 roots of about 50 bytes in either order."""
_Roots = tuple[tuple[int, int, bytes], ...]


class _Kept(Shape):
    """A head and the roots it signs; flat-tree number, size and hash of each."""

    head: bytes
    big: _Roots
    little: _Roots


def encode_state(head: bytes, trees: FeedTrees) -> bytes:
    """Return what is kept of a feed.

    Args:
        head: Its head, which signs these trees.
        trees: In both orders.
    """
    big, little = (tuple(map(tuple, tree.roots)) for tree in trees)
    return encode((head, big, little))


def restore_trees(data: bytes | None, seed: bytes) -> FeedTrees:
    """Return a feed's trees as they were kept, or empty ones where they do not hold.

    The signatures are the checksum: a bit that flipped on the disk is never signed, because all
    is then worked out again from the records.

    Args:
        data: From ``encode_state``, or None.
        seed: The signer's 32-byte seed.
    """
    if data is None:
        return FeedTrees()
    try:
        kept = decode(data, _Kept, _STATE_BYTES_MAX)
        head = verify_head(kept.head)
        big = FeedTree("big", head.length, _nodes(kept.big))
        little = FeedTree("little", head.length, _nodes(kept.little))
        _check_own(head, seed)
        check_tree(head, big)
        check_tree(head, little)
    except (CodecError, FeedInvalid, OverflowError):
        return FeedTrees()
    return FeedTrees(big, little)


def _nodes(roots: _Roots) -> tuple[FeedNode, ...]:
    return tuple(FeedNode(*root) for root in roots)


def _check_own(head: FeedHead, seed: bytes) -> None:
    """Accept a head that this seed signed.

    Raises:
        FeedInvalid: Another did.
    """
    if head.signer != crypto.public_key(seed):
        raise FeedInvalid(f"the feed that was kept is one of {head.signer.hex()[:16]}…")
