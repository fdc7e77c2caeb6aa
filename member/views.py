"""Views: what the reading commands show, as plain values that JSON can hold."""

from collections.abc import Iterable

from federation.console.people import handle_of
from federation.console.sentence import NameOf, describe_all, moment, money, units_of
from federation.console.views import View
from ledger.changeset import Verified
from ledger.entry import entry_id
from ledger.link.transit import Transit
from ledger.operation import LinkPay
from ledger.refusal import ADVICE, Code, Refusal, explain
from ledger.retelling import retell
from ledger.saying import chain, said
from ledger.state import Account, OpenHold, OpenRequest, State
from ledger.store.outgoing import Outgoing
from member.link_views import tell_payment, view_linked_request, view_payments


def view_holds(state: State, account: Account) -> list[View]:
    """Return the open holds that an account pays or is paid by, soonest end first."""
    mine = [hold for hold in state.holds.values() if account.id in {hold.payer, hold.payee}]
    return [_view_hold(state, account, hold) for hold in sorted(mine, key=_by_end)]


def view_requests(state: State, account: Account, name_of: NameOf) -> list[View]:
    """Return the open requests from and for an account, across links too, soonest end first."""
    mine = [
        request
        for request in state.requests.values()
        if account.id in {request.creditor, request.debtor}
    ]
    here = [_view_request(state, account, request) for request in mine]
    linked = [
        view_linked_request(state, account.id, one, name_of)
        for one in state.linked_requests.values()
        if one.account == account.id
    ]
    return sorted(here + linked, key=lambda one: (one["expires"], one["id"]))


def view_outbox(
    state: State | None, outgoing: Iterable[Outgoing], name_of: NameOf | None = None
) -> list[View]:
    """Return what became of own change-sets; without a replica handles stay ids.

    Args:
        state: The replica's, or None.
        outgoing: Own change-sets.
        name_of: Gives communities their names; where given, payments across links are told of.
    """
    known = state or State(b"")
    return [_view_outgoing(known, one, name_of) for one in outgoing]


def told(known: State, one: Outgoing) -> str:
    """Return what became of a change-set, as one sentence for people."""
    match one.state:
        case "waiting":
            return said("waiting to be published")
        case "published":
            return said("published {when}, not merged yet", when=moment(one.published))
        case "merged":
            return said("merged in version {version}", version=one.version)
        case "superseded" if one.code:
            return said(
                "superseded: the home was restored after it; ask again if it is still wanted"
            )
        case "superseded":
            return said(
                "superseded: the home was restored after it; ask again if the next sync "
                "does not show it merged"
            )
        case "refused":
            return said("refused: {code}, {why}", code=one.code, why=why(known, one))


def why(known: State, one: Outgoing) -> str:
    """Return why a change-set was refused and what to do, as the store or the code says it."""
    if one.code in set(Code):
        code, units = Code(one.code), units_of(known).values()
        return retell(code, one.text, units) if one.text else explain(Refusal(code), units)
    if one.text:
        return one.text
    return said("this version does not know the reason; update the program")


def _view_hold(state: State, account: Account, hold: OpenHold) -> View:
    pays = hold.payer == account.id
    return _view_open(state, hold) | {
        "direction": "you pay" if pays else "you are paid",
        "with": handle_of(state.accounts, hold.payee if pays else hold.payer),
    }


def _view_request(state: State, account: Account, request: OpenRequest) -> View:
    asked = request.debtor == account.id
    return _view_open(state, request) | {
        "direction": "you are asked" if asked else "you ask",
        "with": handle_of(state.accounts, request.creditor if asked else request.debtor),
    }


def _view_open(state: State, entry: OpenHold | OpenRequest) -> View:
    return {
        "id": entry.id.hex(),
        "amount": money(units_of(state), entry.amount, entry.unit),
        "amount_minor": entry.amount,
        "unit": entry.unit,
        "memo": entry.memo,
        "sealed": bool(entry.sealed),
        "expires": entry.expires,
    }


def _payments_of(known: State, one: Outgoing) -> list[Transit]:
    """Return the payments across links that a change-set began, if it did."""
    payments = []
    for number, operation in enumerate(one.change_set.change_set.operations):
        payment = entry_id(one.change_set.hash, number)
        found = known.transits.get(payment) or known.finished.get(payment)
        if isinstance(operation, LinkPay) and found is not None:
            payments.append(found)
    return payments


def _view_outgoing(known: State, one: Outgoing, name_of: NameOf | None) -> View:
    signed: Verified = one.change_set
    asked = signed.change_set
    refused = one.state == "refused"
    payments = _payments_of(known, one)
    across = chain([tell_payment(paid, name_of) for paid in payments]) if name_of else ""
    return {
        "generation": asked.generation,
        "number": asked.number,
        "hash": signed.hash.hex(),
        "created": one.created,
        "what": describe_all(known, asked.operations, name_of),
        "state": one.state,
        "told": chain((told(known, one), across)),
        "published": one.published,
        "version": one.version,
        "code": one.code,
        "why": why(known, one) if refused else "",
        "next": said(ADVICE[Code(one.code)].step) if refused and one.code in set(Code) else "",
        "payments": view_payments(known, payments, name_of) if name_of else [],
    }


def _by_end(entry: OpenHold | OpenRequest) -> tuple[int, bytes]:
    return entry.expires, entry.id
