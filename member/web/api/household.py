"""Endpoints of the household: bills, settling up, what comes again, mandates, statements."""

from aiohttp import web

from federation.console.people import find_unit
from federation.console.views import View
from federation.web.api import Api
from federation.web.once import once
from ledger.operation import EndMandate
from member.household.attachment import join_files
from member.household.bill import Named, TypedBill, ask_bill
from member.household.bills import find_typed_bill, view_bills
from member.household.comment import ask_comment
from member.household.edit import ask_edit
from member.household.mandate import TypedMandate, ask_mandate, view_mandates
from member.household.recurring import (
    TypedRhythm,
    find_recurring,
    keep_recurring,
    pause,
    resume,
    stop,
    view_one,
    view_recurring,
)
from member.household.settle import TypedSettlement, ask_settle, view_settle
from member.household.statement import parse_period, view_statement
from member.household.stories import view_comments, view_story
from member.membership import Membership
from member.web.api.act import sign_operations, with_attached
from member.web.api.household_shapes import (
    BillAsked,
    BillGiven,
    ByNumber,
    ByUnit,
    Commenting,
    Correction,
    Event,
    MandateAsked,
    MandateEnd,
    MandateGiven,
    PeriodAsked,
    RecurringAsked,
    RecurringGiven,
    Settlement,
    Settling,
    StatementGiven,
    Story,
)
from member.web.api.read import shape
from member.web.api.shapes import ByEntry, Foreseen
from member.web.pages.base import desk_of
from member.web.repeat import repeated
from member.web.tray import unpack_file
from member.web.wish import Wish

api = Api()


@api.get("/bills", summary="Open bills of the own account", gives=list[BillGiven])
async def bills(request: web.Request) -> list[BillGiven]:
    """Give the open bills."""
    held = await desk_of(request).read(lambda member: view_bills(member.state, member.account))
    return [shape(one, BillGiven) for one in held]


@api.get("/bills/{entry}", summary="One bill with its story", takes=ByEntry, gives=Story)
async def bill(request: web.Request, asked: ByEntry) -> Story:
    """Give a bill's story."""
    held = await desk_of(request).read(
        lambda member: view_story(member, find_typed_bill(member, asked.entry))
    )
    return shape(held, Story)


@api.post("/bills", summary="Propose a bill", takes=BillAsked, gives=Foreseen)
async def bill_new(request: web.Request, asked: BillAsked) -> Foreseen:
    """Propose a bill."""
    desk = desk_of(request)
    made = await desk.read(
        lambda member: ask_bill(member.state, member.account, _typed(asked), desk.now())
    )
    return await sign_operations(request, asked, with_attached((made,), asked.attach))


@api.post("/bills/{entry}/correct", summary="Put a corrected bill in an own one's place",
          takes=Correction, gives=Foreseen)  # fmt: skip
async def bill_correct(request: web.Request, asked: Correction) -> Foreseen:
    """Correct a bill."""
    desk = desk_of(request)

    def look(member: Membership) -> View:
        before = find_typed_bill(member, asked.entry)
        typed = _typed(asked)
        made = ask_bill(member.state, member.account, typed, desk.now(), replaces=before.id)
        return {"operations": ask_edit(member, before, made)}

    held = await desk.read(look)
    operations = with_attached(held["operations"], asked.attach)
    return await sign_operations(request, asked, operations)


@api.get("/settle", summary="Few payments that bring everybody to zero",
         takes=ByUnit, gives=Settlement)  # fmt: skip
async def settle(request: web.Request, asked: ByUnit) -> Settlement:
    """Give what settling up suggests."""
    held = await desk_of(request).read(
        lambda member: view_settle(
            member.state, member.account, find_unit(member.state, asked.unit or None)
        )
    )
    return shape(held, Settlement)


@api.post("/settle", summary="Say that money changed hands", takes=Settling, gives=Foreseen)
async def settled(request: web.Request, asked: Settling) -> Foreseen:
    """Sign for money that changed hands."""
    desk = desk_of(request)
    typed = TypedSettlement(
        asked.how, asked.who, asked.amount or None, asked.unit or None, asked.memo
    )
    made = await desk.read(
        lambda member: ask_settle(member.state, member.account, typed, desk.now())
    )
    return await sign_operations(request, asked, (made,))


@api.get("/recurring", summary="What comes again", gives=list[RecurringGiven])
async def recurring(request: web.Request) -> list[RecurringGiven]:
    """Give what comes again."""
    held = await desk_of(request).read(
        lambda member: view_recurring(member.outgoing.database, member.state)
    )
    return [shape(one, RecurringGiven) for one in held]


