"""Consent: what somebody is shown before he signs, and what comes back when he does."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence

from federation.console.people import find_named
from federation.console.sentence import describe_all, other_party, units_of
from federation.console.terminal import Refused, UsageInvalid
from federation.console.views import View
from federation.link.quote import NameOf, Quote, view_quote
from federation.web.refusal import refusal_words
from federation.words import fingerprint
from ledger.changeset import OPERATIONS_MAX
from ledger.codec import Shape, decode, encode
from ledger.errors import CodecError
from ledger.operation import Accept, Bill, Decline, Operation
from ledger.saying import said
from ledger.state import UnitBalance
from member.household.attachments import view_attachments
from member.membership import Membership
from member.preview import Preview
from member.sign import look_ahead
from member.web.bill_form import view_split
from member.web.tray import view_files

DRAFT_BYTES_MAX = 16_384
"""Longest draft of a form; a bill of 64 people with its mandate takes a quarter of it."""


class Draft(Shape):
    """What a page carries from being shown to being signed: the very operations."""

    operations: tuple[Operation, ...]
    sealing: bool


def pack(draft: Draft) -> str:
    """Return a draft as a form's hidden field."""
    return urlsafe_b64encode(encode(draft)).decode()


def unpack(text: str) -> Draft:
    """Return the draft of a form's hidden field.

    Args:
        text: Untrusted.

    Raises:
        UsageInvalid: Not what ``pack`` writes, or without an operation.
    """
    try:
        data = urlsafe_b64decode(text.encode())
        draft = decode(data, Draft, DRAFT_BYTES_MAX)
    except (Base64Error, ValueError, CodecError) as error:
        raise UsageInvalid("this form does not read any more; begin it again") from error
    if not 1 <= len(draft.operations) <= OPERATIONS_MAX:
        raise UsageInvalid("this form asks for nothing; begin it again")
    return draft


def view_consent(
    member: Membership,
    draft: Draft,
    now: int,
    quoted: tuple[Quote, NameOf] | None = None,
) -> View:
    """Return what a person sees before he signs: whom, how much, and what is left afterwards.

    Args:
        member: Whose.
        draft: Not signed yet.
        now: Unix seconds.
        quoted: What it costs across links, and what communities are called.

    Raises:
        Refused: The home has no account, or was restored and may not sign yet.
    """
    own = member.account
    foreseen = look_ahead(member, draft.operations, now)
    first = draft.operations[0]
    other = other_party(member.state, own.id, first)
    amount, unit = getattr(first, "amount", None), getattr(first, "unit", None)
    return {
        "kind": type(first).__name__.lower(),
        "sentence": describe_all(member.state, draft.operations, member.name_of),
        "amount_minor": amount,
        "unit": unit,
        "memo": getattr(first, "memo", "") or getattr(first, "reason", ""),
        "sealing": draft.sealing,
        "expires": getattr(first, "expires", None) or getattr(first, "deadline", None),
        "other": None
        if other is None
        else {
            "handle": other.handle,
            "name": other.name,
            "fingerprints": [fingerprint(key) for key in other.keys],
        },
        "split": next(
            (view_split(member, one) for one in draft.operations if isinstance(one, Bill)), None
        ),
        "files": view_files(draft.operations),
        "attachments": _asked(member, first),
        "quote": view_quote(*quoted) if quoted else None,
        "after": _afterwards(member, foreseen),
        "refusal": _view_refusal(member, foreseen),
    }


def _asked(member: Membership, operation: Operation) -> list[View]:
    """Return what is attached to the request or bill that an operation answers."""
    if not isinstance(operation, Accept | Decline):
        return []
    return view_attachments(member, operation.request)


def view_named(member: Membership, typed: str) -> View | None:
    """Return the name that was typed in a person's place, and who owns it; else nothing."""
    named = find_named(member.state, typed)
    if named is None or named.owner is None:
        return None
    owner = member.state.accounts[named.owner]
    return {"name": named.name, "handle": owner.handle, "owner": owner.name}


def check_foreseen(member: Membership, operations: Sequence[Operation], now: int) -> None:
    """Accept operations that the own replica would merge.

    Raises:
        Refused: It would not; the message is the commands'.
    """
    refusal = look_ahead(member, operations, now).refusal
    if refusal is not None:
        why = refusal_words(refusal, member.community.units)
        raise Refused(
            said(
                "your own books foresee a refusal ({code}): {why}", code=str(refusal.code), why=why
            )
        )


def _afterwards(member: Membership, foreseen: Preview) -> list[View]:
    """Return the own books that a change moves, before and after it."""
    before = {books.unit: books for books in member.account.balances}
    units = units_of(member.state)
    return [
        _view_after(units[code].scale, before.get(code), books)
        for code, books in foreseen.balances.items()
        if before.get(code) != books
    ]


def _view_after(scale: int, before: UnitBalance | None, after: UnitBalance) -> View:
    return {
        "unit": after.unit,
        "scale": scale,
        "before_minor": before.posted if before else 0,
        "balance_minor": after.posted,
        "available_minor": after.available,
        "held_minor": after.pending_debit,
        "credit_limit_minor": after.credit_limit,
        "maximum_balance_minor": after.maximum_balance,
    }


def _view_refusal(member: Membership, foreseen: Preview) -> View | None:
    refusal = foreseen.refusal
    if refusal is None:
        return None
    text = refusal_words(refusal, member.community.units)
    return {"code": str(refusal.code), "text": text}
