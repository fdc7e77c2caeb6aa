"""Succession: a majority of the accounts names a new key, and everything goes on under it."""

from collections.abc import Callable

import pytest

from ledger import crypto
from ledger.apply import apply
from ledger.codec import decode, encode
from ledger.errors import CodecError, HistoryMismatch, SuccessionInvalid
from ledger.merge import Batch, merge
from ledger.operation import AddKey, Admit, Close, Hold, Suspend
from ledger.record import RECORD_BYTES_MAX, EpochRecord, SuccessorRecord, decode_record
from ledger.refusal import Code
from ledger.replay import find_successors, replay, signed_change_sets
from ledger.rule.key import add_key_signable
from ledger.rule.successor import (
    VerifiedSuccessor,
    count_accounts,
    gather,
    needed,
    verify_successor,
)
from ledger.state import State, replace
from ledger.successor import (
    ACCOUNTS_MAX,
    SIGNERS_MAX,
    SignedSuccessor,
    Signer,
    Successor,
    propose_successor,
    sign_successor,
)
from tests.support.succession import NEW, proposal, signed_beside, signed_by, succeed
from tests.support.township import DAY_S, START, Person, Town, nonce, seed_of

ALL = ("anna", "bert", "cleo", "dora")


def test_books_go_on_under_the_new_key() -> None:
    town = Town(*ALL)
    town.merge(town.pay("anna", "bert", 700))
    before, handles = town.posted("anna", "bert"), dict(town.state.handles)
    succeed(town, "anna", "bert", "cleo")
    assert town.state.key == NEW
    assert town.posted("anna", "bert") == before == (-700, 700)
    assert town.state.handles == handles
    town.merge(town.pay("bert", "anna", 200))
    assert town.posted("anna", "bert") == (-500, 500)
    town.merge(town.admission("emil"))
    assert town.account("emil").keys == (town["emil"].key,)


@pytest.mark.parametrize("closed", [False, True])
def test_replay_from_the_first_key_gives_the_same_present(closed: bool) -> None:
    town = Town(*ALL, closed=closed)
    first = town.key
    town.merge(town.pay("anna", "bert", 700))
    succeed(town, "anna", "bert", "cleo")
    town.merge(town.pay("bert", "anna", 200))
    state = State(first)
    batches = list(replay(state, town.records))
    assert state == town.state
    assert {batch.merged.community for batch in batches} == {first, NEW}
    (step,) = find_successors(town.records)
    assert (step.old, step.new) == (first, NEW)
    assert {key for key, _ in signed_change_sets(first, town.records)} == {first, NEW}


def test_what_happened_is_kept_for_everybody_to_see() -> None:
    town = Town(*ALL)
    old, size = town.key, town.state.tree.size
    succeed(town, "anna", "bert", "cleo")
    (one,) = town.state.successions
    assert (one.index, one.old, one.new, one.size) == (size, old, NEW, size)
    assert (one.signed, one.accounts, one.reason) == (3, 4, "key lost")


def test_the_commons_keeps_its_account_and_has_the_new_key() -> None:
    town = Town(*ALL)
    old = town.key
    succeed(town, "anna", "bert", "cleo")
    commons = town.account("commons")
    assert (commons.id, commons.keys) == (old[:16], (NEW,))
    record = decode_record(town.records[-2])
    assert isinstance(record, SuccessorRecord)
    assert [one.account for one in record.concerns] == [commons.id]
    town.ask("anna", replace(town.payment("bert", 5), to=commons.id))
    assert town.posted("commons") == (5,)


def test_a_closed_ledger_begins_an_epoch() -> None:
    town = Town(*ALL, closed=True)
    assert town.state.community is not None
    epoch = town.state.community.epoch
    succeed(town, "anna", "bert", "cleo")
    assert town.state.community.epoch == epoch + 1
    first = decode_record(town.records[town.state.community.epoch_first])
    assert isinstance(first, EpochRecord)


def test_a_hold_that_is_over_ends_in_the_batch_that_succeeds() -> None:
    town = Town(*ALL)
    town.ask("anna", Hold(town["bert"].id, 300, "EUR", "", b"", town.now + DAY_S))
    first, town.now = town.key, town.now + DAY_S
    succeed(town, "anna", "bert", "cleo")
    assert not town.state.holds
    state = State(first)
    list(replay(state, town.records))
    assert state == town.state


def test_change_sets_signed_for_the_old_key_are_void() -> None:
    town = Town(*ALL)
    late = town.pay("anna", "bert", 1)
    succeed(town, "anna", "bert", "cleo")
    before = list(town.records)
    town.merge(late)
    state = State(town.state.former[0])
    with pytest.raises(HistoryMismatch, match=f"record {len(before)}: got a signature"):
        list(replay(state, town.records))


