"""Requests across links: somebody asks somebody in another community for an amount."""

from ledger.draft import Act, Draft
from ledger.link.entry import CANCELLED, DECLINED, Answered, Requested
from ledger.link.link import Link
from ledger.link.transit import LinkedRequest
from ledger.operation import Cancel, Decline, LinkRequest
from ledger.refusal import Code, Refusal
from ledger.rule.hold import expiry_in_range
from ledger.rule.name_book import find_named
from ledger.rule.request import OPEN_REQUESTS_MAX
from ledger.rule.tell import tell, usable


def link_request(draft: Draft, act: Act, operation: LinkRequest) -> Refusal | None:
    """Tell the first ledger on the way that the author asks for an amount."""
    assert draft.community is not None
    if draft.key in operation.path or len(set(operation.path)) < len(operation.path):
        return Refusal(Code.PATH_INVALID)
    link = usable(draft, operation.path[0])
    if isinstance(link, Refusal):
        return link
    if draft.unit(operation.unit) is None:
        return Refusal(Code.UNKNOWN_UNIT, {"unit": operation.unit})
    refusal = expiry_in_range(draft, operation.expires, draft.community.rules.request_s_max)
    if refusal is not None:
        return refusal
    asked = Requested(
        act.entry_id,
        draft.key,
        operation.path,
        operation.debtor,
        draft.held(act.account).handle,
        operation.unit,
        operation.amount,
        operation.memo,
        operation.expires,
    )
    return _keep(draft, LinkedRequest(asked, act.account, b"", link.key))


def take_request(draft: Draft, link: Link, asked: Requested) -> None:
    """Take in a request that came by a link: for a member here, or for the next ledger."""
    refusal = _pass_on(draft, link, asked)
    if refusal is not None:
        tell(draft, link.key, Answered(asked.request, DECLINED, refusal.code.value))


def take_answer(draft: Draft, link: Link, answered: Answered) -> None:
    """End a request that was declined behind, or taken back before."""
    found = draft.linked_requests.get(answered.request)
    if found is None:
        return
    comes_from, goes_to = (
        (found.downstream, found.upstream)
        if answered.how == DECLINED
        else (found.upstream, found.downstream)
    )
    if comes_from != link.key:
        return
    end_linked(draft, found)
    if goes_to:
        tell(draft, goes_to, answered)


def decline_linked(draft: Draft, act: Act, operation: Decline) -> Refusal | None:
    """End a request that came by a link, by its debtor."""
    found = draft.linked_requests.get(operation.request)
    assert found is not None, "an answer is sent where what it answers is kept"
    if not found.upstream or found.account != act.account:
        return Refusal(Code.NOT_DEBTOR)
    end_linked(draft, found)
    tell(draft, found.upstream, _answered(found, DECLINED, operation.reason))
    return None


def cancel_linked(draft: Draft, act: Act, operation: Cancel) -> Refusal | None:
    """End a request that left by a link, by its creditor."""
    found = draft.linked_requests.get(operation.request)
    assert found is not None, "an answer is sent where what it answers is kept"
    if found.upstream or found.account != act.account:
        return Refusal(Code.NOT_CREDITOR)
    end_linked(draft, found)
    tell(draft, found.downstream, _answered(found, CANCELLED, ""))
    return None


def end_linked(draft: Draft, found: LinkedRequest) -> None:
    """Take a request from the open ones, without a word."""
    draft.linked_requests.set(found.asked.request, None)
    count = draft.request_counts.get(found.asker)
    assert count, "an open request is counted"
    draft.request_counts.set(found.asker, count - 1)


def end_of_account(draft: Draft, account: bytes) -> None:
    """End the requests across links of an account that is closed, and tell of it, by id."""
    ending = [one for one in draft.linked_requests.values() if one.account == account]
    for found in sorted(ending, key=lambda one: one.asked.request):
        end_linked(draft, found)
        how = DECLINED if found.upstream else CANCELLED
        reason = Code.ACCOUNT_CLOSED.value
        tell(draft, found.upstream or found.downstream, _answered(found, how, reason))


def end_paid(draft: Draft, request: bytes, payee: bytes) -> None:
    """End a request that was paid to the community (a key) that made it, if this ledger has it."""
    found = draft.linked_requests.get(request)
    if found is not None and found.asked.origin == payee:
        end_linked(draft, found)


def _answered(found: LinkedRequest, how: int, reason: str) -> Answered:
    return Answered(found.asked.request, how, reason)


def _pass_on(draft: Draft, link: Link, asked: Requested) -> Refusal | None:
    path = (asked.origin, *asked.path)
    place = _place(draft, link, path)
    if not place:
        return Refusal(Code.PATH_INVALID)
    if asked.expires <= draft.now:
        return Refusal(Code.REQUEST_EXPIRED)
    if place + 1 == len(path):
        return _reach(draft, link, asked)
    following = usable(draft, path[place + 1])
    if isinstance(following, Refusal):
        return following
    return _keep(draft, LinkedRequest(asked, b"", link.key, following.key))


def _place(draft: Draft, link: Link, path: tuple[bytes, ...]) -> int:
    """Return this ledger's place on the way, or 0 where the link is not the way here."""
    place = path.index(draft.key) if draft.key in path else 0
    fits = len(set(path)) == len(path) and path[place - 1] == link.key
    return place if fits else 0


def _reach(draft: Draft, link: Link, asked: Requested) -> Refusal | None:
    debtor = find_named(draft, asked.debtor)
    refusal = Refusal(Code.UNKNOWN_ACCOUNT) if debtor is None else draft.taking_part(debtor)
    if refusal is not None or debtor is None:
        return refusal
    return _keep(draft, LinkedRequest(asked, debtor, link.key, b""))


def _keep(draft: Draft, request: LinkedRequest) -> Refusal | None:
    entry = request.asked.request
    if draft.linked_requests.get(entry) or draft.requests.get(entry):
        return Refusal(Code.DUPLICATE_PAYMENT)
    count = draft.request_counts.get(request.asker) or 0
    if count >= OPEN_REQUESTS_MAX:
        return Refusal(Code.TOO_MANY_REQUESTS, {"open": count})
    draft.request_counts.set(request.asker, count + 1)
    draft.linked_requests.set(entry, request)
    if request.downstream:
        tell(draft, request.downstream, request.asked)
    return None
