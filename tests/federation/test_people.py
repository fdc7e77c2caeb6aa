"""Who is meant by what a person typed, and what is shown of accounts that are nobody's."""

import pytest

from federation.console.people import find_account, find_member, find_named
from federation.console.terminal import UsageInvalid
from federation.console.views import tell_debt, view_members
from ledger.link.terms import NO_FEE, Terms
from ledger.name.operation import Claim
from ledger.operation import AddLink
from tests.support.realm import Shire, link, pay, settle
from tests.support.township import Town

HOURS = Terms("HOUR", 2, "EUR", 2, 1, 15)


def lake() -> Shire:
    """Return a community linked to river, which it owes something, and to hill, in hours."""
    lake, river, hill = Shire("lake", "rita", "anna"), Shire("river", "bakery"), Shire("hill")
    link(lake, river)
    pay((lake, "anna"), "bakery", 1_250, river)
    settle(lake, river)
    added = AddLink(
        hill.key, hill.link_key, lake.link_key, "hill", "Hill", HOURS, True, NO_FEE, 100, 100
    )
    assert lake.manage(added).refusal is None
    return lake


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("river", "river is a linked community; type somebody there as NAME@river"),
        ("@River", "type somebody there as NAME@river"),
        ("exchange", "only converts units"),
        ("riva", "did you mean rita?"),
        ("rive", "the command `members` lists everybody"),
    ],
)
def test_a_link_s_account_is_nobody_and_not_suggested(typed: str, words: str) -> None:
    with pytest.raises(UsageInvalid) as caught:
        find_member(lake().state, typed)
    assert words in str(caught.value)


def test_members_and_the_commons_are_found() -> None:
    town = lake()
    assert find_member(town.state, "Anna") == town.account("anna")
    assert find_member(town.state, "commons") == town.account("commons")
    assert find_account(town.state, "river") == town.account("river")


def test_a_link_s_accounts_are_shown_apart() -> None:
    town = lake()
    shown = {one["handle"]: one for one in view_members(town.state, town.state.accounts.values())}
    assert {handle: one["kind"] for handle, one in shown.items()} == {
        "anna": "member",
        "rita": "member",
        "commons": "commons",
        "river": "linked community",
        "hill": "linked community",
        "exchange": "exchange",
    }
    (river,), (hill,) = shown["river"]["balances"], shown["hill"]["balances"]
    assert tell_debt(river) == "we owe it 12.50 EUR"
    assert tell_debt(hill) == "nobody owes anything in HOUR"
    assert tell_debt(river | {"balance": "-3.00 EUR", "balance_minor": -300}) == (
        "it owes us 3.00 EUR"
    )
    assert [books["unit"] for books in shown["anna"]["balances"]] == ["EUR"]


def test_a_name_means_its_owner_until_it_ends() -> None:
    town = Town("anna", "bert")
    town.ask("anna", Claim("bakery", 0, None))
    for typed in ("bakery", "@Bakery", " BAKERY "):
        assert find_member(town.state, typed).handle == "anna"
        assert find_account(town.state, typed).handle == "anna"
    with pytest.raises(UsageInvalid, match="did you mean bakery"):
        find_member(town.state, "bak")
    town.now = town.state.names["bakery"].expires
    town.merge(town.pay("anna", "bert", 1))
    assert "bakery" in town.state.names
    with pytest.raises(UsageInvalid, match="nobody here is called"):
        find_member(town.state, "bakery")


def test_a_handle_comes_before_a_name() -> None:
    town = Town("anna", "bert")
    town.ask("anna", Claim("anna", 0, None))
    assert find_named(town.state, "anna") is None
    assert find_member(town.state, "anna").handle == "anna"
    assert find_named(town.state, "x" * 10_000) is None
