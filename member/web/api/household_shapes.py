"""What the household's endpoints take and give; amounts are whole minor units."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from federation.web.api import Shape
from member.web.api.shapes import Asking, Attaching, EntryHex, Given, Stand, Text, Typed

Decimals = Annotated[str, Meta(max_length=40)]
Day = Annotated[str, Meta(max_length=10, description="Such as 2027-03-31; empty for none.")]
Code = Annotated[str, Meta(max_length=20)]
Label = Annotated[str, Meta(max_length=32)]


class Amounted(Given, kw_only=True):
    """Somebody's amount in a bill."""

    who: str
    amount_minor: int


class Owed(Given, kw_only=True):
    """What somebody owes by a bill, to whom, and what became of it."""

    who: str
    you: bool
    amount_minor: int
    to: list[str]
    state: str


class BillGiven(Given, kw_only=True):
    """A bill."""

    id: str
    author: str
    mine: bool
    amount_minor: int
    unit: str
    memo: str
    category: str
    method: str
    spent: int
    made: int
    expires: int
    open: bool
    replaces: str | None
    paid: list[Amounted]
    shares: list[Amounted]
    parts: list[Owed]
    you_owe_minor: int
    you_are_owed_minor: int


class Event(Given, kw_only=True):
    """Something that happened to a bill, or was said about an entry."""

    time: int
    kind: str
    who: str
    told: str
    entry: str | None


class Story(BillGiven, kw_only=True):
    """A bill's newest form with all that happened, oldest first."""

    corrects: list[str]
    story: list[Event]


class Row(Shape, kw_only=True):
    """Somebody in a new bill.

    Attributes:
        who: A handle, or ``me``.
        value: An amount, a number of shares or a percentage, as the list and the split ask for.
    """

    who: Annotated[str, Meta(max_length=64)]
    value: Decimals | None = None


class BillAsked(Asking, kw_only=True):
    """A bill.

    Attributes:
        amount: What it was in all; empty where what everybody paid says it.
        paid: Who paid how much; nobody for the author alone. One may have no value: the rest.
        split: Who shares it; nobody for everybody equally.
    """

    amount: Decimals = ""
    memo: Text = ""
    unit: Code = ""
    paid: Annotated[tuple[Row, ...], Meta(max_length=16)] = ()
    split: Annotated[tuple[Row, ...], Meta(max_length=64)] = ()
    method: Literal["equal", "shares", "percent", "exact"] = "equal"
    category: Label = ""
    date: Day = ""
    attach: Attaching = ()


class Correction(BillAsked, kw_only=True):
    """A bill that takes another one's place, which the path names."""

    entry: EntryHex


class ByUnit(Shape, kw_only=True):
    """A unit; empty for the only one."""

    unit: Code = ""


class Suggested(Given, kw_only=True):
    """A payment in money that settling up suggests; ``yours`` says what one would do oneself."""

    from_: str = msgspec.field(name="from")
    to: str
    amount_minor: int
    unit: str
    yours: str | None


class Settlement(Given, kw_only=True):
    """Few payments that bring everybody to zero."""

    unit: str
    balance_minor: int
    payments: list[Suggested]


class Settling(Asking, kw_only=True):
    """Money that changed hands.

    Attributes:
        how: ``got`` pays the amount here to who gave it; ``gave`` asks the other to do so.
        amount: Empty for what is suggested.
    """

    how: Literal["got", "gave"]
    who: Annotated[str, Meta(max_length=64)]
    amount: Decimals = ""
    unit: Code = ""
    memo: Text = "settled up in cash"


class RecurringGiven(Given, kw_only=True):
    """Something that comes again."""

    id: int
    kind: str
    what: str
    rhythm: str
    first: int
    ends: int | None
    state: str
    next: int | None
    passed: int
    outcome: str


class RecurringAsked(Shape, kw_only=True):
    """A payment, or a bill that there is, to be signed again and again.

    Attributes:
        submission: 32 random hex digits; the same one is kept once.
        bill: Id of the bill; empty for a payment.
    """

    submission: Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
    every: Literal["daily", "weekly", "monthly", "yearly"]
    bill: Annotated[str, Meta(pattern="^([0-9a-f]{32})?$")] = ""
    who: Typed = ""
    amount: Decimals = ""
    unit: Code = ""
    memo: Text = ""
    first: Day = ""
    until: Day = ""


class ByNumber(Shape, kw_only=True):
    """Something that comes again, by its number, and what to do with it."""

    number: Annotated[int, Meta(ge=1, le=2**53)]
    verb: Literal["pause", "resume", "stop"]


class MandateGiven(Given, kw_only=True):
    """A mandate that one has given or is named in."""

    id: str
    direction: str
    given: bool
    with_: str = msgspec.field(name="with")
    unit: str
    each_minor: int
    month_minor: int
    left_minor: int
    ends: int
    memo: str


class MandateAsked(Asking, kw_only=True):
    """A mandate: at most ``each`` for one part and ``month`` for a calendar month."""

    each: Decimals
    creditor: Annotated[str, Meta(max_length=64)] = ""
    month: Decimals = ""
    unit: Code = ""
    until: Day = ""
    memo: Text = ""


class MandateEnd(Asking, kw_only=True):
    """The end of the own mandate that the path names."""

    entry: EntryHex


class Commenting(Asking, kw_only=True):
    """A comment on an entry, what it is filed under, or what is attached to it."""

    entry: EntryHex
    text: Text = ""
    category: Label = ""
    attach: Attaching = ()


class PeriodAsked(Shape, kw_only=True):
    """A month such as ``2027-03``, or a first and a last day; empty for this month."""

    month: Annotated[str, Meta(max_length=10)] = ""
    since: Day = ""
    until: Day = ""
    unit: Code = ""


class StatementEntry(Given, kw_only=True):
    """What moved."""

    id: str
    time: int
    what: str
    with_: str = msgspec.field(name="with")
    moved_minor: int
    unit: str
    memo: str
    sealed: bool
    category: str
    files: list[str]


class StatementCategory(Given, kw_only=True):
    """What was received and paid under a category."""

    category: str
    received_minor: int
    paid_minor: int


class StatementGiven(Given, kw_only=True):
    """A period of the own account; ``to`` is not in it any more."""

    handle: str
    unit: str
    from_: int = msgspec.field(name="from")
    to: int
    opening_minor: int
    received_minor: int
    paid_minor: int
    closing_minor: int
    entries: list[StatementEntry]
    categories: list[StatementCategory]
    ledger: Stand
