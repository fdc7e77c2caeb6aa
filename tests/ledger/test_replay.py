"""Replay: the same journal gives the same present, and no changed byte goes unnoticed."""

from collections.abc import Callable

import pytest

from ledger import crypto
from ledger.changeset import SignedChangeSet, Verified, verify_change_set
from ledger.codec import encode
from ledger.errors import HistoryMismatch
from ledger.record import (
    ChangeSetRecord,
    EpochRecord,
    ManagerRecord,
    Record,
    RefusalRecord,
    StateRecord,
    TransactionRecord,
    decode_record,
)
from ledger.replay import JournalDigest, replay, replay_batch, signed_change_sets, split_batches
from ledger.state import State, replace
from tests.support.eventful import eventful_town
from tests.support.township import Town

TOWN = eventful_town()


def fresh() -> State:
    return State(TOWN.key)


def test_replay_from_nothing_gives_the_same_present() -> None:
    state = fresh()
    batches = list(replay(state, TOWN.records))
    assert state == TOWN.state
    assert [record for batch in batches for record in batch.records] == TOWN.records
    assert {type(decode_record(record)) for record in TOWN.records} == {
        ManagerRecord, ChangeSetRecord, TransactionRecord, RefusalRecord, StateRecord, EpochRecord,
    }  # fmt: skip


def test_a_batch_can_be_checked_before_anything_is_stored() -> None:
    state = fresh()
    batch = next(split_batches(TOWN.records))
    replayed = replay_batch(state, batch)
    assert state == fresh()
    assert replayed.first == 0
    assert len(replayed.leaves) == len(batch)


def test_a_refused_change_set_is_found_again_with_its_reason() -> None:
    found = [
        outcome.refusal
        for batch in replay(fresh(), TOWN.records)
        for outcome in batch.merged.outcomes
        if outcome.refusal
    ]
    assert [str(refusal.code) for refusal in found] == ["insufficient_credit"] * 2
    assert "amount" in found[0].facts


def test_signatures_checked_before_are_looked_up() -> None:
    checked = {
        (signed.key, signed.body, signed.signature): verify_change_set(TOWN.key, signed)
        for _, signed in signed_change_sets(TOWN.key, TOWN.records)
    }

    def look_up(_community: bytes, signed: SignedChangeSet) -> Verified:
        return checked[signed.key, signed.body, signed.signature]

    state = fresh()
    assert list(replay(state, TOWN.records, look_up))
    assert state == TOWN.state


def test_a_batch_without_its_end_is_refused() -> None:
    with pytest.raises(HistoryMismatch, match="does not end in a state record"):
        list(replay(fresh(), TOWN.records[:-1]))


def test_every_flipped_bit_of_a_body_is_noticed() -> None:
    batch = next(split_batches(TOWN.records))
    for place, record in enumerate(batch):
        for at in range(16, len(record), 7):
            flipped = record[:at] + bytes((record[at] ^ 1,)) + record[at + 1 :]
            changed = (*batch[:place], flipped, *batch[place + 1 :])
            with pytest.raises(HistoryMismatch):
                replay_batch(fresh(), changed)


def index_of(kind: type[Record]) -> int:
    kinds = [type(decode_record(record)) for record in TOWN.records]
    return len(kinds) - 1 - kinds[::-1].index(kind)


def changed(index: int, body: bytes) -> list[bytes]:
    record = TOWN.records[index]
    return [*TOWN.records[:index], record[:16] + body, *TOWN.records[index + 1 :]]


@pytest.mark.parametrize(
    ("kind", "change", "said"),
    [
        pytest.param(TransactionRecord, {"memo": "x"}, "memo is 'x'; by the rules", id="memo"),
        pytest.param(TransactionRecord, {"state": 3}, "state is 3", id="state"),
        pytest.param(StateRecord, {"accounts_root": bytes(32)}, "accounts_root is 00", id="root"),
        pytest.param(StateRecord, {"epoch": 9}, "epoch is 9; by the rules it is 2", id="epoch"),
        pytest.param(StateRecord, {"time": 0}, "time is 0; by the rules", id="time goes back"),
        pytest.param(EpochRecord, {"epoch": 9}, "epoch is 9; by the rules it is 2", id="epoch no"),
        pytest.param(EpochRecord, {"previous_key": b""}, "previous_key is ; by", id="no key"),
        pytest.param(ManagerRecord, {"concerns": ()}, "concerns is ()", id="concerns left out"),
        pytest.param(ManagerRecord, {"signature": bytes(64)}, "signature", id="manager's name"),
        pytest.param(ChangeSetRecord, {"signature": bytes(64)}, "signature", id="member's name"),
        pytest.param(ChangeSetRecord, {"body": b"\x00"}, "do not fit", id="body"),
        pytest.param(RefusalRecord, {"number": 9}, "is waiting", id="waiting number"),
        pytest.param(RefusalRecord, {"code": "nonsense"}, "does not know", id="unknown code"),
    ],
)
def test_a_changed_record_is_named_with_what_differs(
    kind: type[Record], change: dict[str, object], said: str
) -> None:
    index = index_of(kind)
    made = encode(replace(decode_record(TOWN.records[index]), **change))
    with pytest.raises(HistoryMismatch) as caught:
        list(replay(fresh(), changed(index, made)))
    assert said in str(caught.value)
    assert "record" in str(caught.value)


def test_a_refusal_that_the_rules_do_not_give_is_noticed() -> None:
    town = Town("anna", "bert")
    signed = town.pay("anna", "bert", 1)
    town.merge(town.pay("bert", "anna", 50_000))
    index = next(
        place
        for place, record in enumerate(town.records)
        if isinstance(decode_record(record), RefusalRecord)
    )
    stands = decode_record(town.records[index])
    assert isinstance(stands, RefusalRecord)
    forged = replace(stands, key=signed.key, body=signed.body, signature=signed.signature)
    town.records[index] = town.records[index][:16] + encode(forged)
    with pytest.raises(HistoryMismatch, match=f"record {index}: got a RefusalRecord"):
        list(replay(State(town.key), town.records))


@pytest.mark.parametrize(
    "rearrange",
    [
        pytest.param(lambda batch: (batch[1], batch[0], *batch[2:]), id="two swapped"),
        pytest.param(lambda batch: (batch[0], *batch), id="one twice"),
        pytest.param(lambda batch: batch[1:], id="one left out"),
        pytest.param(lambda batch: batch[-1:], id="the state record alone"),
        pytest.param(lambda _: (), id="nothing"),
    ],
)
def test_rearranged_records_are_refused(
    rearrange: Callable[[tuple[bytes, ...]], tuple[bytes, ...]],
) -> None:
    batch = next(split_batches(TOWN.records))
    with pytest.raises(HistoryMismatch):
        replay_batch(fresh(), rearrange(batch))


def test_a_record_added_by_the_manager_alone_is_refused() -> None:
    *before, last = split_batches(TOWN.records)
    state = fresh()
    list(replay(state, [record for batch in before for record in batch]))
    forged = TOWN.records[index_of(TransactionRecord)]
    with pytest.raises(HistoryMismatch):
        replay_batch(state, (*last[:-1], forged, last[-1]))


def test_anothers_change_set_cannot_be_replayed_into_this_community() -> None:
    other = crypto.public_key(bytes(32))
    with pytest.raises(HistoryMismatch, match="record 1: "):
        list(replay(State(other), TOWN.records))


def test_journal_sha256_frames_each_record() -> None:
    assert JournalDigest([b"ab", b"c"]).value != JournalDigest([b"a", b"bc"]).value
    assert JournalDigest([]).value.hex().startswith("e3b0c442")
