"""Chains: numbers, generations, duplicates, equivocation, and what an author has seen."""

import random

import pytest

from ledger.changeset import Seen, Verified
from ledger.outcome import Fate, Outcome
from ledger.refusal import Code
from tests.support.township import Person, Town


def fates(outcomes: tuple[Outcome, ...]) -> list[Fate]:
    return [outcome.fate for outcome in outcomes]


def test_a_hundred_payments_between_two_polls_are_merged_in_order() -> None:
    town = Town("anna", "bert")
    signed = [town.pay("anna", "bert", 1) for _ in range(100)]
    signed.reverse()
    merged = town.merge(*signed)
    assert [outcome.number for outcome in merged.outcomes] == list(range(1, 101))
    assert set(fates(merged.outcomes)) == {Fate.MERGED}
    assert town.posted("bert") == (100,)


def test_a_missing_predecessor_waits_and_uses_up_nothing() -> None:
    town = Town("anna", "bert")
    first, second, third = (town.pay("anna", "bert", 1) for _ in range(3))
    assert fates(town.merge(second, third).outcomes) == [Fate.WAITING, Fate.WAITING]
    assert town.last.records == ()
    assert fates(town.merge(first, second, third).outcomes) == [Fate.MERGED] * 3


def test_what_was_merged_is_a_duplicate_and_changes_nothing() -> None:
    town = Town("anna", "bert")
    signed = [town.pay("anna", "bert", 1) for _ in range(3)]
    town.merge(*signed)
    assert fates(town.merge(*signed, *signed).outcomes) == [Fate.DUPLICATE] * 3
    assert town.last.records == ()


def test_two_contents_of_one_number_in_one_batch_the_smaller_hash_stands() -> None:
    town = Town("anna", "bert")
    anna = town["anna"]
    both = [anna.sign_as(1, b"", town.payment("bert", amount)) for amount in (1, 2)]
    smaller, larger = sorted(both, key=lambda signed: signed.hash)
    outcomes = town.merge(larger, smaller).outcomes
    assert [(outcome.fate, outcome.hash) for outcome in outcomes] == [
        (Fate.MERGED, smaller.hash),
        (Fate.CONFLICT, larger.hash),
    ]
    assert town.state.keys[anna.key].hash == smaller.hash


def test_another_content_of_the_newest_number_is_evidence() -> None:
    town = Town("anna", "bert")
    town.merge(town.pay("anna", "bert", 1))
    other = town["anna"].sign_as(1, b"", town.payment("bert", 2))
    assert fates(town.merge(other).outcomes) == [Fate.CONFLICT]
    assert town.posted("bert") == (1,)


def test_another_content_of_an_older_number_is_evidence_beside_the_chain_after_it() -> None:
    town = Town("anna", "bert")
    signed = [town.pay("anna", "bert", 1) for _ in range(3)]
    town.merge(*signed)
    other = town["anna"].sign_as(1, b"", town.payment("bert", 2))
    outcomes = town.merge(other, *signed).outcomes
    assert {outcome.hash: outcome.fate for outcome in outcomes} == {
        other.hash: Fate.CONFLICT,
        **{each.hash: Fate.DUPLICATE for each in signed},
    }


def test_the_next_number_after_another_predecessor_is_a_broken_chain() -> None:
    town = Town("anna", "bert")
    town.merge(town.pay("anna", "bert", 1))
    strayed = town["anna"].sign_as(2, bytes(32), town.payment("bert", 2))
    assert fates(town.merge(strayed).outcomes) == [Fate.BROKEN_CHAIN]
    assert fates(town.merge(town.pay("anna", "bert", 3)).outcomes) == [Fate.MERGED]


def test_a_first_change_set_that_names_a_predecessor_is_a_broken_chain() -> None:
    town = Town("anna", "bert")
    strayed = town["anna"].sign_as(1, bytes(32), town.payment("bert", 2))
    assert fates(town.merge(strayed).outcomes) == [Fate.BROKEN_CHAIN]


