"""Paying a payment request card: once, here, and only whom it names."""

import pytest

from federation.card import RequestCard, sign_card
from federation.home import Home
from tests.support.hamlet import offline, signed
from tests.support.prompt import Cli
from tests.support.township import START, Town

FAR = 2**39


def request_card(town: Town, *, expires: int = FAR, community: bytes = b"") -> str:
    bert = town["bert"]
    card = RequestCard(
        bert.key, community or town.key, bert.id, "bert", "Bert", b"i" * 16, 700, "EUR", "chairs",
        expires,
    )  # fmt: skip
    return sign_card(bert.seed, card)


def test_a_request_card_is_paid_by_its_text(cli: Cli, home: Home, town: Town) -> None:
    said = cli("pay", request_card(town).lower(), *offline(home))
    assert said.code == 0, said.err
    assert "Pay 7.00 EUR to bert: chairs" in said.out
    town.merge(*(one.change_set for one in signed(home)))
    assert town.posted("anna") == (-700,)
    again = cli("pay", request_card(town), *offline(home))
    assert again.code == 1
    assert "already_paid" in again.err


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({"expires": START}, (2, "expired"), id="expired"),
        pytest.param({"community": b"x" * 32}, (1, "nobody reached from here"), id="foreign"),
        pytest.param({"community": b"x" * 32, "expires": START}, (2, "expired"), id="both"),
    ],
)
def test_a_card_that_cannot_be_paid_here_is_refused(
    cli: Cli, home: Home, town: Town, change: dict[str, object], expected: tuple[int, str]
) -> None:
    said = cli("pay", request_card(town, **change), *offline(home))  # type: ignore[arg-type]
    code, words = expected
    assert said.code == code
    assert words in said.err


def test_a_card_in_anothers_name_is_refused(cli: Cli, home: Home, town: Town) -> None:
    carla = town["carla"]
    card = RequestCard(
        carla.key, town.key, town["bert"].id, "bert", "Bert", b"i" * 16, None, "EUR", "", FAR
    )
    said = cli("pay", sign_card(carla.seed, card), "5", *offline(home))
    assert said.code == 2
    assert "its key is not theirs" in said.err
