"""Every parser of this project's own formats raises its one documented error and nothing else."""

from collections.abc import Callable, Iterable
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.card import CommunityCard, MemberCard, RequestCard, read_any_card, sign_card
from federation.errors import AddressInvalid, CardInvalid, KeyFileInvalid, MemoInvalid, SlotInvalid
from federation.keys import Cost, format_key_file, lock_seed, parse_key_file
from federation.link.address import AddressBook, format_key
from federation.link.advert import (
    AdvertLink,
    ListedAdvert,
    encode_advert,
    join_advert,
    read_advert,
    write_advert,
)
from federation.link.card import LinkCard, prove_link_key
from federation.link.decision import DecisionInline, decision_slot, open_decision
from federation.link.key import link_seed
from federation.link.slot import LinkEnd, LinkInline, link_slot, open_link_slot
from federation.memo import open_memo, seal_memo
from federation.names.address import parse_name as parse_typed
from federation.names.grow import read_head
from federation.outbox import Inline, open_outbox
from federation.slot import (
    CheckpointValue,
    changes_slot,
    decode_checkpoint_value,
    encode_checkpoint_value,
    open_slot,
    seal_slot,
)
from federation.succession.text import format_successor, read_successor
from federation.witness.testimony import read_testimony, sign_testimony
from federation.words import paper_words, seed_of_words
from ledger import crypto
from ledger.accounts_file import decode_accounts, encode_accounts
from ledger.blind import community_secret, epoch_key
from ledger.checkpoint import add_cosignatures, cosign, sign_checkpoint, verify_checkpoint
from ledger.codec import encode
from ledger.cosignature import KeptCosignature, decode_cosignatures, encode_cosignatures
from ledger.epoch import Grant, encode_grants, open_copies, open_grants
from ledger.errors import HistoryMismatch, NoteError, ProofInvalid, SegmentInvalid
from ledger.level import plan_levels
from ledger.link.evidence import verify_reading
from ledger.link.reading import (
    Reading,
    ReadRecord,
    decode_reading,
    encode_reading,
    narrow_reading,
)
from ledger.link.terms import NO_FEE, Terms
from ledger.merkle_many import prove_many
from ledger.name.log import RegistryHead, decode_changes, encode_changes, parse_changes_name
from ledger.segment import (
    SegmentName,
    encode_leaves,
    encode_segment,
    format_name,
    iter_frames,
    open_record,
    parse_name,
    seal_record,
    split_leaves,
)
from ledger.snapshot import check_snapshot_files
from tests.support.attested import Attested
from tests.support.linked import linked_journal, stored_journal
from tests.support.links import EUR
from tests.support.succession import signed_by
from tests.support.township import Town

COMMUNITY, MEMBER = bytes([1]) * 32, bytes([2]) * 32
KEYS = [crypto.public_key(seed) for seed in (COMMUNITY, MEMBER)]
SECRET = community_secret(COMMUNITY)
EPOCH_KEY = epoch_key(SECRET, 1)
SLOT = changes_slot(MEMBER, *KEYS)
SIGNED = sign_checkpoint(COMMUNITY, 1_000, bytes(32))
NOTE = add_cosignatures(SIGNED.note, [cosign(MEMBER, SIGNED, 1_800_000_000)])
COSIGNED = KeptCosignature(KEYS[1], 1_000, 5, cosign(MEMBER, SIGNED, 5).signature[8:])
TESTIMONY = sign_testimony(MEMBER, SIGNED, [bytes(32)], 5)
CARDS = [
    sign_card(MEMBER, MemberCard(KEYS[1], "Ada", 1, (("192.0.2.1", 1),))),
    sign_card(COMMUNITY, CommunityCard(KEYS[0], "River", 0, b"", "public", (), "")),
    sign_card(MEMBER, RequestCard(KEYS[1], KEYS[0], bytes(16), "ada", "Ada", bytes(16), 1, "EUR",
                                  "", 1)),
    sign_card(COMMUNITY, LinkCard(
        KEYS[0], crypto.public_key(link_seed(COMMUNITY)), "River", 1, 0, b"", "public", (), "",
        Terms("HOUR", 2, "EUR", 2, 1, 15), prove_link_key(link_seed(COMMUNITY), KEYS[0]),
    )),
]  # fmt: skip
GRANTS = encode_grants(SECRET, Grant(1, 0, EPOCH_KEY), KEYS)
KEY_FILE = format_key_file(
    lock_seed("member", MEMBER, "passphrase", bytes(16), bytes(24), cost=Cost(1, 8_192))
)