def test_a_restored_home_goes_on_in_a_new_generation() -> None:
    town = Town("anna", "bert")
    town.merge(town.pay("anna", "bert", 1))
    lost = town.pay("anna", "bert", 10)
    town["anna"].restore()
    assert fates(town.merge(town.pay("anna", "bert", 2)).outcomes) == [Fate.MERGED]
    assert fates(town.merge(lost).outcomes) == [Fate.SUPERSEDED]
    assert town.posted("bert") == (3,)
    known = town.state.keys[town["anna"].key]
    assert (known.generation, known.number) == (1, 1)


def test_a_new_generation_begins_with_its_first_number() -> None:
    town = Town("anna", "bert")
    town["anna"].restore()
    first, second = (town.pay("anna", "bert", 1) for _ in range(2))
    assert fates(town.merge(second).outcomes) == [Fate.WAITING]
    assert fates(town.merge(first, second).outcomes) == [Fate.MERGED] * 2


def test_an_older_generation_in_the_same_batch_is_taken_first() -> None:
    town = Town("anna", "bert")
    old = town.pay("anna", "bert", 1)
    town["anna"].restore()
    assert fates(town.merge(town.pay("anna", "bert", 2), old).outcomes) == [Fate.MERGED] * 2


def test_a_key_nobody_admitted_leaves_no_trace() -> None:
    town = Town("anna", "bert")
    stranger = Person(town.key, "stranger")
    assert fates(town.merge(stranger.sign(town.payment("bert", 1))).outcomes) == [Fate.UNKNOWN_KEY]
    assert town.last.records == ()


@pytest.mark.parametrize("claim", ["size", "root", "empty"])
def test_a_version_this_ledger_never_had_is_refused(claim: str) -> None:
    town = Town("anna", "bert")
    size, root = town.state.tree.size, town.state.tree.root
    seen = {"size": Seen(size - 1, root), "root": Seen(size, bytes(32)), "empty": Seen(0, root)}
    signed = town["anna"].sign(town.payment("bert", 1), seen=seen[claim])
    refusal = town.merge(signed).outcomes[0].refusal
    assert refusal is not None
    assert refusal.code is Code.SEEN_MISMATCH


def test_every_version_this_ledger_had_can_have_been_seen() -> None:
    town = Town("anna", "bert")
    for size, root in list(town.state.history.items()):
        signed = town["anna"].sign(town.payment("bert", 1), seen=Seen(size, root))
        assert fates(town.merge(signed).outcomes) == [Fate.MERGED]


def test_a_second_signature_over_the_same_bytes_is_the_same_change_set() -> None:
    town = Town("anna", "bert")
    signed = town.pay("anna", "bert", 1)
    again = Verified(signed.key, signed.body, bytes(64), signed.change_set, signed.hash)
    one, other = town.try_merge(signed, again), town.try_merge(again, signed)
    assert one.bodies == other.bodies
    assert fates(one.outcomes) == [Fate.MERGED]


def test_the_order_and_duplication_of_arrival_change_nothing() -> None:
    town = Town("anna", "bert", "cleo", "dora")
    names = ["anna", "bert", "cleo", "dora"]
    dice = random.Random(3)  # noqa: S311 -- repeatable
    pairs = [dice.sample(names, 2) for _ in range(40)]
    signed = [town.pay(payer, payee, dice.randint(1, 4_000)) for payer, payee in pairs]
    expected = town.try_merge(*signed)
    for _ in range(5):
        shuffled = dice.choices(signed, k=30) + signed
        dice.shuffle(shuffled)
        again = town.try_merge(*shuffled)
        assert again.bodies == expected.bodies
        assert again.outcomes == expected.outcomes


def test_merge_leaves_the_state_as_it_was() -> None:
    town = Town("anna", "bert")
    accounts, size = dict(town.state.accounts), town.state.tree.size
    town.try_merge(town.pay("anna", "bert", 1), town.admission("cleo"))
    assert town.state.accounts == accounts
    assert town.state.tree.size == size
    assert not town.state.transactions


def test_now_never_goes_back() -> None:
    town = Town("anna", "bert")
    before = town.state.time
    town.now -= 1_000
    town.merge(town.pay("anna", "bert", 1))
    assert town.state.time == before


def test_a_merge_of_nothing_writes_nothing() -> None:
    town = Town("anna")
    merged = town.try_merge()
    assert (merged.records, merged.bodies, merged.outcomes) == ((), (), ())
    assert merged.accounts_map == town.state.accounts_map
