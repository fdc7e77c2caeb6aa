import pytest

from ledger import crypto
from ledger.blind import blind, community_secret, epoch_key
from ledger.codec import encode
from ledger.epoch import (
    Copy,
    Grant,
    KeyChain,
    content_name,
    encode_copies,
    encode_grants,
    open_copies,
    open_grants,
)
from ledger.errors import GrantMissing, KeyRefused, SegmentInvalid
from ledger.record import EpochRecord
from ledger.segment import encode_frames, encode_segment, iter_frames, seal_record

SECRET = community_secret(bytes(32))
FIRSTS = [0, 10, 25, 60]
SIZE = 80
GRANTS = [Grant(at + 1, first, epoch_key(SECRET, at + 1)) for at, first in enumerate(FIRSTS)]
MEMBERS = [bytes([number]) * 32 for number in range(1, 9)]
KEYS = [crypto.public_key(seed) for seed in MEMBERS]


def body(index: int) -> bytes:
    if index not in FIRSTS:
        return b"record %d" % index
    epoch = FIRSTS.index(index) + 1
    if epoch == 1:
        return encode(EpochRecord(1, 0, b""))
    return encode(EpochRecord(epoch, FIRSTS[epoch - 2], epoch_key(SECRET, epoch - 1)))


RECORDS = [blind(SECRET, index, body(index)) for index in range(SIZE)]
DATA = b"".join(
    encode_segment(RECORDS[first:end], first, epoch_key(SECRET, epoch))
    for epoch, (first, end) in enumerate(zip(FIRSTS, [*FIRSTS[1:], SIZE], strict=True), 1)
)
PAYLOADS = list(iter_frames(DATA))


def chain(*grants: Grant) -> KeyChain:
    made = KeyChain()
    for grant in grants:
        made.add(grant, PAYLOADS.__getitem__)
    return made


def test_the_newest_grant_opens_the_whole_past() -> None:
    keys = chain(GRANTS[3])
    assert keys.grants == tuple(GRANTS)
    assert list(keys.open_segment(DATA, 0)) == RECORDS
    assert list(keys.open_segment(encode_frames(PAYLOADS[20:30]), 20)) == RECORDS[20:30]


def test_the_next_epoch_needs_its_own_grant() -> None:
    keys = chain(GRANTS[1])
    assert [keys.open(PAYLOADS[index], index) for index in range(25)] == RECORDS[:25]
    with pytest.raises(GrantMissing, match="needs the grant of a newer epoch"):
        keys.open(PAYLOADS[25], 25)
    keys.add(GRANTS[2], PAYLOADS.__getitem__)
    assert keys.open(PAYLOADS[25], 25) == RECORDS[25]


def test_a_grant_two_epochs_on_closes_the_gap() -> None:
    keys = chain(GRANTS[0], GRANTS[3])
    assert keys.grants == tuple(GRANTS)


def test_without_a_grant_nothing_opens() -> None:
    with pytest.raises(GrantMissing, match="no grant"):
        KeyChain().open(PAYLOADS[0], 0)


def test_damage_in_an_epoch_that_is_over_is_not_taken_for_a_missing_grant() -> None:
    with pytest.raises(SegmentInvalid, match="record 12 "):
        chain(GRANTS[3]).open(PAYLOADS[13], 12)


@pytest.mark.parametrize(
    "grant",
    [
        Grant(4, 60, bytes(32)),
        Grant(4, 61, GRANTS[3].key),
        Grant(3, 60, GRANTS[3].key),
        Grant(5, 60, GRANTS[3].key),
        Grant(2, 10, bytes(32)),
        Grant(1, 5, GRANTS[0].key),
    ],
)
def test_a_grant_that_its_records_contradict_is_refused_and_changes_nothing(grant: Grant) -> None:
    keys = chain(GRANTS[1])
    with pytest.raises(SegmentInvalid):
        keys.add(grant, PAYLOADS.__getitem__)
    assert keys.grants == tuple(GRANTS[:2])


