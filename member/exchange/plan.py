"""Plans: what an import makes of each line of a file, before anything is signed."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal

from ledger.operation import Operation
from ledger.saying import message_of, said
from member.exchange.item import Item, Misfit
from member.exchange.make import OWN_MAX, Author, Maker, Summed
from member.exchange.shape import Read
from member.exchange.who import Person, match_people

ROW_LABEL = "commontab/import/v1\n"
OPERATIONS_MAX = 512
"""What one import signs at most; what is left over follows when it is run again."""
HERE = "it stands in this ledger already"
Fate = Literal["made", "summed", "known", "others", "nothing", "misfit", "later"]
"""What becomes of a line: it is made, or summed up in an opening; it was imported before; it is for
others to sign; nothing has to be made of it; it does not fit; there is no room for it this time."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person said about a file.

    Attributes:
        who: Handles by names of the file.
        unit: Code of the unit where the file names none, or one of its own.
        opening: Make only what all lines add up to.
    """

    who: Mapping[str, str] = field(default_factory=dict)
    unit: str | None = None
    opening: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """A line and what becomes of it: ``row`` is its hash, 32 bytes; ``told`` says why or what."""

    item: Item
    row: bytes
    fate: Fate
    told: str = ""
    operations: tuple[Operation, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do.

    Attributes:
        shape: Whose export the file is.
        said: What was taken for granted.
        people: Who everybody in the file is.
        lines: What becomes of each line.
        opening: What everybody's lines add up to, where that was asked for.
        operations: What the opening makes of the own part.
        problem: Why there is no opening, else empty.
    """

    shape: str
    said: tuple[str, ...]
    people: tuple[Person, ...]
    lines: tuple[Planned, ...]
    opening: tuple[Summed, ...] = ()
    operations: tuple[Operation, ...] = ()
    problem: str = ""

    def count(self, *fates: Fate) -> int:
        """Return how many lines have one of these fates."""
        return sum(line.fate in fates for line in self.lines)


def make_plan(author: Author, read: Read, choices: Choices, known: Collection[bytes]) -> Plan:
    """Return what an import makes of a file.

    Args:
        author: Who imports and signs.
        read: What the file says.
        choices: What the person said about it.
        known: Hashes of the lines that were imported before; see ``rows_of``.

    Raises:
        UsageInvalid: A choice names nobody, or no unit of the community.
    """
    people = match_people(author.state, _names(read), choices.who)
    maker = Maker(author, people, read.items, choices.unit)
    here = _is_of(author, read)
    pairs = zip(read.items, rows_of(read), strict=True)
    lines = [
        Planned(item, row, "known", HERE)
        if here and _stands(author, item)
        else _line(maker, item, row, choices, known)
        for item, row in pairs
    ]
    listed = tuple(people.values())
    if not choices.opening:
        return Plan(read.shape, read.said, listed, tuple(_within(lines)))
    summed, problem = maker.sum_up([one.item for one in lines if one.fate == "summed"])
    made = () if problem else maker.open_with(summed)
    if len(made) > OWN_MAX:
        problem = said(
            "your part of the opening has {count} payments; at most {most} fit",
            count=len(made),
            most=OWN_MAX,
        )
    return Plan(read.shape, read.said, listed, tuple(lines), summed, made, problem)


def rows_of(read: Read) -> list[bytes]:
    """Return a hash for each item, by which a later import knows it again.

    Two lines that say the same are told apart by which of them comes first.
    """
    seen: Counter[bytes] = Counter()
    rows = []
    for item in read.items:
        key = item.key()
        seen[key] += 1
        shape = "" if item.name else f"{read.shape}\n"
        label = f"{ROW_LABEL}{shape}{seen[key]}\n"
        rows.append(sha256(label.encode() + key).digest())
    return rows


def _is_of(author: Author, read: Read) -> bool:
    """Return whether a file is an export of this very ledger."""
    return any(one.entry and one.entry in author.state.transactions for one in read.items)


def _stands(author: Author, item: Item) -> bool:
    """Return whether a line of an export stands in this ledger; an opening balance does."""
    return not item.problem and (not item.entry or item.entry in author.state.transactions)


def _names(read: Read) -> Iterator[str]:
    for item in read.items:
        yield from item.names()


def _line(
    maker: Maker, item: Item, row: bytes, choices: Choices, known: Collection[bytes]
) -> Planned:
    fate, told, operations = _fate(maker, item, opening=choices.opening)
    if row in known and fate != "misfit":
        fate, told, operations = "known", said("it was imported before"), ()
    return Planned(item, row, fate, told, operations)


def _fate(maker: Maker, item: Item, *, opening: bool) -> tuple[Fate, str, tuple[Operation, ...]]:
    if item.problem:
        return "misfit", item.problem, ()
    if item.left_out:
        return "nothing", item.left_out, ()
    try:
        if opening:
            maker.check(item)
            return "summed", "", ()
        made = maker.make(item)
    except Misfit as misfit:
        return "misfit", message_of(misfit), ()
    fate: Fate = "made" if made.operations else "others" if made.others else "nothing"
    return fate, made.told, made.operations


def _within(lines: list[Planned]) -> Iterator[Planned]:
    """Give the lines; what is over the limit waits for another time."""
    left = OPERATIONS_MAX
    for line in lines:
        left -= len(line.operations)
        if line.operations and left < 0:
            yield Planned(line.item, line.row, "later", said("import the file again for the rest"))
        else:
            yield line