def test_a_community_can_go_on_more_than_once() -> None:
    town = Town(*ALL)
    first = town.key
    succeed(town, "anna", "bert", "cleo")
    third = seed_of("third community")
    tree = town.state.tree
    made = Successor(NEW, crypto.public_key(third), tree.size, tree.root, START, "stolen")
    proposed = propose_successor(third, made)
    town.merge(verify_successor(town.state, signed_beside(town, proposed, *ALL)))
    assert town.state.former == (first, NEW)
    assert town.state.commons == first[:16]
    state = State(first)
    list(replay(state, town.records))
    assert state == town.state


@pytest.mark.parametrize("key", [NEW, "the old key"])
def test_a_key_of_the_community_is_never_a_members(key: bytes | str) -> None:
    town = Town(*ALL)
    old = town.key
    succeed(town, "anna", "bert", "cleo")
    wanted = old if isinstance(key, str) else key
    refusal = town.manage(Admit(wanted, "mallory", "M")).refusal
    assert refusal is not None
    assert refusal.code == Code.KEY_KNOWN


VOTES = {
    "three of four": (ALL, ALL[:3], True),
    "all": (ALL, ALL, True),
    "exactly half": (ALL, ALL[:2], False),
    "two of three": (ALL[:3], ALL[:2], True),
    "one of three": (ALL[:3], ALL[:1], False),
    "one of one": (ALL[:1], ALL[:1], True),
    "nobody": (ALL, (), False),
}


@pytest.mark.parametrize("case", VOTES)
def test_more_than_half_of_the_accounts_must_sign(case: str) -> None:
    names, signing, enough = VOTES[case]
    town = Town(*names)
    signed = signed_by(town, *signing)
    if enough:
        assert verify_successor(town.state, signed).accounts == len(names)
    else:
        with pytest.raises(SuccessionInvalid, match="are a majority"):
            verify_successor(town.state, signed)


def with_second_key(town: Town) -> Person:
    """Give anna a second key."""
    second = Person(town.key, "anna's second")
    proof = crypto.sign(second.seed, add_key_signable(town.key, town["anna"].id))
    assert town.ask("anna", AddKey(second.key, proof)).refusal is None
    return second


def test_two_keys_of_one_account_are_one_vote() -> None:
    town = Town(*ALL[:3])
    second = with_second_key(town)
    proposed = proposal(town)
    signers = [sign_successor(one.seed, proposed).signers[0] for one in (town["anna"], second)]
    signers.sort(key=lambda signer: signer.key)
    with pytest.raises(SuccessionInvalid, match="of its 2 signatures 1 count"):
        verify_successor(town.state, replace(proposed, signers=tuple(signers)))
    assert len(gather(town.state, proposed.statement, signers)) == 1


def test_any_active_key_of_an_account_signs_for_it() -> None:
    town = Town("anna")
    second = with_second_key(town)
    proposed = proposal(town)
    assert verify_successor(town.state, sign_successor(second.seed, proposed)).accounts == 1


@pytest.mark.parametrize("ended", ["suspended", "closed"])
def test_who_was_suspended_or_closed_has_no_vote(ended: str) -> None:
    town = Town(*ALL)
    dora = town["dora"].id
    town.manage(Suspend(dora, "") if ended == "suspended" else Close(dora, "", write_off=False))
    assert verify_successor(town.state, signed_by(town, "anna", "bert")).accounts == 3
    with pytest.raises(SuccessionInvalid, match="of its 2 signatures 1 count"):
        verify_successor(town.state, signed_by(town, "anna", "dora"))


def test_the_commons_has_no_vote() -> None:
    town = Town("anna", "bert")
    assert count_accounts(town.state) == 2
    proposed = proposal(town)
    signer = sign_successor(town.seed, proposed).signers[0]
    assert gather(town.state, proposed.statement, [signer]) == ()


def test_gathering_leaves_out_what_does_not_count() -> None:
    town = Town(*ALL)
    proposed = proposal(town)
    good = [sign_successor(town[name].seed, proposed).signers[0] for name in ("bert", "anna")]
    other = sign_successor(town["cleo"].seed, proposal(town, reason="other")).signers[0]
    stranger = sign_successor(seed_of("mallory"), proposed).signers[0]
    counted = gather(town.state, proposed.statement, [*good, *good, other, stranger])
    assert set(counted) == set(good)
    assert [one.key for one in counted] == sorted(one.key for one in good)


FORGED: dict[str, tuple[Callable[[Town], SignedSuccessor], str]] = {
    "another root": (lambda town: proposal(town, root=bytes(32)), "it names root 00"),
    "another size": (lambda town: proposal(town, size=1), "for 1 records; this history"),
    "another old key": (lambda town: proposal(town, old=NEW), "it succeeds key"),
    "changed after consent": (
        lambda town: replace(
            proposal(town), statement=replace(proposal(town).statement, reason="x")
        ),
        "the new key has not agreed",
    ),
    "a key that is no key": (
        lambda town: replace(
            proposal(town), statement=replace(proposal(town).statement, new=bytes(32))
        ),
        "nothing can be sealed",
    ),
}


