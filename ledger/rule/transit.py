"""Transits: beginning one, and taking each step that the machine allows."""

from ledger.draft import Draft
from ledger.entry import card_payment_id, late_id, transit_end_id, unsigned_cause
from ledger.link.entry import (
    EXPIRED_OUTCOME,
    POSTED_OUTCOME,
    VOIDED_OUTCOME,
    Accepted,
    Decided,
    Done,
    Prepared,
    Rejected,
    Released,
    Settled,
)
from ledger.link.instruction import GIVEN_BACK, LINK_REQUEST, PAYEE_CARD, instruction_hash
from ledger.link.machine import Do, Event, Role, Stage, Step, is_counted, is_ended, is_final, step
from ledger.link.transit import BEFORE, BEHIND, Transit
from ledger.record import EXPIRED, PENDING, POSTED, POSTED_PENDING, VOIDED
from ledger.refusal import Code, Refusal
from ledger.rule.legs import hold_all, move_all, release_all
from ledger.rule.link_request import end_paid
from ledger.rule.tell import tell
from ledger.state import Transaction, replace

OPEN_TRANSITS_MAX = 256
"""Payments under way that one payer, or one linked community, may have in a ledger."""
_OUTCOMES = {
    Stage.POSTED: POSTED_OUTCOME,
    Stage.VOIDED: VOIDED_OUTCOME,
    Stage.EXPIRED: EXPIRED_OUTCOME,
}
_REJECTIONS = {Event.REJECTED, Event.REJECTED_PART, Event.DEADLINE}


def begin_transit(draft: Draft, transit: Transit, cause: bytes) -> Refusal | None:
    """Hold what a payment moves here, and tell the next ledger on the way, if there is one."""
    if find_transit(draft, transit.id) or draft.holds.get(transit.id):
        # Another ledger names its payments as it likes, even as one of ours will be named.
        return Refusal(Code.DUPLICATE_PAYMENT)
    source = transit.transfers[0].debit
    count = draft.transit_counts.get(source) or 0
    if count >= OPEN_TRANSITS_MAX:
        return Refusal(Code.TOO_MANY_TRANSITS, {"open": count})
    refusal = hold_all(draft, transit.transfers)
    if refusal is not None:
        return refusal
    draft.transit_counts.set(source, count + 1)
    draft.transits.set(transit.id, transit)
    asked = transit.instruction
    draft.write_transaction(
        transit.id, cause, PENDING, transit.transfers, memo=asked.memo, sealed=asked.sealed
    )
    if transit.downstream:
        tell(draft, transit.downstream, Prepared(asked))
    return None


def learn(
    draft: Draft,
    transit: Transit,
    event: Event,
    *,
    reason: str = "",
    outcome: int = VOIDED_OUTCOME,
) -> bool:
    """Take the step that follows from an event; return whether there was one.

    Args:
        draft: The batch in the making.
        transit: As it stands in it.
        event: What was learned.
        reason: Why it was rejected or let go: a refusal's code, or a person's words.
        outcome: What the payer's ledger decided, where that is what was learned.
    """
    follows = step(transit.role, transit.stage, event)
    if follows is None:
        return False
    late = Do.BOOK_LATE in follows.do
    if late and hold_all(draft, transit.transfers) is not None:
        return False
    code = transit.code or (reason if event in _REJECTIONS else "")
    after = replace(transit, stage=follows.stage, below=transit.below or follows.below, code=code)
    if late or Do.POST in follows.do:
        _post(draft, after, late=late)
    if Do.RELEASE in follows.do:
        timed = event is Event.DEADLINE or outcome == EXPIRED_OUTCOME
        _release(draft, after, EXPIRED if timed else VOIDED, reason)
    _keep(draft, after)
    if is_ended(after.stage):
        _contradict(draft, after)
    _say(draft, after, follows, _OUTCOMES.get(follows.stage, outcome))
    return True


def show(draft: Draft, transit: Transit, whose: int) -> bool:
    """Note that a neighbour's books show a payment as moved; False where that was known before."""
    if transit.shown & whose:
        return False
    _keep(draft, replace(transit, shown=transit.shown | whose))
    return True


def find_transit(draft: Draft, payment: bytes) -> Transit | None:
    """Return a payment across links, under way or not."""
    return draft.transits.get(payment) or draft.finished.get(payment)


def expire_transit(draft: Draft, transit: Transit) -> None:
    """Let the deadline pass: the origin decides, and a hop that promised nothing lets go."""
    learn(draft, transit, Event.DEADLINE, reason=Code.PENDING_EXPIRED.value)


