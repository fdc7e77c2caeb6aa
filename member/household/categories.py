"""Categories: what entries are filed under; a few are suggested, and anybody makes his own."""

from collections import Counter

from federation.console.terminal import UsageInvalid
from ledger.field import CATEGORY_CHARS_MAX
from ledger.operation import Annotate, Bill
from ledger.saying import said
from member.membership import Membership

SUGGESTED = (
    "groceries", "rent", "energy", "internet", "household", "eating out", "travel", "health",
    "children", "leisure", "gifts", "work",
)  # fmt: skip
OWN_LOOKED_AT = 1_000
"""So many of the newest own change-sets are asked for the categories that are in use."""


def check_category(text: str) -> str:
    """Return a category that fits, without spaces around it; empty for none.

    Raises:
        UsageInvalid: Over 32 characters, or with control characters.
    """
    category = text.strip()
    if len(category) > CATEGORY_CHARS_MAX:
        raise UsageInvalid(
            said(
                "got a category of {count} characters; at most {most} fit",
                count=len(category),
                most=CATEGORY_CHARS_MAX,
            )
        )
    if not category.isprintable():
        raise UsageInvalid("got a category with line breaks or control characters; leave them out")
    return category


def list_categories(member: Membership) -> list[str]:
    """Return categories to choose from: own ones, the most used first, then the suggested ones."""
    used: Counter[str] = Counter(one.category for one in member.state.bills.values())
    for outgoing in member.outgoing.newest(OWN_LOOKED_AT):
        for operation in outgoing.change_set.change_set.operations:
            if isinstance(operation, Annotate | Bill):
                used[operation.category] += 1
    del used[""]
    own = sorted(used, key=lambda one: (-used[one], one))
    return [*own, *(one for one in SUGGESTED if one not in used)]
