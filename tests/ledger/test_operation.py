"""Operations and change-sets: their tags and bytes are the format, their bounds are kept."""

import pytest

from ledger import crypto
from ledger.changeset import (
    CHANGE_SET_BYTES_MAX,
    NOTHING_SEEN,
    OPERATIONS_MAX,
    ChangeSet,
    ManagerStatement,
    Seen,
    SignedChangeSet,
    SignedStatement,
    restore_change_set,
    sign_change_set,
    sign_statement,
    statement_hash,
    verify_change_set,
    verify_restored,
    verify_statement,
)
from ledger.codec import decode, encode
from ledger.errors import CodecError, SignatureInvalid
from ledger.name.operation import (
    Claim,
    Delegate,
    Dispute,
    NameRecord,
    NameRules,
    Offer,
    Release,
    Renew,
    Reserve,
    RevokeName,
    SetRecords,
    Take,
)
from ledger.operation import (
    EQUAL,
    PDF,
    Accept,
    AddKey,
    AddUnit,
    Admit,
    Annotate,
    Attach,
    Bill,
    Cancel,
    Close,
    Decline,
    EndMandate,
    Hold,
    ManagerOperation,
    Mandate,
    Open,
    Operation,
    Part,
    Pay,
    Post,
    Profile,
    Reinstate,
    Request,
    Reverse,
    RevokeKey,
    Rules,
    SetLimit,
    Suspend,
    Void,
    WithdrawFile,
)
from ledger.state import replace
from ledger.unit import Unit

ID, KEY, SIGNATURE = bytes(16), bytes(32), bytes(64)
SEED, COMMUNITY = b"m" * 32, b"c" * 32
PAY = Pay(ID, 5, "EUR", "", b"", None)
RULES = Rules(1, 2, 3)
PART = Part(ID, 5)
BILL = Bill("EUR", (PART,), (PART,), EQUAL, 9, "food", "", 9, None)
ATTACH = Attach(None, "a.pdf", PDF, 5, bytes(32), bytes(20), bytes(32))
OPERATIONS: list[tuple[int, Operation | ManagerOperation]] = [
    (1, PAY),
    (2, Request(ID, 5, "EUR", "", b"", 9)),
    (3, Accept(ID)),
    (4, Decline(ID, "")),
    (5, Cancel(ID)),
    (6, Hold(ID, 5, "EUR", "", b"", 9)),
    (7, Post(ID, None)),
    (8, Void(ID, "")),
    (9, Reverse(ID, 5, "")),
    (10, Profile("Anna")),
    (11, AddKey(KEY, SIGNATURE)),
    (12, RevokeKey(KEY)),
    (13, BILL),
    (14, Mandate(None, "EUR", 5, 9, 9, "")),
    (15, EndMandate(ID)),
    (16, Annotate(None, "food", "")),
    (17, ATTACH),
    (20, Claim("bakery", 0, None)),
    (21, SetRecords("bakery", (NameRecord("", 1, 60, bytes(4)),), KEY)),
    (22, Renew("bakery", 5, "EUR")),
    (23, Offer("bakery", None)),
    (24, Take("bakery")),
    (25, Release("bakery")),
    (26, Delegate("bakery", ID)),
    (64, Open("Riverside", True, RULES)),
    (65, AddUnit(Unit("EUR", 2, "Euro", 0, 0))),
    (66, RULES),
    (67, Admit(KEY, "anna", "Anna")),
    (68, Suspend(ID, "")),
    (69, Reinstate(ID)),
    (70, Close(ID, "", False)),
    (71, SetLimit(ID, "EUR", 0, 0)),
    (72, WithdrawFile(ID, "")),
    (86, NameRules(None, 0, 0, 9, 5, 1)),
    (87, Reserve("bakery", True, "")),
    (88, Dispute("bakery", True, "")),
    (89, RevokeName("bakery", "")),
]


def change_set(*operations: Operation) -> ChangeSet:
    return ChangeSet(0, 1, b"", 1_700_000_000, NOTHING_SEEN, operations)


@pytest.mark.parametrize(("tag", "operation"), OPERATIONS)
def test_tags_are_part_of_the_format(tag: int, operation: Operation | ManagerOperation) -> None:
    assert encode(operation)[1] == tag
    assert decode(encode(operation), type(operation), 1_000) == operation


