"""The API: what it takes, what it gives, and how it says no."""

import json
from typing import Any

import msgspec
import pytest

from federation.console.terminal import Refused, UsageInvalid
from federation.errors import (
    CardInvalid,
    FederationError,
    FetchTimeout,
    ImageInvalid,
    NetworkUnreachable,
    StorageFailed,
)
from federation.web.api import Problem
from federation.web.app import document_of
from federation.web.failure import Declined, Unfit, problem_of, status_of
from ledger.errors import AmountInvalid, StoreBusy, StoreFull
from tests.support.webclient import Answer, Client, client_of
from tests.support.webface import FACE, TOKEN, sample_app

BEARER = {"Authorization": f"Bearer {TOKEN}"}
JSON = {"Content_Type": "application/json"}


async def ask(path: str) -> Answer:
    async with client_of(sample_app()) as client:
        return await client.get(path, **BEARER)


async def send(client: Client, body: bytes, **headers: str) -> Answer:
    return await client.post("/api/v1/things", body, **{**BEARER, **JSON, **headers})


def problem(answer: Answer) -> Problem:
    return msgspec.json.decode(answer.text, type=Problem)


async def test_fields_come_from_the_path_and_from_the_query() -> None:
    answer = await ask("/api/v1/things/7?more=true")
    assert json.loads(answer.text) == {"name": "more", "count": 7}
    assert answer.headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/things/x",
        "/api/v1/things/-1",
        "/api/v1/things/7?more=perhaps",
        "/api/v1/things/7?more=true&more=true",
        "/api/v1/things/7?unknown=1",
        "/api/v1/things/99999999999999999999999999",
    ],
)
async def test_what_is_not_of_the_shape_is_refused_with_the_place_that_is_wrong(path: str) -> None:
    answer = await ask(path)
    assert answer.status == 400
    assert problem(answer).code == "usage"
    assert problem(answer).message


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/v1/things/77", 409, "unknown_account"),
        ("/api/v1/nothing", 404, "not_found"),
    ],
)
async def test_a_refusal_has_its_code_its_reason_and_what_to_do(
    path: str, status: int, code: str
) -> None:
    answer = await ask(path)
    assert (answer.status, problem(answer).code) == (status, code)
    assert problem(answer).message
    assert problem(answer).fits


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"name": ""}',
        b'{"name": "a", "count": 10}',
        b'{"name": "a", "count": "1"}',
        b'{"name": "a", "other": 1}',
        b'{"name": "' + b"a" * 21 + b'"}',
        b"[" * 5_000,
    ],
    ids=lambda body: repr(body[:24]),
)
async def test_a_body_that_does_not_fit_is_named(body: bytes) -> None:
    async with client_of(sample_app()) as client:
        answer = await send(client, body)
        assert answer.status == 400
        assert problem(answer).code == "usage"


async def test_a_body_is_json_by_its_own_word() -> None:
    async with client_of(sample_app()) as client:
        right = await send(client, b'{"name": "a"}')
        form = await send(client, b"name=a", Content_Type="application/x-www-form-urlencoded")
        method = await client.get("/api/v1/things", **BEARER)
    assert json.loads(right.text) == {"name": "a", "count": 1}
    assert form.status == 400
    assert "application/json" in problem(form).message
    assert (method.status, method.headers["Allow"]) == (405, "POST")


async def test_a_signed_in_page_uses_the_api_with_its_forms_token() -> None:
    async with client_of(sample_app()) as client:
        csrf = (await client.sign_in()).hidden("csrf")
        without = await client.post("/api/v1/things", b'{"name": "a"}', **JSON)
        with_it = await client.post("/api/v1/things", b'{"name": "a"}', **JSON, X_CSRF_Token=csrf)
    assert (without.status, problem(without).code) == (403, "forbidden")
    assert with_it.status == 200


def test_the_document_says_where_every_field_stands() -> None:
    document: dict[str, Any] = json.loads(document_of(FACE))
    assert document["openapi"] == "3.1.0"
    thing = document["paths"]["/api/v1/things/{number}"]["get"]
    assert [(one["name"], one["in"], one["required"]) for one in thing["parameters"]] == [
        ("number", "path", True),
        ("more", "query", False),
    ]
    body = document["paths"]["/api/v1/things"]["post"]["requestBody"]
    schema = body["content"]["application/json"]["schema"]
    assert schema["required"] == ["name"]
    assert schema["additionalProperties"] is False
    assert {"200", "400", "401", "403", "404", "409", "413", "429", "503"} <= set(
        thing["responses"]
    )


async def test_the_document_is_served_as_it_is_kept() -> None:
    assert (await ask("/api/v1/openapi.json")).text == document_of(FACE)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Declined("key_known", "known"), 409, "key_known"),
        (Unfit("no"), 400, "usage"),
        (Refused("no"), 409, "refused"),
        (UsageInvalid("no"), 400, "usage"),
        (CardInvalid("no"), 400, "usage"),
        (ImageInvalid("no"), 400, "usage"),
        (AmountInvalid("no"), 400, "usage"),
        (NetworkUnreachable("no"), 503, "unavailable"),
        (FetchTimeout("no"), 503, "unavailable"),
        (StorageFailed("no"), 503, "unavailable"),
        (StoreBusy("no"), 503, "unavailable"),
        (StoreFull("no"), 503, "unavailable"),
        (OSError("no"), 503, "unavailable"),
        (FederationError(""), 409, "refused"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_an_error_is_answered_as_a_command_ends_with_it(
    error: Exception, status: int, code: str
) -> None:
    assert status_of(error) == status
    assert problem_of(error, status).code == code
    assert problem_of(error, status).message
