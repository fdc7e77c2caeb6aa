"""Views: a plan and what became of it, as plain values that JSON can hold."""

from federation.console.sentence import money, units_of
from federation.console.views import View
from ledger.state import State
from member.exchange.carry import Carried
from member.exchange.plan import Fate, Plan, Planned

FATES: dict[Fate, str] = {
    "made": "import",
    "summed": "sum up",
    "known": "imported before",
    "others": "for others",
    "nothing": "nothing to do",
    "misfit": "DOES NOT FIT",
    "later": "another time",
}
"""What the fates of lines are called."""


def view_plan(state: State, plan: Plan) -> View:
    """Return what an import would do."""
    units = units_of(state)
    return {
        "shape": plan.shape,
        "said": list(plan.said),
        "people": [
            {"name": one.name, "handle": one.handle, "candidates": list(one.candidates)}
            for one in plan.people
        ],
        "lines": [_view_line(line) for line in plan.lines],
        "counts": {fate: plan.count(fate) for fate in FATES if plan.count(fate)},
        "opening": [
            {
                "handle": one.handle,
                "unit": one.unit,
                "amount": money(units, one.amount, one.unit),
                "amount_minor": one.amount,
            }
            for one in plan.opening
        ],
        "problem": plan.problem,
        "operations": len(plan.operations) + sum(len(line.operations) for line in plan.lines),
    }


def view_carried(carried: Carried) -> View:
    """Return what was signed, and what was not because it would be refused."""
    return {
        "signed": [
            {"number": one.change_set.number, "hash": one.hash.hex()} for one in carried.signed
        ],
        "foreseen": [{"line": line.item.number, "why": why} for line, why in carried.foreseen],
    }


def _view_line(line: Planned) -> View:
    item = line.item
    return {
        "line": item.number,
        "kind": item.kind.value,
        "date": item.day.isoformat() if item.day else "",
        "what": item.what,
        "fate": line.fate,
        "told": line.told,
        "row": line.row.hex(),
    }
