"""Link cards: what two managers swap so that their communities can pay each other."""

from typing import Final

from federation.card_frame import Hints, HttpAddress, NetworkKind, check_root, check_texts
from federation.errors import CardInvalid
from ledger import crypto
from ledger.codec import Shape
from ledger.errors import SignatureInvalid, TermsInvalid
from ledger.field import Count, DisplayName, OptionalHash, PublicKey, Signature, Time
from ledger.link.terms import Terms, check_terms
from ledger.saying import said

LINK_CARD_S_MAX: Final = 30 * 86_400
"""Age at which a link card is stale: a month, in which two managers find time to swap."""
CLOCK_S_MAX: Final = 86_400
"""How far ahead of the reader's clock a card may have been made: as much as a wrong time zone."""
_PREFIX = b"commontab/link-key/v1\n"


class LinkCard(Shape):
    """Shows a community to the manager of another one, who links to it.

    Attributes:
        key: The community's public key, which signed the card.
        link_key: The key under which it publishes for linked communities.
        name: What the community is called.
        time: When the card was made, by its manager's clock.
        size: Size of a checkpoint, so that first contact cannot be a fork; 0 for none yet.
        root: Its root, empty for size 0.
        network: Which DHT the community lives in.
        hints: DHT nodes to begin with.
        http: The manager's HTTP address, or empty.
        terms: What it proposes; a link is there only where both cards say the same.
        proof: The link key's own signature, so that nobody passes another's off as his.
    """

    key: PublicKey
    link_key: PublicKey
    name: DisplayName
    time: Time
    size: Count
    root: OptionalHash
    network: NetworkKind
    hints: Hints
    http: HttpAddress
    terms: Terms
    proof: Signature


def prove_link_key(seed: bytes, community: bytes) -> bytes:
    """Return a link key's signature that says which community it belongs to.

    Args:
        seed: The link key's, 32 bytes.
        community: The community's public key.
    """
    return crypto.sign(seed, _PREFIX + community)


def check_link_card(card: LinkCard) -> None:
    """Refuse what the fields' own bounds do not say.

    Raises:
        CardInvalid: A name that would play with the terminal, a root that fits no size, terms
            that contradict themselves, or a link key that is not the community's, is its main
            key, or cannot be sealed to.
    """
    check_texts(card.name)
    check_root(card.size, card.root)
    try:
        check_terms(card.terms)
        crypto.verify(card.link_key, _PREFIX + card.key, card.proof)
    except TermsInvalid as error:
        raise CardInvalid(
            said("got a link card whose terms do not hold: {error}", error=error)
        ) from error
    except SignatureInvalid as error:
        raise CardInvalid(
            said(
                "got a link card with a link key that is not its community's: {error}; ask "
                "its manager for a new card",
                error=error,
            )
        ) from error
    if card.link_key == card.key or not crypto.can_seal(card.link_key):
        raise CardInvalid(
            "got a link card whose link key is the community's own or cannot be sealed to; "
            "ask its manager for a new card"
        )


def check_linkable(card: LinkCard, community: bytes, network: NetworkKind, now: int) -> None:
    """Accept a link card that a community can link to here and now.

    Args:
        card: From ``read_card``.
        community: The own community's public key.
        network: The DHT that the own community lives in.
        now: Unix seconds.

    Raises:
        CardInvalid: It is the own community's, lives in another network, is over 30 days old,
            or was made over a day from now.
    """
    if card.key == community:
        raise CardInvalid("got this community's own link card; ask the other manager for his")
    if card.network != network:
        raise CardInvalid(
            said(
                "got a link card of a community in the {theirs} network; this one lives in "
                "the {own} one, so neither would find the other",
                theirs=card.network,
                own=network,
            )
        )
    if now - card.time > LINK_CARD_S_MAX:
        raise CardInvalid(
            said(
                "got a link card that is over {days} days old; ask its manager for a new one",
                days=LINK_CARD_S_MAX // 86400,
            )
        )
    if card.time - now > CLOCK_S_MAX:
        raise CardInvalid(
            said(
                "got a link card made {seconds} s from now; set the clock that is wrong, and "
                "make a new card if it is the other's",
                seconds=card.time - now,
            )
        )
