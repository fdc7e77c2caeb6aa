"""The JSON API of the manager's page: the same views, the same rules, the same refusals."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

from aiohttp import web
from msgspec import Meta

from federation.console.terminal import UsageInvalid
from federation.web.api import Api, Shape
from federation.web.language import say_error
from federation.web.once import once
from ledger.operation import Close, ManagerOperation, Reinstate, Suspend
from ledger.store.desk import QueuedStatement
from manager.ask import TypedUnit, ask_limit, ask_rules, ask_unit, member_of
from manager.link.views import view_links
from manager.office import Office
from manager.past import view_journal
from manager.report.refused import view_refusals
from manager.report.undo import find_transactions
from manager.web.care import care
from manager.web.members import everybody, need_reason, one_member
from manager.web.money import ageing, trial
from manager.web.network import witnesses
from manager.web.rules import rules
from manager.web.show import Ask, check_settled, desk_of, handed_in, units_here
from manager.web.undo import reversal

View = dict[str, Any]
Handle = Annotated[str, Meta(min_length=1, max_length=64)]
Reason = Annotated[str, Meta(min_length=1, max_length=200)]
Amount = Annotated[str, Meta(min_length=1, max_length=40)]
Submission = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
Limit = Annotated[int, Meta(ge=1, le=500)]
Days = Annotated[int, Meta(ge=0, le=3_650)]
TransactionId = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
api = Api()


class Which(Shape):
    """One member, by handle."""

    who: Handle


class Newest(Shape):
    """How many of the newest ones."""

    limit: Limit = 100


class Search(Shape):
    """Words that a transaction's line has, or the start of its id."""

    q: Annotated[str, Meta(max_length=100)] = ""
    limit: Limit = 30


class Undo(Shape):
    """Which transaction to undo, how much of it (all, where left out), and why."""

    id: TransactionId
    reason: Reason
    submission: Submission
    amount: Amount | None = None


class Foresee(Shape):
    """Which transaction would be undone, and how much of it."""

    id: TransactionId
    amount: Amount | None = None


class Limits(Shape):
    """A member's limits in a unit; one that is left out stays."""

    who: Handle
    submission: Submission
    unit: Annotated[str, Meta(max_length=8)] | None = None
    credit_limit: Amount | None = None
    maximum_balance: Amount | None = None


class Leave(Shape):
    """Who is suspended, and why."""

    who: Handle
    reason: Reason
    submission: Submission


class Return(Shape):
    """Who takes part again."""

    who: Handle
    submission: Submission


class End(Shape):
    """Whose account is closed for good, why, and whether its balance goes to the commons."""

    who: Handle
    reason: Reason
    submission: Submission
    write_off: bool = False


class Times(Shape):
    """How long holds, requests and objections last, days; what is left out stays."""

    submission: Submission
    hold_days: Days | None = None
    request_days: Days | None = None
    objection_days: Days | None = None


class NewUnit(Shape):
    """A unit to begin, or to change: what is left out stays."""

    code: Annotated[str, Meta(min_length=2, max_length=8)]
    submission: Submission
    name: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    scale: Annotated[int, Meta(ge=0, le=6)] | None = None
    credit_limit: Amount | None = None
    maximum_balance: Amount | None = None


class Submitted(Shape):
    """A form that does its work once."""

    submission: Submission


class Settled(Shape):
    """What became of statements: ``merged``, or ``waiting`` for the next cycle."""

    state: str
    numbers: list[int]
    version: int | None


class Begun(Shape):
    """Something that goes on beside: whether it runs now."""

    running: bool


class BackedUp(Shape):
    """A backup: when, with how many records, and where it lies on the manager's computer."""

    time: int
    records: int
    path: str


@api.get("/overview", summary="What needs the manager now, and how everything stands", gives=View)
async def get_overview(request: web.Request) -> View:
    """Return the first page's values."""
    return await desk_of(request).overview()


