"""Commands about members, and reversals."""

import pytest

from federation.card import CommunityCard, MemberCard, sign_card
from federation.qr import draw_png
from manager.ask import propose_handle
from manager.office import open_office
from tests.support.council import Council
from tests.support.township import START, Person


def limits(council: Council, handle: str) -> tuple[int, int]:
    (books,) = council.account(handle).balances
    return books.credit_limit, books.maximum_balance


def test_a_member_is_admitted_from_a_picture_of_the_card(council: Council) -> None:
    council.open()
    picture = council.home.path / "card.png"
    picture.write_bytes(draw_png(council.card("ada")))
    said = council.do("admit", "--image", picture, "--credit-limit", "5.50")
    assert "Admit ada (Ada), fingerprint" in said
    assert "Let ada go 5.50 EUR below zero" in said
    assert limits(council, "ada") == (550, 100_000)
    assert ("127.0.0.1", 4_001) in council.home.settings().network.nodes


def test_a_card_may_be_text_or_a_text_file(council: Council) -> None:
    council.open("ada")
    file = council.home.path / "card.txt"
    file.write_text(council.card("ben").lower() + "\n")
    council.do("admit", file, "--handle", "Benno")
    assert council.account("benno").name == "Ben"
    assert limits(council, "ada") == (10_000, 100_000)


def test_a_key_that_has_an_account_is_not_admitted_again(council: Council) -> None:
    council.open("ada")
    err = council.refuse(1, "admit", council.card("ada"), "--handle", "other")
    assert "key_known" in err
    assert "ada" in err


def test_a_taken_handle_is_refused_and_a_free_one_proposed(council: Council) -> None:
    council.open("ada")
    second = Person(council.key, "second")
    card = sign_card(second.seed, MemberCard(second.key, "Ada", START, ()))
    assert "name_taken" in council.refuse(1, "admit", card, "--handle", "ada")
    council.do("admit", card)
    assert council.account("ada-2").keys == (second.key,)


@pytest.mark.parametrize(
    ("name", "handle"),
    [
        pytest.param("Ada Lovelace", "ada-lovelace", id="two words"),
        pytest.param("  Zoë  ", "zoë", id="accent"),
        pytest.param("O'Neil (Bob)", "o-neil-bob", id="signs"),
        pytest.param("ADA", "ada-2", id="taken"),
    ],
)
def test_a_handle_is_made_of_the_name(name: str, handle: str) -> None:
    assert propose_handle(name, {"ada", "commons"}) == handle


@pytest.mark.parametrize("name", ["Admin", "—", "\u0410\u0434\u0430 Ada", "x" * 64])
def test_a_name_that_makes_no_handle_asks_for_one(council: Council, name: str) -> None:
    council.open()
    person = Person(council.key, "somebody")
    card = sign_card(person.seed, MemberCard(person.key, name, START, ()))
    assert "--handle" in council.refuse(2, "admit", card)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        pytest.param([], "either a CARD or --image", id="no card"),
        pytest.param(["COMMONTAB:M:AAAA"], "64", id="cut card"),
        pytest.param(["nowhere.txt"], "neither a card", id="no file"),
        pytest.param(["--image", "nowhere.png"], "no picture", id="no picture"),
    ],
)
def test_what_is_no_card_is_refused(council: Council, words: list[str], hint: str) -> None:
    council.open()
    assert hint in council.refuse(2, "admit", *words)


def test_a_communitys_card_admits_nobody(council: Council) -> None:
    council.open()
    other = CommunityCard(council.key, "Riverside", 0, b"", "loopback", (), "")
    err = council.refuse(2, "admit", sign_card(council.seed, other))
    assert "member's card is needed" in err


def test_nobody_is_admitted_unasked(council: Council) -> None:
    council.open()
    said = council.cli("admit", council.card("ada"), "--home", council.home.path)
    assert (said.code, "--yes" in said.err) == (2, True)
    with open_office(council.home) as office:
        assert list(office.state.handles) == ["commons"]


def test_a_limit_changes_alone(council: Council) -> None:
    council.open("ada")
    council.do("limit", "ada", "EUR", "--credit", "0")
    council.do("limit", "ada", "--maximum", "20")
    assert limits(council, "ada") == (0, 2_000)
    assert "type the new limits" in council.refuse(2, "limit", "ada", "EUR")
    assert "did you mean ada" in council.refuse(2, "limit", "adda", "EUR", "--credit", "1")
    assert "this community has EUR" in council.refuse(2, "limit", "ada", "USD", "--credit", "1")


def test_a_member_is_suspended_reinstated_and_closed(council: Council) -> None:
    council.open("ada", "ben")
    council.do("suspend", "ada", "--reason", "away")
    assert council.account("ada").status == "suspended"
    assert "already_suspended" in council.refuse(1, "suspend", "ada", "--reason", "away")
    council.do("reinstate", "ada")
    council.merge(council.pay("ada", "ben", 500))
    assert "balance is -5.00 EUR" in council.refuse(1, "close", "ada", "--reason", "left")
    council.do("close", "ada", "--reason", "left", "--write-off")
    assert council.account("ada").status == "closed"
    assert "account_closed" in council.refuse(1, "reinstate", "ada")


def test_the_commons_is_nobodys(council: Council) -> None:
    council.open("ada")
    assert "community's own account" in council.refuse(2, "suspend", "commons", "--reason", "x")


def test_a_reason_is_needed_and_fits(council: Council) -> None:
    council.open("ada")
    assert council.cli("suspend", "ada", "--home", council.home.path, "--yes").code == 2
    assert "at most 200" in council.refuse(2, "suspend", "ada", "--reason", "x" * 201)
    assert "control characters" in council.refuse(2, "suspend", "ada", "--reason", "a\nb")


def test_a_transaction_is_reversed_once_whole_or_in_part(council: Council) -> None:
    council.open("ada", "ben")
    council.merge(council.pay("ada", "ben", 1_000), council.pay("ada", "ben", 300))
    with open_office(council.home) as office:
        moved = {
            one.transfers[0].amount: one.id.hex() for one in office.state.transactions.values()
        }
    council.do("reverse", moved[1_000][:12], "--amount", "4", "--reason", "robbery")
    assert council.account("ben").balances[0].posted == 900
    assert "already_reverted" in council.refuse(1, "reverse", moved[1_000], "--reason", "again")
    assert "reversal_exceeds" in council.refuse(
        1, "reverse", moved[300], "--amount", "4", "--reason", "too much"
    )
    assert "no transaction has an id" in council.refuse(2, "reverse", "0" * 32, "--reason", "x")
    assert "at least 4" in council.refuse(2, "reverse", "ab", "--reason", "x")
    council.do("reverse", moved[300], "--reason", "robbery")
    assert council.account("ben").balances[0].posted == 600


def test_the_communitys_card_is_written_for_the_printer(council: Council) -> None:
    council.open()
    sheet = council.home.path / "card.pdf"
    said = council.cli("card", "--sheet", sheet, "--home", council.home.path)
    assert said.code == 0, said.err
    assert sheet.read_bytes().startswith(b"%PDF-")
