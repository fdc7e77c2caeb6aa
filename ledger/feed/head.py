"""A feed's head: whose feed it is, how long, and what its key signed in either number order."""

from typing import Annotated

from msgspec import Meta

from ledger import crypto
from ledger.codec import Shape, decode, encode
from ledger.errors import CodecError, FeedInvalid, SignatureInvalid
from ledger.feed.tree import FeedTree, FeedTrees, Order, signable
from ledger.feed.value import Encoding
from ledger.field import PublicKey, Signature

HEAD_BYTES_MAX = 512
_PREFIX = b"commontab/feed/v1\n"


class FeedHead(Shape):
    """What a feed's publisher says of it; verify_head and check_tree verify it.

    Attributes:
        community: Whose journal it is.
        signer: The community's key, or that of the member who made this feed of its records.
        key: The feed's own public key, derived from the signer's seed.
        encoding: What its blocks are.
        statement: The signer's signature over what makes ``key`` the key of this feed.
        length: Number of blocks.
        big: The feed key's signature over the big-endian tree.
        little: The same over the little-endian tree.
    """

    community: PublicKey
    signer: PublicKey
    key: PublicKey
    encoding: Encoding
    statement: Signature
    length: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    big: Signature
    little: Signature


def sign_head(
    seed: bytes, feed_seed: bytes, community: bytes, encoding: Encoding, trees: FeedTrees
) -> FeedHead:
    """Return the head of a feed.

    Args:
        seed: The 32-byte seed of the community or of a member.
        feed_seed: The feed key's, derived from it.
        community: Whose journal it is, 32 bytes.
        encoding: What the blocks are.
        trees: The feed's, in both orders; at least one block.
    """
    big, little = trees
    key = crypto.public_key(feed_seed)
    return FeedHead(
        community=community,
        signer=crypto.public_key(seed),
        key=key,
        encoding=encoding,
        statement=crypto.sign(seed, _stated(community, key, encoding)),
        length=big.length,
        big=crypto.sign(feed_seed, signable(big)),
        little=crypto.sign(feed_seed, signable(little)),
    )


def encode_head(head: FeedHead) -> bytes:
    """Return a head's canonical bytes."""
    return encode(head)


def verify_head(data: bytes) -> FeedHead:
    """Return a head whose key is its signer's; its blocks are not verified yet.

    Args:
        data: Untrusted.

    Raises:
        FeedInvalid: Not a head, or the signer did not name this key for such a feed.
    """
    try:
        head = decode(data, FeedHead, HEAD_BYTES_MAX)
        stated = _stated(head.community, head.key, head.encoding)
        crypto.verify(head.signer, stated, head.statement)
    except (CodecError, SignatureInvalid) as error:
        raise FeedInvalid(f"the feed's head does not hold: {error}") from error
    return head


def signature_of(head: FeedHead, order: Order) -> bytes:
    """Return the feed key's signature in a number order, 64 bytes."""
    return head.big if order == "big" else head.little


def check_tree(head: FeedHead, tree: FeedTree) -> None:
    """Accept a tree that the feed's key signed.

    Raises:
        FeedInvalid: It did not: a block, a hash or the signature was changed.
    """
    if tree.length != head.length:
        raise FeedInvalid(f"got {tree.length} blocks of a feed; its head names {head.length}")
    try:
        crypto.verify(head.key, signable(tree), signature_of(head, tree.order))
    except SignatureInvalid as error:
        raise FeedInvalid(
            f"the feed's key did not sign these {tree.length} blocks, in {tree.order}-endian "
            f"order with tree hash {tree.hash.hex()[:16]}…; get the feed again"
        ) from error


def _stated(community: bytes, key: bytes, encoding: str) -> bytes:
    return _PREFIX + community + key + encoding.encode()