@api.get("/members", summary="Everybody, with balances and limits", gives=list[View])
async def get_members(request: web.Request) -> list[View]:
    """Return every account."""
    return await desk_of(request).read(everybody)


@api.get("/members/{who}", summary="One member", takes=Which, gives=View)
async def get_member(request: web.Request, asked: Which) -> View:
    """Return all that is known of a member."""
    desk = desk_of(request)
    try:
        return await desk.read(one_member, asked.who, desk.now())
    except UsageInvalid as unknown:
        raise web.HTTPNotFound(text=say_error(unknown)) from unknown


@api.get("/cycles", summary="What the newest cycles did", takes=Newest, gives=list[View])
async def get_cycles(request: web.Request, asked: Newest) -> list[View]:
    """Return the cycle log, newest first."""
    return desk_of(request).log.view(asked.limit)


@api.get("/journal", summary="The newest records", takes=Newest, gives=list[View])
async def get_journal(request: web.Request, asked: Newest) -> list[View]:
    """Return the journal, newest first."""
    return await desk_of(request).read(view_journal, asked.limit)


@api.get(
    "/refusals", summary="Refusals with reasons and next steps", takes=Newest, gives=list[View]
)
async def get_refusals(request: web.Request, asked: Newest) -> list[View]:
    """Return refusals, newest first."""
    return await desk_of(request).read(view_refusals, asked.limit)


@api.get("/transactions", summary="Look transactions up", takes=Search, gives=list[View])
async def get_transactions(request: web.Request, asked: Search) -> list[View]:
    """Return transactions, newest first."""
    return await desk_of(request).read(find_transactions, asked.q, asked.limit)


@api.get(
    "/transactions/{id}/undone", summary="Balances if it were undone", takes=Foresee, gives=View
)
async def get_undone(request: web.Request, asked: Foresee) -> View:
    """Return what undoing a transaction would do."""
    told = await desk_of(request).foresee(
        lambda office: reversal(office, asked.id, asked.amount, "-")
    )
    return asdict(told)


@api.get("/debts", summary="Balances below zero, by age", gives=View)
async def get_debts(request: web.Request) -> View:
    """Return debts by age."""
    desk = desk_of(request)
    return await desk.read(ageing, desk.now())


@api.get("/trial", summary="The trial balance of every unit", gives=list[View])
async def get_trial(request: web.Request) -> list[View]:
    """Return all balances and their sums."""
    return await desk_of(request).read(trial)


@api.get("/links", summary="Links, both directions, and what is under way", gives=list[View])
async def get_links(request: web.Request) -> list[View]:
    """Return every link."""
    desk = desk_of(request)
    return await desk.read(view_links, desk.now())


@api.get("/network", summary="Copies of what is published", gives=View)
async def get_network(request: web.Request) -> View:
    """Return what the last look at the network showed; it begins another one where that is old."""
    desk = desk_of(request)
    desk.look_around()
    status = await desk.status()
    return {"swarm": desk.health, "published": status["published"]}


@api.get("/witnesses", summary="What each witness confirmed last", gives=list[View])
async def get_witnesses(request: web.Request) -> list[View]:
    """Return the witnesses, those behind first."""
    return await desk_of(request).read(witnesses)


@api.get("/care", summary="The last audit and backups", gives=View)
async def get_care(request: web.Request) -> View:
    """Return audits and backups."""
    desk = desk_of(request)
    return await desk.read(care, desk.now()) | {"audit_trouble": desk.running.audit_trouble}


@api.get("/rules", summary="Rules and units", gives=View)
async def get_rules(request: web.Request) -> View:
    """Return the community's rules and units."""
    return await desk_of(request).read(rules)


@api.post("/transactions/{id}/undo", summary="Undo a transaction", takes=Undo, gives=Settled)
async def post_undo(request: web.Request, asked: Undo) -> Settled:
    """Undo a transaction, whole or in part."""
    return await _sign(
        request,
        asked.submission,
        lambda office: [reversal(office, asked.id, asked.amount, asked.reason)],
    )


