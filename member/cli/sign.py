"""The way of every change: shown, foreseen on the own replica, confirmed, signed, handed over."""

import secrets
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from federation.console.sentence import describe, money, other_party, person, units_of
from federation.console.terminal import Refused, UsageInvalid, confirm, err, out
from federation.words import fingerprint
from ledger import crypto
from ledger.entry import entry_id
from ledger.operation import Hold, LinkPay, Operation, Pay, Request
from ledger.refusal import explain
from ledger.state import Account, UnitBalance
from member.ask import seal
from member.cli.deliver import deliver
from member.cli.how import How
from member.cli.link import await_payment
from member.cli.options import WAIT_PROMISED, now, unlock
from member.household.attachment import (
    Attached,
    Prepared,
    add_files,
    check_count,
    prepare_file,
    read_file,
)
from member.household.own_files import keeping
from member.membership import Membership, check_may_sign, open_membership
from member.preview import Preview
from member.sign import look_ahead, sign

Asked = Operation | Sequence[Operation] | Attached
Ask = Callable[[Membership], Asked]
"""Makes the operations of one change-set from what was typed, on the own replica."""

AttachOption = Annotated[
    list[Path] | None,
    typer.Option("--attach", metavar="FILE", help="A picture, PDF or text; can be repeated."),
]


def carry_out(how: How, ask: Ask, *, sealing: bool = False) -> None:
    """Take operations from what was typed to the outbox, and on to the network.

    Args:
        how: The command's options.
        ask: Makes the operation, or several that happen together or not at all.
        sealing: Hide the memo of the only one.

    Raises:
        Refused: The ledger says no, the person did, or it was not merged in time.
        UsageInvalid: What was typed does not fit.
    """
    wait_s = how.wait_s()
    with open_membership(how.home) as member:
        check_may_sign(member.outgoing.database)
        own = member.account
        asked = read_asked(ask(member))
        operations = asked.operations
        for operation in operations:
            _show(member, own, operation)
        foreseen = look_ahead(member, operations, now())
        _show_foreseen(member, own, foreseen, anyway=how.anyway)
        confirm("Sign this?", yes=how.yes)
        seed = unlock(how.home, how.passphrase_file)
        if sealing:
            operations = (_seal(member, seed, operations[0]), *operations[1:])
        started = time.monotonic()
        made = sign(member, seed, operations, now(), extra=keeping(asked.files, now()))
        out.print(f"Signed as number {made.change_set.number}; it is kept in the outbox.")
        signed = operations[0]
        crosses = isinstance(signed, LinkPay)
        each_s = how.home.settings().link_interval_s if crosses else None
        deliver(how, member, seed, made.hash, wait_s=wait_s, each_s=each_s)
        if wait_s is not None and isinstance(signed, LinkPay) and not how.offline:
            left_s = started + wait_s - time.monotonic()
            if how.wait == WAIT_PROMISED:
                left_s += max(signed.deadline - now(), 0)
            await_payment(how, member, seed, entry_id(made.hash, 0), left_s)


def with_files(ask: Ask, files: Sequence[Path] | None) -> Ask:
    """Return what asks for the same with files attached to what it makes; None or none for none."""
    if not files:
        return ask

    def ask_with(member: Membership) -> Attached:
        return add_files(read_asked(ask(member)).operations, read_prepared(files))

    return ask_with


def read_prepared(files: Sequence[Path]) -> list[Prepared]:
    """Return files of the disk as they are attached; raises as ``prepare_file``."""
    check_count(files)
    return [prepare_file(read_file(path)) for path in files]


def read_asked(asked: Asked) -> Attached:
    """Return what was asked for as operations and the sealed files that they attach."""
    if isinstance(asked, Attached):
        return asked
    return Attached(tuple(asked) if isinstance(asked, Sequence) else (asked,), ())


def _show(member: Membership, own: Account, operation: Operation) -> None:
    text = describe(member.state, operation, member.name_of)
    out.print(text[:1].upper() + text[1:], markup=False)
    other = other_party(member.state, own.id, operation)
    if other is not None:
        words = " / ".join(fingerprint(key) for key in other.keys)
        out.print(f"{person(other)} has the fingerprint: {words}", markup=False)


def _show_foreseen(member: Membership, own: Account, foreseen: Preview, *, anyway: bool) -> None:
    before = {books.unit: books for books in own.balances}
    for unit, books in foreseen.balances.items():
        if before.get(unit) != books:
            out.print(_afterwards(member, books), markup=False)
    if foreseen.refusal is None:
        return
    said = explain(foreseen.refusal, member.community.units)
    warning = f"your own books foresee a refusal ({foreseen.refusal.code}): {said}"
    if not anyway:
        raise Refused(f"{warning} Nothing was signed; --anyway signs it all the same.")
    err.print(f"Warning: {warning}", markup=False)


def _afterwards(member: Membership, books: UnitBalance) -> str:
    units = units_of(member.state)
    posted = money(units, books.posted, books.unit)
    left = money(units, books.available, books.unit)
    return f"Your balance afterwards: {posted}; left to spend: {left}"


def _seal(member: Membership, seed: bytes, operation: Operation) -> Operation:
    if not isinstance(operation, Pay | Hold | Request):
        raise UsageInvalid("only payments, holds and requests have a memo to seal")
    other = other_party(member.state, member.account.id, operation)
    assert other is not None, "such an operation names an account of the ledger"
    return seal(operation, seed, other, secrets.token_bytes(crypto.BOX_NONCE_BYTES))
