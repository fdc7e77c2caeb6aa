"""Key files: a party's seed at rest, under a passphrase or openly without one."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from federation.errors import KeyFileInvalid, PassphraseWrong
from ledger import crypto
from ledger.errors import SealInvalid
from ledger.saying import said

KEY_FILE_BYTES_MAX = 4_096
VERSION = 1
Kind = Literal["member", "community"]
Label = Literal["feed", "link", "site", "dns"]

_SEALED_BYTES = crypto.SEED_BYTES + crypto.BOX_MAC_BYTES


class Cost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much work Argon2id puts before a passphrase is tried: RFC 9106's second choice.

    Attributes:
        operations: Passes over the memory, 1 to 16.
        memory_bytes: 8 KiB to 1 GiB; 64 MiB fits on a small always-on computer.
    """

    operations: Annotated[int, Meta(ge=1, le=crypto.STRETCH_OPERATIONS_MAX)] = 3
    memory_bytes: Annotated[
        int, Meta(ge=crypto.STRETCH_MEMORY_BYTES_MIN, le=crypto.STRETCH_MEMORY_BYTES_MAX)
    ] = 64 * 2**20


class KeyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a key file holds; bytes are hex.

    Attributes:
        version: 1.
        kind: Whose key it is.
        public_key: 32 bytes, readable without the passphrase.
        seed: 32 bytes where there is no passphrase, else empty.
        kdf: ``argon2id``, or ``none`` where there is no passphrase.
        cost: Argon2id's parameters.
        salt: 16 bytes, or empty.
        nonce: 24 bytes, or empty.
        sealed: Secret box of the seed under the stretched passphrase, 48 bytes, or empty.
    """

    version: int
    kind: Kind
    public_key: str
    kdf: Literal["argon2id", "none"]
    cost: Cost
    salt: str = ""
    nonce: str = ""
    sealed: str = ""
    seed: str = ""

    @property
    def key(self) -> bytes:
        """The Ed25519 public key, 32 bytes."""
        return bytes.fromhex(self.public_key)

    @property
    def needs_passphrase(self) -> bool:
        """Whether a passphrase opens it."""
        return self.kdf != "none"


def new_seed() -> bytes:
    """Return a fresh random 32-byte seed."""
    return secrets.token_bytes(crypto.SEED_BYTES)


def derive_seed(seed: bytes, label: Label, context: bytes = b"") -> bytes:
    """Return the seed of a key for one purpose, so that the main key never signs there.

    Args:
        seed: The party's 32-byte seed.
        label: The purpose.
        context: For whom, such as the other community's key; at most 64 bytes.
    """
    return crypto.keyed_hash(seed, f"commontab/{label}-key/v1\n".encode() + context, 32)


def lock_seed(
    kind: Kind, seed: bytes, passphrase: str, salt: bytes, nonce: bytes, *, cost: Cost
) -> KeyFile:
    """Return a seed sealed under a passphrase.

    Args:
        kind: Whose key it is.
        seed: 32 bytes.
        passphrase: As typed; not empty.
        salt: 16 random bytes.
        nonce: 24 random bytes.
        cost: Argon2id's parameters.
    """
    stretched = crypto.stretch(passphrase, salt, cost.operations, cost.memory_bytes)
    sealed = crypto.secret_box(stretched, nonce, seed)
    return KeyFile(
        VERSION, kind, crypto.public_key(seed).hex(), "argon2id", cost,
        salt.hex(), nonce.hex(), sealed.hex(),
    )  # fmt: skip


def unlock_seed(file: KeyFile, passphrase: str | None) -> bytes:
    """Return the 32-byte seed of a key file.

    Args:
        file: From ``parse_key_file`` or ``read_key_file``.
        passphrase: As typed; None for a file without one.

    Raises:
        PassphraseWrong: It does not open the file, or the file needs one and there is none.
        KeyFileInvalid: It opens, but holds another key's seed than it says.
    """
    if not file.needs_passphrase:
        seed = bytes.fromhex(file.seed)
    elif passphrase is None:
        raise PassphraseWrong("this key file has a passphrase; give it by prompt or file")
    else:
        seed = _open_sealed(file, passphrase)
    if crypto.public_key(seed) != file.key:
        raise KeyFileInvalid(
            "got a key file whose seed is another key's; restore from backup or paper words"
        )
    return seed


def format_key_file(file: KeyFile) -> bytes:
    """Return a key file's bytes: indented JSON."""
    return msgspec.json.format(msgspec.json.encode(file), indent=2) + b"\n"


