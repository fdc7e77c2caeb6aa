"""The harness that asks an API whatever its description allows."""

import json

import pytest
from schemathesis.core.failures import FailureGroup

from federation.web.app import document_of
from tests.support.conformance import check_api
from tests.support.serving import serving
from tests.support.webface import FACE, TOKEN, sample_app


def test_the_sample_keeps_to_its_description() -> None:
    with serving(sample_app) as served:
        seen = check_api(served.url, document_of(FACE), TOKEN)
    assert {200, 409} <= seen["GET /api/v1/things/{number}"]
    assert 200 in seen["POST /api/v1/things"]


def test_an_answer_that_is_not_as_described_is_found() -> None:
    document = json.loads(document_of(FACE))
    document["components"]["schemas"]["Found"]["properties"]["count"] = {"type": "string"}
    with serving(sample_app) as served, pytest.raises(FailureGroup):
        check_api(served.url, json.dumps(document), TOKEN)
