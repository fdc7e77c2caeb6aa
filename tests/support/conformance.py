"""An API keeps to its own description: schemathesis asks it whatever the description allows."""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from requests.adapters import HTTPAdapter
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = 25
PHASES = (Phase.explicit, Phase.generate)
"""Without shrinking: what is found is printed as it was sent."""


class FromElsewhere(HTTPAdapter):
    """Sends from loopback addresses in turn, as many people would, so that nobody has to wait."""

    _turn = count()

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        number = next(self._turn)
        more["source_address"] = (f"127.7.{number // 250 % 250}.{number % 250 + 1}", 0)
        super().init_poolmanager(*args, **more)


def check_api(url: str, document: str, token: str, examples: int = EXAMPLES) -> dict[str, set[int]]:
    """Ask every operation of an API that is served, and return the statuses of each.

    Args:
        url: Where it is served, from another thread.
        document: Its OpenAPI document.
        token: What its programs sign in with.
        examples: How many requests each operation gets.

    Raises:
        FailureGroup: An answer that is a server's error, or not as described.
    """
    schema = schemathesis.openapi.from_dict(json.loads(document))
    schema.config.update(base_url=url)
    seen: dict[str, set[int]] = {}
    operations: Iterator[Any] = schema.get_all_operations()
    for found in operations:
        operation = found.ok()
        seen[operation.label] = _ask(operation, token, examples)
    return seen


def _ask(operation: Any, token: str, examples: int) -> set[int]:
    statuses: set[int] = set()

    @given(case=operation.as_strategy())
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=PHASES,
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any) -> None:
        with requests.Session() as session:
            session.mount("http://", FromElsewhere())
            headers = {"Authorization": f"Bearer {token}"}
            response = case.call(headers=headers, session=session)
            statuses.add(response.status_code)
            case.validate_response(response, checks=CHECKS)

    ask()
    return statuses
