"""Sheets for the printer: what stands where on a page of A4, as plain shapes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap

WIDTH_MM, HEIGHT_MM = 210.0, 297.0
"""A4, ISO 216."""
MARGIN_MM = 20.0
CODE_MM = 100.0
"""A code's side with its white border: the longest card's modules are still over half a
millimetre wide, which a telephone reads from an arm's length."""
TENT_CODE_MM = 76.0
TENT_LEFT_MM = 100.0
_EM = 0.56
"""Width of a letter over its size, of a usual sans-serif text in bold."""
_LEADING = 1.35


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text.

    Attributes:
        x_mm: Left end, or the middle where ``centred``.
        y_mm: Base line, from the top.
        size_mm: Of the type.
        grey: Less important.
    """

    x_mm: float
    y_mm: float
    size_mm: float
    text: str
    bold: bool = False
    centred: bool = False
    grey: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code with its white border.

    Attributes:
        x_mm: Left end.
        y_mm: Upper end.
        side_mm: Width and height.
        text: What it holds.
    """

    x_mm: float
    y_mm: float
    side_mm: float
    text: str


@dataclass(frozen=True, slots=True)
class Fold:
    """A dashed line across the page, to fold or to cut along."""

    y_mm: float


Shape = Words | Code | Fold


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page.

    Attributes:
        title: What the file is called inside.
        upright: Shapes as one reads them.
        turned: Shapes of the upper half of a tent, drawn as if they stood in the lower one, and
            then turned round the page's middle.
    """

    title: str
    upright: tuple[Shape, ...]
    turned: tuple[Shape, ...] = ()


@dataclass(frozen=True, slots=True)
class CardText:
    """The words on a card's sheet, in the reader's language.

    Attributes:
        kind: Such as "Card of a member".
        name: Whose card it is.
        fingerprint: Six words.
        compare: What to do with them.
        steps: What to do with the sheet, in order.
    """

    kind: str
    name: str
    fingerprint: str
    compare: str
    steps: Sequence[str]


@dataclass(frozen=True, slots=True)
class TentText:
    """The words on a payment request for the table.

    Attributes:
        amount: Such as "2.50 EUR", or what leaves it to the payer.
        memo: What it is for; may be empty.
        to: Such as "to bakery in Riverside".
        scan: What to do.
        until: How long it holds.
    """

    amount: str
    memo: str
    to: str
    scan: str
    until: str


def card_sheet(card: str, words: CardText) -> Sheet:
    """Return a page with one card in its middle, the six words below it, and what to do."""
    middle = WIDTH_MM / 2
    shapes: list[Shape] = [
        Words(middle, 30, 5, words.kind, centred=True, grey=True),
        Words(middle, 44, _fit(words.name, 11), words.name, bold=True, centred=True),
        Code(middle - CODE_MM / 2, 54, CODE_MM, card),
    ]
    six = words.fingerprint.split()
    for at, line in enumerate((" ".join(six[:3]), " ".join(six[3:]))):
        shapes.append(Words(middle, 166 + 9 * at, 7, line, bold=True, centred=True))
    shapes += _paragraph(186, 4.5, words.compare, centred=True)
    top = 206.0
    for number, step in enumerate(words.steps, 1):
        lines = list(_paragraph(top, 4.8, f"{number}. {step}"))
        shapes += lines
        top += 4.8 * _LEADING * len(lines) + 2.4
    return Sheet(words.name, tuple(shapes))


def tent_sheet(card: str, words: TentText) -> Sheet:
    """Return a page that stands on a table when it is folded, and reads from both sides."""
    side = tuple(_tent_side(card, words))
    return Sheet(f"{words.amount} {words.to}", (Fold(HEIGHT_MM / 2), *side), side)


def _tent_side(card: str, words: TentText) -> Iterator[Shape]:
    """Yield one face, in the page's lower half."""
    top = HEIGHT_MM / 2
    room = WIDTH_MM - TENT_LEFT_MM - MARGIN_MM / 2
    yield Code(MARGIN_MM / 2 + 4, top + (top - TENT_CODE_MM) / 2, TENT_CODE_MM, card)
    yield Words(TENT_LEFT_MM, top + 50, _fit(words.amount, 15, room), words.amount, bold=True)
    y = top + 62
    for line in _lines(words.memo, 7, room)[:2]:
        yield Words(TENT_LEFT_MM, y, 7, line)
        y += 9
    yield Words(TENT_LEFT_MM, y, _fit(words.to, 5, room), words.to)
    y += 14
    for line in _lines(words.scan, 4.5, room)[:3]:
        yield Words(TENT_LEFT_MM, y, 4.5, line)
        y += 6
    yield Words(TENT_LEFT_MM, y + 3, 3.6, words.until, grey=True)


def _paragraph(y_mm: float, size_mm: float, text: str, *, centred: bool = False) -> Iterator[Words]:
    x = WIDTH_MM / 2 if centred else MARGIN_MM
    for at, line in enumerate(_lines(text, size_mm, WIDTH_MM - 2 * MARGIN_MM)):
        yield Words(x, y_mm + at * size_mm * _LEADING, size_mm, line, centred=centred)


def _lines(text: str, size_mm: float, room_mm: float) -> list[str]:
    return wrap(text, max(1, int(room_mm / size_mm / _EM)))


def _fit(text: str, size_mm: float, room_mm: float = WIDTH_MM - 2 * MARGIN_MM) -> float:
    """Return the size in which a text stays on one line, at most ``size_mm``."""
    return min(size_mm, room_mm / _EM / max(1, len(text)))
