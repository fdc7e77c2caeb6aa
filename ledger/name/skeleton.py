"""Skeletons: what is left of a word when look-alikes are written as one."""

_ALIKE = (("rn", "m"), ("vv", "w"), ("0", "o"), ("1", "l"), ("i", "l"))


def skeleton(word: str) -> str:
    """Return what a canonical handle or name looks like at a glance.

    Two words with one skeleton can be taken for each other. Mixed scripts, and letters of other
    scripts that all look Latin, are refused before (ledger.names).

    Source:
        UTS 39, section 4, for the idea; the table is our own: 0 and o; 1, i and l; rn and m;
        vv and w. It is part of the format (docs/protocol.md, "Names").
    """
    for pair, one in _ALIKE:
        word = word.replace(pair, one)
    return word
