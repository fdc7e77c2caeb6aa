"""The API's description, OpenAPI 3.1, from the shapes that its handlers take and give."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from federation.web.api import Endpoint, Problem

VERSION = "1"
REF = "#/components/schemas/{name}"
ANSWER = "#/components/responses/{name}"
_PROBLEMS = {
    "400": "The request is not of this shape",
    "401": "Nobody is signed in",
    "403": "Not from our own pages",
    "404": "There is no such thing",
    "409": "The ledger refuses, and says why",
    "413": "More than fits",
    "429": "Too many requests; wait",
    "503": "The network or the disk does not answer",
}


def describe(title: str, endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """Return the document for a face's endpoints."""
    kinds = [one.gives for one in endpoints] + [one.takes for one in endpoints if one.takes]
    schemas, components = msgspec.json.schema_components([*kinds, Problem], ref_template=REF)
    given = schemas[: len(endpoints)]
    paths: dict[str, dict[str, Any]] = {}
    for endpoint, schema in zip(endpoints, given, strict=True):
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, schema)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": VERSION},
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(components.items())),
            "responses": {status: _problem(words) for status, words in _PROBLEMS.items()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def spell(document: dict[str, Any]) -> str:
    """Return the document as the text that is served and kept in ``docs/``."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _problem(words: str) -> dict[str, Any]:
    schema = {"$ref": REF.format(name="Problem")}
    return {"description": words, "content": {"application/json": {"schema": schema}}}


def _operation(endpoint: Endpoint, gives: dict[str, Any]) -> dict[str, Any]:
    answers: dict[str, Any] = {
        "200": {"description": "Done", "content": {"application/json": {"schema": gives}}}
    }
    answers |= {status: {"$ref": ANSWER.format(name=status)} for status in _PROBLEMS}
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "responses": answers,
    }
    if endpoint.takes is not None:
        operation |= _asked(endpoint, endpoint.takes)
    return operation


def _asked(endpoint: Endpoint, takes: type[msgspec.Struct]) -> dict[str, Any]:
    """Return where each field stands: in the path, in the query, or in the body."""
    (_ref,), components = msgspec.json.schema_components([takes], ref_template=REF)
    schema = components[takes.__name__]
    required = set(schema.get("required", ()))
    in_path = endpoint.in_path
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": schema["properties"][name]}
        for name in in_path
    ]
    rest = {name: kind for name, kind in schema["properties"].items() if name not in in_path}
    if endpoint.method in {"GET", "DELETE"}:
        parameters += [
            {"name": name, "in": "query", "required": name in required, "schema": kind}
            for name, kind in rest.items()
        ]
        return {"parameters": parameters} if parameters else {}
    body = {
        "type": "object",
        "properties": rest,
        "required": sorted(required - set(in_path)),
        "additionalProperties": False,
    }
    asked: dict[str, Any] = {
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}}
    }
    return asked | ({"parameters": parameters} if parameters else {})
