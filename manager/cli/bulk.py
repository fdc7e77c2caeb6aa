"""Admitting many people with one confirmation."""

from pathlib import Path

from federation.console.sentence import printable
from federation.console.terminal import Refused, progress
from federation.home import meet
from manager.bulk import Candidate, find_candidates, make_plan, read_table
from manager.cli.options import How, say
from manager.cli.sign import carry_out
from manager.office import open_office


def admit_many(how: How, folder: Path | None, table: Path | None) -> None:
    """Show everybody whom a folder and a table bring, ask once, and admit those who fit.

    Args:
        how: The command's options.
        folder: With cards, or None where the table holds them.
        table: A CSV file, or None to admit the whole folder.

    Raises:
        Refused: The person said no, or something did not fit; the others are admitted then.
        UsageInvalid: The folder or the table cannot be read.
    """
    rows = None if table is None else read_table(table)
    beside = Path() if table is None else table.parent
    with open_office(how.home, write=True) as office:
        assert office.community, "an unopened ledger is refused here"
        with progress("Reading cards") as tell:
            candidates, unread = find_candidates(folder, rows, beside, tell)
        plan = make_plan(office.state, candidates)
        misfits = unread + plan.misfits
        for source, handle in plan.known:
            say(f"{printable(source)}: is {handle} already")
        for source, why in misfits:
            say(f"{printable(source)}: does not fit: {printable(why)}")
        if not plan.operations:
            say("There is nobody new to admit.")
        else:
            say(f"{plan.people} to admit; compare each one's six words with what they show:")
            carry_out(how, office, plan.operations)
            _meet_all(how, candidates)
    if misfits:
        raise Refused(f"{len(misfits)} of them did not fit; mend them and run the same again")


def _meet_all(how: How, candidates: list[Candidate]) -> None:
    for hints in dict.fromkeys(one.card.hints for one in candidates):
        meet(how.home, hints)