@api.post("/members/{who}/limits", summary="Set a member's limits", takes=Limits, gives=Settled)
async def post_limits(request: web.Request, asked: Limits) -> Settled:
    """Set limits."""

    def ask(office: Office) -> list[ManagerOperation]:
        handle = member_of(office.state, asked.who).handle
        return [
            ask_limit(office.state, handle, asked.unit, asked.credit_limit, asked.maximum_balance)
        ]

    return await _sign(request, asked.submission, ask)


@api.post("/members/{who}/suspend", summary="Suspend a member", takes=Leave, gives=Settled)
async def post_suspend(request: web.Request, asked: Leave) -> Settled:
    """Stop a member from taking part."""

    def ask(office: Office) -> list[ManagerOperation]:
        return [
            Suspend(member_of(office.state, asked.who).id, need_reason({"reason": asked.reason}))
        ]

    return await _sign(request, asked.submission, ask)


@api.post("/members/{who}/reinstate", summary="Reinstate a member", takes=Return, gives=Settled)
async def post_reinstate(request: web.Request, asked: Return) -> Settled:
    """Let a member take part again."""
    return await _sign(
        request,
        asked.submission,
        lambda office: [Reinstate(member_of(office.state, asked.who).id)],
    )


@api.post("/members/{who}/close", summary="Close an account for good", takes=End, gives=Settled)
async def post_close(request: web.Request, asked: End) -> Settled:
    """Close an account."""

    def ask(office: Office) -> list[ManagerOperation]:
        reason = need_reason({"reason": asked.reason})
        return [Close(member_of(office.state, asked.who).id, reason, asked.write_off)]

    return await _sign(request, asked.submission, ask)


@api.post("/rules", summary="Change how long things last", takes=Times, gives=Settled)
async def post_rules(request: web.Request, asked: Times) -> Settled:
    """Change the rules."""
    days = (asked.hold_days, asked.request_days, asked.objection_days)
    return await _sign(
        request, asked.submission, lambda office: [ask_rules(office.community.rules, *days)]
    )


@api.post("/units", summary="Begin a unit, or change one", takes=NewUnit, gives=Settled)
async def post_unit(request: web.Request, asked: NewUnit) -> Settled:
    """Begin or change a unit."""
    typed = TypedUnit(
        asked.code, asked.scale, asked.name, asked.credit_limit, asked.maximum_balance
    )
    return await _sign(
        request,
        asked.submission,
        lambda office: [ask_unit(office.community.unit(typed.code.upper()), typed)],
    )


@api.post("/care/audit", summary="Audit everything", takes=Submitted, gives=Begun)
async def post_audit(request: web.Request, asked: Submitted) -> Begun:
    """Begin an audit."""
    desk = desk_of(request)

    async def act() -> bool:
        desk.begin_audit()
        return desk.auditing

    return Begun(running=await once(request, asked.submission, act))


@api.post("/care/backup", summary="Make a backup", takes=Submitted, gives=BackedUp)
async def post_backup(request: web.Request, asked: Submitted) -> BackedUp:
    """Write a backup into the home's folder; nothing of it goes over the network."""
    made = await once(request, asked.submission, desk_of(request).back_up)
    return BackedUp(time=made.time, records=made.records, path=made.path)


async def _sign(request: web.Request, submission: str, ask: Ask) -> Settled:
    async def act() -> Sequence[QueuedStatement]:
        return await desk_of(request).sign(ask, handed_in(request, submission))

    settled: Sequence[QueuedStatement] = await once(request, submission, act)
    check_settled(settled, (await desk_of(request).read(units_here)).values())
    waits = any(one.state == "waiting" for one in settled)
    sizes = [one.size for one in settled if one.size is not None]
    version = None
    if sizes and not waits:
        version = await desk_of(request).read(
            lambda office: office.lookup.version_at(max(sizes) - 1)
        )
    return Settled(
        state="waiting" if waits else "merged",
        numbers=[one.number for one in settled],
        version=version,
    )
