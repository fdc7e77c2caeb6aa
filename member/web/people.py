"""People: who is in the community, and what one has had to do with one of them."""

from federation.console.people import find_account
from federation.console.views import View, view_members
from member.membership import Membership
from member.names.ask import owned_by
from member.past import Reader
from member.web.timeline import Found, Search, search

TOGETHER_SHOWN = 20
_KINDS = ("member", "commons")


def view_people(member: Membership, text: str = "") -> list[View]:
    """Return who can be paid, by handle.

    Args:
        member: Whose community.
        text: Part of a handle or a name, any case; empty for everybody.
    """
    wanted = text.strip().lower()
    found = [
        one
        for one in member.state.accounts.values()
        if one.keys and (wanted in one.handle or wanted in one.name.lower())
    ]
    own = member.account.id.hex()
    everybody = view_members(member.state, found)
    return [one | {"self": one["account"] == own} for one in everybody if one["kind"] in _KINDS]


def view_person(member: Membership, reader: Reader, handle: str) -> View:
    """Return somebody as others see them, with what one has had to do with them.

    Args:
        member: Who looks.
        reader: Opens memos.
        handle: As typed.

    Raises:
        UsageInvalid: Nobody is called that.
    """
    account = find_account(member.state, handle)
    together: Found = search(member, reader, Search(who=account.handle), TOGETHER_SHOWN)
    (shown,) = view_members(member.state, [account])
    return shown | {
        "self": account.id == member.account.id,
        "names": [
            one.name for one in owned_by(member.state, account) if one.resolves(member.state.time)
        ],
        "together": together.entries,
        "more": together.more,
    }
