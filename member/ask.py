"""Asking: what a person typed becomes operations of a change-set."""

import re
from dataclasses import dataclass

import msgspec

from federation.card import RequestCard, check_payable
from federation.console.people import find_member, find_unit
from federation.console.terminal import UsageInvalid
from federation.console.typed import check_memo
from federation.memo import seal_memo
from ledger.operation import Hold, Pay, Request
from ledger.saying import said
from ledger.state import Account, State
from ledger.unit import parse_amount

HOLD_S = 7 * 86_400
"""How long a hold lasts unless the person says otherwise, seconds."""
REQUEST_S = 30 * 86_400
"""The same for a request and a payment request card."""
_DURATION = re.compile(r"([0-9]{1,6})([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}

Sealable = Pay | Hold | Request


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person typed about an amount for somebody.

    Attributes:
        who: A handle, or nearly.
        amount: A decimal number.
        unit: A unit's code; None for the community's only one.
        memo: What it is for, or empty.
    """

    who: str
    amount: str
    unit: str | None = None
    memo: str = ""

    def read(self, state: State) -> tuple[bytes, int, str, str]:
        """Return account id, minor units, code of the unit and memo.

        Raises:
            UsageInvalid: Nobody or no unit is called that, or the memo is too long.
            AmountInvalid: Not an amount of the unit.
        """
        account, unit = find_member(state, self.who), find_unit(state, self.unit)
        return account.id, parse_amount(self.amount, unit), unit.code, check_memo(self.memo)


def ask_pay(state: State, typed: Typed) -> Pay:
    """Return a payment.

    Raises:
        UsageInvalid: See ``Typed.read``.
        AmountInvalid: As well.
    """
    payee, amount, unit, memo = typed.read(state)
    return Pay(payee, amount, unit, memo, b"", None)


def ask_hold(state: State, typed: Typed, expires: int) -> Hold:
    """Return a hold until a Unix time.

    Raises:
        UsageInvalid: See ``Typed.read``.
        AmountInvalid: As well.
    """
    payee, amount, unit, memo = typed.read(state)
    return Hold(payee, amount, unit, memo, b"", expires)


def ask_request(state: State, typed: Typed, expires: int) -> Request:
    """Return a request, open until a Unix time.

    Raises:
        UsageInvalid: See ``Typed.read``.
        AmountInvalid: As well.
    """
    debtor, amount, unit, memo = typed.read(state)
    return Request(debtor, amount, unit, memo, b"", expires)


def ask_card(state: State, card: RequestCard, amount: str | None, now: int) -> Pay:
    """Return the one payment that a payment request card asks for.

    Args:
        state: The own replica's.
        card: Verified.
        amount: As typed, where the card leaves it open.
        now: Unix seconds.

    Raises:
        CardInvalid: Another community's, or expired.
        UsageInvalid: The card's key is not its account's here, the amount is missing or another
            than the card's, or the unit is unknown.
        AmountInvalid: Not an amount of the unit.
    """
    check_payable(card, state.key, now)
    _check_payee(state, card)
    unit = find_unit(state, card.unit)
    if card.amount is None and amount is None:
        raise UsageInvalid("this card leaves the amount to you; type it after the card")
    asked = card.amount if amount is None else parse_amount(amount, unit)
    assert asked is not None, "one of the two says the amount"
    if card.amount not in {None, asked}:
        raise UsageInvalid("the card asks for another amount than you typed; leave it out")
    return Pay(card.account, asked, unit.code, card.memo, b"", card.paid_as)


def seal(operation: Sealable, seed: bytes, other: Account, nonce: bytes) -> Sealable:
    """Return an operation whose memo only payer and payee can read.

    Args:
        operation: With its memo in the open.
        seed: The author's 32 bytes.
        other: The other party.
        nonce: 24 random bytes.

    Raises:
        UsageInvalid: There is no memo to seal.
    """
    if not operation.memo:
        raise UsageInvalid("--seal hides the memo, but there is none; type one or leave --seal out")
    sealed = seal_memo(seed, other.keys[0], nonce, operation.memo)
    return msgspec.structs.replace(operation, memo="", sealed=sealed)


def parse_duration(text: str) -> int:
    """Return the seconds of a duration such as ``30s``, ``90m``, ``12h``, ``7d`` or ``2w``.

    Raises:
        UsageInvalid: Not of that form, or no time at all.
    """
    match = _DURATION.fullmatch(text.strip().lower())
    if match is None or int(match.group(1)) == 0:
        raise UsageInvalid(
            said("got {text!r}; a duration is a number and s, m, h, d or w, such as 7d", text=text)
        )
    return int(match.group(1)) * _SECONDS[match.group(2)]


def end_of(text: str | None, usual_s: int, longest_s: int, now: int) -> int:
    """Return the Unix time at which something ends.

    Args:
        text: The typed duration, or None for the usual one.
        usual_s: Seconds; shortened to fit the community's rules with a tenth to spare, because
            the manager counts from the merge.
        longest_s: What the rules allow, seconds.
        now: Unix seconds.

    Raises:
        UsageInvalid: Not a duration.
    """
    if text is not None:
        return now + parse_duration(text)
    return now + min(usual_s, longest_s * 9 // 10)


def _check_payee(state: State, card: RequestCard) -> None:
    """Refuse a card whose key does not speak for the account that it names.

    Raises:
        UsageInvalid: As said.
    """
    known, account = state.keys.get(card.key), state.accounts.get(card.account)
    if known is None or account is None:
        raise UsageInvalid(
            said(
                "the card is of {handle}, whom your replica does not know; run `commontab "
                "sync`, or ask whether they were admitted",
                handle=card.handle,
            )
        )
    if not known.active or known.account != card.account or account.handle != card.handle:
        raise UsageInvalid(
            said(
                "the card says it is of {handle}, but its key is not theirs in this ledger; "
                "do not pay it, and ask them for a new one",
                handle=card.handle,
            )
        )
