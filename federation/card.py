"""Cards: what people hand each other to join, to admit and to be paid; signed, in one line."""

from typing import TypeVar

from federation.card_frame import (
    BODY_BYTES_MAX,
    Hints,
    HttpAddress,
    NetworkKind,
    check_root,
    check_texts,
    signable,
    unwrap,
    wrap,
)
from federation.errors import CardInvalid
from federation.link.card import LinkCard, check_link_card
from ledger import crypto
from ledger.codec import Shape, decode, encode
from ledger.errors import CodecError, SignatureInvalid
from ledger.field import (
    AccountId,
    Amount,
    Count,
    DisplayName,
    EntryId,
    Handle,
    Memo,
    OptionalHash,
    PublicKey,
    Time,
    UnitCode,
)
from ledger.saying import said


class MemberCard(Shape):
    """Shows a person to a manager, who admits its key.

    Attributes:
        key: The member's public key, which signed the card.
        name: What the member is called.
        time: When it was made, by the member's clock.
        hints: DHT nodes near the member.
    """

    key: PublicKey
    name: DisplayName
    time: Time
    hints: Hints


class CommunityCard(Shape):
    """Shows a community to a person, who joins it.

    Attributes:
        key: The community's public key, which signed the card.
        name: What the community is called.
        size: Size of a checkpoint, so that first contact cannot be a fork; 0 for none yet.
        root: Its root, empty for size 0.
        network: Which DHT the community lives in.
        hints: DHT nodes to begin with.
        http: The manager's HTTP address, or empty.
    """

    key: PublicKey
    name: DisplayName
    size: Count
    root: OptionalHash
    network: NetworkKind
    hints: Hints
    http: HttpAddress


STANDING = bytes(16)
"""Id of a payment request that stands on a table or a stall: anybody may pay it, any number of
times."""


class RequestCard(Shape):
    """Asks whoever reads it to pay, once unless it stands.

    The signature says that ``key`` asked. That the key belongs to ``account``, and the account
    to ``handle``, is for the reader to look up in the ledger.

    Attributes:
        key: The payee's key, which signed the card.
        community: The community in whose ledger it is to be paid.
        account: The payee's account.
        handle: The payee's handle there.
        name: What the payee is called.
        id: Names the card, and the ledger lets it be paid once; ``STANDING`` names none.
        amount: In minor units; None leaves it to the payer.
        unit: Code of the unit.
        memo: What it is for.
        expires: Not to be paid after this time.
    """

    key: PublicKey
    community: PublicKey
    account: AccountId
    handle: Handle
    name: DisplayName
    id: EntryId
    amount: Amount | None
    unit: UnitCode
    memo: Memo
    expires: Time

    @property
    def paid_as(self) -> bytes | None:
        """What a payment names so that it is made once; None for a standing request."""
        return None if self.id == STANDING else self.id


Card = MemberCard | CommunityCard | RequestCard | LinkCard
C = TypeVar("C", MemberCard, CommunityCard, RequestCard, LinkCard)

_SHAPES: dict[str, type[Card]] = {
    "M": MemberCard,
    "C": CommunityCard,
    "R": RequestCard,
    "L": LinkCard,
}
_LETTERS = {shape: letter for letter, shape in _SHAPES.items()}
_WORDS: dict[type[Card], str] = {
    MemberCard: "member's card",
    CommunityCard: "community's card",
    RequestCard: "payment request",
    LinkCard: "link card",
}


def sign_card(seed: bytes, card: Card) -> str:
    """Return a card as text: upper case, so that a QR code stores it densely.

    Args:
        seed: The 32-byte seed of ``card.key``.
        card: What it says.
    """
    assert crypto.public_key(seed) == card.key, "a card is signed by its own key"
    _check(card)
    return wrap(_LETTERS[type(card)], encode(card), seed)


def read_card(text: str, shape: type[C]) -> C:
    """Return a card of one kind, verified.

    Args:
        text: Untrusted, as scanned or pasted: any case, white space anywhere.
        shape: The kind that is needed.

    Raises:
        CardInvalid: Not a card, another kind, damaged, not canonical, or wrongly signed.
    """
    card = read_any_card(text)
    if not isinstance(card, shape):
        raise CardInvalid(
            said(
                "got a {got} where a {wanted} is needed",
                got=said(_WORDS[type(card)]),
                wanted=said(_WORDS[shape]),
            )
        )
    return card


def read_any_card(text: str) -> Card:
    """Return a card of any kind, verified.

    Raises:
        CardInvalid: Not a card, of an unknown kind, damaged, not canonical, or wrongly signed.
    """
    letter, body, signature = unwrap(text)
    shape = _SHAPES.get(letter)
    if shape is None:
        raise CardInvalid(
            said("got a card of unknown kind {letter!r}; update this program", letter=letter)
        )
    try:
        card = decode(body, shape, BODY_BYTES_MAX)
        crypto.verify(card.key, signable(letter, body), signature)
    except CodecError as error:
        raise CardInvalid(
            said("got a damaged card ({error}); scan or paste it again", error=error)
        ) from error
    except SignatureInvalid as error:
        raise CardInvalid(
            said("got a forged or damaged card: {error}; ask for it again", error=error)
        ) from error
    _check(card)
    return card


def check_payable(card: RequestCard, community: bytes, now: int) -> None:
    """Accept a payment request that can be paid here and now.

    Args:
        card: From ``read_card``.
        community: Key of the community whose member would pay.
        now: Unix seconds.

    Raises:
        CardInvalid: It is another community's, or has expired.
    """
    if card.community != community:
        raise CardInvalid(
            said(
                "got a payment request of another community ({community}…); pay it from that "
                "community's home",
                community=card.community.hex()[:16],
            )
        )
    if now > card.expires:
        raise CardInvalid(
            said(
                "got a payment request that expired {seconds} s ago; ask for a new one",
                seconds=now - card.expires,
            )
        )


def _check(card: Card) -> None:
    """Refuse what a field's own bounds do not say.

    Raises:
        CardInvalid: A text that would play with the terminal, a root that fits no size, or what
            a link card may not say.
    """
    if isinstance(card, LinkCard):
        check_link_card(card)
    elif isinstance(card, CommunityCard):
        check_texts(card.name)
        check_root(card.size, card.root)
    elif isinstance(card, RequestCard):
        check_texts(card.name, card.handle, card.memo)
    else:
        check_texts(card.name)
