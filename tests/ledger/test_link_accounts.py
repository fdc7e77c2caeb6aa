"""A link's accounts are nobody's: they count for nothing and are confused with nobody."""

from functools import cache

import pytest

from ledger.accounts_file import decode_accounts, encode_accounts
from ledger.finality import WITNESS_AGE_S, weigh
from ledger.link.link import EXCHANGE_HANDLE
from ledger.link.terms import NO_FEE, Terms
from ledger.operation import (
    AddLink,
    Close,
    Hold,
    ManagerOperation,
    Operation,
    Pay,
    Reinstate,
    Request,
    SetLimit,
    Suspend,
)
from ledger.refusal import Code
from ledger.rule.successor import count_accounts, voters
from tests.support.realm import Shire
from tests.support.township import DAY_S, START

HOURS = Terms("HOUR", 2, "EUR", 2, 1, 15)
PEOPLE = ("ada", "ben", "cem")
LINKED = ("hill", EXCHANGE_HANDLE)


@cache
def town() -> Shire:
    """Return a community with a clearing account, an exchange account and three old members."""
    town = Shire("town", *PEOPLE)
    hill = Shire("hill")
    added = AddLink(
        hill.key, hill.link_key, town.link_key, "hill", "Hill", HOURS, True, NO_FEE, 100, 100
    )
    assert town.manage(added).refusal is None
    town.now += WITNESS_AGE_S
    town.merge(town.pay("ada", "ben", 1))
    assert all(not town.account(handle).keys for handle in LINKED)
    return town


def test_they_neither_witness_nor_vote() -> None:
    state = town().state
    found = weigh(state, dict.fromkeys(state.keys, 9))
    assert (found.sizes, found.final_size) == ((9, 9, 9), 9)
    assert count_accounts(state) == len(PEOPLE)
    assert set(voters(state)) == {town()[name].key for name in PEOPLE}


def test_no_key_is_theirs() -> None:
    state = town().state
    assert state.community
    data = encode_accounts(state.community, state.accounts.values(), 9, None)
    accounts = decode_accounts(data, 9, None)
    assert accounts.by_id == state.accounts
    assert accounts.commons.id == state.commons
    for handle in LINKED:
        account = town().account(handle)
        for key in (account.id, account.id * 2, b""):
            assert accounts.of_key(key) is None
            assert key not in state.keys


@pytest.mark.parametrize("handle", LINKED)
def test_members_cannot_pay_or_ask_them(handle: str) -> None:
    account, end = town().account(handle).id, START + WITNESS_AGE_S + DAY_S
    asked: tuple[Operation, ...] = (
        Pay(account, 1, "EUR", "", b"", None),
        Hold(account, 1, "EUR", "", b"", end),
        Request(account, 1, "EUR", "", b"", end),
    )
    ada = town()["ada"]
    for operation in asked:
        signed = ada.sign_as(ada.number + 1, ada.previous, operation)
        refusal = town().try_merge(signed).outcomes[0].refusal
        assert refusal is not None
        assert refusal.code is Code.LINK_ACCOUNT


@pytest.mark.parametrize("handle", LINKED)
def test_a_manager_changes_them_by_their_link_only(handle: str) -> None:
    account = town().account(handle).id
    asked: tuple[ManagerOperation, ...] = (
        Suspend(account, ""),
        Reinstate(account),
        Close(account, "", write_off=True),
        SetLimit(account, "EUR", 0, 0),
    )
    for operation in asked:
        refusal = town().try_merge(town().statement(operation)).outcomes[0].refusal
        assert refusal is not None
        assert refusal.code is Code.LINK_ACCOUNT
