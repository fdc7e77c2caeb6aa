"""Somebody at a page: opens it, reads its forms and sends them, as a browser does."""

from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlsplit

from aiohttp import ClientSession, FormData


@dataclass
class Form:
    """One form of a page with the fields as they stand."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


@dataclass
class Seen:
    """What came: the status, the address in the end, the text, its words and its forms."""

    status: int
    path: str
    text: str
    words: str
    forms: list[Form]
    headers: dict[str, str]

    def form(self, action: str) -> Form:
        """Return the form that goes there."""
        found = [one for one in self.forms if one.action == action]
        assert found, f"no form goes to {action}; there are {[one.action for one in self.forms]}"
        return found[0]


class Visitor:
    """Somebody who is signed in, or not yet."""

    def __init__(self, session: ClientSession, url: str) -> None:
        self.session = session
        self.url = url

    async def open(self, path: str, **headers: str) -> Seen:
        """Open a page and follow where it leads."""
        async with self.session.get(self.url + path, headers=headers) as answer:
            return _seen(answer.status, str(answer.url), await answer.text(), dict(answer.headers))

    async def send(self, form: Form, **typed: str) -> Seen:
        """Send a form with what was typed into it."""
        return await self.post(form.action, form.fields | typed)

    async def post(self, path: str, fields: dict[str, str], **headers: str) -> Seen:
        """Send fields, whether a form has them or not."""
        return await self.post_form(path, fields, **headers)

    async def post_form(self, path: str, fields: dict[str, str] | FormData, **headers: str) -> Seen:
        """Send fields and files."""
        sent = {"Origin": self.url} | headers
        async with self.session.post(self.url + path, data=fields, headers=sent) as answer:
            return _seen(answer.status, str(answer.url), await answer.text(), dict(answer.headers))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(held.get("action", ""), held.get("method", "get")))
        ticked = held.get("type") not in {"checkbox", "radio"} or "checked" in held
        if tag == "input" and self.forms and "name" in held and ticked:
            self.forms[-1].fields[held["name"]] = held.get("value", "")

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.words.append(data.strip())


def _seen(status: int, url: str, text: str, headers: dict[str, str]) -> Seen:
    reader = _Reader()
    reader.feed(text)
    words = unescape(" ".join(reader.words)).replace("\u00a0", " ")
    return Seen(status, urlsplit(url).path, text, words, reader.forms, headers)
