"""What comes again: payments and bills that a home signs by itself when they are due."""

from collections.abc import Iterable
from typing import NamedTuple

from msgspec.structs import replace

from federation.console.sentence import describe
from federation.console.terminal import Refused, UsageInvalid
from federation.console.views import View
from ledger import crypto
from ledger.changeset import CHANGE_SET_BYTES_MAX
from ledger.codec import Shape, decode, encode
from ledger.errors import CodecError, SignatureInvalid
from ledger.field import Signature, Time
from ledger.operation import Bill, Pay
from ledger.saying import said
from ledger.state import State
from ledger.store.database import Database
from ledger.store.recurring import (
    AlreadyIssued,
    Recurring,
    RecurringStore,
    Rhythm,
    Template,
)
from member.ask import REQUEST_S, end_of
from member.household.rhythm import DAY_S, day_of, due_time, parse_date, parse_rhythm, start_of
from member.membership import Membership

_PREFIX = b"commontab/recurring/v1\n"
Repeated = Pay | Bill
"""What can come again."""


class Again(Shape):
    """A template as its owner signs it; the fields are those of ``Template``."""

    operation: Repeated
    rhythm: str
    first: Time
    ends: Time | None


class SignedAgain(Shape):
    """A template's canonical bytes with the signature of the home's key."""

    body: bytes
    signature: Signature


class TypedRhythm(NamedTuple):
    """What a person typed about when something comes again.

    Attributes:
        every: One of the rhythms.
        first: First date, ``2026-11-30``; None for today.
        until: Last date; None for without end.
    """

    every: str
    first: str | None = None
    until: str | None = None


def keep_recurring(
    member: Membership, seed: bytes, operation: Repeated, typed: TypedRhythm, now: int
) -> Recurring:
    """Let something come again from now on; nothing is issued by that.

    The template is signed: whoever can only write into the home's files lets nothing be paid.

    Args:
        member: Whose home.
        seed: The 32-byte seed of ``member.key``.
        operation: As it would be signed today.
        typed: As typed.
        now: Unix seconds.

    Raises:
        UsageInvalid: See ``read_rhythm``.
    """
    rhythm, first, ends = read_rhythm(typed, now)
    timeless = replace(operation, spent=0, expires=0) if isinstance(operation, Bill) else operation
    body = encode(Again(timeless, rhythm, first, ends))
    signed = SignedAgain(body, crypto.sign(seed, _signable(member.card.key, body)))
    template = Template(encode(signed), rhythm, first, ends)
    return RecurringStore(member.outgoing.database).add(template, now)


def read_rhythm(typed: TypedRhythm, now: int) -> tuple[Rhythm, int, int | None]:
    """Return rhythm, first date and last date, the dates in Unix seconds at 00:00 UTC.

    Raises:
        UsageInvalid: Not a rhythm or a date, or it begins in the past or ends before it begins.
    """
    today = start_of(day_of(now))
    first = today if typed.first is None else start_of(parse_date(typed.first))
    ends = None if typed.until is None else start_of(parse_date(typed.until))
    if first < today:
        raise UsageInvalid(
            said("got {first}, which is over; name today or a later day", first=typed.first)
        )
    if ends is not None and ends < first:
        raise UsageInvalid(
            said("it ends on {until}, before it is due for the first time", until=typed.until)
        )
    return parse_rhythm(typed.every), first, ends


def read_template(one: Recurring) -> Repeated | None:
    """Return a template's operation, whose times are set when it is issued; None for no template.

    Whether it is the home's own, ``is_own`` says.
    """
    try:
        signed = decode(one.operation, SignedAgain, CHANGE_SET_BYTES_MAX)
        return decode(signed.body, Again, CHANGE_SET_BYTES_MAX).operation
    except CodecError:
        return None


def describe_template(state: State, one: Recurring) -> str:
    """Return what comes again, in one line."""
    operation = read_template(one)
    return "something that does not read" if operation is None else describe(state, operation)


