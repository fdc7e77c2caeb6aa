"""Sayings: English texts that carry what another language needs to say the same.

A command prints them as they are. A page looks at what they were made of, in
``federation.web.language``.
"""

from collections.abc import Iterable, Mapping, Sequence


class Saying(str):
    """A sentence that knows its template and its values; the text itself is English.

    Attributes:
        template: English, with places such as ``{amount}``; what a catalogue translates.
        values: What stands in the places: sayings, errors, numbers, or texts that stay as they are.
    """

    __slots__ = ("template", "values")
    template: str
    values: Mapping[str, object]


class SaidMoment(str):
    """A time as commands print it, which knows its Unix seconds."""

    __slots__ = ("time",)
    time: int


class Listing(str):
    """Names in one text: ``anna, ben and carla``.

    Attributes:
        names: In their order.
    """

    __slots__ = ("names",)
    names: Sequence[str]


def said(template: str, /, **values: object) -> Saying:
    """Return a sentence that pages can say in their language.

    Args:
        template: As for ``str.format`` where there are values, else the text. It stands in the code
            as it is, so that it is found there by those who translate it.
        values: What its places hold.
    """
    saying = Saying(template.format_map(values) if values else template)
    saying.template, saying.values = template, values
    return saying


def message_of(error: BaseException) -> Saying:
    """Return an exception's message as a saying, for those who keep it and show it later."""
    got = error.args[0] if error.args else ""
    return got if isinstance(got, Saying) else said(str(error))


def chain(sentences: Iterable[str], template: str = "{first}; {rest}") -> str:
    """Return sentences one after another; empty ones are left out.

    Args:
        sentences: In their order.
        template: How one stands before the rest.
    """
    found = [one for one in sentences if one]
    if len(found) < 2:  # noqa: PLR2004 -- there is nothing to put a semicolon between
        return "".join(found) if not found else found[0]
    return said(template, first=found[0], rest=chain(found[1:], template))


def said_moment(text: str, time: int) -> SaidMoment:
    """Return a time in words together with its Unix seconds."""
    moment = SaidMoment(text)
    moment.time = time
    return moment


def listing(names: Sequence[str]) -> Listing:
    """Return names as one text."""
    text = " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
    listed = Listing(text)
    listed.names = names
    return listed
