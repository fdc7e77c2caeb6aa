"""What the pages need between starts: the login token and the secret of the sessions."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from federation.home import Home, write_whole

SECRET_BYTES = 32
TOKEN_BYTES = 20
TOKEN_CHARS = 32
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
"""32 letters and digits that nobody mistakes for one another."""


@dataclass(frozen=True, slots=True)
class WebFolder:
    """The folder ``web`` of a home, for its owner only."""

    path: Path

    @classmethod
    def of(cls, home: Home) -> "WebFolder":
        """Return a home's."""
        return cls(home.path / "web")

    @property
    def token_file(self) -> Path:
        """The login token, one line."""
        return self.path / "token"

    @property
    def secret_file(self) -> Path:
        """What seals the cookies."""
        return self.path / "secret"

    @property
    def ended_file(self) -> Path:
        """Which sittings were signed out of."""
        return self.path / "ended.json"

    @property
    def password_file(self) -> Path:
        """A manager's password, stretched, and the second device's secret."""
        return self.path / "password.json"

    def token(self) -> str:
        """Return the login token; the first time, a new one of 160 random bits."""
        if not self.token_file.exists():
            token = "".join(secrets.choice(_ALPHABET) for _letter in range(TOKEN_CHARS))
            write_whole(self.token_file, f"{token}\n".encode())
        return self.token_file.read_text("ascii").strip()

    def secret(self) -> bytes:
        """Return the 32 bytes that seal sessions; the first time, new ones."""
        held = self.secret_file.read_bytes() if self.secret_file.exists() else b""
        if len(held) != SECRET_BYTES:
            held = secrets.token_bytes(SECRET_BYTES)
            write_whole(self.secret_file, held)
        return held

    def end_sessions(self) -> None:
        """End every session, and make the old token worthless."""
        self.secret_file.unlink(missing_ok=True)
        self.token_file.unlink(missing_ok=True)
