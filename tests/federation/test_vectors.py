"""The formats' own vectors: what another implementation has to produce, byte for byte.

All come from three seeds: the community's is 32 bytes of 01, the member's 32 bytes of 02, that of
the community it is linked to 32 bytes of 03.
"""

import json
from pathlib import Path

import pytest

from federation.card import CommunityCard, MemberCard, RequestCard, sign_card
from federation.keys import derive_seed
from federation.link.advert import AdvertLink, encode_advert, sign_advert, write_advert
from federation.link.card import LinkCard, prove_link_key
from federation.link.decision import decision_slot, seal_decision
from federation.link.key import link_seed
from federation.link.slot import LinkEnd, LinkValue, link_slot, seal_link_slot
from federation.memo import seal_memo
from federation.outbox import seal_outbox
from federation.slot import (
    CheckpointValue,
    changes_slot,
    encode_checkpoint_value,
    witness_slot,
)
from federation.witness.testimony import sign_testimony
from federation.words import fingerprint, link_words, paper_words
from ledger import crypto
from ledger.accounts_file import encode_accounts
from ledger.blind import blind, community_secret, epoch_key
from ledger.changeset import ChangeSet, Seen, Verified, sign_change_set
from ledger.checkpoint import add_cosignatures, cosign, sign_checkpoint
from ledger.codec import encode
from ledger.cosignature import KeptCosignature, encode_cosignatures
from ledger.epoch import Copy, Grant, encode_copies, encode_grants
from ledger.link.reading import Reading, ReadRecord, encode_reading, narrow_reading
from ledger.link.terms import Fee, Terms
from ledger.merkle import leaf_hash
from ledger.merkle_many import prove_many
from ledger.name.log import RegistryHead, encode_changes, format_changes_name, name_changes
from ledger.name.operation import NameRecord
from ledger.name.state import NameState
from ledger.operation import Pay, Rules
from ledger.record import EpochRecord
from ledger.segment import SegmentName, encode_leaves, encode_segment
from ledger.snapshot import torrent_name
from ledger.state import Account, Community, UnitBalance
from ledger.unit import Unit
from tests.support.attested import Attested
from tests.support.linked import linked_journal, stored_journal

PATH = Path(__file__).parents[1] / "vectors" / "formats.json"
COMMUNITY_SEED, MEMBER_SEED = b"\x01" * 32, b"\x02" * 32
COMMUNITY, MEMBER = crypto.public_key(COMMUNITY_SEED), crypto.public_key(MEMBER_SEED)
PEER_SEED = b"\x03" * 32
PEER, PEER_LINK_KEY = crypto.public_key(PEER_SEED), crypto.public_key(link_seed(PEER_SEED))
LINK_KEY = crypto.public_key(link_seed(COMMUNITY_SEED))
SECRET = community_secret(COMMUNITY_SEED)
NONCE, OTHER_NONCE = bytes(range(24)), bytes(range(24, 48))
NOW = 1_800_000_000
NODES = (("192.0.2.7", 6_881),)


def pays(count: int) -> list[Verified]:
    made: list[Verified] = []
    for number in range(1, count + 1):
        previous = made[-1].hash if made else b""
        pay = Pay(bytes(range(16)), 1_250, "EUR", "bread", b"", None)
        asked = ChangeSet(0, number, previous, NOW, Seen(7, bytes(32)), (pay,))
        made.append(sign_change_set(COMMUNITY, MEMBER_SEED, asked))
    return made


def keys() -> dict[str, str]:
    return {
        "community key": COMMUNITY.hex(),
        "member key": MEMBER.hex(),
        "member's fingerprint": fingerprint(MEMBER),
        "member's paper backup": paper_words(MEMBER_SEED),
        "member's exchange key": crypto.exchange_key(MEMBER).hex(),
        "shared key": crypto.shared_key(MEMBER_SEED, COMMUNITY).hex(),
        "community secret": SECRET.hex(),
        "key of epoch 1": epoch_key(SECRET, 1).hex(),
        "community's feed seed": derive_seed(COMMUNITY_SEED, "feed").hex(),
        "community's link seed": link_seed(COMMUNITY_SEED).hex(),
        "torrent name": torrent_name(COMMUNITY),
    }


def checkpoints() -> dict[str, str]:
    signed = sign_checkpoint(COMMUNITY_SEED, 1_000, bytes(range(32)))
    cosigned = add_cosignatures(signed.note, [cosign(MEMBER_SEED, signed, NOW)])
    value = encode_checkpoint_value(CheckpointValue(cosigned, (b"\xaa" * 20, b"\xbb" * 20)))
    return {
        "checkpoint of size 1000, root 00 to 1f": signed.note.decode(),
        "the same, cosigned by the member at 1800000000": cosigned.decode(),
        "its slot value, infohashes of aa and bb": value.hex(),
    }


