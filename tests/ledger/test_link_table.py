"""The protocol's page prints the table of stages as the program has it."""

from ledger.link.machine import TABLE, Event, Role, Stage, Step
from tests.support.project import ROOT

HEAD = (
    "| role | stage | learns | becomes | does | nothing left behind |\n|---|---|---|---|---|---|\n"
)


def row(role: Role, stage: Stage, event: Event, step: Step) -> str:
    does, below = ", ".join(step.do) or "nothing", "yes" if step.below else ""
    return f"| {role} | {stage} | {event} | {step.stage} | {does} | {below} |\n"


def test_the_page_has_every_line_of_the_table_and_no_other() -> None:
    page = (ROOT / "docs" / "protocol.md").read_text("utf-8")
    table = HEAD + "".join(row(*key, step) for key, step in TABLE.items())
    assert table + "\n" in page, f"docs/protocol.md must have, in section 18:\n{table}"
