"""Commands about the page: its password, codes of a second device, and where members ring."""

from pathlib import Path

import pytest

from federation.card import CommunityCard, read_card
from federation.console.terminal import UsageInvalid
from federation.web.keep import WebFolder
from manager.page import parse_sources
from manager.web.password import Password
from tests.support.council import Council


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file with a password."""
    file = tmp_path / "password"
    file.write_text("a long password\n")
    return file


async def test_a_password_is_set_from_a_file_with_codes_and_without(
    council: Council, secret: Path
) -> None:
    at_home = ("--file", secret, "--home", council.home.path)
    password = Password(WebFolder.of(council.home).password_file)
    said = council.cli("password", *at_home, "--totp")
    assert (said.code, "otpauth://totp/Commontab:Riverside?secret=" in said.out) == (0, True)
    assert password.wants_code
    assert council.cli("password", *at_home).code == 0
    assert password.wants_code, "a new password alone keeps the second device"
    assert council.cli("password", *at_home, "--no-totp").code == 0
    assert await password.holds("a long password", "", 0)
    assert WebFolder.of(council.home).password_file.stat().st_mode & 0o777 == 0o600


def test_a_password_that_is_too_short_ends_with_2(council: Council, secret: Path) -> None:
    secret.write_text("short")
    said = council.cli("password", "--file", secret, "--home", council.home.path)
    assert (said.code, "10 at least" in said.err) == (2, True)
    assert Password(WebFolder.of(council.home).password_file).kept is None


def test_later_cards_name_where_members_ring(council: Council) -> None:
    council.open()
    at_home = ("--home", council.home.path, "--json")
    for words, http in (
        ((), ""),
        (("--http", "https://tab.example"), "https://tab.example"),
        ((), "https://tab.example"),
        (("--http", ""), ""),
    ):
        card = council.cli("card", *words, *at_home).held["card"]
        assert read_card(card, CommunityCard).http == http
    for wrong in ("tab.example", "https://me:pw@tab.example", "https://" + "x" * 120):
        said = council.cli("card", "--http", wrong, *at_home)
        assert (said.code, "type the address of your page" in said.err) == (2, True)


def test_a_network_that_is_none_is_told() -> None:
    assert [str(one) for one in parse_sources(["192.0.2.7", "2001:db8::/32"])] == [
        "192.0.2.7/32",
        "2001:db8::/32",
    ]
    with pytest.raises(UsageInvalid, match="type an address or a network"):
        parse_sources(["the office"])
