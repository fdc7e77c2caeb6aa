from ledger.finality import WITNESS_AGE_S, Confirmation, Standing, weigh
from ledger.operation import Close, Suspend
from ledger.state import State
from tests.support.township import START, Town

FOLK = ("ada", "ben", "cem", "dia", "eli")


def old_town() -> Town:
    """Return a community whose members were admitted long before the newest merge."""
    town = Town(*FOLK)
    town.now = START + WITNESS_AGE_S
    town.merge(town.pay("ada", "ben", 1))
    return town


def cosigned(town: Town, *sizes: int) -> dict[bytes, int]:
    return {town[name].key: size for name, size in zip(FOLK, sizes, strict=False)}


def test_a_majority_of_members_of_thirty_days_makes_final() -> None:
    town = old_town()
    found = weigh(town.state, cosigned(town, 9, 9, 7))
    assert found == Confirmation((9, 9, 7, 0, 0), seasoned=True)
    assert found.final_size == 7
    assert found.standing(6) == Standing(3, 5, final=True)
    assert found.standing(7) == Standing(2, 5, final=False)


def test_half_is_no_majority() -> None:
    town = old_town()
    town.manage(Suspend(town["eli"].id, "away"))
    assert weigh(town.state, cosigned(town, 9, 9)).final_size == 0
    assert weigh(town.state, cosigned(town, 9, 9, 5)).final_size == 5


def test_a_young_community_shows_the_count_and_nothing_is_final() -> None:
    town = Town(*FOLK)
    town.now = START + WITNESS_AGE_S - 1
    town.merge(town.pay("ada", "ben", 1))
    found = weigh(town.state, cosigned(town, 9, 9, 9, 9, 9))
    assert found.standing(0) == Standing(5, 5, final=False)


def test_whom_a_manager_admits_today_confirms_nothing_today() -> None:
    town = old_town()
    puppets = [f"puppet{number}" for number in range(9)]
    town.merge(*(town.admission(name) for name in puppets))
    word = {town[name].key: 99 for name in puppets}
    found = weigh(town.state, cosigned(town, 9) | word)
    assert found.sizes == (9, 0, 0, 0, 0)
    assert found.final_size == 0


def test_neither_the_commons_nor_those_who_left_nor_strangers_count() -> None:
    town = old_town()
    for name in ("cem", "dia"):
        town.manage(Close(town[name].id, "moved", write_off=True))
    word = {town.key: 99, bytes(32): 99, town["cem"].key: 99, town["dia"].key: 99}
    assert weigh(town.state, word).sizes == (0, 0, 0)


def test_an_account_counts_once_with_its_best_key() -> None:
    town = old_town()
    ada = town.state.accounts[town["ada"].id]
    town.state.accounts[ada.id] = type(ada)(
        ada.id, ada.handle, ada.name, ada.status, ada.admitted, (*ada.keys, bytes(32)),
        ada.balances, ada.last_record,
    )  # fmt: skip
    found = weigh(town.state, {town["ada"].key: 3, bytes(32): 8})
    assert found.sizes == (8, 0, 0, 0, 0)


def test_a_ledger_without_members_confirms_nothing() -> None:
    found = weigh(State(bytes(32)), {})
    assert (found.sizes, found.final_size) == ((), 0)
    assert found.standing(0) == Standing(0, 0, final=False)
