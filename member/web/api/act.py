"""Endpoints that sign: each looks ahead, refuses as the pages do, and signs a submission once."""

from typing import Any

from aiohttp import web

from federation.web.api import Api
from federation.web.failure import Declined
from federation.web.once import once
from ledger.advice import ADVICE
from ledger.operation import Operation
from ledger.refusal_code import Code
from member.household.attachment import join_files
from member.web.api.read import shape
from member.web.api.shapes import Answering, Asking, Change, Foreseen, Named, Paying
from member.web.consent import Draft, view_consent
from member.web.desk import Consented
from member.web.pages.base import desk_of
from member.web.pages.past import view_change
from member.web.tray import unpack_file
from member.web.wish import Wish, ask, ask_across, crosses

api = Api()


@api.post("/pay", summary="Pay somebody, here or across links", takes=Paying, gives=Foreseen)
async def pay(request: web.Request, asked: Paying) -> Foreseen:
    """Pay."""
    return await carry_out(request, asked, _wish("pay", asked))


@api.post("/request", summary="Ask somebody for an amount", takes=Paying, gives=Foreseen)
async def request_of(request: web.Request, asked: Paying) -> Foreseen:
    """Ask somebody to pay."""
    return await carry_out(request, asked, _wish("request", asked))


@api.post("/hold", summary="Set an amount aside for somebody", takes=Paying, gives=Foreseen)
async def hold(request: web.Request, asked: Paying) -> Foreseen:
    """Set an amount aside."""
    return await carry_out(request, asked, _wish("hold", asked))


@api.post("/open/{entry}/accept", summary="Pay a request or the own part of a bill",
          takes=Answering, gives=Foreseen)  # fmt: skip
async def accept(request: web.Request, asked: Answering) -> Foreseen:
    """Accept."""
    return await carry_out(request, asked, _answer("accept", asked))


@api.post("/open/{entry}/decline", summary="Say no to a request or to the own part of a bill",
          takes=Answering, gives=Foreseen)  # fmt: skip
async def decline(request: web.Request, asked: Answering) -> Foreseen:
    """Decline."""
    return await carry_out(request, asked, _answer("decline", asked))


@api.post("/open/{entry}/cancel", summary="Take back a request, a bill or a payment across links",
          takes=Answering, gives=Foreseen)  # fmt: skip
async def cancel(request: web.Request, asked: Answering) -> Foreseen:
    """Take back."""
    return await carry_out(request, asked, _answer("cancel", asked))


@api.post("/open/{entry}/post", summary="Let a held amount move, whole or in part",
          takes=Answering, gives=Foreseen)  # fmt: skip
async def post(request: web.Request, asked: Answering) -> Foreseen:
    """Post a hold."""
    return await carry_out(request, asked, _answer("post", asked))


@api.post("/open/{entry}/void", summary="Give up an amount that is held for you",
          takes=Answering, gives=Foreseen)  # fmt: skip
async def void(request: web.Request, asked: Answering) -> Foreseen:
    """Void a hold."""
    return await carry_out(request, asked, _answer("void", asked))


@api.post("/entries/{entry}/reverse", summary="Give back what a transaction brought",
          takes=Answering, gives=Foreseen)  # fmt: skip
async def reverse(request: web.Request, asked: Answering) -> Foreseen:
    """Give back."""
    return await carry_out(request, asked, _answer("reverse", asked))


@api.post("/profile", summary="Change the name that others see", takes=Named, gives=Foreseen)
async def profile(request: web.Request, asked: Named) -> Foreseen:
    """Change the display name."""
    return await carry_out(request, asked, Wish("profile", who=asked.name))


async def carry_out(request: web.Request, asked: Asking, wish: Wish) -> Foreseen:
    """Return what a wish would do; sign it once where that is asked for and nothing is in the way.

    Raises:
        Declined: The own replica foresees a refusal, and it was to be signed.
    """
    desk = desk_of(request)
    quoted = None
    if await desk.read(lambda member: crosses(member, wish)):
        reach = await desk.reach()
        operation, found = await desk.read(
            lambda member: ask_across(member, reach, wish, desk.now())
        )
        quoted = (found.quote, reach.name_of) if found else None
    else:
        operation = await desk.read(lambda member: ask(member, wish, desk.now()))
    attached = asked.attach if isinstance(asked, Paying) else ()
    operations = with_attached((operation,), attached)
    return await sign_operations(request, asked, operations, wish.sealing, quoted)


async def sign_operations(
    request: web.Request,
    asked: Asking,
    operations: tuple[Operation, ...],
    sealing: bool = False,
    quoted: Any = None,
) -> Foreseen:
    """Return what operations would do, signed once unless only a look was asked for.

    Raises:
        Declined: The own replica foresees a refusal, and they were to be signed.
    """
    desk = desk_of(request)
    draft = Draft(operations, sealing)

    async def act() -> Foreseen:
        held = await desk.read(lambda member: view_consent(member, draft, desk.now(), quoted))
        refusal = held["refusal"]
        if asked.look:
            return shape(held | {"change": None}, Foreseen)
        if refusal is not None:
            raise Declined(refusal["code"], refusal["text"], ADVICE[Code(refusal["code"])].step)
        made = await desk.sign(Consented(operations, asked.submission, sealing))
        change = await desk.read(lambda member: view_change(member, made.hash))
        return shape(held | {"change": change}, Foreseen)

    given: Foreseen = await (act() if asked.look else once(request, asked.submission, act))
    return given


def with_attached(
    operations: tuple[Operation, ...], attached: tuple[str, ...]
) -> tuple[Operation, ...]:
    """Return operations with the files that a request names.

    Args:
        operations: The last makes what they belong to.
        attached: As ``POST /attachments`` gave them.

    Raises:
        UsageInvalid: It did not, or nothing can be attached to these operations.
    """
    return join_files(operations, [unpack_file(one) for one in attached])


def _wish(verb: str, asked: Paying) -> Wish:
    return Wish(
        verb,
        who=asked.who,
        amount=asked.amount,
        unit=asked.unit,
        memo=asked.memo,
        lasts=asked.lasts,
        sealing=asked.sealed,
    )


def _answer(verb: str, asked: Answering) -> Wish:
    return Wish(verb, entry=asked.entry, amount=asked.amount, reason=asked.reason)


__all__ = ["Change", "api", "carry_out", "sign_operations", "with_attached"]
