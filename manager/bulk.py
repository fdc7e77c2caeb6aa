"""Admitting many at once: a folder of cards, and a table of names, handles and limits."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import StringIO
from itertools import islice
from pathlib import Path

from federation.card import MemberCard, read_card
from federation.card_file import read_card_text
from federation.console.terminal import Refused, UsageInvalid
from federation.errors import CardInvalid, ImageInvalid
from ledger.errors import AmountInvalid, NameInvalid
from ledger.operation import Admit, ManagerOperation
from ledger.state import State
from manager.ask import taken_words
from manager.introduce import NOTHING_TYPED, TypedAdmission, ask_admission

PEOPLE_MAX = 1_000
"""Cards of a folder, and rows of a table, in one go."""
TABLE_BYTES_MAX = 8 * 2**20
COLUMNS = ("name", "card", "handle", "unit", "credit_limit", "maximum_balance")
_HIDDEN = "."


@dataclass(frozen=True, slots=True)
class Candidate:
    """One who may be admitted.

    Attributes:
        source: Where the card came from: a file's name, or a row of the table.
        card: Verified.
        typed: What the table says about this person.
    """

    source: str
    card: MemberCard
    typed: TypedAdmission = NOTHING_TYPED


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table: who is meant, by name or by card, and what the manager chose.

    Attributes:
        number: Its line, the head being line 1.
        name: As on the card, or as the card's file is called without its ending; may be empty.
        card: A card as text, or the name of a file beside the table; may be empty.
    """

    number: int
    name: str
    card: str
    typed: TypedAdmission


@dataclass(slots=True)
class Plan:
    """What one confirmation will do, and what it leaves out.

    Attributes:
        operations: The statements, in order.
        people: How many are admitted by them.
        known: Sources of cards whose keys have accounts already, and their handles.
        misfits: Sources of what does not fit, and why.
    """

    operations: list[ManagerOperation] = field(default_factory=list)
    people: int = 0
    known: list[tuple[str, str]] = field(default_factory=list)
    misfits: list[tuple[str, str]] = field(default_factory=list)


Tell = Callable[[int, int], None]
"""Hears how many files were read, and of how many."""


def read_table(path: Path) -> list[Row]:
    """Return the rows of a CSV file: commas, semicolons or tabs, any order of the columns.

    Args:
        path: UTF-8, with a head that names ``name`` or ``card`` and any other of ``COLUMNS``.

    Raises:
        UsageInvalid: No such file, too large, not UTF-8, or columns that are not ours.
    """
    text = _read(path)
    head, _, _ = text.partition("\n")
    sign = max(",;\t", key=head.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=sign, strict=True)
    try:
        lines = list(islice(reader, PEOPLE_MAX + 2))
    except csv.Error as error:
        raise UsageInvalid(f"{path}, line {reader.line_num}: {error}") from error
    if len(lines) > PEOPLE_MAX + 1:
        raise UsageInvalid(f"{path} has over {PEOPLE_MAX} rows; split it")
    names = _columns(path, lines[0] if lines else [])
    return [_row(at, names, line) for at, line in enumerate(lines[1:], 2) if any(line)]


def find_candidates(
    folder: Path | None, table: Sequence[Row] | None, beside: Path, tell: Tell
) -> tuple[list[Candidate], list[tuple[str, str]]]:
    """Return who may be admitted, and what is no card or fits no row, with the reason.

    With a folder and a table only those are admitted whom the table names. Without a folder each
    row brings its card.

    Args:
        folder: With pictures or text files of cards, or None.
        table: From ``read_table``, or None.
        beside: The table's folder, for the cards that its rows name.
        tell: Hears of the progress.

    Raises:
        UsageInvalid: The folder is none, or holds too many files.
    """
    if folder is None:
        return _from_rows(table or [], beside, tell)
    found, misfits = _from_folder(folder, tell)
    if table is None:
        return found, misfits
    fitting, missing = _pair(found, table)
    return fitting, misfits + missing


def make_plan(state: State, candidates: Iterable[Candidate]) -> Plan:
    """Return the statements that admit all who can be, each key once, each handle once.

    Args:
        state: The present; who has an account in it is left out.
        candidates: In the order in which handles are given.
    """
    plan, taken, met = Plan(), taken_words(state), dict[bytes, str]()
    for one in candidates:
        known = state.keys.get(one.card.key)
        if known is not None:
            plan.known.append((one.source, state.accounts[known.account].handle))
        elif one.card.key in met:
            plan.misfits.append((one.source, f"holds the same card as {met[one.card.key]}"))
        else:
            met[one.card.key] = one.source
            _add(plan, state, one, taken)
    return plan