@api.post("/recurring", summary="Let a payment or a bill come again",
          takes=RecurringAsked, gives=RecurringGiven)  # fmt: skip
async def recurring_new(request: web.Request, asked: RecurringAsked) -> RecurringGiven:
    """Keep what comes again."""
    desk = desk_of(request)
    rhythm = TypedRhythm(asked.every, asked.first or None, asked.until or None)
    wish = Wish("pay", who=asked.who, amount=asked.amount, unit=asked.unit, memo=asked.memo)

    def keep(member: Membership, seed: bytes) -> View:
        operation = repeated(member, asked.bill, wish, desk.now())
        made = keep_recurring(member, seed, operation, rhythm, desk.now())
        return view_one(member.state, made)

    async def act() -> View:
        return await desk.sign_by(keep)

    return shape(await once(request, asked.submission, act), RecurringGiven)


@api.post("/recurring/{number}/{verb}", summary="Pause, resume or stop what comes again",
          takes=ByNumber, gives=RecurringGiven)  # fmt: skip
async def recurring_change(request: web.Request, asked: ByNumber) -> RecurringGiven:
    """Pause, resume or stop."""
    desk = desk_of(request)

    def change(member: Membership) -> View:
        own = member.outgoing.database
        match asked.verb:
            case "pause":
                pause(own, asked.number)
            case "resume":
                resume(own, asked.number, desk.now())
            case "stop":
                stop(own, asked.number)
        return view_one(member.state, find_recurring(own, asked.number))

    return shape(await desk.read(change), RecurringGiven)


@api.get("/mandates", summary="Mandates given and had", gives=list[MandateGiven])
async def mandates(request: web.Request) -> list[MandateGiven]:
    """Give the mandates."""
    desk = desk_of(request)
    held = await desk.read(lambda member: view_mandates(member.state, member.account, desk.now()))
    return [shape(one, MandateGiven) for one in held]


@api.post("/mandates", summary="Give a mandate", takes=MandateAsked, gives=Foreseen)
async def mandate_new(request: web.Request, asked: MandateAsked) -> Foreseen:
    """Give a mandate."""
    desk = desk_of(request)
    typed = TypedMandate(
        asked.creditor or None,
        asked.each,
        asked.month or None,
        asked.unit or None,
        asked.until or None,
        asked.memo,
    )
    made = await desk.read(
        lambda member: ask_mandate(member.state, member.account, typed, desk.now())
    )
    return await sign_operations(request, asked, (made,))


@api.post("/mandates/{entry}/end", summary="End an own mandate", takes=MandateEnd, gives=Foreseen)
async def mandate_end(request: web.Request, asked: MandateEnd) -> Foreseen:
    """End a mandate."""
    return await sign_operations(request, asked, (EndMandate(bytes.fromhex(asked.entry)),))


@api.get("/entries/{entry}/comments", summary="What was said about an entry",
         takes=ByEntry, gives=list[Event])  # fmt: skip
async def comments(request: web.Request, asked: ByEntry) -> list[Event]:
    """Give comments."""
    entry = bytes.fromhex(asked.entry)
    held = await desk_of(request).read(lambda member: view_comments(member, entry))
    return [shape(one, Event) for one in held]


@api.post("/entries/{entry}/comment", summary="Say something about an entry, or file it",
          takes=Commenting, gives=Foreseen)  # fmt: skip
async def comment(request: web.Request, asked: Commenting) -> Foreseen:
    """Comment on an entry."""
    about, files = bytes.fromhex(asked.entry), [unpack_file(one) for one in asked.attach]
    only_files = files and not asked.text and not asked.category
    noted = [] if only_files else [ask_comment(about, asked.text, asked.category)]
    return await sign_operations(request, asked, join_files(noted, files, about))


@api.get("/statement", summary="A period of the own account",
         takes=PeriodAsked, gives=StatementGiven)  # fmt: skip
async def statement(request: web.Request, asked: PeriodAsked) -> StatementGiven:
    """Give a statement."""
    desk = desk_of(request)
    now = desk.now()

    def look(member: Membership) -> View:
        unit = find_unit(member.state, asked.unit or None)
        period = parse_period(asked.month or None, asked.since or None, asked.until or None, now)
        return view_statement(member, desk.reader(member), unit, period, now)

    return shape(await desk.read(look), StatementGiven)


def _typed(asked: BillAsked) -> TypedBill:
    return TypedBill(
        asked.amount or None,
        asked.memo,
        asked.unit or None,
        [Named(one.who, one.value) for one in asked.paid],
        [Named(one.who, one.value) for one in asked.split],
        asked.method,
        asked.category,
        asked.date or None,
    )
