"""A shared flat: people who type commands in their homes, and a town that merges what they sign."""

import time
from dataclasses import dataclass
from typing import Any

from federation.home import Home
from ledger.merge import Merge
from ledger.outcome import Fate
from tests.support.hamlet import offline, refresh, signed
from tests.support.prompt import Cli, Said
from tests.support.township import Town


@dataclass
class Flat:
    """Homes by handle, the town that they joined, and the command line."""

    town: Town
    homes: dict[str, Home]
    cli: Cli

    def type(self, who: str, *words: object) -> Said:
        """Let somebody type a command that signs; it has to go well."""
        said = self.cli(*words, *offline(self.homes[who]))
        assert said.code == 0, said.err
        return said

    def try_(self, who: str, *words: object) -> Said:
        """Let somebody type a command that signs, however it ends."""
        return self.cli(*words, *offline(self.homes[who]))

    def read(self, who: str, *words: object) -> Any:
        """Return the JSON of a command that reads."""
        said = self.cli(*words, "--home", self.homes[who].path, "--json")
        assert said.code == 0, said.err
        return said.held

    def say(self, who: str, *words: object) -> str:
        """Return what a command that reads says to people."""
        said = self.cli(*words, "--home", self.homes[who].path)
        assert said.code == 0, said.err
        return said.out

    def merge(self, after_s: int = 0) -> Merge:
        """Merge what was signed, some seconds from now, and bring every home up to date."""
        fresh = [one.change_set for home in self.homes.values() for one in signed(home)]
        self.town.now = max(int(time.time()), self.town.now) + after_s
        merged = self.town.merge(*fresh)
        assert {one.fate for one in merged.outcomes} <= {Fate.MERGED, Fate.DUPLICATE}
        for home in self.homes.values():
            refresh(home, self.town)
        return merged