def parse_key_file(data: bytes) -> KeyFile:
    """Return what a key file's bytes hold, with every length checked.

    Raises:
        KeyFileInvalid: Not JSON of this shape, of an unknown version, or damaged.
    """
    if len(data) > KEY_FILE_BYTES_MAX:
        raise KeyFileInvalid(
            said("got a key file of {count} bytes; one has at most 4096", count=len(data))
        )
    try:
        file = msgspec.json.decode(data, type=KeyFile)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise KeyFileInvalid(
            said(
                "got a damaged key file ({error}); restore from backup or paper words", error=error
            )
        ) from None
    if file.version != VERSION:
        raise KeyFileInvalid(
            said("got a key file of version {version}; this program reads 1", version=file.version)
        )
    locked = file.needs_passphrase
    _check_hex("public_key", file.public_key, crypto.SEED_BYTES)
    _check_hex("salt", file.salt, crypto.PASSPHRASE_SALT_BYTES if locked else 0)
    _check_hex("nonce", file.nonce, crypto.BOX_NONCE_BYTES if locked else 0)
    _check_hex("sealed", file.sealed, _SEALED_BYTES if locked else 0)
    _check_hex("seed", file.seed, 0 if locked else crypto.SEED_BYTES)
    return file


def create_key_file(
    path: Path, kind: Kind, seed: bytes, passphrase: str | None, cost: Cost | None = None
) -> KeyFile:
    """Write a new key file, whole or not at all, readable by its owner only.

    Args:
        path: Where; nothing may be there yet.
        kind: Whose key it is.
        seed: 32 bytes.
        passphrase: As typed, not empty; None writes the seed openly (``--no-passphrase``).
        cost: Argon2id's parameters; the default takes about 0.2 s.

    Raises:
        PassphraseWrong: The passphrase is empty.
        FileExistsError: There is a file already.
        OSError: The disk is full or the directory cannot be written.
    """
    cost = cost or Cost()
    if passphrase is None:
        key = crypto.public_key(seed).hex()
        file = KeyFile(VERSION, kind, key, "none", cost, seed=seed.hex())
    elif passphrase:
        salt = secrets.token_bytes(crypto.PASSPHRASE_SALT_BYTES)
        nonce = secrets.token_bytes(crypto.BOX_NONCE_BYTES)
        file = lock_seed(kind, seed, passphrase, salt, nonce, cost=cost)
    else:
        raise PassphraseWrong("got an empty passphrase; type one, or say --no-passphrase")
    _write_new(path, format_key_file(file))
    return file


def read_key_file(path: Path) -> KeyFile:
    """Return a key file, still locked.

    Raises:
        KeyFileInvalid: There is none, or it is damaged.
        OSError: It cannot be read.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(KEY_FILE_BYTES_MAX + 1)
    except FileNotFoundError:
        raise KeyFileInvalid(
            said("found no key file at {path}; run init or restore first", path=path)
        ) from None
    return parse_key_file(data)


def _open_sealed(file: KeyFile, passphrase: str) -> bytes:
    stretched = crypto.stretch(
        passphrase, bytes.fromhex(file.salt), file.cost.operations, file.cost.memory_bytes
    )
    try:
        return crypto.open_secret_box(
            stretched, bytes.fromhex(file.nonce), bytes.fromhex(file.sealed)
        )
    except SealInvalid:
        raise PassphraseWrong(
            "this passphrase does not open the key file; try again, or restore from paper words"
        ) from None


def _check_hex(name: str, text: str, length: int) -> None:
    try:
        data = bytes.fromhex(text)
    except ValueError:
        raise KeyFileInvalid(said("got a key file whose {name} is not hex", name=name)) from None
    if len(data) != length or data.hex() != text:
        raise KeyFileInvalid(
            said(
                "got a key file whose {name} is not {length} bytes in hex", name=name, length=length
            )
        )


def _write_new(path: Path, data: bytes) -> None:
    """Write, flush, then give it its name: a crash leaves either nothing or all of it."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.link(draft, path)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
