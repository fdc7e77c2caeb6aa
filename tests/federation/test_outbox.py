from hashlib import sha256

import pytest
from msgspec.structs import replace

from federation import bencode
from federation.errors import SlotInvalid
from federation.item import VALUE_BYTES_MAX, immutable_target
from federation.outbox import (
    Inline,
    Listed,
    after,
    join_outbox,
    leave_out,
    open_outbox,
    restore,
    seal_outbox,
)
from federation.slot import changes_slot, seal_slot
from federation.tier import CHUNKS_MAX, Filled
from ledger import crypto
from ledger.changeset import (
    CHANGE_SET_BYTES_MAX,
    NOTHING_SEEN,
    ChangeSet,
    Seen,
    Verified,
    sign_change_set,
    verify_change_set,
)
from ledger.codec import encode
from ledger.errors import SignatureInvalid
from ledger.operation import Hold, Pay

COMMUNITY, MEMBER, OTHER = (bytes([number]) * 32 for number in (1, 2, 3))
KEYS = [crypto.public_key(seed) for seed in (COMMUNITY, MEMBER, OTHER)]
SLOT = changes_slot(MEMBER, KEYS[0], KEYS[1])
NONCES = (bytes(24), bytes(range(24)))
SEEN = Seen(1_000, bytes(range(32)))
PAY = Pay(bytes(16), 1_250, "EUR", "coffee", b"", None)


def chain(count: int, generation: int = 0, seen: tuple[Seen, ...] = (SEEN,)) -> list[Verified]:
    made: list[Verified] = []
    for number in range(1, count + 1):
        previous = made[-1].hash if made else b""
        saw = seen[number % len(seen)]
        asked = ChangeSet(generation, number, previous, 1_800_000_000 + number, saw, (PAY,))
        made.append(sign_change_set(KEYS[0], MEMBER, asked))
    return made


def seal(change_sets: list[Verified], generation: int = 0) -> Filled:
    return seal_outbox(SLOT, generation, change_sets, NONCES)


def read(sealed: Filled) -> Inline:
    manager = changes_slot(COMMUNITY, KEYS[0], KEYS[1])
    opened = open_outbox(manager, sealed.value)
    if isinstance(opened, Inline):
        assert sealed.items == ()
        return opened
    assert list(opened.targets) == [immutable_target(item) for item in sealed.items]
    return join_outbox(manager, opened, sealed.items)


def verified(inline: Inline, previous: bytes = b"") -> list[Verified]:
    return [verify_change_set(KEYS[0], signed) for signed in restore(inline, previous)]


@pytest.mark.parametrize("count", [0, 1, 6, 7, 8, 30, 100, 200])
def test_the_manager_reads_what_the_member_signed(count: int) -> None:
    change_sets = chain(count)
    sealed = seal(change_sets)
    assert sealed.count == count
    assert verified(read(sealed)) == change_sets


def test_six_payments_fit_the_slot_itself_and_a_further_one_costs_112_bytes() -> None:
    assert seal(chain(6)).items == ()
    one, two = (len(encode(leave_out(SLOT, 0, chain(count)))) for count in (1, 2))
    assert two - one == 112


def test_a_hundred_payments_fit_immutable_items() -> None:
    sealed = seal(chain(100))
    assert len(sealed.value) == 512
    assert len(sealed.items) == 12
    assert all(len(item) <= VALUE_BYTES_MAX for item in sealed.items)


def test_what_does_not_fit_waits_and_the_oldest_go_first() -> None:
    change_sets = chain(300)
    sealed = seal(change_sets)
    assert len(sealed.items) == CHUNKS_MAX
    assert len(sealed.value) == 999
    assert 200 < sealed.count < 300
    assert verified(read(sealed)) == change_sets[: sealed.count]
    assert verified(read(seal(change_sets[sealed.count :])), change_sets[sealed.count - 1].hash)


def test_the_largest_change_set_fits() -> None:
    hold = Hold(bytes(16), 2**53 - 1, "EUR", "", bytes(900), 2**40 - 1)
    asked = ChangeSet(2**53 - 1, 1, b"", 2**40 - 1, SEEN, (hold,) * 17)
    change_set = sign_change_set(KEYS[0], MEMBER, asked)
    assert CHANGE_SET_BYTES_MAX - 900 < len(change_set.body) <= CHANGE_SET_BYTES_MAX
    sealed = seal([change_set], generation=2**53 - 1)
    assert verified(read(sealed)) == [change_set]


