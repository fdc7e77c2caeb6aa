"""The languages of the pages: which one a request wants, and words, amounts and dates in it."""

import gettext
from contextvars import ContextVar
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from functools import cache
from importlib.resources import files
from io import BytesIO

from babel import Locale
from babel.core import negotiate_locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, list_currencies

from ledger.saying import Listing, SaidMoment, Saying
from ledger.unit import SaidAmount, Unit

LANGUAGES = ("en", "de")
CATALOGUES = ("base", "refusal", "cards", "said", "member", "manager")
HEADER_CHARS_MAX = 256
"""Of an Accept-Language header; a browser's has some 30."""
CURRENCY_SCALE = 2
_chosen: ContextVar[str] = ContextVar("language", default=LANGUAGES[0])
_zone: ContextVar[tzinfo | None] = ContextVar("zone", default=None)


def _(text: str) -> str:
    """Return a text in the language of the request that is being answered."""
    if isinstance(text, Saying):
        return str(say(text))
    return _catalogue(_chosen.get()).gettext(text)


def ngettext(one: str, many: str, count: int) -> str:
    """Return the text for a count, in the request's language."""
    return _catalogue(_chosen.get()).ngettext(one, many, count)


def N_(text: str) -> str:  # noqa: N802 -- gettext's own name for it
    """Mark a text that is translated later, where a request is at hand."""
    return text


def say(value: object) -> object:
    """Return a value as this request's language writes it.

    Sayings, amounts, times and lists of names that know what they were made of are said anew, and
    so are the messages of exceptions; whatever else comes back as it came.
    """
    match value:
        case Saying():
            values = {name: say(one) for name, one in value.values.items()}
            text = _(value.template) if value.template else ""
            return text.format_map(values) if values else text
        case SaidAmount():
            return amount_words(value.amount_minor, value.unit)
        case SaidMoment():
            return moment_words(value.time)
        case Listing():
            return format_list([str(say(name)) for name in value.names], locale=spoken())
        case BaseException():
            return say_error(value)
    return value


def say_error(error: BaseException) -> str:
    """Return an exception's message in this request's language.

    One that no catalogue knows is for those who look after the program: it stays English, and the
    sentence says so where another language is spoken.
    """
    got = error.args[0] if error.args else ""
    if isinstance(got, (Saying, BaseException)):
        return str(say(got))
    text = str(error)
    there = _(text) if text else ""
    if there != text or spoken() == LANGUAGES[0]:
        return there
    return _("The program says, in English: %(what)s") % {"what": text} if text else ""


def encode_said(value: object) -> str:
    """Return what JSON is to hold of a text that knows what it was made of.

    Raises:
        NotImplementedError: It is no text.
    """
    if not isinstance(value, str):
        raise NotImplementedError(f"JSON has no {type(value).__name__}")
    return str(say(value))


def negotiate(header: str) -> str:
    """Return the language that an Accept-Language header likes best (RFC 9110, 12.5.4)."""
    wanted: list[tuple[float, str]] = []
    for part in header[:HEADER_CHARS_MAX].split(","):
        tag, _semicolon, weight = part.strip().partition(";q=")
        wanted.append((_weight(weight), tag.replace("-", "_")))
    ordered = [tag for weight, tag in sorted(wanted, key=lambda one: -one[0]) if weight > 0]
    return negotiate_locale(ordered, LANGUAGES) or LANGUAGES[0]


def speak(language: str) -> None:
    """Use a language for what follows in this request."""
    _chosen.set(language if language in LANGUAGES else LANGUAGES[0])


def spoken() -> str:
    """Return the language of this request, such as ``de``."""
    return _chosen.get()


def amount_words(amount_minor: int, unit: Unit, *, sign: bool = False) -> str:
    """Return an amount as people of this language write it: ``-12,50 €``, ``3 HOUR``.

    Args:
        amount_minor: In minor units of ``unit``.
        unit: Gives the scale and the code.
        sign: Whether an amount above zero has its plus.
    """
    value = Decimal(amount_minor).scaleb(-unit.scale)
    if unit.scale == CURRENCY_SCALE and unit.code in _currencies():
        text = format_currency(value, unit.code, locale=spoken())
    else:
        decimals = f"#,##0.{'0' * unit.scale}" if unit.scale else "#,##0"
        text = f"{format_decimal(value, decimals, locale=spoken())}\N{NO-BREAK SPACE}{unit.code}"
    text = text.replace("-", "\N{MINUS SIGN}")
    return f"+{text}" if sign and amount_minor > 0 else text


def number_words(value: float) -> str:
    """Return a plain number with the language's separators."""
    return format_decimal(value, locale=spoken())


def day_words(at: int) -> str:
    """Return the day of a Unix time: ``4 Mar 2027``."""
    return format_date(_local(at), "medium", locale=spoken())


def moment_words(at: int) -> str:
    """Return day and time of a Unix time, in the zone of the computer that serves the page."""
    return format_datetime(_local(at), "medium", locale=spoken())


def since_words(at: int, now: int) -> str:
    """Return how long ago something was, or how long until it is: ``3 hours ago``."""
    return format_timedelta(at - now, add_direction=True, locale=spoken())


def _local(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC).astimezone(_zone.get())


def _weight(text: str) -> float:
    try:
        return float(text or "1")
    except ValueError:
        return 0.0


@cache
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies(Locale.parse("en")))


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    """Return all catalogues of a language as one, compiled in memory from their .po files."""
    merged: gettext.NullTranslations = gettext.NullTranslations()
    if language == LANGUAGES[0]:
        return merged
    for name in CATALOGUES:
        path = files("federation.web").joinpath("locale", language, "LC_MESSAGES", f"{name}.po")
        if not path.is_file():
            continue
        compiled = BytesIO()
        with path.open("rb") as stream:
            write_mo(compiled, read_po(stream, locale=language))
        compiled.seek(0)
        catalogue = gettext.GNUTranslations(compiled)
        catalogue.add_fallback(merged)
        merged = catalogue
    return merged
