"""The form of a bill: its rows of people, what was typed into them, and the split to be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from federation.console.people import handle_of
from federation.console.sentence import units_of
from federation.console.terminal import UsageInvalid
from federation.console.views import View
from ledger.bill import legs
from ledger.operation import EXACT, PERCENT, Bill
from ledger.saying import said
from ledger.state import OpenBill, State
from ledger.unit import format_amount
from member.household.bill import METHODS, Method, Named, TypedBill, ask_bill, parse_list
from member.household.bills import METHOD_WORDS
from member.membership import Membership
from member.past import Reader
from member.web.timeline import recent

EVERYBODY_MAX = 12
"""Up to so many members all have a row; in larger communities those whom one deals with."""


@dataclass(frozen=True, slots=True)
class BillForm:
    """What somebody typed into the form of a bill, field by field."""

    fields: Mapping[str, str]
    people: Sequence[str]

    def read(self) -> TypedBill:
        """Return what was typed, as the command has it.

        Raises:
            UsageInvalid: An unknown method.
        """
        method = self.fields.get("method", "equal")
        if method not in METHODS:
            raise UsageInvalid(
                said(
                    "got the split {method!r}; it is one of {listed}",
                    method=method,
                    listed=", ".join(METHODS),
                )
            )
        kind: Method = method
        return TypedBill(
            self._text("amount") or None,
            self._text("memo"),
            self._text("unit") or None,
            self._paid(),
            self._split(kind),
            kind,
            self._text("category"),
            self._text("date") or None,
        )

    def _paid(self) -> list[Named]:
        rows = [Named(who, self._text(f"paid_{who}")) for who in self.people]
        given = [one for one in rows if one.value]
        alone = self._text("payer")
        if not given and alone:
            given = [Named(alone)]
        return [*given, *parse_list(self._text("others_paid"))]

    def _split(self, method: Method) -> list[Named]:
        inside = [who for who in self.people if f"in_{who}" in self.fields]
        if method == "equal":
            rows = [Named(who) for who in inside]
        else:
            rows = [Named(who, self._text(f"value_{who}")) for who in inside]
            rows = [one for one in rows if one.value or method == "shares"]
            if method == "shares":
                rows = [Named(one.who, one.value or "1") for one in rows]
        others = parse_list(self._text("others"))
        if not rows and not others:
            raise UsageInvalid("nobody shares it; tick who does")
        return [*rows, *others]

    def _text(self, name: str) -> str:
        return self.fields.get(name, "").strip()


def people_of(member: Membership, reader: Reader) -> list[View]:
    """Return whom a new bill's form has rows for, oneself first."""
    state, own = member.state, member.account
    everybody = [
        one
        for one in state.accounts.values()
        if one.keys and one.id not in {state.commons, own.id} and one.status == "active"
    ]
    if len(everybody) < EVERYBODY_MAX:
        named = [{"handle": one.handle, "name": one.name} for one in everybody]
        rows = sorted(named, key=lambda one: one["handle"])
    else:
        rows = [one for one in recent(member, reader, 0, EVERYBODY_MAX)[1]
                if one["handle"] != state.accounts[state.commons].handle]  # fmt: skip
    return [{"handle": own.handle, "name": own.name, "self": True}, *rows]


def blank(people: Sequence[View], *, everybody: bool) -> dict[str, str]:
    """Return the fields of a form that nobody has typed into yet."""
    own = str(people[0]["handle"])
    inside = [str(one["handle"]) for one in people] if everybody else [own]
    return {"method": "equal", "payer": own, **{f"in_{who}": "1" for who in inside}}


def fields_of_bill(state: State, bill: OpenBill) -> dict[str, str]:
    """Return the fields of a form that would make a bill once more, to be corrected."""
    unit = units_of(state)[bill.unit]

    def number(minor: int) -> str:
        return format_amount(minor, unit).partition(" ")[0]

    total = sum(part.amount for part in bill.paid)
    fields = {
        "amount": number(total),
        "memo": bill.memo,
        "unit": bill.unit,
        "category": bill.category,
        "method": METHOD_WORDS[bill.method] if bill.method != PERCENT else "exact",
    }
    fields |= {f"in_{handle_of(state.accounts, one.account)}": "1" for one in bill.shares}
    if bill.method in {EXACT, PERCENT}:
        fields |= {
            f"value_{handle_of(state.accounts, one.account)}": number(one.amount)
            for one in bill.shares
        }
    if len(bill.paid) == 1:
        return fields | {"payer": handle_of(state.accounts, bill.paid[0].account)}
    return fields | {
        f"paid_{handle_of(state.accounts, one.account)}": number(one.amount) for one in bill.paid
    }


def make_bill(member: Membership, form: BillForm, now: int, replaces: bytes | None = None) -> Bill:
    """Return the bill that a form comes to; raises as ``ask_bill``.

    Raises:
        UsageInvalid: Nobody shares it, or what ``ask_bill`` says.
        AmountInvalid: Not an amount of the unit.
        SplitInvalid: Something does not add up; the message says by how much.
    """
    return ask_bill(member.state, member.account, form.read(), now, replaces=replaces)


def make_again(bill: OpenBill) -> Bill:
    """Return what would make a bill once more; its times are set when it is due."""
    return Bill(
        bill.unit, bill.paid, bill.shares, bill.method, 0, bill.category, bill.memo, 0, None
    )


def view_split(member: Membership, bill: Bill) -> View:
    """Return what everybody's share would be, and who would owe whom how much."""
    accounts = member.state.accounts
    return {
        "unit": bill.unit,
        "total_minor": sum(part.amount for part in bill.paid),
        "even": len({part.amount for part in bill.shares}) == 1,
        "shares": [
            {"who": handle_of(accounts, one.account), "amount_minor": one.amount}
            for one in bill.shares
        ],
        "legs": [
            {
                "from": handle_of(accounts, leg.debtor),
                "to": handle_of(accounts, leg.creditor),
                "amount_minor": leg.amount,
            }
            for leg in legs(bill.paid, bill.shares)
        ],
    }
