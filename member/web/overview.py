"""The overview: what a person wants to see first, however long the ledger is."""

from federation.console.sentence import units_of
from federation.console.views import View, view_balances
from ledger.field import AMOUNT_MAX
from ledger.operation import Accept
from ledger.state import State
from member.household.bills import view_bills
from member.link_views import view_under_way
from member.membership import Membership
from member.names.view import reminders
from member.past import Reader
from member.standing import view_stand
from member.views import view_holds, view_outbox, view_requests
from member.web.consent import Draft, pack
from member.web.timeline import recent

Lately = tuple[list[View], list[View]]
ENTRIES_SHOWN = 8
PEOPLE_SHOWN = 6
LOW_PARTS = 5
"""Less than one part in so many of the room to either side is worth a word."""


def view_lately(member: Membership, reader: Reader) -> Lately:
    """Return the newest entries, and whom one dealt with lately: they follow from the replica."""
    return recent(member, reader, ENTRIES_SHOWN, PEOPLE_SHOWN)


def view_overview(member: Membership, lately: Lately, now: int) -> View:
    """Return the first page: balances with their limits, what waits, and what happened last.

    Args:
        member: A home with a ledger and an account.
        lately: From ``view_lately``.
        now: Unix seconds.

    Raises:
        Refused: The home has no account.
    """
    account, state = member.account, member.state
    happened, people = lately
    others = (state.accounts[one] for one in state.handles.values())
    return {
        "handle": account.handle,
        "name": account.name,
        "status": account.status,
        "community": member.community.name,
        "books": [with_limits(state, books) for books in view_balances(state, account)],
        "names": reminders(state, account, now),
        "waits": view_waiting(member),
        "asked": [one for one in _requests(member) if one["direction"] == "you ask"],
        "holds": view_holds(state, account),
        "on_its_way": view_outbox(
            state, reversed(member.outgoing.unsettled()[-ENTRIES_SHOWN:]), member.name_of
        ),
        "under_way": view_under_way(state, account.id, member.name_of),
        "recent": happened,
        "people": people,
        "alone": not any(one.keys and one.id not in {account.id, state.commons} for one in others),
        "stand": view_stand(member, now),
    }


def view_waiting(member: Membership) -> list[View]:
    """Return what waits for the person's own answer, soonest end first."""
    asked = [
        one | {"kind": "request"}
        for one in _requests(member)
        if one["direction"] == "you are asked"
    ]
    held = [
        one | {"kind": "hold"}
        for one in view_holds(member.state, member.account)
        if one["direction"] == "you are paid"
    ]
    return sorted(asked + held + view_parts(member), key=lambda one: (one["expires"], one["id"]))


def view_parts(member: Membership) -> list[View]:
    """Return the own open parts of bills, each ready to be accepted at once."""
    own = member.account
    books = {one.unit: one.posted for one in own.balances}
    found = []
    for one in view_bills(member.state, own):
        part = next((part for part in one["parts"] if part["you"]), None)
        if part is None or not one["you_owe_minor"]:
            continue
        accept = Draft((Accept(bytes.fromhex(one["id"])),), sealing=False)
        found.append(
            {
                "kind": "bill",
                "id": one["id"],
                "with": " + ".join(part["to"]),
                "author": one["author"],
                "amount_minor": one["you_owe_minor"],
                "unit": one["unit"],
                "memo": one["memo"],
                "category": one["category"],
                "expires": one["expires"],
                "after_minor": books.get(one["unit"], 0) - one["you_owe_minor"],
                "draft": pack(accept),
            }
        )
    return found


def with_limits(state: State, books: View) -> View:
    """Return an account's books in one unit with where they stand between their limits.

    Args:
        state: Knows the unit.
        books: From ``view_balances``.
    """
    credit, most = books["credit_limit_minor"], books["maximum_balance_minor"]
    left = books["available_minor"]
    room = most - books["balance_minor"] - books["expected_minor"]
    warning = None
    if left <= 0:
        warning = "spent"
    elif 0 < credit < AMOUNT_MAX and left * LOW_PARTS < credit:
        warning = "low"
    elif 0 < most < AMOUNT_MAX and room * LOW_PARTS < most:
        warning = "full" if room <= 0 else "high"
    return books | {
        "scale": units_of(state)[books["unit"]].scale,
        "room_minor": max(room, 0),
        "warning": warning,
    }


def _requests(member: Membership) -> list[View]:
    return view_requests(member.state, member.account, member.name_of)


def view_open(member: Membership, entry: str) -> View | None:
    """Return an open request or hold of the member's by its id in hex, None where it is neither."""
    mine = [*_requests(member), *view_holds(member.state, member.account)]
    return next((one for one in mine if one["id"] == entry), None)