def posted(draft: Draft, transit: Transit) -> Transaction | None:
    """Return the transaction that moved a payment's amounts here, if one did."""
    ids = [transit_end_id(transit.id), late_id(transit.id)]
    about = transit.instruction.about
    if about is not None and about.kind == PAYEE_CARD:
        ids.append(card_payment_id(transit.account, about.id))
    for one in ids:
        found = draft.transactions.get(one)
        if found is not None and found.transfers == transit.transfers:
            return found
    return None


def reversible(draft: Draft, transit: Transit) -> Refusal | None:
    """Refuse to give back what was not moved here, or was given back before."""
    moved = posted(draft, transit)
    if moved is None:
        return Refusal(Code.NOT_REVERSIBLE)
    return None if moved.reverted_by is None else Refusal(Code.ALREADY_REVERTED)


def _post(draft: Draft, transit: Transit, *, late: bool) -> None:
    """Move what is held; what is held always fits (ledger.book)."""
    release_all(draft, transit.transfers)
    move_all(draft, transit.transfers)
    asked, about = transit.instruction, transit.instruction.about
    entry = late_id(transit.id) if late else transit_end_id(transit.id)
    reverts = None
    if about is not None and transit.role is Role.PAYEE and about.kind == PAYEE_CARD:
        paid = card_payment_id(transit.account, about.id)
        entry = paid if draft.transactions.get(paid) is None else entry
    if about is not None and about.kind == LINK_REQUEST:
        end_paid(draft, about.id, asked.hops[-1].community)
    if about is not None and about.kind == GIVEN_BACK and transit.role is not Role.HOP:
        reverts = _revert(draft, about.id, entry)
    index = draft.write_transaction(
        entry,
        unsigned_cause(transit.id),
        POSTED if late else POSTED_PENDING,
        transit.transfers,
        refers=transit.id,
        memo=asked.memo,
        sealed=asked.sealed,
    )
    draft.transactions.set(entry, Transaction(entry, index, transit.transfers, reverts, None))


def _revert(draft: Draft, payment: bytes, entry: bytes) -> bytes | None:
    """Note at a payment that it was given back, and return its transaction's id."""
    original = find_transit(draft, payment)
    moved = None if original is None else posted(draft, original)
    if moved is None:
        return None
    draft.transactions.set(moved.id, replace(moved, reverted_by=entry))
    return moved.id


def _release(draft: Draft, transit: Transit, state: int, reason: str) -> None:
    release_all(draft, transit.transfers)
    draft.write_transaction(
        transit_end_id(transit.id),
        unsigned_cause(transit.id),
        state,
        transit.transfers,
        refers=transit.id,
        memo=reason,
    )


def _keep(draft: Draft, transit: Transit) -> None:
    before = draft.transits.get(transit.id)
    assert before is not None, "only a payment under way goes on"
    final = is_final(transit.role, transit.stage, below=transit.below, explained=transit.explained)
    draft.transits.set(transit.id, None if final else transit)
    if final:
        draft.finished.set(transit.id, transit)
    source = transit.transfers[0].debit
    count = draft.transit_counts.get(source) or 0
    count += (not final and is_counted(transit.stage)) - is_counted(before.stage)
    assert count >= 0, "a payment under way is counted"
    draft.transit_counts.set(source, count)


def _contradict(draft: Draft, transit: Transit) -> None:
    """Suspend the links whose books show as moved what is certain not to be moved here."""
    for whose, peer in ((BEFORE, transit.upstream), (BEHIND, transit.downstream)):
        link = draft.links.get(peer)
        if transit.shown & whose and link is not None:
            draft.links.set(peer, replace(link, drift=link.drift or link.taken))


def _say(draft: Draft, transit: Transit, follows: Step, outcome: int) -> None:
    up, down, payment = transit.upstream, transit.downstream, transit.id
    answer = Settled if outcome == POSTED_OUTCOME else Released
    for what in follows.do:
        match what:
            case Do.ACCEPT:
                tell(draft, up, Accepted(payment))
            case Do.REJECT:
                tell(draft, up, Rejected(payment, transit.code or Code.LET_GO.value, transit.below))
            case Do.ANSWER:
                tell(draft, up, answer(payment, transit.below))
            case Do.DONE:
                tell(draft, up, Done(payment))
            case Do.DECIDE | Do.COPY:
                decided = Decided(payment, outcome, instruction_hash(transit.instruction))
                tell(draft, down, decided)
                if what is Do.DECIDE and up:
                    # A clearing round comes back to where it began.
                    tell(draft, up, answer(payment, whole=True))
            case Do.POST | Do.RELEASE | Do.BOOK_LATE:
                pass  # done before
