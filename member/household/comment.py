"""Comments and filing: what the parties of an entry say about it."""

from federation.console.terminal import UsageInvalid
from federation.console.typed import check_memo
from ledger.operation import Annotate
from member.household.categories import check_category


def ask_comment(about: bytes | None, text: str = "", category: str = "") -> Annotate:
    """Return a comment on an entry, or what it is filed under, or both.

    Args:
        about: Id of a transaction, bill, request, hold or mandate that the author is a party of;
            None for what the operation before in the same change-set makes.
        text: What to say; empty for nothing.
        category: What the author files it under; empty leaves it as it is.

    Raises:
        UsageInvalid: Neither of them, too long, or with control characters.
    """
    said, filed = check_memo(text.strip()), check_category(category)
    if not said and not filed:
        raise UsageInvalid("there is nothing to say; type a comment or a category")
    return Annotate(about, filed, said)
