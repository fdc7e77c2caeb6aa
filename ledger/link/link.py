"""A link as its ledger keeps it: what was agreed, and how far both sides' entries were read."""

from hashlib import sha256

from ledger.codec import Shape
from ledger.field import (
    AccountId,
    Balance,
    Count,
    Handle,
    OptionalHash,
    PublicKey,
)
from ledger.link.entry import LinkStatus, Told
from ledger.link.terms import Fee, Side, Terms

EXCHANGE_HANDLE = "exchange"
_ACCOUNT_BYTES = 16
_CLEARING_PREFIX = b"commontab/clearing/v1\n"
_EXCHANGE_PREFIX = b"commontab/exchange/v1\n"


class Link(Shape):
    """A link; its canonical bytes are its leaf in the map of links, under the peer's key.

    Attributes:
        key: The peer community's.
        account: Id of its clearing account here.
        name: What it is called here: the clearing account's handle.
        status: Whether new payments are taken.
        own_key: The key of our slot for it, and of our decisions.
        link_key: The key of its slot for us.
        terms: Unit and rate that we agree to.
        converts: Our members have the other unit.
        fee: What our commons takes on payments that leave by it.
        sent: Number of our newest entry for it.
        sent_hash: Its hash.
        taken: Number of its newest entry that we merged.
        taken_hash: Its hash.
        seen_size: Size of its newest checkpoint among our readings.
        seen_root: Its root.
        told: How its side stands, by its newest word; None before the first.
        mirror: What its books showed for us after entry ``taken``.
        drift: Number of its first entry that our own books do not explain; 0 for none.
    """

    key: PublicKey
    account: AccountId
    name: Handle
    status: LinkStatus
    own_key: PublicKey
    link_key: PublicKey
    terms: Terms
    converts: bool
    fee: Fee
    sent: Count
    sent_hash: OptionalHash
    taken: Count
    taken_hash: OptionalHash
    seen_size: Count
    seen_root: OptionalHash
    told: Told | None
    mirror: Balance
    drift: Count

    @property
    def side(self) -> Side:
        """The terms as our side applies them."""
        return Side(self.terms, self.converts)

    @property
    def agreed(self) -> bool:
        """Whether both sides named the same terms."""
        return self.told is not None and self.told.terms == self.terms


def clearing_id(peer: bytes) -> bytes:
    """Return the 16-byte id of a peer's clearing account.

    Args:
        peer: The peer community's key when the link began, 32 bytes.
    """
    return sha256(_CLEARING_PREFIX + peer).digest()[:_ACCOUNT_BYTES]


def exchange_id(commons: bytes) -> bytes:
    """Return the 16-byte id of the account through which a ledger converts units.

    Args:
        commons: Id of the community's own account, 16 bytes.
    """
    return sha256(_EXCHANGE_PREFIX + commons).digest()[:_ACCOUNT_BYTES]
