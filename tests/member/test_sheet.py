"""Cards and requests on paper."""

from federation.card import RequestCard, read_card, sign_card
from federation.home import Home
from member.introduce import TypedRequest, request_card, tent_words
from member.membership import open_membership
from tests.support.hamlet import offline, signed
from tests.support.prompt import Cli
from tests.support.township import START, Town


def test_a_card_and_a_tent_are_written_for_the_printer(cli: Cli, home: Home) -> None:
    card, tent = home.path / "card.pdf", home.path / "tent.svg"
    said = cli("card", "--sheet", card, "--home", home.path)
    assert said.code == 0, said.err
    assert card.read_bytes().startswith(b"%PDF-")
    said = cli("card", "--request", "2.50", "--memo", "tea", "--tent", tent, "--home", home.path)
    assert said.code == 0, said.err
    drawn = tent.read_text("utf-8")
    assert drawn.count("2.50 EUR<") == 2
    assert "to anna in Riverside" in drawn
    assert read_card(said.out.split()[-1], RequestCard).paid_as is None


def test_a_sheet_and_a_tent_say_what_fits_where_they_do_not(cli: Cli, home: Home) -> None:
    for words, hint in (
        (("--tent", "x.pdf"), "add --request"),
        (("--standing",), "add --request"),
        (("--request", "5", "--sheet", "x.pdf"), "--tent FILE"),
        (("--sheet", "x.doc"), "file.pdf"),
    ):
        said = cli("card", *words, "--home", home.path)
        assert (said.code, hint in said.err) == (2, True), said.err


def test_a_standing_request_is_paid_as_often_as_people_like(
    cli: Cli, home: Home, town: Town
) -> None:
    with open_membership(home) as member:
        asked = request_card(member, TypedRequest("7", memo="tea", standing=True), START)
        assert tent_words(member, asked, "today").until == "Holds until today."
    bert = town["bert"]
    card = RequestCard(
        bert.key, town.key, bert.id, "bert", "Bert", asked.id, 700, "EUR", "tea", 2**39
    )
    for _ in range(2):
        said = cli("pay", sign_card(bert.seed, card), *offline(home))
        assert said.code == 0, said.err
    town.merge(*(one.change_set for one in signed(home)))
    assert town.posted("anna") == (-1_400,)
