"""A name as it stands, and the rules that stand where nobody has set any."""

from collections.abc import Mapping

from ledger.codec import Shape, encode
from ledger.field import AccountId, Count, Handle, PublicKey, Time
from ledger.name.operation import NameRecords, NameRules

DAY_S = 86_400
FREE_RULES = NameRules(None, 0, 0, 365 * DAY_S, 30 * DAY_S, 16)
"""The rules of a community that has not set any: names cost nothing."""
RULES_KEY = b"\x00rules"
"""Where the rules stand in the names map: no name is spelled so."""


class NameState(Shape):
    """A name that is owned, or reserved by the manager; its leaf in the names map.

    Attributes:
        owner: The account; nothing for a reserved name, which has no key and no records.
        claimed: When its owner, or the first of those who handed it on, claimed it; when it was
            reserved.
        record: Index + 1 of the record that did.
        expires: Unix seconds; from then on it does not resolve. 0 for a reserved name.
        key: The public key that it stands for.
        delegate: An account that may set the records too.
        offered: The account that may take it.
        frozen: Only the manager can change anything about it.
        changed: Index + 1 of the record that changed it last.
    """

    name: Handle
    owner: AccountId | None
    claimed: Time
    record: Count
    expires: Time
    key: PublicKey | None
    records: NameRecords
    delegate: AccountId | None
    offered: AccountId | None
    frozen: bool
    changed: Count

    def resolves(self, now: int) -> bool:
        """Return whether anything is answered for the name at a Unix time."""
        return self.owner is not None and now < self.expires


def name_values(
    names: Mapping[str, NameState | None], rules: NameRules | None
) -> dict[bytes, bytes | None]:
    """Return what the names map holds, or what changes in it: canonical bytes by key.

    Args:
        names: By name; None for one that is removed.
        rules: Those that were set, which stand beside the names; None to leave them out.
    """
    values = {key.encode(): None if name is None else encode(name) for key, name in names.items()}
    if rules is not None:
        values[RULES_KEY] = encode(rules)
    return values
