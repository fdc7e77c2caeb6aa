"""The JSON API: handlers with the shapes they take and give, from which OpenAPI is written."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, dataclass_transform

import msgspec
from aiohttp import web

from federation.web.language import encode_said

PREFIX = "/api/v1"
_IN_PATH = re.compile(r"\{([a-z_]+)\}")
Handler = Callable[[web.Request, Any], Awaitable[Any]]
Plain = Callable[[web.Request], Awaitable[Any]]


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every request's and answer's shape extends: keyword fields, nothing unknown taken."""


class Problem(Shape):
    """Why a request was not carried out.

    Attributes:
        code: A refusal's stable code, or one of ``usage``, ``signed_out``, ``forbidden``,
            ``not_found``, ``too_large``, ``too_many``, ``unavailable``, ``failed``.
        message: What was asked and which rule it meets, for a person.
        fits: What would do, or what to do next.
    """

    code: str
    message: str
    fits: str = ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one path, with what OpenAPI says of it."""

    method: str
    path: str
    takes: type[msgspec.Struct] | None
    gives: Any
    summary: str
    handler: Handler
    name: str

    @property
    def in_path(self) -> tuple[str, ...]:
        """The fields of ``takes`` that the path brings."""
        return tuple(_IN_PATH.findall(self.path))

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Decode a request strictly, handle it and encode what is given.

        Raises:
            ValidationError: The request is not of the shape (400).
        """
        asked = None if self.takes is None else await self._read(request, self.takes)
        given = await self.handler(request, asked)
        if isinstance(given, web.StreamResponse):
            return given
        body = msgspec.json.encode(given, enc_hook=encode_said)
        return web.Response(body=body, content_type="application/json")

    async def _read(self, request: web.Request, takes: type[msgspec.Struct]) -> msgspec.Struct:
        path: Mapping[str, object] = dict(request.match_info)
        if self.method in {"GET", "DELETE"}:
            return msgspec.convert({**_query(request), **path}, takes, strict=False)
        if request.content_type != "application/json":
            raise msgspec.ValidationError("the body is JSON, with Content-Type: application/json")
        try:
            body = msgspec.json.decode(await request.read() or b"{}")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise msgspec.ValidationError(f"the body is not JSON: {error}") from error
        if not isinstance(body, dict):
            raise msgspec.ValidationError("the body is not a JSON object")
        if twice := sorted(set(body) & set(path)):
            raise msgspec.ValidationError(f"{twice[0]} stands in the path, not in the body")
        parts = {name: _of_text(takes, name, text) for name, text in path.items()}
        return msgspec.convert({**body, **parts}, takes)


class Api:
    """A table of endpoints, filled by decorators as ``web.RouteTableDef`` is.

    ``takes`` is a Struct: fields named in the path come from there, the others from the query (GET,
    DELETE) or from the JSON body. The handler gets the request and that Struct, or the request
    alone without ``takes``; it returns a ``gives``, which is encoded.
    """

    def __init__(self) -> None:
        self.endpoints: list[Endpoint] = []

    def get(
        self, path: str, *, summary: str, gives: Any, takes: type[msgspec.Struct] | None = None
    ) -> Callable[[Any], Any]:
        """Collect a handler that only reads."""
        return self._collect("GET", path, takes, gives, summary)

    def post(
        self, path: str, *, summary: str, gives: Any, takes: type[msgspec.Struct] | None = None
    ) -> Callable[[Any], Any]:
        """Collect a handler that changes something."""
        return self._collect("POST", path, takes, gives, summary)

    def delete(
        self, path: str, *, summary: str, gives: Any, takes: type[msgspec.Struct] | None = None
    ) -> Callable[[Any], Any]:
        """Collect a handler that ends something."""
        return self._collect("DELETE", path, takes, gives, summary)

    def _collect(
        self, method: str, path: str, takes: type[msgspec.Struct] | None, gives: Any, summary: str
    ) -> Callable[[Any], Any]:
        assert path.startswith("/"), path

        def collect(handler: Any) -> Any:
            whole: Handler = handler if takes is not None else _without_shape(handler)
            name = str(handler.__name__)
            at = PREFIX + path
            self.endpoints.append(Endpoint(method, at, takes, gives, summary, whole, name))
            return handler

        return collect


def _without_shape(handler: Plain) -> Handler:
    async def whole(request: web.Request, _asked: object) -> Any:
        return await handler(request)

    return whole


def _query(request: web.Request) -> dict[str, object]:
    found: dict[str, object] = {}
    for name in request.query:
        values = request.query.getall(name)
        if len(values) > 1:
            raise msgspec.ValidationError(f"{name} stands {len(values)} times in the query; once")
        found[name] = values[0]
    return found


def _of_text(takes: type[msgspec.Struct], name: str, text: object) -> object:
    """Return a path's text as the field's type, by the query's lax rules."""
    kind = next(f.type for f in msgspec.structs.fields(takes) if f.name == name)
    return msgspec.convert(text, kind, strict=False)
