"""Refusals: who asked for what in vain, why, and what that person can do next."""

from federation.console.people import handle_of
from federation.console.record_sentence import describe_refused
from federation.console.sentence import printable
from federation.console.statement import describe_statement
from federation.console.views import View
from ledger.record import RefusalRecord
from ledger.refusal import ADVICE, Code, Refusal, explain
from ledger.retelling import retell
from ledger.store.desk import QueuedStatement
from ledger.store.lookup import StoredRecord
from ledger.store.refused import read_refusals
from manager.office import Office

STATEMENTS_MAX = 100
"""Newest statements among which refused ones are looked for."""


def view_refusals(office: Office, limit: int) -> list[View]:
    """Return refused change-sets of members, and refused statements of the manager, newest first.

    Args:
        office: Opened.
        limit: How many of each at most.
    """
    members = [_view_refusal(office, *one) for one in read_refusals(office.store.database, limit)]
    own = [
        _view_statement(office, one)
        for one in office.desk.statements(STATEMENTS_MAX)
        if one.state == "refused"
    ]
    return sorted([*members, *own[:limit]], key=lambda one: -(one["time"] or 0))


def _view_refusal(office: Office, stored: StoredRecord, time: int) -> View:
    record, state = stored.record, office.state
    assert isinstance(record, RefusalRecord), "only refusals are read"
    known = state.keys.get(record.key)
    units = state.community.units if state.community else ()
    advice = ADVICE.get(Code(record.code)) if record.code in set(Code) else None
    return {
        "record": stored.index,
        "who": handle_of(state.accounts, known.account if known else record.key[:16]),
        "time": time,
        "what": describe_refused(state, record),
        "code": record.code,
        "reason": explain(Refusal(Code(record.code)), units) if advice else record.code,
        "sentence": advice.sentence if advice else record.code,
        "step": advice.step if advice else "",
    }


def _view_statement(office: Office, one: QueuedStatement) -> View:
    advice = ADVICE.get(Code(one.code)) if one.code in set(Code) else None
    units = office.state.community.units if office.state.community else ()
    return {
        "record": None,
        "who": None,
        "time": one.created,
        "what": describe_statement(office.state, one.signed.statement.operation),
        "code": one.code,
        "reason": retell(Code(one.code), one.text, units) if advice else printable(one.text),
        "sentence": advice.sentence if advice else printable(one.text),
        "step": advice.step if advice else "",
    }
