"""Two linked communities with a member's home in each, and the commands that people type there."""

import time
from pathlib import Path

from federation.home import Home
from tests.support.hamlet import refresh, settle_in, signed
from tests.support.prompt import Cli, Said
from tests.support.realm import Shire, link, settle


class Shires:
    """River with Ada, and Lake with Ben, who is a baker; both in EUR, without fees."""

    def __init__(self, path: Path, cli: Cli) -> None:
        self.river, self.lake = Shire("river", "ada"), Shire("lake", "ben")
        self.cli = cli
        for one in (self.river, self.lake):
            one.now = int(time.time())
        link(self.river, self.lake)
        self.homes = {
            "ada": settle_in(path / "ada", self.river, "ada"),
            "ben": settle_in(path / "ben", self.lake, "ben"),
        }
        self.taken = {"ada": 0, "ben": 0}

    @property
    def ada(self) -> Home:
        """Ada's home."""
        return self.homes["ada"]

    @property
    def ben(self) -> Home:
        """Ben's home."""
        return self.homes["ben"]

    def type(self, who: str, *words: object) -> Said:
        """Run a command that reads in somebody's home."""
        return self.cli(*words, "--home", self.homes[who].path)

    def sign(self, who: str, *words: object) -> Said:
        """Run a signing command in somebody's home, offline."""
        return self.type(who, *words, "--yes", "--offline")

    def merge(self) -> None:
        """Let both managers merge what was signed, without reading each other."""
        for who, here in (("ada", self.river), ("ben", self.lake)):
            new = [one.change_set for one in reversed(signed(self.homes[who]))]
            here.merge(*new[self.taken[who] :])
            self.taken[who] = len(new)
        self.refresh()

    def settle(self) -> None:
        """Let both managers merge, and read each other until nobody has news."""
        self.merge()
        settle(self.river, self.lake)
        self.refresh()

    def refresh(self) -> None:
        """Bring both homes up to their ledgers."""
        refresh(self.ada, self.river)
        refresh(self.ben, self.lake)