TOWN = Town("ada", "ben")
assert TOWN.state.community is not None
ACCOUNTS = encode_accounts(TOWN.state.community, TOWN.state.accounts.values(), 3, None)

SUCCESSION = format_successor(signed_by(TOWN, "ada", "ben"))

LINK = link_slot(
    link_seed(MEMBER), *(LinkEnd(crypto.public_key(seed), crypto.public_key(link_seed(seed)))
                         for seed in (COMMUNITY, MEMBER))
)  # fmt: skip
ENTRIES = (ReadRecord(7, bytes(90)),)
LINK_VALUE = LinkInline(
    LINK.sender, LINK.receiver, LINK.name.salt, 1, 2, "note", (bytes(32),), ENTRIES, (bytes(32),)
)
DECISION = decision_slot(KEYS[0], bytes(16))

ADVERTS = [
    encode_advert(write_advert(KEYS[0], "River", 5, [
        AdvertLink(crypto.public_key(bytes([seed]) * 32), f"hill{seed}", EUR, False, NO_FEE, 7, 8)
        for seed in range(3, 3 + count)
    ]))
    for count in (3, 20)
]  # fmt: skip
LISTED = cast("ListedAdvert", read_advert(KEYS[0], ADVERTS[1].value))
BOOK = AddressBook(KEYS[1], {"river": KEYS[0]}, {})

SPAN = SegmentName(0, 3, 6)
TOWN_BOOKS = Attested(TOWN.seed, TOWN.records)
LAST = TOWN_BOOKS.inclusion(len(TOWN.records) - 1)
HEAD = encode(RegistryHead(LAST.extra, LAST.hashes, 2))

MEMO = seal_memo(COMMUNITY, KEYS[1], bytes(24), "for the bread")

BOOKS = Attested(
    COMMUNITY, stored_journal(COMMUNITY, linked_journal(COMMUNITY, KEYS[1], 9, range(9)))
)
READING = encode_reading(
    Reading(
        KEYS[0],
        BOOKS.sign().note.decode(),
        tuple(ReadRecord(index, BOOKS.records[index]) for index in (2, 3, 8)),
        prove_many((2, 3, 8), 9, BOOKS.subtree(9)),
    )
)


def narrow(data: bytes) -> Reading:
    reading = decode_reading(data)
    return narrow_reading(reading, [reading.entries[0].index])


