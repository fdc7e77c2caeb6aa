"""Commands about the community itself: open, unit, rules."""

from typing import Annotated

import typer

from federation.console.terminal import Refused, UsageInvalid
from federation.console.typed import check_name
from ledger.operation import ManagerOperation, Open
from ledger.refusal import ADVICE, Code
from manager.ask import RULES, TypedUnit, ask_rules, ask_unit
from manager.cli.options import (
    CreditOption,
    HomeOption,
    How,
    MaximumOption,
    PassphraseOption,
    YesOption,
    open_home,
)
from manager.cli.sign import carry_out
from manager.office import open_office

ScaleOption = Annotated[
    int | None, typer.Option("--scale", help="Decimals, 0 to 6; 2 unless you say otherwise.")
]


def open_ledger(
    name: Annotated[
        str | None, typer.Argument(help="Another name of the community than at init.")
    ] = None,
    *,
    readable: Annotated[
        bool, typer.Option("--open/--closed", help="Whether everybody can read the ledger.")
    ] = False,
    unit: Annotated[
        str | None, typer.Option("--unit", metavar="CODE", help="Its first unit, such as EUR.")
    ] = None,
    unit_name: Annotated[str | None, typer.Option("--unit-name", help="What it is called.")] = None,
    scale: ScaleOption = None,
    credit_limit: CreditOption = None,
    maximum_balance: MaximumOption = None,
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    yes: YesOption = False,
) -> None:
    """Open the ledger, once; closed (only members can read it) unless you say --open."""
    if unit is None and (unit_name, scale, credit_limit, maximum_balance) != (None,) * 4:
        raise UsageInvalid("these options describe a unit; add --unit CODE")
    how = How(open_home(home), passphrase_file, yes)
    with open_office(how.home, write=True) as office:
        if office.state.community is not None:
            advice = ADVICE[Code.ALREADY_OPENED]
            raise Refused(f"{advice.sentence} {advice.step}")
        called = check_name(office.name if name is None else name)
        operations: list[ManagerOperation] = [Open(called, not readable, RULES)]
        if unit is not None:
            typed = TypedUnit(unit, scale, unit_name, credit_limit, maximum_balance)
            operations.append(ask_unit(None, typed))
        carry_out(how, office, operations)


def unit(
    code: Annotated[str, typer.Argument(help="Such as EUR or HOUR.")],
    *,
    scale: ScaleOption = None,
    name: Annotated[str | None, typer.Option("--name", help="What it is called.")] = None,
    credit_limit: CreditOption = None,
    maximum_balance: MaximumOption = None,
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    yes: YesOption = False,
) -> None:
    """Begin a unit, or change its name and the limits that new accounts start with."""
    how = How(open_home(home), passphrase_file, yes)
    with open_office(how.home, write=True) as office:
        known = office.community.unit(code.strip().upper())
        typed = TypedUnit(code, scale, name, credit_limit, maximum_balance)
        carry_out(how, office, [ask_unit(known, typed)])


def rules(
    hold_days: Annotated[
        int | None, typer.Option("--hold-days", help="How long a hold may last.")
    ] = None,
    request_days: Annotated[
        int | None, typer.Option("--request-days", help="How long a request may last.")
    ] = None,
    objection_days: Annotated[
        int | None, typer.Option("--objection-days", help="How long a debtor may object.")
    ] = None,
    *,
    home: HomeOption = None,
    passphrase_file: PassphraseOption = None,
    yes: YesOption = False,
) -> None:
    """Change how long holds, requests and objections last, for what comes after."""
    if hold_days is None and request_days is None and objection_days is None:
        raise UsageInvalid("type what changes: --hold-days, --request-days or --objection-days")
    how = How(open_home(home), passphrase_file, yes)
    with open_office(how.home, write=True) as office:
        before = office.community.rules
        changed = ask_rules(before, hold_days, request_days, objection_days)
        carry_out(how, office, [changed])


def register(app: typer.Typer) -> None:
    """Give a command line these commands."""
    app.command("open")(open_ledger)
    app.command()(unit)
    app.command()(rules)