def is_own(one: Recurring, communities: Iterable[bytes], key: bytes) -> bool:
    """Return whether a home's key signed a template as it stands.

    Args:
        one: As the home's database has it, which is not trusted here.
        communities: The community's key and those that it had before, 32 bytes each.
        key: The home's, 32 bytes.
    """
    try:
        signed = decode(one.operation, SignedAgain, CHANGE_SET_BYTES_MAX)
        said = decode(signed.body, Again, CHANGE_SET_BYTES_MAX)
    except CodecError:
        return False
    for community in communities:
        try:
            crypto.verify(key, _signable(community, signed.body), signed.signature)
        except SignatureInvalid:
            continue
        return (said.rhythm, said.first, said.ends) == (one.rhythm, one.first, one.ends)
    return False


def operation_due(state: State, one: Recurring, now: int) -> Repeated:
    """Return what is to be signed for the present due date."""
    assert state.community is not None, "a member is in a community"
    operation = read_template(one)
    assert operation is not None, "only the home's own templates are issued"
    if isinstance(operation, Pay):
        return operation
    ends = end_of(None, REQUEST_S, state.community.rules.request_s_max, now)
    return replace(operation, spent=one.due + DAY_S // 2, expires=ends)


def view_recurring(own: Database, state: State) -> list[View]:
    """Return everything that comes again, or did, oldest first.

    Args:
        own: The home's own database.
        state: The replica's.
    """
    return [view_one(state, one) for one in RecurringStore(own).kept()]


def view_one(state: State, one: Recurring) -> View:
    """Return one of them."""
    operation = read_template(one)
    return {
        "id": one.id,
        "kind": "bill" if isinstance(operation, Bill) else "payment",
        "what": describe_template(state, one),
        "rhythm": one.rhythm,
        "first": one.first,
        "ends": one.ends,
        "state": one.state,
        "next": one.due if one.state in {"running", "paused"} else None,
        "passed": one.place,
        "outcome": one.outcome,
        "hash": one.hash.hex() if one.hash else None,
    }


def find_recurring(own: Database, number: int) -> Recurring:
    """Return what has this number.

    Raises:
        UsageInvalid: Nothing has.
    """
    for one in RecurringStore(own).kept():
        if one.id == number:
            return one
    raise UsageInvalid(
        said(
            "nothing that comes again has the number {number}; `recurring list` shows all",
            number=number,
        )
    )


def pause(own: Database, number: int) -> None:
    """Let nothing be issued until it is resumed; dates that pass by then are left out.

    Raises:
        UsageInvalid: Nothing has this number.
        Refused: It has stopped or ended.
    """
    one = _going(find_recurring(own, number))
    RecurringStore(own).change_state(one.id, "paused")


def stop(own: Database, number: int) -> None:
    """End it for good; the arguments are ``pause``'s.

    Raises:
        UsageInvalid: Nothing has this number.
        Refused: It has stopped or ended.
    """
    one = _going(find_recurring(own, number))
    RecurringStore(own).change_state(one.id, "stopped")


def resume(own: Database, number: int, now: int) -> None:
    """Let what is paused go on, with the next date from today on.

    Raises:
        UsageInvalid: Nothing has this number.
        Refused: It is not paused.
    """
    one = _going(find_recurring(own, number))
    if one.state != "paused":
        raise Refused(said("number {number} is not paused", number=number))
    place, today = one.place, start_of(day_of(now))
    while due_time(one.first, one.rhythm, place) < today:
        place += 1
    try:
        RecurringStore(own).resume(one, place, due_time(one.first, one.rhythm, place))
    except AlreadyIssued as error:
        raise Refused(said("{error}; look at the list again", error=error)) from error


def _signable(community: bytes, body: bytes) -> bytes:
    return _PREFIX + community + body


def _going(one: Recurring) -> Recurring:
    if one.state in {"stopped", "ended"}:
        raise Refused(
            said(
                "number {id} has {state} for good; add it again if it is wanted",
                id=one.id,
                state=one.state,
            )
        )
    return one
