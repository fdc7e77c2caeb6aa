"""The code of a name, there and back."""

import pytest

from federation.names.code import format_code, read_code

RIVER = bytes(range(32))


@pytest.mark.parametrize("name", ["bakery", "bäckerei", "a", "x" * 63])
def test_a_code_reads_back(name: str) -> None:
    code = format_code(name, RIVER)
    assert code.isascii()
    assert code == code.upper()
    assert read_code(f" {code}. ") == (name, RIVER)


CODE = format_code("bakery", RIVER)
OTHERS = [
    "",
    "COMMONTAB:M:ABC",
    "BAKERY.TAB.ALT",
    CODE.removesuffix(".TAB.ALT"),
    f"WWW.{CODE}",
    CODE.replace("BAKERY", "-"),
    CODE.replace("BAKERY", "COMMONS"),
    CODE.replace(".TAB.", ".TAX."),
    "x" * 10_000,
]


@pytest.mark.parametrize("text", OTHERS, ids=lambda text: text[:20])
def test_anything_else_is_no_code_of_a_name(text: str) -> None:
    assert read_code(text) is None