@pytest.mark.parametrize("case", FORGED)
def test_a_statement_that_does_not_fit_is_refused(case: str) -> None:
    make, said = FORGED[case]
    town = Town(*ALL)
    with pytest.raises(SuccessionInvalid, match=said):
        verify_successor(town.state, make(town))


@pytest.mark.parametrize("whose", ["member", "community", "former"])
def test_a_known_key_cannot_be_the_new_one(whose: str) -> None:
    town = Town(*ALL)
    first = town.seed
    if whose == "former":
        succeed(town, "anna", "bert", "cleo")
    seed = town["dora"].seed if whose == "member" else first
    tree = town.state.tree
    made = Successor(town.state.key, crypto.public_key(seed), tree.size, tree.root, START, "")
    with pytest.raises(SuccessionInvalid, match="already; make a new one"):
        verify_successor(town.state, propose_successor(seed, made))


def test_signatures_for_one_size_do_not_hold_for_another() -> None:
    town = Town(*ALL)
    signed = signed_by(town, *ALL)
    town.merge(town.pay("anna", "bert", 1))
    with pytest.raises(SuccessionInvalid, match="it names root"):
        verify_successor(town.state, signed)
    forged = replace(proposal(town), signers=signed.signers)
    with pytest.raises(SuccessionInvalid, match="of its 4 signatures 0 count"):
        verify_successor(town.state, forged)


def replayed_with(town: Town, signed: SignedSuccessor) -> None:
    """Write a batch as a forger would, and replay the journal."""
    forged = VerifiedSuccessor(signed, 4)
    merged = merge(town.state, Batch(successor=forged), town.now)
    first = town.state.tree.size
    records = [nonce(first + place, body) + body for place, body in enumerate(merged.bodies)]
    list(replay(State(town.key), [*town.records, *records]))


def test_a_journal_without_the_majority_is_refused_by_every_reader() -> None:
    town = Town(*ALL)
    replayed_with(town, signed_by(town, "anna", "bert", "cleo"))
    with pytest.raises(HistoryMismatch, match=r"record 8: 2 of 4 active accounts have signed"):
        replayed_with(town, signed_by(town, "anna", "bert"))


def test_unsorted_and_doubled_signatures_are_refused() -> None:
    town = Town(*ALL)
    signed = signed_by(town, *ALL)
    for signers in (signed.signers[::-1], (*signed.signers, signed.signers[-1])):
        with pytest.raises(SuccessionInvalid, match="sorted by key"):
            verify_successor(town.state, replace(signed, signers=signers))


def test_a_batch_that_succeeds_has_nothing_else() -> None:
    town = Town(*ALL)
    first, start = town.key, len(town.records)
    statement = next(iter(town.records))
    succeed(town, *ALL)
    *before, successor, end = town.records
    for more in (statement, successor):
        with pytest.raises(HistoryMismatch, match=f"batch from record {start} holds more than"):
            list(replay(State(first), [*before, successor, more, end]))


def test_the_largest_majority_fits_a_record() -> None:
    signers = tuple(Signer(number.to_bytes(32), bytes(64)) for number in range(SIGNERS_MAX))
    statement = Successor(bytes(32), bytes(32), 2**53 - 1, bytes(32), 2**40 - 1, "\U0001f600" * 200)
    town = Town("anna")
    succeed(town, "anna")
    record = decode_record(town.records[-2])
    assert isinstance(record, SuccessorRecord)
    concern = replace(record.concerns[0], previous=2**53 - 1)
    whole = SuccessorRecord((concern,), statement, bytes(64), signers)
    assert len(encode(whole)) + 16 <= RECORD_BYTES_MAX
    assert needed(ACCOUNTS_MAX) == SIGNERS_MAX
    more = replace(whole, signers=(*signers, Signer(b"\xff" * 32, bytes(64))))
    with pytest.raises(CodecError):
        decode(encode(more), SuccessorRecord, 2 * RECORD_BYTES_MAX)


def test_a_community_beyond_the_bound_is_told_so() -> None:
    town = Town("anna")
    (account,) = [one for one in town.state.accounts.values() if one.handle == "anna"]
    for number in range(ACCOUNTS_MAX):
        key = number.to_bytes(32)
        town.state.accounts[key[16:]] = replace(account, id=key[16:], keys=(key,))
    with pytest.raises(SuccessionInvalid, match="1260 active accounts would have to vote"):
        verify_successor(town.state, proposal(town))


def test_merging_leaves_the_state_alone() -> None:
    town = Town(*ALL)
    first = town.key
    merged = town.try_merge(verify_successor(town.state, signed_by(town, *ALL)))
    assert (town.state.key, town.state.successions) == (first, ())
    apply(town.state, merged, town.state.tree.append([bytes(32)] * len(merged.records)))
    assert town.state.key == NEW
