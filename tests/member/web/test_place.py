"""Where the member's page is served, and to whom."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from federation.console.terminal import UsageInvalid
from federation.home import Home
from federation.settings import Settings
from federation.web.invite import LASTS_S, OPEN_MAX, Invitations
from federation.web.phone import invite_text
from federation.web.server import bind
from member.safe import begin_home
from member.web.serve import choose_place
from tests.support.council import NETWORK
from tests.support.prompt import Cli
from tests.support.township import seed_of


def test_others_than_this_computer_are_served_over_tls_only() -> None:
    for listen in ("192.0.2.7", "0.0.0.0", "::"):  # noqa: S104 -- refused, not bound
        with pytest.raises(UsageInvalid, match="--tls auto"):
            choose_place(Settings(), None, listen, None)
        place = choose_place(Settings(), None, listen, "auto")
        assert place is not None
        assert place.secure


def test_this_computer_alone_is_served_unless_one_says_otherwise() -> None:
    place = choose_place(Settings(), None, None, None)
    assert place is not None
    assert (place.listen, place.port, place.secure) == ("127.0.0.1", 8_417, False)
    other = choose_place(Settings(), 9_000, "localhost", None)
    assert other is not None
    assert (other.listen, other.port) == ("localhost", 9_000)
    assert choose_place(Settings(web_port=-1), None, None, None) is None


def test_what_is_no_way_to_speak_tls_is_refused() -> None:
    with pytest.raises(UsageInvalid, match="it is auto"):
        choose_place(Settings(), None, None, "always")


def test_a_home_without_community_runs_only_with_its_page(cli: Cli, tmp_path: Path) -> None:
    home = Home(tmp_path / "dora")
    begin_home(home, seed_of("dora"), None, Settings(network=NETWORK), "Dora")
    said = cli("run", "--no-web", "--home", home.path)
    assert (said.code, "commontab join" in said.err) == (2, True)
    said = cli("run", "--listen", "192.0.2.7", "--home", home.path)
    assert (said.code, "--tls auto" in said.err) == (2, True)


def test_two_applications_may_wait_for_one_socket_and_a_taken_port_is_passed_over() -> None:
    with ExitStack() as opened:
        first = opened.enter_context(bind("127.0.0.1", 0))
        first.listen()
        port = first.getsockname()[1]
        second = opened.enter_context(bind("127.0.0.1", port))
        assert second.getsockname()[1] != port


def test_an_invitation_lets_one_in_and_ends() -> None:
    invitations = Invitations()
    token = invitations.make(100)
    assert not invitations.redeem("other", 100)
    assert not invitations.redeem("", 100)
    assert invitations.redeem(token, 100 + LASTS_S)
    assert not invitations.redeem(token, 100)
    late = invitations.make(100)
    assert not invitations.redeem(late, 101 + LASTS_S)
    tokens = [invitations.make(100) for _ in range(OPEN_MAX + 1)]
    assert not invitations.redeem(tokens[0], 100)
    assert invitations.redeem(tokens[-1], 100)


def test_the_telephones_code_holds_address_token_and_certificate() -> None:
    text = invite_text("https://192.0.2.7:8417", "AB:CD", "token")
    assert text == "https://192.0.2.7:8417/login?token=token#sha256=ABCD"
