"""Invitations: tokens that sign one telephone in, once and soon."""

import hmac
import secrets
from dataclasses import dataclass, field

TOKEN_BYTES = 15
LASTS_S = 600
"""Long enough to fetch the telephone; a picture of the code is worth nothing afterwards."""
OPEN_MAX = 8
"""Invitations that are open at once; the oldest makes room."""


@dataclass(slots=True)
class Invitations:
    """The open invitations of a running program; they are nowhere on the disk."""

    _ends: dict[str, float] = field(default_factory=dict)

    def make(self, now: float) -> str:
        """Return a new token, 20 letters and digits, good once within ten minutes."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        if len(self._ends) >= OPEN_MAX:
            del self._ends[next(iter(self._ends))]
        self._ends[token] = now + LASTS_S
        return token

    def redeem(self, token: str, now: float) -> bool:
        """Return whether a token is open, and close it."""
        typed = token.encode("utf-8", "replace")
        for held, ends in list(self._ends.items()):
            if hmac.compare_digest(held.encode(), typed):
                del self._ends[held]
                return now <= ends
        return False