@pytest.mark.parametrize(
    "record",
    [
        blind(SECRET, 10, b"not canonical"),
        blind(SECRET, 10, encode(EpochRecord(2, 10, bytes(32)))),
        blind(SECRET, 10, encode(EpochRecord(2, 0, b""))),
        blind(SECRET, 10, encode(EpochRecord(3, 0, bytes(32)))),
    ],
)
def test_an_epoch_that_begins_wrongly_is_refused(record: bytes) -> None:
    payloads = {0: PAYLOADS[0], 10: seal_record(record, 10, GRANTS[1].key)}
    with pytest.raises(SegmentInvalid, match="record 10 "):
        KeyChain().add(GRANTS[1], payloads.__getitem__)


def test_a_granted_epoch_whose_past_is_another_ones_is_refused() -> None:
    record = blind(SECRET, 10, encode(EpochRecord(2, 3, epoch_key(SECRET, 1))))
    payload = seal_record(record, 10, GRANTS[1].key)
    with pytest.raises(SegmentInvalid, match="begins at record 3"):
        KeyChain().add(GRANTS[1], {10: payload}.__getitem__)


def test_each_member_opens_his_grant_and_nobody_else_any() -> None:
    data = encode_grants(SECRET, GRANTS[2], KEYS)
    assert {open_grants(data, seed) for seed in MEMBERS} == {GRANTS[2]}
    assert open_grants(data, bytes([99]) * 32) is None
    assert open_grants(b"", MEMBERS[0]) is None


def test_grants_tell_neither_whose_they_are_nor_their_order() -> None:
    data = encode_grants(SECRET, GRANTS[2], KEYS)
    assert data == encode_grants(SECRET, GRANTS[2], reversed(KEYS))
    assert list(iter_frames(data)) == sorted(iter_frames(data))
    assert not any(key in data for key in KEYS)
    fewer = set(iter_frames(encode_grants(SECRET, GRANTS[2], KEYS[1:])))
    assert fewer < set(iter_frames(data))
    assert fewer.isdisjoint(iter_frames(encode_grants(SECRET, GRANTS[3], KEYS)))


def test_a_key_that_nothing_can_be_sealed_to_is_refused() -> None:
    with pytest.raises(KeyRefused):
        encode_grants(SECRET, GRANTS[0], [bytes(32)])


def test_damaged_grants_are_refused() -> None:
    data = encode_grants(SECRET, GRANTS[2], KEYS)
    with pytest.raises(SegmentInvalid, match="frame"):
        open_grants(data[:-1], bytes(32))
    with pytest.raises(SegmentInvalid, match="frame"):
        open_grants(encode_frames([bytes(200)]), bytes(32))
    odd = encode_frames([crypto.seal_to(KEYS[0], b"\x93\x00\x00\xc0", bytes([7]) * 32)])
    with pytest.raises(SegmentInvalid, match="not canonical"):
        open_grants(odd, MEMBERS[0])


def test_copies_reach_the_members_they_are_for() -> None:
    mine = [Copy(70, RECORDS[70]), Copy(61, RECORDS[61])]
    data = encode_copies(
        SECRET, [(KEYS[0], mine[0]), (KEYS[1], Copy(61, RECORDS[61])), (KEYS[0], mine[1])]
    )
    assert open_copies(data, MEMBERS[0]) == (mine[1], mine[0])
    assert open_copies(data, MEMBERS[1]) == (mine[1],)
    assert open_copies(data, MEMBERS[2]) == ()
    assert RECORDS[61] not in data


def test_files_are_named_by_their_content() -> None:
    assert content_name("grants", b"") == "grants-e3b0c44298fc1c14"


def test_the_owner_of_the_plain_journal_makes_the_chain_from_the_newest_grant() -> None:
    keys = KeyChain.of_journal(GRANTS[3], RECORDS.__getitem__)
    assert keys.grants == tuple(GRANTS)
    assert list(keys.open_segment(DATA, 0)) == RECORDS


@pytest.mark.parametrize(
    ("first", "end"), [(0, SIZE), (0, 10), (9, 11), (12, 70), (60, 80), (5, 5)]
)
def test_spans_say_which_key_seals_which_records(first: int, end: int) -> None:
    spans = list(chain(GRANTS[3]).spans(first, end))
    assert sum(stop - start for start, stop, _ in spans) == end - first
    data = b"".join(encode_segment(RECORDS[at:stop], at, key) for at, stop, key in spans)
    assert list(iter_frames(data)) == PAYLOADS[first:end]
