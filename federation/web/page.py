"""Drawing a page: the face's templates over the shared ones."""

import re
from typing import Any
from zlib import crc32

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.loaders import ChoiceLoader
from jinja2.runtime import Context
from markupsafe import Markup, escape

from federation.web import language
from federation.web.face import Face
from federation.web.session import Visit, new_submission, visit_of
from federation.web.static import StaticFiles

HUES = 8
FACE: web.AppKey[Face] = web.AppKey("face", Face)
STATIC: web.AppKey[StaticFiles] = web.AppKey("static", StaticFiles)
LIVE_HEADER = "X-Live"
"""What live.js sends when it fetches a page again for its live regions."""
CODE = re.compile(r"`([^`\n]{1,200})`")
LOOKS: web.AppKey[Environment] = web.AppKey("looks", Environment)


def make_environment(face: Face, static: StaticFiles) -> Environment:
    """Return the templates of a face, with everything that any page may use."""
    own = [] if face.package == "federation.web" else [PackageLoader(face.package)]
    looks = Environment(
        loader=ChoiceLoader([*own, PackageLoader("federation.web")]),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=language.say,
    )
    looks.install_gettext_callables(  # type: ignore[attr-defined]
        language._, language.ngettext, newstyle=True
    )
    for name in ("gettext", "ngettext"):
        looks.globals[name] = _with_values_said(looks.globals[name])
    looks.filters["amount"] = language.amount_words
    looks.filters["number"] = language.number_words
    looks.filters["day"] = language.day_words
    looks.filters["moment"] = language.moment_words
    looks.filters["since"] = language.since_words
    looks.filters["hue"] = hue_of
    looks.filters["told"] = tell
    looks.filters["sentence"] = begin
    looks.globals["static"] = static.url
    looks.globals["new_submission"] = new_submission
    looks.globals["icons"] = static.url("icons.svg")
    looks.globals["languages"] = {"en": "English", "de": "Deutsch"}
    looks.globals["face"] = face
    return looks


def _with_values_said(translate: Any) -> Any:
    """Return a gettext call of templates that says the values of a text's places too."""

    @pass_context
    def call(context: Context, *texts: Any, **values: Any) -> Any:
        said = {name: language.say(value) for name, value in values.items()}
        return translate(context, *texts, **said)

    return call


def hue_of(name: str) -> int:
    """Return which of the eight colours somebody's initial has, the same wherever it stands."""
    return crc32(name.lower().encode()) % HUES


def tell(sentence: str) -> Markup:
    """Return a sentence for a page: what it has between backticks is drawn as code."""
    return Markup(CODE.sub(r"<code>\1</code>", str(escape(language.say(sentence)))))  # noqa: S704 -- escaped


def begin(text: str) -> str:
    """Return a text as the beginning of a line, with a capital."""
    said = str(language.say(text))
    return said[:1].upper() + said[1:]


def draw(request: web.Request, template: str, **values: Any) -> Markup:
    """Return a template's text for this request, for a part of a page too."""
    visit = visit_of(request)
    signed_in = visit is not None and visit.signed_in
    return Markup(  # noqa: S704 -- the environment escapes
        request.app[LOOKS]
        .get_template(template)
        .render(
            path=request.path,
            here=_place(request),
            lang=language.spoken(),
            signed_in=signed_in,
            csrf=visit.csrf if visit is not None else "",
            said=_said(request, visit),
            partial=request.headers.get("HX-Request") == "true",
            **values,
        )
    )


def _place(request: web.Request) -> str:
    """Return the navigation's place that a page stands in, the nearest above it."""
    paths = [item.path for item in request.app[FACE].nav]
    above = [one for one in paths if request.path == one or request.path.startswith(one + "/")]
    return max(above, key=len, default="")


def _said(request: web.Request, visit: Visit | None) -> list[tuple[str, str]]:
    """Return the lines to show; a live refresh leaves them to the page that comes."""
    return [] if visit is None or LIVE_HEADER in request.headers else visit.said()


def page(request: web.Request, template: str, *, status: int = 200, **values: Any) -> web.Response:
    """Return a page that a template draws.

    Args:
        request: Whose page it is: language, session and path come from it.
        template: A file of the face's ``templates/``, which extends ``base.html``.
        status: Of the answer.
        values: What the template shows.
    """
    return web.Response(
        text=draw(request, template, **values), content_type="text/html", status=status
    )


def see_other(path: str) -> web.Response:
    """Return the answer to a form that did its work: go and look (RFC 9110, 15.4.4)."""
    return web.Response(status=303, headers={"Location": path})
