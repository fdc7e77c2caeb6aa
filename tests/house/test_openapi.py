"""What docs say of the API is what the programs serve."""

import json
from collections import Counter

import pytest

from federation.web.app import document_of, endpoints_of
from federation.web.face import Face
from tests.support.openapi import FACES, page

WRITE = "run: python -m tests.support.openapi"


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.name)
def test_the_kept_description_is_the_served_one(face: Face) -> None:
    assert page(face).read_text(encoding="utf-8") == document_of(face), WRITE


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.name)
def test_every_operation_has_a_name_of_its_own_and_says_what_it_does(face: Face) -> None:
    endpoints = endpoints_of(face)
    assert [name for name, many in Counter(e.name for e in endpoints).items() if many > 1] == []
    assert [e.name for e in endpoints if not e.summary.strip() or e.summary.endswith(".")] == []
    assert json.loads(document_of(face))["openapi"] == "3.1.0"
