"""Names on the page: whose one is, what it needs, and its code."""

from collections.abc import Callable, Mapping

from federation.console.views import View
from federation.names.code import format_code
from federation.names.records import origin_of
from federation.names.zone_file import format_record
from federation.qr import draw_svg
from ledger.name.operation import SetRecords
from ledger.operation import Operation
from ledger.saying import said
from ledger.state import Account, State
from member.membership import Membership
from member.names.ask import (
    ask_claim,
    ask_delegate,
    ask_offer,
    ask_release,
    ask_renew,
    ask_take,
    find_name,
)
from member.names.edit import TypedRecords, ask_records
from member.names.view import reminders, search, view_names, view_one
from member.standing import view_stand

VERBS = ("claim", "records", "renew", "transfer", "take", "release", "delegate")
"""What a page can ask for about one name."""

_TO: Mapping[str, Callable[[State, Account, str, str | None], Operation]] = {
    "transfer": ask_offer,
    "delegate": ask_delegate,
}
_PLAIN: Mapping[str, Callable[[State, Account, str], Operation]] = {
    "renew": ask_renew,
    "take": ask_take,
    "release": ask_release,
}


def view_registry(member: Membership, typed: str, now: int) -> View:
    """Return the own names, those that end soon, and what a search finds.

    Args:
        member: Whose.
        typed: What is searched; empty for nothing.
        now: Unix seconds.
    """
    state, own = member.state, member.account
    text = typed.strip()
    return view_names(state, own, now) | {
        "ending": reminders(state, own, now),
        "search": search(state, own, text, now) if text else None,
    }


def view_who(member: Membership, typed: str, now: int) -> View | None:
    """Return who stands behind a name, or nothing where nobody here has it.

    Args:
        member: Who looks.
        typed: The name.
        now: Unix seconds.

    Raises:
        NameInvalid: No name may be spelled so.
    """
    held = find_name(member.state, typed)
    if held is None:
        return None
    own, origin = member.account.id, origin_of(held.name, member.state.key)
    return view_one(member.state, held, now) | {
        "mine": held.owner == own,
        "editable": own in {held.owner, held.delegate},
        "offered_to_me": held.offered == own,
        "address": origin.to_text(omit_final_dot=True),
        "svg": draw_svg(
            format_code(held.name, member.state.key), said("The name {name}", name=held.name)
        ),
        "stand": view_stand(member, now),
        "text": "\n".join(format_record(record, origin) for record in held.records),
    }


def ask_name(member: Membership, verb: str, name: str, typed: dict[str, str]) -> Operation:
    """Return what a form about a name asks for.

    Args:
        member: Whose.
        verb: One of ``VERBS``.
        name: As typed.
        typed: The form: ``to`` of a transfer or delegation, empty for nobody any more; ``records``
            as a zone file; ``key`` in base32, empty to leave it.

    Raises:
        UsageInvalid: No such name, or nobody is called that.
        NameInvalid: No name may be spelled so.
        RecordInvalid: A line does not read, or the records do not go together.
    """
    state, own = member.state, member.account
    to = typed.get("to", "").strip() or None
    if verb == "claim":
        return ask_claim(state, name)
    if verb == "records":
        return _ask_records(member, name, typed)
    if verb in _TO:
        return _TO[verb](state, own, name, to)
    return _PLAIN[verb](state, own, name)


def _ask_records(member: Membership, name: str, typed: dict[str, str]) -> SetRecords:
    key = typed.get("key", "").strip() or None
    lines = typed.get("records", "").splitlines()
    return ask_records(member.state, member.account, name, TypedRecords(lines, "replace", key))
