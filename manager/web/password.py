"""The page's password: stretched on the disk, with one-time codes of a second device if wanted."""

import asyncio
import base64
import hmac
import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

import pyotp

from federation.home import write_whole
from ledger import crypto
from ledger.errors import StoreDamaged
from ledger.saying import said

PASSWORD_CHARS_MIN = 10
PASSWORD_BYTES_MAX = 1_024
OPERATIONS = 3
MEMORY_BYTES = 64 * 2**20
"""Argon2id takes some tenth of a second with these: RFC 9106, section 4, second choice."""
SALT_BYTES = 16
STEP_S = 30
"""RFC 6238, section 5.2."""
STEPS_AROUND = 1
"""A code counts 30 s before and after its time: clocks differ."""
ISSUER = "Commontab"


class PasswordUnfit(ValueError):
    """A password that is too short or too long."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the file holds.

    Attributes:
        salt: 16 bytes, hex.
        stretched: 32 bytes, hex.
        operations: Argon2id's passes.
        memory_bytes: Argon2id's memory.
        set: When, Unix seconds; sign-ins from before it are over.
        code_secret: Base32 secret of one-time codes, empty without them.
    """

    salt: str
    stretched: str
    operations: int
    memory_bytes: int
    set: int
    code_secret: str = ""


class Password:
    """A home's password; another process may change it at any time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = asyncio.Lock()
        self._step = -1

    @property
    def kept(self) -> Kept | None:
        """What the file holds, None before a password was set.

        Raises:
            StoreDamaged: The file does not read.
        """
        if not self._path.exists():
            return None
        try:
            return Kept(**json.loads(self._path.read_text("utf-8")))
        except (ValueError, TypeError) as error:
            raise StoreDamaged(
                f"{self._path} does not read ({error}); set a password anew with "
                "`commontab-manager password`"
            ) from error

    @property
    def wants_code(self) -> bool:
        """Whether a code of the second device is asked for."""
        kept = self.kept
        return kept is not None and bool(kept.code_secret)

    async def holds(self, password: str, code: str, now: int) -> bool:
        """Return whether password and code are right; a code counts once.

        Args:
            password: Untrusted.
            code: Untrusted, six digits; anything where no code is wanted.
            now: Unix seconds.
        """
        kept = self.kept
        if kept is None or len(password.encode()) > PASSWORD_BYTES_MAX:
            return False
        # One at a time: each takes 64 MiB.
        async with self._turn:
            right = await asyncio.to_thread(_fits, kept, password)
            step = _step_of(kept.code_secret, code, now) if kept.code_secret else None
            if not right or (kept.code_secret and (step is None or step <= self._step)):
                return False
            self._step = self._step if step is None else step
            return True

    def set(self, password: str, now: int, *, code_secret: str | None = None) -> None:
        """Set a password; sign-ins from before are over.

        Args:
            password: 10 characters at least.
            now: Unix seconds.
            code_secret: For one-time codes, empty for none; None keeps what was.

        Raises:
            PasswordUnfit: It is too short, or over 1,024 bytes.
        """
        if len(password) < PASSWORD_CHARS_MIN or len(password.encode()) > PASSWORD_BYTES_MAX:
            raise PasswordUnfit(
                said(
                    "got {count} characters; a password has {least} at least, and {most} bytes "
                    "at most",
                    count=len(password),
                    least=PASSWORD_CHARS_MIN,
                    most=PASSWORD_BYTES_MAX,
                )
            )
        before = self.kept if self._path.exists() and code_secret is None else None
        salt = secrets.token_bytes(SALT_BYTES)
        stretched = crypto.stretch(password, salt, OPERATIONS, MEMORY_BYTES)
        secret = code_secret if code_secret is not None else before.code_secret if before else ""
        kept = Kept(salt.hex(), stretched.hex(), OPERATIONS, MEMORY_BYTES, now, secret)
        write_whole(self._path, json.dumps(asdict(kept), indent=1).encode() + b"\n")


def new_code_secret() -> str:
    """Return a secret for one-time codes: 160 random bits in base32 (RFC 4226, section 4)."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def code_address(secret: str, community: str) -> str:
    """Return what an authenticator app scans."""
    return pyotp.TOTP(secret).provisioning_uri(name=community, issuer_name=ISSUER)


def code_at(secret: str, now: int) -> str:
    """Return the six digits of a moment."""
    return pyotp.TOTP(secret).at(now)


def _fits(kept: Kept, password: str) -> bool:
    salt = bytes.fromhex(kept.salt)
    found = crypto.stretch(password, salt, kept.operations, kept.memory_bytes)
    return hmac.compare_digest(found, bytes.fromhex(kept.stretched))


def _step_of(secret: str, code: str, now: int) -> int | None:
    """Return the time step whose code it is, or None."""
    code = code.replace(" ", "")
    for step in range(now // STEP_S - STEPS_AROUND, now // STEP_S + STEPS_AROUND + 1):
        if hmac.compare_digest(code_at(secret, step * STEP_S).encode(), code.encode()):
            return step
    return None
