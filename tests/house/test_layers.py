"""What the import contracts cannot see: the list of pure modules, and calls in the core."""

import ast
from pathlib import Path
from typing import Any

import pytest

from tests.support.project import modules, settings

CLOCK_METHODS = {"now", "utcnow", "today"}
IMPURE_FUNCTIONS = {"open", "print", "input", "hash"}
"""Files, terminals, and `hash`, which differs from process to process: only `__hash__` may."""


def contract(words: str) -> dict[str, Any]:
    found = [c for c in settings()["tool"]["importlinter"]["contracts"] if words in c["name"]]
    assert len(found) == 1, f"{len(found)} contracts are named like {words!r}"
    chosen: dict[str, Any] = found[0]
    return chosen


def imports(path: Path) -> set[str]:
    named: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            named.add(node.module)
            named |= {f"{node.module}.{alias.name}" for alias in node.names}
    return named


def core() -> dict[str, Path]:
    ledger = {n: p for n, p in modules("ledger").items() if not n.startswith("ledger.store")}
    pure = set(contract("Federation's records and formats")["source_modules"])
    return ledger | {n: p for n, p in modules("federation").items() if n in pure}


def test_a_module_of_federation_that_can_be_pure_is_named_in_the_contract() -> None:
    rules = contract("Federation's records and formats")
    argued = {tuple(edge.split(" -> ")) for edge in rules["ignore_imports"]}
    federation = modules("federation")
    reached = {
        name: {other for other in imports(path) if (name, other) not in argued}
        for name, path in federation.items()
    }
    impure = {
        name
        for name, others in reached.items()
        if {other.partition(".")[0] for other in others} & set(rules["forbidden_modules"])
        or any(other.startswith("ledger.store") for other in others)
    }
    while more := {n for n, others in reached.items() if others & impure} - impure:
        impure |= more
    rooms = {name for name, path in federation.items() if path.name == "__init__.py"}
    unnamed = set(federation) - impure - set(rules["source_modules"]) - rooms
    assert not unnamed, f"add to the contract's source_modules in pyproject.toml: {sorted(unnamed)}"


@pytest.mark.parametrize("name", sorted(core()))
def test_the_core_calls_no_clock_no_file_and_no_terminal(name: str) -> None:
    tree = ast.parse(core()[name].read_text(encoding="utf-8"))
    methods = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == "__hash__"]
    hashing = {node for method in methods for node in ast.walk(method)}
    calls = [
        f"line {node.lineno}: {ast.unparse(node.func)}()"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and node not in hashing
        and (
            (isinstance(node.func, ast.Attribute) and node.func.attr in CLOCK_METHODS)
            or (isinstance(node.func, ast.Name) and node.func.id in IMPURE_FUNCTIONS)
        )
    ]
    assert not calls, "the core takes `now` and bytes as arguments"
