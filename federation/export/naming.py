"""Naming: what accounts and units are called in the files of bookkeeping programs."""

import unicodedata
from collections.abc import Callable
from functools import cache, partial

from federation.console.people import handle_of
from ledger.link.link import exchange_id
from ledger.state import State

NameAccount = Callable[[bytes], str]
"""Gives an account, by its id, its name in a file."""
_RESERVED = frozenset({"TRUE", "FALSE", "NULL"})
"""Units that beancount's grammar takes for values (its lexer.l)."""


def name_for_hledger(state: State) -> NameAccount:
    """Return what names accounts for hledger: ``assets:members:anna``.

    A member's balance is his to spend, so it is an asset, and a linked community's likewise; the
    commons and the exchange are equity. So every sign is the ledger's own.
    """
    return cache(partial(_join, state, str, str))


def name_for_beancount(state: State) -> NameAccount:
    """Return what names accounts for beancount, with capitals: ``Assets:Members:Anna``.

    Two handles never become one: a handle that a capital would change beyond return, or that has
    other signs than letters and digits, is written in Punycode.

    Source:
        beancount.core.account, ACC_COMP_NAME_RE; RFC 3492.
    """
    return cache(partial(_join, state, str.capitalize, _capital))


def hledger_unit(code: str) -> str:
    """Return a unit's code for hledger: in quotes where it has digits.

    Source:
        hledger's manual, "Commodity".
    """
    return code if code.isalpha() else f'"{code}"'


def beancount_unit(code: str) -> str:
    """Return a unit's code for beancount, which reads some words as values."""
    return f"UNIT-{code}" if code in _RESERVED else code


def _join(
    state: State, group: Callable[[str], str], name: Callable[[str], str], account: bytes
) -> str:
    parts = map(group, _group(state, account))
    return ":".join((*parts, name(handle_of(state.accounts, account))))


def _group(state: State, account: bytes) -> tuple[str, ...]:
    if account in {state.commons, exchange_id(state.commons)}:
        return ("equity",)
    linked = any(link.account == account for link in state.links.values())
    return ("assets", "links" if linked else "members")


def _capital(handle: str) -> str:
    first, rest = handle[0].upper(), handle[1:]
    returns = len(first) == 1 and first.lower() == handle[0]
    if returns and _is_letter(first, "Lu") and all(_is_letter(char) for char in rest):
        return first + rest
    # No handle has two hyphens in a row, so none is written like this otherwise.
    return "Xn--" + handle.encode("punycode").decode("ascii")


def _is_letter(char: str, kind: str = "L") -> bool:
    digit = char.isascii() and char.isdigit()
    hyphen = kind == "L" and char == "-"
    return digit or hyphen or unicodedata.category(char).startswith(kind)
