"""What the programs say outside the pages' own words, and whether another language can say it."""

import ast
from collections.abc import Iterator

from tests.support.project import ROOT

PACKAGES = ("ledger", "federation", "member", "manager")
FOR_PEOPLE = frozenset(
    {
        "AddressInvalid",
        "AlreadyIssued",
        "AmountInvalid",
        "AmountTooLarge",
        "AttachmentInvalid",
        "CardInvalid",
        "Declined",
        "ImageInvalid",
        "ImportInvalid",
        "Misfit",
        "NameInvalid",
        "PasswordUnfit",
        "RecordInvalid",
        "Refused",
        "SplitInvalid",
        "TermsInvalid",
        "Unfit",
        "UsageInvalid",
    }
)
"""Exceptions whose messages a page shows to the person who typed something."""
COMMANDS = (
    "federation/card_file.py",
    "federation/console/feed.py",
    "federation/console/options.py",
    "federation/console/terminal.py",
    "federation/export/target.py",
    "federation/proof/",
    "federation/sheet_file.py",
    "federation/succession/",
    "manager/bulk.py",
    "manager/page.py",
    "manager/safe.py",
    "manager/succeed.py",
    "member/check.py",
    "member/exchange/source.py",
    "member/fetch_mine.py",
    "member/prove_mine.py",
    "member/safe.py",
    "member/succession.py",
    "member/web/serve.py",
)
"""Where messages speak of what only a command line has: files, options, whole proofs."""
Place = tuple[str, int, str]
"""A file below the project, a line, and a text."""


def tellings() -> Iterator[Place]:
    """Yield every text that another language has to know: of sayings, and whole messages."""
    for path, tree in _modules():
        for call in _calls(tree):
            says = call.args and _name(call.func) == "said"
            message = call.args[0] if says else _message(path, call)
            if message is not None:
                yield from ((path, call.lineno, text) for text in _texts(message))
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                yield from ((path, function.lineno, text) for text in _named(function))


def put_together() -> Iterator[Place]:
    """Yield messages for people that are put together where they are raised, so English alone."""
    for path, tree in _modules():
        for call in _calls(tree):
            message = _message(path, call)
            if isinstance(message, (ast.JoinedStr, ast.BinOp)) and not _is_translated(message):
                yield path, call.lineno, ast.unparse(message)


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "cli" not in path.parts:
                where = path.relative_to(ROOT).as_posix()
                yield where, ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def _named(function: ast.FunctionDef) -> Iterator[str]:
    """Yield the texts of a function's variables that it says."""
    said = {
        call.args[0].id
        for call in _calls(function)
        if _name(call.func) == "said" and call.args and isinstance(call.args[0], ast.Name)
    }
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and said & {_name(target) for target in node.targets}:
            yield from _texts(node.value)


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _message(path: str, call: ast.Call) -> ast.expr | None:
    """Return the message of an exception for people that is made here; None for other calls."""
    name = _name(call.func)
    if name not in FOR_PEOPLE or path.startswith(COMMANDS):
        return None
    # A refusal's code comes first.
    return next(iter(call.args[name == "Declined" :]), None)


def _is_translated(message: ast.expr) -> bool:
    """Return whether it is ``_("…") % values``, which stands in the page's language already."""
    left = message.left if isinstance(message, ast.BinOp) else None
    return isinstance(left, ast.Call) and _name(left.func) in {"_", "ngettext"}


def _texts(node: ast.expr) -> Iterator[str]:
    """Yield the texts that an expression may be, where they stand in it."""
    match node:
        case ast.Constant(value=str(text)) if text:
            yield text
        case ast.IfExp(body=body, orelse=orelse):
            yield from _texts(body)
            yield from _texts(orelse)
        case _:
            pass


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")