def test_a_changing_seen_is_restored() -> None:
    change_sets = chain(9, seen=(SEEN, SEEN, NOTHING_SEEN))
    inline = read(seal(change_sets))
    assert [entry.seen is None for entry in inline.entries].count(True) == 2
    assert verified(inline) == change_sets


def test_a_reader_skips_what_it_has() -> None:
    change_sets = chain(7, seen=(SEEN, NOTHING_SEEN, NOTHING_SEEN))
    inline = read(seal(change_sets))
    for number in range(1, 8):
        rest = after(inline, number)
        assert verified(rest, change_sets[number - 1].hash) == change_sets[number:]
    assert after(inline, 0) == inline


def test_a_wrong_previous_fails_the_first_signature() -> None:
    change_sets = chain(3)
    inline = read(seal(change_sets[1:]))
    assert verified(inline, change_sets[0].hash) == change_sets[1:]
    with pytest.raises(SignatureInvalid):
        verified(inline, bytes(32))


def test_an_outbox_sealed_for_another_slot_is_refused() -> None:
    inline = leave_out(SLOT, 0, chain(1))
    for wrong in (
        replace(inline, sender=KEYS[0]),
        replace(inline, sender=KEYS[0], receiver=KEYS[1]),
        replace(inline, receiver=KEYS[2]),
        replace(inline, salt=bytes(16)),
        replace(inline, salt=b""),
    ):
        with pytest.raises(SlotInvalid, match="another slot"):
            open_outbox(SLOT, seal_slot(SLOT.shared, NONCES[0], encode(wrong)))


def test_an_outbox_of_another_member_is_refused() -> None:
    other = changes_slot(OTHER, KEYS[0], KEYS[2])
    value = seal_outbox(other, 0, [], NONCES).value
    with pytest.raises(SlotInvalid):
        open_outbox(SLOT, value)


def test_numbers_with_holes_and_a_missing_seen_are_refused() -> None:
    inline = leave_out(SLOT, 0, chain(3))
    one, two, three = inline.entries
    for entries, message in (
        ((one, three), "number 2 is missing"),
        ((two, one), "out of order"),
        ((one, one), "number 2 is missing"),
        ((two, three), "what it has seen"),
    ):
        plaintext = encode(replace(inline, entries=entries))
        with pytest.raises(SlotInvalid, match=message):
            open_outbox(SLOT, seal_slot(SLOT.shared, NONCES[0], plaintext))


@pytest.mark.parametrize(
    "plaintext",
    [b"", b"\xc0", b"\x91\x01", b"\x96\x03" + bytes(5), b"\xdc\x00\x06\x01", bytes(900)],
)
def test_an_outbox_that_is_not_canonical_is_refused(plaintext: bytes) -> None:
    with pytest.raises(SlotInvalid, match="not canonical"):
        open_outbox(SLOT, seal_slot(SLOT.shared, NONCES[0], plaintext))


def test_items_that_are_not_the_listed_ones_are_refused() -> None:
    sealed = seal(chain(30))
    listed = open_outbox(SLOT, sealed.value)
    assert isinstance(listed, Listed)
    first, second, *rest = sealed.items
    for items in (
        [],
        [first],
        [second, first, *rest],
        [first, second, *rest, b"0:0:"],
        [first, second, *rest, bencode.encode(b"more")],
        [bencode.encode([b"list"]), second, *rest],
        [first[:-1], second, *rest],
        [bytes(2_000), second, *rest],
    ):
        with pytest.raises(SlotInvalid):
            join_outbox(SLOT, listed, items)


def listed_of(sealed: bytes, generation: int = 0) -> tuple[Listed, list[bytes]]:
    item = bencode.encode(sealed)
    listed = Listed(
        SLOT.sender, SLOT.receiver, SLOT.name.salt, generation,
        len(sealed), sha256(sealed).digest(), (immutable_target(item),),
    )  # fmt: skip
    return listed, [item]


def test_items_that_hold_something_else_are_refused() -> None:
    def box(plaintext: bytes) -> bytes:
        return NONCES[1] + crypto.box(SLOT.shared, NONCES[1], plaintext)

    nested, _ = listed_of(b"x")
    inline = encode(leave_out(SLOT, 0, chain(1)))
    assert verified(join_outbox(SLOT, *listed_of(box(inline)))) == chain(1)
    for listed, items in (
        listed_of(b"x"),
        listed_of(bytes(100)),
        listed_of(box(b"\xc0")),
        listed_of(box(encode(nested))),
        listed_of(box(inline), generation=1),
    ):
        with pytest.raises(SlotInvalid):
            join_outbox(SLOT, listed, items)
