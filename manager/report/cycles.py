"""The cycle log: what the newest cycles did, kept in memory, so that it ends with the program."""

from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from federation.console.views import View
from ledger.outcome import Fate
from manager.cycle import Report

CYCLES_MAX = 500
"""About eight hours of rounds of a minute in which something happened each time."""


@dataclass(frozen=True, slots=True)
class CycleLine:
    """One line of the log.

    Attributes:
        time: When, Unix seconds.
        text: What the log of the program says too; empty where nothing happened.
        answered: How many slots answered.
        merged: How many change-sets and statements took effect.
        refused: How many did not.
        size: Records afterwards.
        put: On how many nodes a new version was put, None where none was.
        repeated: How many more times the same nothing happened after it.
    """

    time: int
    text: str
    answered: int = 0
    merged: int = 0
    refused: int = 0
    size: int = 0
    put: int | None = None
    repeated: int = 0


class CycleLog:
    """The newest lines, newest first; rounds in which nothing happened take one line together."""

    def __init__(self, lines_max: int = CYCLES_MAX) -> None:
        self._lines: deque[CycleLine] = deque(maxlen=lines_max)
        self.cycles = 0
        """How many cycles have ended since the start."""
        self._merged = 0
        self._refused = 0

    def note(self, report: Report, now: int) -> None:
        """Keep what a cycle did.

        Args:
            report: Of a cycle that ended.
            now: Unix seconds.
        """
        self.cycles += 1
        fates = [outcome.fate for outcome in report.merged.outcomes]
        line = CycleLine(
            now,
            report.sentence(),
            len(report.arrivals.polls),
            fates.count(Fate.MERGED),
            fates.count(Fate.REFUSED),
            report.size,
            report.put.accepted if report.put else None,
        )
        self._merged += line.merged
        self._refused += line.refused
        newest = self._lines[0] if self._lines else None
        if newest is not None and not line.text and not newest.text:
            # Keeping the newest time shows that the rounds go on.
            self._lines[0] = CycleLine(
                now, "", line.answered, size=line.size, repeated=newest.repeated + 1
            )
        else:
            self._lines.appendleft(line)

    def say(self, text: str, now: int) -> None:
        """Keep a line that no cycle made, such as a failure; the same one twice is one."""
        if self._lines and self._lines[0].text == text:
            return
        self._lines.appendleft(CycleLine(now, text))

    def __iter__(self) -> Iterator[CycleLine]:
        return iter(tuple(self._lines))

    def counts(self) -> dict[str, float]:
        """Return how many cycles there were since the start, and what they merged and refused."""
        return {"cycles": self.cycles, "merged": self._merged, "refused": self._refused}

    def view(self, limit: int = CYCLES_MAX) -> list[View]:
        """Return the newest lines, newest first."""
        return [asdict(line) for line in tuple(self._lines)[:limit]]