def slots() -> dict[str, str]:
    slot = changes_slot(MEMBER_SEED, COMMUNITY, MEMBER)
    one = seal_outbox(slot, 0, pays(1), (NONCE, OTHER_NONCE))
    many = seal_outbox(slot, 0, pays(9), (NONCE, OTHER_NONCE))
    return {
        "salt": slot.name.salt.hex(),
        "change-set": pays(1)[0].body.hex(),
        "its signature": pays(1)[0].signature.hex(),
        "its hash": pays(1)[0].hash.hex(),
        "value with it": one.value.hex(),
        "value with nine, listed": many.value.hex(),
        "first of the listed items": many.items[0].hex(),
        "memo 'bread' from member to community": seal_memo(
            MEMBER_SEED, COMMUNITY, NONCE, "bread"
        ).hex(),
    }


def witnesses() -> dict[str, str]:
    signed = sign_checkpoint(COMMUNITY_SEED, 1_000, bytes(range(32)))
    read_key = epoch_key(SECRET, 1)
    line = cosign(MEMBER_SEED, signed, NOW)
    row = KeptCosignature(MEMBER, 1_000, NOW, line.signature[8:])
    return {
        "salt of the member's slot, closed": witness_slot(read_key, COMMUNITY, MEMBER).salt.hex(),
        "salt of the member's slot, open": witness_slot(COMMUNITY, COMMUNITY, MEMBER).salt.hex(),
        "testimony of the checkpoint of size 1000, waiting for aa": sign_testimony(
            MEMBER_SEED, signed, [b"\xaa" * 32], NOW
        ).hex(),
        "file of that cosignature, open": encode_cosignatures([row]).hex(),
        "file of that cosignature, closed": encode_cosignatures([row], read_key).hex(),
    }


def files() -> dict[str, str]:
    records = [blind(SECRET, 0, encode(EpochRecord(1, 0, b""))), blind(SECRET, 1, b"body")]
    unit = Unit("EUR", 2, "Euro", 10_000, 20_000)
    settled = Community("River", True, NOW, Rules(60, 60, 60), (unit,), 2, 1, 0)
    books = UnitBalance("EUR", -300, 0, 0, 10_000, 20_000)
    account = Account(MEMBER[:16], "ada", "Ada", "active", NOW, (MEMBER,), (books,), 2)
    return {
        "records 0 and 1": " ".join(record.hex() for record in records),
        "their segment, open": encode_segment(records, 0).hex(),
        "their segment, closed": encode_segment(records, 0, epoch_key(SECRET, 1)).hex(),
        "their leaves, open": encode_leaves(map(leaf_hash, records), records).hex(),
        "accounts of a ledger of 2 records, closed": encode_accounts(
            settled, [account], 2, epoch_key(SECRET, 1)
        ).hex(),
        "grants of epoch 1 to the member": encode_grants(
            SECRET, Grant(1, 0, epoch_key(SECRET, 1)), [MEMBER]
        ).hex(),
        "copy of record 1 for the member": encode_copies(
            SECRET, [(MEMBER, Copy(1, records[1]))]
        ).hex(),
    }


def names() -> dict[str, str]:
    web = NameRecord("www", 1, 300, bytes((192, 0, 2, 7)))
    end = NOW + 86_400
    bakery = NameState("bakery", MEMBER[:16], NOW, 8, end, MEMBER, (web,), None, None, False, 9)
    span = SegmentName(0, 3, 6)
    data = encode_changes({b"bakery": encode(bakery), b"mill": None}, span)
    head = RegistryHead(blind(SECRET, 0, encode(EpochRecord(1, 0, b""))), (bytes(range(32)),), 6)
    return {
        "bakery in the map": encode(bakery).hex(),
        "changes 3 to 5, where mill is removed": data.hex(),
        "their file's name": format_changes_name(name_changes(span, data)),
        "head over record 0 of the files": encode(head).hex(),
    }


def cards() -> dict[str, str]:
    member = MemberCard(MEMBER, "Ada", NOW, NODES)
    community = CommunityCard(COMMUNITY, "River", 1_000, bytes(32), "private", NODES, "")
    request = RequestCard(
        MEMBER, COMMUNITY, MEMBER[:16], "ada", "Ada", bytes(range(16)), 1_250, "EUR", "bread", NOW
    )
    terms = Terms("HOUR", 2, "EUR", 2, 2, 31)
    link = LinkCard(
        COMMUNITY, LINK_KEY, "River", NOW, 1_000, bytes(32), "private", NODES, "", terms,
        prove_link_key(link_seed(COMMUNITY_SEED), COMMUNITY),
    )  # fmt: skip
    return {
        "member": sign_card(MEMBER_SEED, member),
        "community": sign_card(COMMUNITY_SEED, community),
        "request": sign_card(MEMBER_SEED, request),
        "link, 1 HOUR = 15.50 EUR": sign_card(COMMUNITY_SEED, link),
    }


