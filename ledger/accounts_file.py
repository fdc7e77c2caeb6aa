"""The file of accounts: the present of everybody, for those who do not replay the past."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ledger import crypto
from ledger.codec import decode, encode
from ledger.errors import CodecError, HistoryMismatch, SealInvalid, SegmentInvalid
from ledger.map import map_root
from ledger.merge import community_hash
from ledger.record import StateRecord
from ledger.rule.manager import COMMONS_HANDLE
from ledger.segment import encode_frames, iter_frames
from ledger.state import Account, Community

ACCOUNTS_BYTES_MAX = 64 * 2**20
"""About 400,000 members."""
_FRAME_BYTES_MAX = 16_384
"""The longest account, with 16 keys and 16 units, and the longest settings stay far below."""
_SIZE_BYTES = 8


@dataclass(frozen=True, slots=True)
class Accounts:
    """What a state record commits to: the community's settings and every account, by id."""

    community: Community
    by_id: dict[bytes, Account]

    @property
    def commons(self) -> Account:
        """The community's own account.

        Raises:
            HistoryMismatch: There is none.
        """
        for one in self.by_id.values():
            if one.handle == COMMONS_HANDLE:
                return one
        raise HistoryMismatch("got accounts without the commons")

    def of_key(self, key: bytes) -> Account | None:
        """Return the account that a public key belongs to now, or None."""
        return next((one for one in self.by_id.values() if key in one.keys), None)


def encode_accounts(
    community: Community, accounts: Iterable[Account], size: int, key: bytes | None
) -> bytes:
    """Return the file of accounts. The same state gives the same bytes, whoever writes them.

    Args:
        community: The settings.
        accounts: All of them, in any order.
        size: Records of the journal that they follow from.
        key: The present epoch's key in a closed ledger, None in an open one.
    """
    rows = sorted(accounts, key=lambda one: one.id)
    data = encode_frames((encode(community), *map(encode, rows)))
    if key is None:
        return data
    nonce = _nonce(data, size, key)
    return nonce + crypto.secret_box(key, nonce, data)


def decode_accounts(data: bytes, size: int, key: bytes | None) -> Accounts:
    """Return what a file of accounts says; ``check_accounts`` proves it, not this.

    Args:
        data: Untrusted.
        size: As for ``encode_accounts``.
        key: As for ``encode_accounts``.

    Raises:
        SegmentInvalid: It does not open, is damaged, or its accounts do not rise by id.
    """
    if key is not None:
        data = _open(data, size, key)
    frames = list(iter_frames(data, _FRAME_BYTES_MAX))
    if not frames:
        raise SegmentInvalid("got a file of accounts without the community's settings")
    try:
        community = decode(frames[0], Community, _FRAME_BYTES_MAX)
        accounts = [decode(frame, Account, _FRAME_BYTES_MAX) for frame in frames[1:]]
    except CodecError as error:
        raise SegmentInvalid(f"the file of accounts: {error}") from error
    _check_order(accounts)
    return Accounts(community, {one.id: one for one in accounts})


def check_accounts(accounts: Accounts, state: StateRecord) -> None:
    """Accept just those accounts and settings that a state record commits to.

    Raises:
        HistoryMismatch: They are others, of an earlier time, or not all of them.
    """
    if community_hash(accounts.community) != state.community_hash:
        raise HistoryMismatch("the community's settings are not those of the checkpoint")
    root = map_root((one.id, encode(one)) for one in accounts.by_id.values())
    if root != state.accounts_root:
        raise HistoryMismatch(
            f"the file of accounts has root {root.hex()[:16]}…; the checkpoint's state record "
            f"says {state.accounts_root.hex()[:16]}…: accounts were changed, left out or are old"
        )


def _open(data: bytes, size: int, key: bytes) -> bytes:
    nonce, sealed = data[: crypto.BOX_NONCE_BYTES], data[crypto.BOX_NONCE_BYTES :]
    try:
        opened = crypto.open_secret_box(key, nonce, sealed)
    except SealInvalid:
        raise SegmentInvalid("the file of accounts does not open with the epoch's key") from None
    if nonce != _nonce(opened, size, key):
        raise SegmentInvalid(f"the file of accounts was not sealed for {size} records")
    return opened


def _check_order(accounts: Sequence[Account]) -> None:
    if not all(one.id < other.id for one, other in pairwise(accounts)):
        raise SegmentInvalid("the file of accounts does not list them once each, by id")


def _nonce(data: bytes, size: int, key: bytes) -> bytes:
    return crypto.keyed_hash(key, size.to_bytes(_SIZE_BYTES) + data, crypto.BOX_NONCE_BYTES)
