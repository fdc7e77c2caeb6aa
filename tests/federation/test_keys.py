import json
import os
from pathlib import Path

import pytest

from federation import keys
from federation.errors import KeyFileInvalid, PassphraseWrong
from ledger import crypto

SEED = bytes(range(32))
CHEAP = keys.Cost(1, crypto.STRETCH_MEMORY_BYTES_MIN)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "key.json"


@pytest.mark.parametrize("passphrase", ["correct horse", "ünïcödé 😀", " ", "\udcff not UTF-8"])
def test_a_key_file_opens_with_its_passphrase(path: Path, passphrase: str) -> None:
    keys.create_key_file(path, "member", SEED, passphrase, CHEAP)
    file = keys.read_key_file(path)
    assert (file.kind, file.key, file.needs_passphrase) == ("member", crypto.public_key(SEED), True)
    assert keys.unlock_seed(file, passphrase) == SEED
    assert SEED.hex().encode() not in path.read_bytes()


def test_a_wrong_passphrase_and_none_are_refused(path: Path) -> None:
    file = keys.create_key_file(path, "community", SEED, "right", CHEAP)
    for wrong in ("wrong", "Right", "right ", ""):
        with pytest.raises(PassphraseWrong, match="does not open"):
            keys.unlock_seed(file, wrong)
    with pytest.raises(PassphraseWrong, match="give it by prompt"):
        keys.unlock_seed(file, None)


def test_a_file_without_a_passphrase_opens_and_says_so(path: Path) -> None:
    keys.create_key_file(path, "member", SEED, None)
    file = keys.read_key_file(path)
    assert not file.needs_passphrase
    assert keys.unlock_seed(file, None) == SEED
    assert keys.unlock_seed(file, "ignored") == SEED
    assert json.loads(path.read_text())["kdf"] == "none"


def test_an_empty_passphrase_is_refused(path: Path) -> None:
    with pytest.raises(PassphraseWrong, match="--no-passphrase"):
        keys.create_key_file(path, "member", SEED, "")
    assert not path.exists()


def test_only_the_owner_can_read_it_and_nothing_else_is_left(path: Path) -> None:
    before = os.umask(0)
    try:
        keys.create_key_file(path, "member", SEED, None)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["key.json"]


def test_a_key_file_is_never_overwritten(path: Path) -> None:
    keys.create_key_file(path, "member", SEED, None)
    with pytest.raises(FileExistsError):
        keys.create_key_file(path, "member", bytes(32), None)
    assert keys.unlock_seed(keys.read_key_file(path), None) == SEED
    assert [entry.name for entry in path.parent.iterdir()] == ["key.json"]


def test_a_missing_file_says_what_to_do(path: Path) -> None:
    with pytest.raises(KeyFileInvalid, match="run init or restore"):
        keys.read_key_file(path)


FIXED = keys.lock_seed("member", SEED, "passphrase", bytes(16), bytes(24), cost=CHEAP)


def test_the_format_does_not_change() -> None:
    assert FIXED.sealed == (
        "e7bbe040f67448d57e63774f0ddbe3fb050825564f208593"
        "629d146366c8d5f3afe0012885fdc73add6b2f1b2b3228cb"
    )
    assert keys.parse_key_file(keys.format_key_file(FIXED)) == FIXED


LOCKED = json.loads(keys.format_key_file(FIXED))
CHANGES: dict[str, dict[str, object]] = {
    "a later version": {"version": 2},
    "an unknown kind": {"kind": "bank"},
    "an unknown derivation": {"kdf": "md5"},
    "an unknown field": {"more": 1},
    "a short key": {"public_key": "00"},
    "a key in capitals": {"public_key": LOCKED["public_key"].upper()},
    "a key with spaces": {"public_key": LOCKED["public_key"][:-3] + " ab"},
    "a short salt": {"salt": "00"},
    "no hex": {"nonce": "zz" * 24},
    "a cut box": {"sealed": LOCKED["sealed"][:-2]},
    "an open seed beside the box": {"seed": SEED.hex()},
    "work without end": {"cost": {"operations": 1_000, "memory_bytes": 8_192}},
    "memory without end": {"cost": {"operations": 1, "memory_bytes": 2**40}},
    "no passphrase and a box": {"kdf": "none"},
    "numbers for texts": {"sealed": 5},
}


@pytest.mark.parametrize("case", CHANGES)
def test_a_damaged_key_file_is_refused(case: str) -> None:
    with pytest.raises(KeyFileInvalid):
        keys.parse_key_file(json.dumps(LOCKED | CHANGES[case]).encode())


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", b"null", b"[" * 4_000, b" " * 5_000])
def test_what_is_no_key_file_is_refused(data: bytes) -> None:
    with pytest.raises(KeyFileInvalid):
        keys.parse_key_file(data)


def test_a_seed_of_another_key_is_refused() -> None:
    other = crypto.public_key(bytes(32)).hex()
    changed = keys.parse_key_file(json.dumps(LOCKED | {"public_key": other}).encode())
    with pytest.raises(KeyFileInvalid, match="another key"):
        keys.unlock_seed(changed, "passphrase")


def test_derived_seeds_differ_by_label_and_context_from_each_other_and_the_main_one() -> None:
    labels: tuple[keys.Label, ...] = ("feed", "link", "site", "dns")
    seeds = {keys.derive_seed(SEED, label, context) for label in labels for context in (b"", SEED)}
    assert len(seeds | {SEED}) == 9
    assert keys.derive_seed(SEED, "feed") == keys.derive_seed(SEED, "feed")


def test_new_seeds_differ() -> None:
    assert len({keys.new_seed() for _ in range(10)}) == 10
