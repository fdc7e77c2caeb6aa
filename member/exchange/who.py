"""Who is who: people of a file and the accounts that they have here."""

import difflib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from federation.console.people import find_member
from federation.console.terminal import UsageInvalid
from ledger.names import CANDIDATES_MAX, match_handle
from ledger.saying import said
from ledger.state import Account, State

_LINE_DIGITS = 9
SUGGESTED_MAX = 50
"""So many people of a file who are nobody here are told who may be meant."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a file: who he is here, or who he may be, by handle."""

    name: str
    handle: str | None
    candidates: tuple[str, ...] = ()


def parse_pairs(pairs: Iterable[str], option: str, example: str) -> dict[str, str]:
    """Return what was typed as ``LEFT=RIGHT``, by the left.

    Args:
        pairs: As typed.
        option: Which option, for the message.
        example: What fits it.

    Raises:
        UsageInvalid: One has no sign, or one left stands twice.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        # A name in a file may have the sign, a handle has none.
        left, equals, right = pair.rpartition("=")
        if not equals or not left.strip() or not right.strip():
            raise UsageInvalid(
                said(
                    "got {option} {pair!r}; it is typed as {option} {example}",
                    option=option,
                    pair=pair,
                    example=example,
                )
            )
        if left.strip() in found:
            raise UsageInvalid(
                said("got {option} twice for {left!r}; once fits", option=option, left=left.strip())
            )
        found[left.strip()] = right.strip()
    return found


def parse_payers(pairs: Iterable[str]) -> dict[int, str]:
    """Return who paid by the number of a line, typed as ``LINE=NAME``.

    Raises:
        UsageInvalid: One has no sign, or no number before it.
    """
    found: dict[int, str] = {}
    for pair in pairs:
        line, equals, name = pair.partition("=")
        number = line.strip()
        if not (equals and name.strip() and number.isdecimal() and number.isascii()):
            raise UsageInvalid(
                said('got --paid {pair!r}; it is typed as --paid "7=Anna M"', pair=pair)
            )
        found[int(number[:_LINE_DIGITS])] = name.strip()
    return found


def match_people(state: State, names: Iterable[str], typed: Mapping[str, str]) -> dict[str, Person]:
    """Return who each of a file's people is here: as typed, by handle, or by display name.

    Args:
        state: The own replica's.
        names: As the file has them.
        typed: Handles by names of the file.

    Raises:
        UsageInvalid: A typed name is not in the file, or a typed handle is nobody's.
    """
    listed = list(dict.fromkeys(names))
    strange = next((name for name in typed if name not in listed), None)
    if strange is not None:
        there = ", ".join(repr(name) for name in listed[:10]) or "nobody"
        raise UsageInvalid(
            said(
                "got --who for {strange!r}, who is not in the file; it has {there}",
                strange=strange,
                there=there,
            )
        )
    members = [one for one in state.accounts.values() if one.keys]
    people = {name: _match(state, members, name, typed.get(name)) for name in listed}
    lost = [one for one in people.values() if one.handle is None]
    for one in lost[:SUGGESTED_MAX]:
        people[one.name] = Person(one.name, None, _near(members, one.name))
    return people


def _match(state: State, members: list[Account], name: str, typed: str | None) -> Person:
    if typed is not None:
        return Person(name, find_member(state, typed).handle)
    for form in (name, unicodedata.normalize("NFC", name.lower())):
        account = state.accounts.get(state.handles.get(form, b""))
        if account is not None and account.keys:
            return Person(name, account.handle)
    called = _called(members, name)
    return Person(name, called[0] if len(called) == 1 else None)


def _called(members: list[Account], name: str) -> list[str]:
    folded = name.casefold()
    return [one.handle for one in members if one.name.casefold() == folded]


def _near(members: list[Account], name: str) -> tuple[str, ...]:
    """Return the handles of those who may be meant, likeliest first."""
    handles = [one.handle for one in members]
    whole, first = match_handle(handles, name), match_handle(handles, name.partition(" ")[0])
    near = difflib.get_close_matches(name.casefold(), [one.name.casefold() for one in members])
    alike = [one.handle for one in members if one.name.casefold() in near]
    begun = [first.handle] if first.handle else []
    listed = dict.fromkeys([*_called(members, name), *begun, *whole.candidates, *alike])
    return tuple(listed)[:CANDIDATES_MAX]
