"""What is written reads back, whatever it says."""

from hypothesis import given, settings
from hypothesis import strategies as st

from federation.card import MemberCard, read_card, sign_card
from federation.outbox import Inline, after, join_outbox, open_outbox, restore, seal_outbox
from federation.slot import PLAINTEXT_BYTES_MAX, changes_slot, open_slot, seal_slot
from federation.words import paper_words, seed_of_words
from ledger import crypto
from ledger.changeset import ChangeSet, Seen, Verified, sign_change_set, verify_change_set
from ledger.checkpoint import sign_checkpoint, verify_checkpoint
from ledger.name.operation import Claim, Delegate, NameRecord, SetRecords
from ledger.operation import (
    Accept,
    Annotate,
    Attach,
    Bill,
    EndMandate,
    Mandate,
    Operation,
    Part,
    Pay,
    Profile,
)
from ledger.segment import encode_segment, iter_frames, open_record

COMMUNITY, MEMBER = bytes([1]) * 32, bytes([2]) * 32
KEYS = [crypto.public_key(seed) for seed in (COMMUNITY, MEMBER)]
SLOT = changes_slot(MEMBER, *KEYS)
NONCES = (bytes(24), bytes(range(24)))

SEEN = st.sampled_from([Seen(0, b""), Seen(7, bytes(32)), Seen(2**53 - 1, b"\xff" * 32)])
ENTRY_IDS = st.binary(min_size=16, max_size=16)
WORDS = st.text(st.characters(codec="utf-8"), max_size=32)
PARTS = st.lists(st.builds(Part, ENTRY_IDS, st.integers(1, 2**53 - 1)), min_size=1, max_size=5).map(
    tuple
)
HANDLES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=63)
RECORDS = st.lists(
    st.builds(
        NameRecord, WORDS, st.integers(1, 65_535), st.integers(0, 604_800),
        st.binary(min_size=1, max_size=512),
    ),
    max_size=4,
).map(tuple)  # fmt: skip
OPERATIONS = st.one_of(
    st.builds(
        Pay, ENTRY_IDS, st.integers(1, 2**53 - 1), st.sampled_from(["EUR", "HOUR"]),
        st.text(st.characters(codec="utf-8"), max_size=60), st.binary(max_size=90),
        ENTRY_IDS | st.none(),
    ),
    st.builds(Accept, ENTRY_IDS),
    st.builds(
        Bill, st.just("EUR"), PARTS, PARTS, st.integers(0, 3), st.integers(0, 2**40 - 1),
        WORDS, WORDS, st.integers(0, 2**40 - 1), ENTRY_IDS | st.none(),
    ),
    st.builds(
        Mandate, ENTRY_IDS | st.none(), st.just("EUR"), st.integers(1, 2**53 - 1),
        st.integers(1, 2**53 - 1), st.integers(0, 2**40 - 1), WORDS,
    ),
    st.builds(EndMandate, ENTRY_IDS),
    st.builds(Annotate, ENTRY_IDS | st.none(), WORDS, WORDS),
    st.builds(
        Attach, ENTRY_IDS | st.none(), st.sampled_from(["a", "Käse.txt", "…" * 64]),
        st.integers(0, 4), st.integers(1, 262_144), st.binary(min_size=32, max_size=32),
        st.binary(min_size=20, max_size=20), st.binary(min_size=32, max_size=32),
    ),
    st.builds(Claim, HANDLES, st.integers(0, 2**53 - 1), st.sampled_from(["EUR", None])),
    st.builds(SetRecords, HANDLES, RECORDS, st.none() | st.binary(min_size=32, max_size=32)),
    st.builds(Delegate, HANDLES, ENTRY_IDS | st.none()),
    st.builds(Profile, st.text(st.characters(codec="utf-8"), min_size=1, max_size=64)),
)  # fmt: skip
CONTENT = st.lists(
    st.tuples(SEEN, st.lists(OPERATIONS, min_size=1, max_size=3).map(tuple)), max_size=40
)


@settings(max_examples=40, deadline=None)
@given(CONTENT, st.integers(0, 2**53 - 1), st.integers(0, 40))
def test_an_outbox_gives_back_every_change_set(
    content: list[tuple[Seen, tuple[Operation, ...]]], generation: int, known: int
) -> None:
    made: list[Verified] = []
    for number, (seen, operations) in enumerate(content, 1):
        previous = made[-1].hash if made else b""
        asked = ChangeSet(generation, number, previous, 1_800_000_000, seen, operations)
        made.append(sign_change_set(KEYS[0], MEMBER, asked))
    sealed = seal_outbox(SLOT, generation, made, NONCES)
    opened = open_outbox(SLOT, sealed.value)
    inline = opened if isinstance(opened, Inline) else join_outbox(SLOT, opened, sealed.items)
    again = [verify_change_set(KEYS[0], signed) for signed in restore(inline, b"")]
    assert again == made[: sealed.count]
    known = min(known, sealed.count)
    previous = made[known - 1].hash if known else b""
    rest = [
        verify_change_set(KEYS[0], signed) for signed in restore(after(inline, known), previous)
    ]
    assert rest == again[known:]


@given(st.binary(max_size=PLAINTEXT_BYTES_MAX), st.binary(min_size=24, max_size=24))
def test_a_sealed_slot_gives_back_its_plaintext(plaintext: bytes, nonce: bytes) -> None:
    assert open_slot(SLOT.shared, seal_slot(SLOT.shared, nonce, plaintext)) == plaintext


@given(st.integers(0, 2**53 - 1), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_gives_back_size_and_root(size: int, root: bytes) -> None:
    signed = sign_checkpoint(COMMUNITY, size, root)
    assert verify_checkpoint(KEYS[0], signed.note) == signed


@given(
    st.lists(st.binary(min_size=17, max_size=300), max_size=20),
    st.integers(0, 2**52),
    st.none() | st.binary(min_size=32, max_size=32),
)
def test_a_segment_gives_back_its_records(
    records: list[bytes], first: int, key: bytes | None
) -> None:
    payloads = iter_frames(encode_segment(records, first, key))
    assert [open_record(data, at, key) for at, data in enumerate(payloads, first)] == records


@given(st.text(min_size=1, max_size=64).filter(str.isprintable), st.integers(0, 2**40 - 1))
def test_a_card_gives_back_its_name(name: str, time: int) -> None:
    card = MemberCard(KEYS[1], name, time, ())
    assert read_card(sign_card(MEMBER, card), MemberCard) == card


@given(st.binary(min_size=32, max_size=32))
def test_paper_words_give_back_the_seed(seed: bytes) -> None:
    assert seed_of_words(paper_words(seed)) == seed
