"""The lock files are in step with pyproject.toml, and every package in them is bound by a hash."""

import re

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.project import ROOT, settings

LOCKS = {
    "requirements.lock": ["build"],
    "requirements-test.lock": ["build", "test"],
}
HELP = "run .ci/lock"


def pins(lock: str) -> dict[str, str]:
    text = (ROOT / lock).read_text(encoding="utf-8")
    found = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", text, re.MULTILINE)
    assert len(found) == len({name for name, _ in found}), "one package is pinned twice"
    return dict(found)


def asked_for(groups: list[str]) -> list[Requirement]:
    project = settings()
    named = project["project"]["dependencies"] + project["build-system"]["requires"]
    for group in groups:
        named = named + project["dependency-groups"][group]
    return [Requirement(text) for text in named]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_dependency_is_pinned_to_a_version_that_fits(lock: str) -> None:
    pinned = pins(lock)
    for requirement in asked_for(LOCKS[lock]):
        version = pinned.get(canonicalize_name(requirement.name))
        assert version is not None, f"{lock} lacks {requirement}: {HELP}"
        assert requirement.specifier.contains(version), f"{requirement} got {version}: {HELP}"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_is_bound_by_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    for entry in re.split(r"\n(?=[a-z])", text):
        if "==" in entry:
            assert re.search(r"--hash=sha256:[0-9a-f]{64}$", entry, re.MULTILINE), entry


def test_tests_run_with_the_versions_that_people_get() -> None:
    tested = pins("requirements-test.lock")
    assert pins("requirements.lock").items() <= tested.items(), HELP
