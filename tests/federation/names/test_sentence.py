import pytest

from federation.names.sentence import tell_name, tell_name_rules, view_name
from federation.words import fingerprint
from ledger import crypto
from ledger.name.operation import NameRecord, NameRules
from ledger.name.state import DAY_S, FREE_RULES, NameState
from ledger.state import replace

NOW = 1_700_000_000
KEY = crypto.public_key(bytes(32))
COMMUNITY = crypto.public_key(bytes([1]) * 32)
OWNED = NameState(
    "bakery", KEY[:16], NOW, 5, NOW + 2 * DAY_S, KEY,
    (NameRecord("", 1, 60, bytes([192, 0, 2, 1])), NameRecord("www", 16, 60, b"\x05hello")),
    None, None, False, 5,
)  # fmt: skip
OTHER = bytes([7]) * 16


def told(state: NameState, time: int = NOW) -> str:
    return "\n".join(tell_name(state, COMMUNITY, time))


def test_a_name_is_told_with_its_owner_end_key_and_records() -> None:
    assert told(OWNED) == (
        f"The name bakery belongs to account {KEY[:16].hex()} until 2023-11-16 22:13 UTC.\n"
        f"It stands for the key with the fingerprint {fingerprint(KEY)}.\n"
        "  @ 60 IN A 192.0.2.1\n"
        '  www 60 IN TXT "hello"'
    )


@pytest.mark.parametrize(
    ("state", "time", "words"),
    [
        (OWNED, OWNED.expires, "ended on 2023-11-16 22:13 UTC and resolves no more"),
        (replace(OWNED, frozen=True), NOW, "in dispute"),
        (replace(OWNED, delegate=OTHER), NOW, f"Account {OTHER.hex()} may set its records"),
        (replace(OWNED, offered=OTHER), NOW, f"offered to account {OTHER.hex()}"),
        (replace(OWNED, owner=None, expires=0, key=None), NOW, "is reserved: nobody has it"),
        (replace(OWNED, name="a\x1b[2Jb"), NOW, "'a\ufffd[2Jb'"),
    ],
)
def test_what_else_holds_is_told(state: NameState, time: int, words: str) -> None:
    assert words in told(state, time)
    assert "\x1b" not in told(state, time)


def test_records_that_do_not_read_are_told_in_hex() -> None:
    odd = replace(OWNED, records=(NameRecord("", 16, 60, b"\x00\x1b\xff"),))
    assert "TYPE16 \\# 3 001bff" in told(odd) or "TXT" in told(odd)
    assert "\x1b" not in told(odd)


def test_the_same_stands_in_json() -> None:
    held = view_name(OWNED, COMMUNITY, NOW)
    assert (held["resolves"], held["reserved"], held["key"]) == (True, False, KEY.hex())
    assert held["records"] == ["@ 60 IN A 192.0.2.1", 'www 60 IN TXT "hello"']
    kept = view_name(replace(OWNED, owner=None, expires=0, key=None), COMMUNITY, NOW)
    assert (kept["resolves"], kept["reserved"], kept["expires"]) == (False, True, None)


def test_rules_are_told_without_a_scale_that_they_do_not_have() -> None:
    priced = NameRules("EUR", 500, 300, 100 * DAY_S, 10 * DAY_S, 3)
    assert "costs 500 minor units of EUR, its renewal 300" in " ".join(tell_name_rules(priced))
    free = " ".join(tell_name_rules(FREE_RULES))
    assert "Names cost nothing." in free
    assert "claimed for 365 days" in free