def readings() -> dict[str, str]:
    records = linked_journal(COMMUNITY_SEED, MEMBER, 7, range(1, 7))
    books = Attested(COMMUNITY_SEED, stored_journal(COMMUNITY_SEED, records))
    proof = prove_many((1, 2, 6), 7, books.subtree(7))
    entries = tuple(ReadRecord(index, books.records[index]) for index in (1, 2, 6))
    reading = Reading(COMMUNITY, books.sign().note.decode(), entries, proof)
    return {
        "seven records": " ".join(record.hex() for record in books.records),
        "root of their tree": books.root(7).hex(),
        "combined proof of records 1, 2 and 6": " ".join(one.hex() for one in proof),
        "reading of these": encode_reading(reading).hex(),
        "the same, narrowed to record 6": encode_reading(narrow_reading(reading, [6])).hex(),
    }


def links() -> dict[str, str]:
    ends = (LinkEnd(COMMUNITY, LINK_KEY), LinkEnd(PEER, PEER_LINK_KEY))
    slot = link_slot(link_seed(COMMUNITY_SEED), *ends)
    records = linked_journal(COMMUNITY_SEED, PEER, 7, range(1, 7))
    books = Attested(COMMUNITY_SEED, stored_journal(COMMUNITY_SEED, records))
    entries = tuple(ReadRecord(index, books.records[index]) for index in range(1, 7))
    whole = Reading(COMMUNITY, books.sign().note.decode(), entries, prove_many(
        range(1, 7), 7, books.subtree(7)
    ))  # fmt: skip
    one = narrow_reading(whole, [1])
    inline = seal_link_slot(slot, said(one, books), (NONCE, OTHER_NONCE))
    listed = seal_link_slot(slot, said(whole, books), (NONCE, OTHER_NONCE))
    decision = decision_slot(LINK_KEY, bytes(range(16)))
    return {
        "link key": LINK_KEY.hex(),
        "the other's link key": PEER_LINK_KEY.hex(),
        "words": link_words(COMMUNITY, LINK_KEY, PEER, PEER_LINK_KEY),
        "salt of the slot": slot.name.salt.hex(),
        "salt of the other's": link_slot(
            link_seed(COMMUNITY_SEED), *reversed(ends)
        ).name.salt.hex(),
        "value with record 1, taken 5, seen 1000, old size 3": inline.value.hex(),
        "value with records 1 to 6, listed": listed.value.hex(),
        "first of the listed items": listed.items[0].hex(),
        "salt of the decision on payment 00 to 0f": decision.name.salt.hex(),
        "its key": decision.secret.hex(),
        "its value with record 1": seal_decision(decision, one, (NONCE, OTHER_NONCE)).value.hex(),
    }


def said(reading: Reading, books: Attested) -> LinkValue:
    consistency = books.consistency(3).hashes
    return LinkValue(5, 1_000, reading.note, consistency, reading.entries, reading.proof)


def adverts() -> dict[str, str]:
    hours = Terms("HOUR", 2, "EUR", 2, 2, 31)
    link = AdvertLink(PEER, "hill", hours, True, Fee(10, 2_500), 123_456, 98_765)
    advert = write_advert(COMMUNITY, "River", NOW, [link])
    many = [
        AdvertLink(
            crypto.public_key(bytes([seed]) * 32), f"hill{seed}", hours, False, Fee(0, 0), 5, 0
        )
        for seed in range(3, 23)
    ]
    listed = encode_advert(write_advert(COMMUNITY, "River", NOW, many))
    return {
        "advert of one link, 1 HOUR = 15.50 EUR": encode(advert).hex(),
        "its item's signature with seq 1800000000": sign_advert(
            COMMUNITY_SEED, NOW, encode_advert(advert)
        ).signature.hex(),
        "value with twenty links, listed": listed.value.hex(),
        "first of the listed items": listed.items[0].hex(),
    }


VECTORS = {
    "keys": keys,
    "checkpoints": checkpoints,
    "slots": slots,
    "witnesses": witnesses,
    "files": files,
    "names": names,
    "cards": cards,
    "readings": readings,
    "links": links,
    "adverts": adverts,
}


@pytest.mark.parametrize("section", VECTORS)
def test_the_formats_are_those_of_the_vectors(section: str) -> None:
    assert VECTORS[section]() == json.loads(PATH.read_text("utf-8"))[section]
