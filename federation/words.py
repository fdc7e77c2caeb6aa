"""Words for people: a key's fingerprint, and a seed on paper (BIP-39, English)."""

from difflib import get_close_matches
from functools import lru_cache
from hashlib import sha256

from mnemonic import Mnemonic

from federation.errors import KeyFileInvalid

PAPER_WORDS = 24
FINGERPRINT_WORDS = 6
_WORD_BITS = 11
_PREFIX = b"commontab/fingerprint/v1\n"
_LINK_PREFIX = b"commontab/link/v1\n"


def fingerprint(key: bytes) -> str:
    """Return the six words that people compare instead of a 32-byte public key.

    They are 66 bits of a hash: finding another key with the same words is out of reach.
    """
    return _six_words(sha256(_PREFIX + key).digest())


def link_words(community: bytes, link_key: bytes, peer: bytes, peer_link_key: bytes) -> str:
    """Return the six words that both managers compare before they link: the same for both.

    Args:
        community: One community's public key, 32 bytes.
        link_key: Its link key.
        peer: The other community's public key.
        peer_link_key: Its link key.
    """
    sides = sorted((community + link_key, peer + peer_link_key))
    return _six_words(sha256(_LINK_PREFIX + b"".join(sides)).digest())


def paper_words(seed: bytes) -> str:
    """Return the 24 words that restore a 32-byte seed; whoever reads them has the key."""
    return str(_bip39().to_mnemonic(seed))


def seed_of_words(text: str) -> bytes:
    """Return the 32-byte seed that 24 words stand for.

    Args:
        text: As typed or pasted: any case, any spacing.

    Raises:
        KeyFileInvalid: Not 24 words, a word that is not in the list, or a wrong checksum.
    """
    words = text.lower().split()
    if len(words) != PAPER_WORDS:
        raise KeyFileInvalid(f"got {len(words)} words; a paper backup has {PAPER_WORDS}")
    for place, word in enumerate(words, 1):
        if word not in _bip39().wordlist:
            near = " or ".join(get_close_matches(word[:20], _bip39().wordlist)) or "another word"
            raise KeyFileInvalid(f"word {place}, {word[:20]!r}, is not in the list: {near}?")
    try:
        return bytes(_bip39().to_entropy(words))
    except ValueError:
        raise KeyFileInvalid(
            "these are words of the list, but their checksum is wrong: check order and spelling"
        ) from None


def _six_words(digest: bytes) -> str:
    bits = int.from_bytes(digest) >> (256 - FINGERPRINT_WORDS * _WORD_BITS)
    indexes = [
        bits >> (_WORD_BITS * place) & (2**_WORD_BITS - 1)
        for place in range(FINGERPRINT_WORDS - 1, -1, -1)
    ]
    return " ".join(_bip39().wordlist[index] for index in indexes)


@lru_cache(maxsize=1)
def _bip39() -> Mnemonic:
    return Mnemonic("english")