Parser = Callable[[bytes], object]
PARSERS: dict[str, tuple[Parser, type[Exception], list[bytes]]] = {
    "succession": (
        lambda data: read_successor(data.decode("latin-1")), CardInvalid, [SUCCESSION.encode()],
    ),
    "testimony": (lambda data: read_testimony(KEYS[0], KEYS[1], data), SlotInvalid, [TESTIMONY]),
    "cosignatures": (
        decode_cosignatures, SegmentInvalid, [encode_cosignatures([COSIGNED])],
    ),
    "sealed cosignatures": (
        lambda data: decode_cosignatures(data, EPOCH_KEY),
        SegmentInvalid,
        [encode_cosignatures([COSIGNED], EPOCH_KEY)],
    ),
    "note": (
        lambda data: verify_checkpoint(KEYS[0], data, [KEYS[1]]), NoteError, [SIGNED.note, NOTE],
    ),
    "segment": (
        lambda data: list(iter_frames(data)), SegmentInvalid, [encode_segment([bytes(40)] * 3, 0)],
    ),
    "leaves": (
        lambda data: split_leaves(data, 3),
        SegmentInvalid,
        [encode_leaves([bytes(32)] * 3, [bytes(40)] * 3)],
    ),
    "accounts": (lambda data: decode_accounts(data, 3, None), SegmentInvalid, [ACCOUNTS]),
    "record": (
        lambda data: open_record(data, 3, EPOCH_KEY),
        SegmentInvalid,
        [seal_record(bytes(40), 3, EPOCH_KEY)],
    ),
    "grants": (lambda data: open_grants(data, MEMBER), SegmentInvalid, [GRANTS]),
    "copies": (lambda data: open_copies(data, MEMBER), SegmentInvalid, [GRANTS]),
    "segment name": (
        lambda data: parse_name(data.decode("latin-1")), SegmentInvalid, [b"r0-0-1", b"l3-1f-2f"],
    ),
    "card": (
        lambda data: read_any_card(data.decode("latin-1")),
        CardInvalid,
        [card.encode() for card in CARDS],
    ),
    "key file": (parse_key_file, KeyFileInvalid, [KEY_FILE]),
    "paper words": (
        lambda data: seed_of_words(data.decode("latin-1")),
        KeyFileInvalid,
        [paper_words(MEMBER).encode()],
    ),
    "memo": (lambda data: open_memo(MEMBER, KEYS[0], data), MemoInvalid, [MEMO]),
    "sealed slot": (
        lambda data: open_slot(SLOT.shared, data),
        SlotInvalid,
        [seal_slot(SLOT.shared, bytes(24), b"text")],
    ),
    "outbox": (
        lambda data: open_outbox(SLOT, seal_slot(SLOT.shared, bytes(24), data[:900])),
        SlotInvalid,
        [encode(Inline(KEYS[1], KEYS[0], SLOT.name.salt, 0, ()))],
    ),
    "reading": (
        lambda data: verify_reading(KEYS[0], decode_reading(data)), ProofInvalid, [READING],
    ),
    "reading to narrow": (narrow, ProofInvalid, [READING]),
    "link slot": (
        lambda data: open_link_slot(LINK, seal_slot(LINK.shared, bytes(24), data[:900])),
        SlotInvalid,
        [encode(LINK_VALUE), encode(LINK_VALUE)[:-35]],
    ),
    "decision slot": (
        lambda data: open_decision(DECISION, seal_slot(DECISION.secret, bytes(24), data[:900])),
        SlotInvalid,
        [encode(DecisionInline(Reading(KEYS[0], "note", ENTRIES, (bytes(32),))))],
    ),
    "advert": (
        lambda data: read_advert(KEYS[0], data), SlotInvalid, [ADVERTS[0].value, ADVERTS[1].value],
    ),
    "listed advert": (
        lambda data: join_advert(LISTED, [data, *ADVERTS[1].items[1:]]),
        SlotInvalid,
        [ADVERTS[1].items[0]],
    ),
    "address": (
        lambda data: BOOK.parse(data.decode("latin-1")),
        AddressInvalid,
        [b"bakery@river", f"bakery@{format_key(KEYS[0])}".encode()],
    ),
    "typed name": (
        lambda data: parse_typed(data.decode("latin-1"), "tab.alt"),
        AddressInvalid,
        [b"www.bakery.river.tab.alt", b"b\xfccher@hill.river", b"xn--bcher-kva.river"],
    ),
    "file of names": (
        lambda data: decode_changes(data, SPAN),
        SegmentInvalid,
        [encode_changes({b"bakery": b"value", b"mill": None}, SPAN)],
    ),
    "name of a file of names": (
        lambda data: parse_changes_name(data.decode("latin-1")),
        SegmentInvalid,
        [b"n0-3-6-0123456789abcdef", b"n2-0-1ff-0123456789abcdef"],
    ),
    "head of names": (
        lambda data: read_head(TOWN_BOOKS.sign(), data), HistoryMismatch, [HEAD],
    ),
    "checkpoint slot": (
        decode_checkpoint_value,
        SlotInvalid,
        [encode_checkpoint_value(CheckpointValue(NOTE, (bytes(20),)))],
    ),
}  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn, whole: list[bytes]) -> bytes:
    """Bytes of any kind, or good ones that were cut, changed, doubled or glued."""
    if draw(st.integers(0, 3)) == 0:
        return draw(st.binary(max_size=300))
    data = bytearray(draw(st.sampled_from(whole)))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 8)))
        data[start:end] = draw(st.binary(max_size=8))
    return bytes(data)


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_raises_its_one_error(name: str) -> None:
    parse, error, whole = PARSERS[name]

    @settings(max_examples=150, deadline=None)
    @given(damaged(whole))
    def try_one(data: bytes) -> None:
        try:
            parse(data)
        except error:
            return

    try_one()


NAMES = [format_name(kind, name) for name in plan_levels(range(1, 40)) for kind in ("r", "l")]

OTHERS = (
    "checkpoint-27", "checkpoint-0", "grants-" + "0" * 16, "names-" + "0" * 16,
    "n0-0-3-" + "0" * 16, "n0-3-4-" + "1" * 16, "n1-0-9-" + "0" * 16,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([*NAMES, *OTHERS]) | st.text(max_size=20),
            st.integers(-1, 2**40),
        ),
        max_size=30,
    )
)
def test_a_list_of_files_is_a_snapshot_or_refused(entries: Iterable[tuple[str, int]]) -> None:
    try:
        found = check_snapshot_files(entries, 39)
    except SegmentInvalid:
        return
    assert set(found.names) == {name for name, _ in entries}