@pytest.mark.parametrize(
    "operation",
    [
        pytest.param(Pay(ID, 0, "EUR", "", b"", None), id="zero"),
        pytest.param(Pay(ID, -5, "EUR", "", b"", None), id="negative"),
        pytest.param(Pay(ID, 2**53, "EUR", "", b"", None), id="2**53"),
        pytest.param(Pay(ID[1:], 5, "EUR", "", b"", None), id="short account"),
        pytest.param(Pay(ID, 5, "eur", "", b"", None), id="unit in small letters"),
        pytest.param(Pay(ID, 5, "EUR", "m" * 201, b"", None), id="long memo"),
        pytest.param(Pay(ID, 5, "EUR", "", b"s" * 901, None), id="long sealed memo"),
        pytest.param(Pay(ID, 5, "EUR", "", b"", b"card"), id="short card id"),
        pytest.param(Request(ID, 5, "EUR", "", b"", 2**40), id="time out of range"),
        pytest.param(Post(ID, 0), id="posting nothing"),
        pytest.param(Reverse(ID, None, "r" * 201), id="long reason"),
        pytest.param(Profile(""), id="no name"),
        pytest.param(Profile("n" * 65), id="long name"),
        pytest.param(RevokeKey(KEY[1:]), id="short key"),
        pytest.param(replace(BILL, paid=()), id="nobody paid"),
        pytest.param(replace(BILL, paid=(PART,) * 17), id="too many paid"),
        pytest.param(replace(BILL, shares=()), id="nobody shares"),
        pytest.param(replace(BILL, shares=(PART,) * 65), id="too many share"),
        pytest.param(replace(BILL, shares=(Part(ID, 0),)), id="share of nothing"),
        pytest.param(replace(BILL, method=4), id="unknown method"),
        pytest.param(replace(BILL, category="c" * 33), id="long category"),
        pytest.param(Mandate(None, "EUR", 0, 9, 9, ""), id="mandate for nothing"),
        pytest.param(Mandate(ID[1:], "EUR", 1, 9, 9, ""), id="mandate for a short account"),
        pytest.param(Annotate(None, "", "t" * 201), id="long comment"),
        pytest.param(replace(ATTACH, kind=5), id="unknown kind of file"),
        pytest.param(replace(ATTACH, kind=-1), id="no kind of file"),
        pytest.param(replace(ATTACH, length=0), id="an empty file"),
        pytest.param(replace(ATTACH, length=262_145), id="a long file"),
        pytest.param(replace(ATTACH, name="a/b"), id="a file in a folder"),
        pytest.param(replace(ATTACH, hash=bytes(31)), id="a file's short hash"),
        pytest.param(replace(ATTACH, target=bytes(32)), id="a file's long target"),
        pytest.param(replace(ATTACH, key=bytes(31)), id="a file's short key"),
        pytest.param(Claim("", 0, None), id="no word"),
        pytest.param(Claim("n" * 64, 0, None), id="long word"),
        pytest.param(Claim("bakery", -1, None), id="negative price"),
        pytest.param(Offer("bakery", ID[1:]), id="offer to a short account"),
        pytest.param(SetRecords("bakery", (), KEY[1:]), id="short key of a name"),
    ],
)
def test_a_field_out_of_its_bounds_is_refused(operation: Operation) -> None:
    with pytest.raises(CodecError):
        decode(encode(change_set(operation)), ChangeSet, CHANGE_SET_BYTES_MAX)


def test_a_members_change_set_holds_no_operation_of_the_manager() -> None:
    body = encode(change_set(Suspend(ID, "")))  # type: ignore[arg-type]
    with pytest.raises(CodecError):
        decode(body, ChangeSet, CHANGE_SET_BYTES_MAX)


@pytest.mark.parametrize("count", [0, OPERATIONS_MAX + 1])
def test_a_change_set_holds_one_to_sixty_four_operations(count: int) -> None:
    with pytest.raises(CodecError):
        decode(encode(change_set(*[PAY] * count)), ChangeSet, CHANGE_SET_BYTES_MAX)


def test_a_payment_is_small_enough_for_many_to_wait_in_a_slot() -> None:
    asked = ChangeSet(0, 9, bytes(32), 1_700_000_000, Seen(10_000, bytes(32)), (PAY,))
    assert len(encode(asked)) + len(SIGNATURE) - len(asked.previous) - 40 <= 150


def test_a_signed_change_set_is_verified_from_its_bytes() -> None:
    signed = sign_change_set(COMMUNITY, SEED, change_set(PAY))
    again = verify_change_set(COMMUNITY, SignedChangeSet(signed.key, signed.body, signed.signature))
    assert again == signed


@pytest.mark.parametrize("part", ["community", "key", "body", "signature"])
def test_a_signature_covers_community_key_and_body(part: str) -> None:
    signed = sign_change_set(COMMUNITY, SEED, change_set(PAY))
    parts = {
        "community": COMMUNITY, "key": signed.key, "body": signed.body,
        "signature": signed.signature,
    }  # fmt: skip
    parts[part] = {
        "community": b"d" * 32,
        "key": crypto.public_key(b"n" * 32),
        "body": encode(change_set(PAY, PAY)),
        "signature": bytes(64),
    }[part]
    community = parts.pop("community")
    with pytest.raises(SignatureInvalid):
        verify_change_set(community, SignedChangeSet(**parts))


def test_a_change_set_is_not_verified_from_bytes_that_are_not_canonical() -> None:
    with pytest.raises(CodecError):
        verify_change_set(COMMUNITY, SignedChangeSet(KEY, b"\xcc\x05", SIGNATURE))


def test_a_restored_change_set_is_verified_like_its_bytes() -> None:
    signed = sign_change_set(COMMUNITY, SEED, change_set(PAY))
    restored = restore_change_set(COMMUNITY, signed.key, signed.change_set, signed.signature)
    assert verify_restored(COMMUNITY, restored) == signed
    other = restore_change_set(COMMUNITY, signed.key, change_set(PAY, PAY), signed.signature)
    with pytest.raises(SignatureInvalid):
        verify_restored(COMMUNITY, other)


def test_a_restored_change_set_is_bounded_too() -> None:
    signed = sign_change_set(COMMUNITY, SEED, change_set(*[replace(PAY, sealed=bytes(900))] * 18))
    assert len(signed.body) > CHANGE_SET_BYTES_MAX
    restored = restore_change_set(COMMUNITY, signed.key, signed.change_set, signed.signature)
    with pytest.raises(CodecError, match="at most 16384 fit"):
        verify_restored(COMMUNITY, restored)


def test_a_statement_is_the_communitys_only() -> None:
    signed = sign_statement(SEED, ManagerStatement(1, 9, Suspend(ID, "")))
    community = crypto.public_key(SEED)
    bare = SignedStatement(signed.statement, signed.signature)
    assert verify_statement(community, bare) == signed
    with pytest.raises(SignatureInvalid):
        verify_statement(crypto.public_key(b"n" * 32), bare)


def test_statements_of_two_communities_have_two_hashes() -> None:
    statement = ManagerStatement(1, 9, Suspend(ID, ""))
    assert statement_hash(KEY, statement) != statement_hash(COMMUNITY, statement)
