"""Other people's bookkeeping programs, and what they make of our exports."""

import csv
import os
import subprocess
from decimal import Decimal
from pathlib import Path

from beancount.core.data import Open
from beancount.core.realization import realize
from beancount.loader import load_string

from federation.export.naming import NameAccount, beancount_unit
from federation.export.walk import Source
from ledger.state import State
from ledger.unit import format_amount
from tests.support.township import Town

Balances = dict[tuple[str, str], Decimal]
"""What accounts have, by account and unit, without what is nothing."""


def source_of(town: Town) -> Source:
    """Return a town's journal as an export reads it."""
    return Source(town.state, lambda: town.records)


def standing(state: State, name: NameAccount, *, beancount: bool = False) -> Balances:
    """Return what a state says accounts have, as a program names accounts and units."""
    units = {} if state.community is None else {unit.code: unit for unit in state.community.units}
    return {
        (name(one.id), beancount_unit(books.unit) if beancount else books.unit): Decimal(
            format_amount(books.posted, units[books.unit]).split(" ")[0]
        )
        for one in state.accounts.values()
        for books in one.balances
        if books.posted
    }


def hledger(path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run hledger over a journal."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    line = ["hledger", "-f", str(path), *words]
    return subprocess.run(
        line, env=environment, capture_output=True, encoding="utf-8", check=False, timeout=60
    )


def hledger_balances(path: Path) -> Balances:
    """Return what hledger makes of a journal, once it accepts it with all of its checks."""
    checked = hledger(path, "check", "--strict", "ordereddates")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    said = hledger(path, "balance", "--flat", "--no-total", "--layout=bare", "-O", "csv")
    assert said.returncode == 0, said.stderr
    rows = list(csv.DictReader(said.stdout.splitlines()))
    found = {(row["account"], row["commodity"]): Decimal(row["balance"]) for row in rows}
    return {place: amount for place, amount in found.items() if amount}


def beancount_balances(text: str) -> Balances:
    """Return what beancount makes of a ledger, once it finds nothing wrong with it."""
    entries, errors, _ = load_string(text)
    assert not errors, errors[0]
    root = realize(entries)  # type: ignore[no-untyped-call]  # beancount names no types here
    found: Balances = {}
    for entry in entries:
        if isinstance(entry, Open):
            account = root
            for part in entry.account.split(":"):
                account = account.get(part, {})
            for position in getattr(account, "balance", ()):
                found[entry.account, position.units.currency] = position.units.number
    return {place: amount for place, amount in found.items() if amount}