def _add(plan: Plan, state: State, one: Candidate, taken: set[str]) -> None:
    try:
        operations = ask_admission(state, one.card, one.typed, taken)
    except (Refused, NameInvalid, UsageInvalid, AmountInvalid) as error:
        plan.misfits.append((one.source, str(error)))
        return
    admission = operations[0]
    assert isinstance(admission, Admit), "the first statement admits"
    if admission.handle in taken:
        plan.misfits.append((one.source, f"the handle {admission.handle!r} is taken"))
        return
    taken.add(admission.handle)
    plan.operations += operations
    plan.people += 1


def _read(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            data = stream.read(TABLE_BYTES_MAX + 1)
        if len(data) > TABLE_BYTES_MAX:
            raise UsageInvalid(f"{path} has over {TABLE_BYTES_MAX >> 20} MiB; split it")
        return data.decode("utf-8-sig")
    except (FileNotFoundError, IsADirectoryError):
        raise UsageInvalid(f"there is no file {path}") from None
    except UnicodeDecodeError:
        raise UsageInvalid(f"{path} is not UTF-8; save it as CSV UTF-8") from None


def _columns(path: Path, head: list[str]) -> list[str]:
    names = [name.strip().lower().replace(" ", "_") for name in head]
    wrong = [name for name in names if name not in COLUMNS]
    if wrong or len(set(names)) < len(names) or not {"name", "card"} & set(names):
        raise UsageInvalid(
            f"{path} has the columns {', '.join(names) or 'none'}; its first line names each of "
            f"these at most once, and name or card: {', '.join(COLUMNS)}"
        )
    return names


def _row(number: int, names: list[str], line: list[str]) -> Row:
    held: Mapping[str, str] = {
        name: cell.strip() for name, cell in zip(names, line, strict=False) if cell.strip()
    }
    typed = TypedAdmission(
        held.get("handle"), held.get("unit"), held.get("credit_limit"), held.get("maximum_balance")
    )
    return Row(number, held.get("name", ""), held.get("card", ""), typed)


def _from_folder(folder: Path, tell: Tell) -> tuple[list[Candidate], list[tuple[str, str]]]:
    if not folder.is_dir():
        raise UsageInvalid(f"{folder} is not a folder")
    files = sorted(
        path for path in folder.iterdir() if path.is_file() and not path.name.startswith(_HIDDEN)
    )
    if len(files) > PEOPLE_MAX:
        raise UsageInvalid(f"{folder} has over {PEOPLE_MAX} files; split it")
    return _read_all([(path.name, str(path), NOTHING_TYPED) for path in files], tell)


def _from_rows(
    table: Sequence[Row], beside: Path, tell: Tell
) -> tuple[list[Candidate], list[tuple[str, str]]]:
    bare = [
        (f"row {row.number}", "names no card; add one, or --folder")
        for row in table
        if not row.card
    ]
    given = [
        (f"row {row.number}", _card_of(row.card, beside), row.typed) for row in table if row.card
    ]
    found, misfits = _read_all(given, tell)
    return found, bare + misfits


def _card_of(cell: str, beside: Path) -> str:
    """Return a card's text as it is, and a file's name as one beside the table."""
    return cell if ":" in cell else str(beside / cell)


def _read_all(
    given: Sequence[tuple[str, str, TypedAdmission]], tell: Tell
) -> tuple[list[Candidate], list[tuple[str, str]]]:
    found, misfits = [], []
    for done, (source, typed, chosen) in enumerate(given, 1):
        try:
            found.append(Candidate(source, read_card(read_card_text(typed), MemberCard), chosen))
        except (CardInvalid, ImageInvalid, OSError) as error:
            misfits.append((source, str(error)))
        tell(done, len(given))
    return found, misfits


def _pair(
    found: Sequence[Candidate], table: Sequence[Row]
) -> tuple[list[Candidate], list[tuple[str, str]]]:
    """Return the cards that a table names, each with its row, and what is left on both sides."""
    rest, pairs, misfits = list(found), list[Candidate](), list[tuple[str, str]]()
    for row in table:
        fits = [one for one in rest if row.name and _fold(row.name) in _called(one)]
        fits += [one for one in rest if row.card == one.source and one not in fits]
        if len(fits) == 1:
            rest.remove(fits[0])
            pairs.append(replace(fits[0], typed=row.typed))
        else:
            who = row.name or row.card
            why = "several cards of the folder fit" if fits else "no card in the folder fits"
            misfits.append((f"row {row.number}", f"{who}: {why}"))
    misfits += [(one.source, f"{one.card.name}: the table does not name them") for one in rest]
    return pairs, misfits


def _called(one: Candidate) -> Iterator[str]:
    """Yield what a table may call a card: by the name on it, or by its file."""
    yield _fold(one.card.name)
    yield _fold(Path(one.source).stem)


def _fold(name: str) -> str:
    return " ".join(name.casefold().split())
