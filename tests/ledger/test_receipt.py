"""Receipts: a stranger reads who paid whom how much, and nothing that was changed passes."""

from contextlib import suppress
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.codec import encode
from ledger.errors import ProofInvalid
from ledger.link.link import exchange_id
from ledger.operation import AddLink, Admit
from ledger.proof.receipt import (
    ProvenReceipt,
    Receipt,
    format_receipt,
    parse_receipt,
    verify_receipt,
)
from ledger.record import TransactionRecord, decode_record
from ledger.state import Community
from ledger.state import replace as altered_struct
from tests.support.attested import Attested, admitted
from tests.support.eventful import eventful_town
from tests.support.forgery import altered
from tests.support.linked_pair import Pair
from tests.support.realm import Shire, link
from tests.support.township import Town


@cache
def town() -> Town:
    return eventful_town()


@cache
def attested() -> Attested:
    return Attested(town().seed, town().records)


@cache
def transactions() -> tuple[int, ...]:
    records = enumerate(map(decode_record, town().records))
    return tuple(at for at, record in records if isinstance(record, TransactionRecord))


def receipt(index: int | None = None) -> Receipt:
    at = transactions()[0] if index is None else index
    return attested().receipt(town().state, at)


def check(data: bytes) -> ProvenReceipt:
    return verify_receipt(town().key, parse_receipt(data))


def test_a_receipt_of_which_anything_was_changed_shows_nothing() -> None:
    text = format_receipt(receipt())
    assert check(text)
    for forged in altered(text):
        with pytest.raises(ProofInvalid):
            check(forged)


def test_every_transaction_is_shown_with_its_people_and_units() -> None:
    for index in transactions():
        proven = check(format_receipt(receipt(index)))
        assert proven.transaction == decode_record(town().records[index])
        assert proven.state.community == town().state.community
        about = {one for move in proven.transaction.transfers for one in (move.debit, move.credit)}
        assert {proven.people[one].handle for one in about} == {
            town().state.accounts[one].handle for one in about
        }


def test_a_payment_across_links_is_shown_with_the_links_that_it_passes() -> None:
    pair = Pair()
    pair.live()
    for shire in (pair.lake, pair.river):
        books, state = Attested(shire.seed, shire.records), shire.state
        nameless = {exchange_id(state.commons), state.commons}
        for index, stored in enumerate(shire.records):
            record = decode_record(stored)
            if isinstance(record, TransactionRecord):
                proven = verify_receipt(shire.key, books.receipt(state, index))
                about = {one for move in record.transfers for one in (move.debit, move.credit)}
                opened: dict[bytes, Admit | AddLink] = {**proven.people, **proven.linked}
                assert {one: said.handle for one, said in opened.items()} == {
                    one: state.accounts[one].handle for one in about - nameless
                }
                assert len(proven.linked) == 1


def test_a_link_that_a_receipt_does_not_pass_explains_nothing() -> None:
    lake, river = Shire("lake", "anna", "bert"), Shire("river")
    link(lake, river)
    lake.merge(lake.pay("anna", "bert", 5))
    books = Attested(lake.seed, lake.records)
    opened = {admitted(one): at for at, one in enumerate(lake.records)}
    paid = next(
        at
        for at, one in enumerate(lake.records)
        if isinstance(decode_record(one), TransactionRecord)
    )
    whole = books.receipt(lake.state, paid)
    *people, last = whole.beside
    beside = (*people, books.beside(opened[lake.link_to(river).account]), last)
    with pytest.raises(ProofInvalid, match="not about"):
        verify_receipt(lake.key, replace(whole, beside=beside))


def test_a_receipt_without_its_people_still_shows_the_transaction() -> None:
    bare = replace(receipt(), beside=receipt().beside[-1:])
    proven = check(format_receipt(bare))
    assert proven.people == {}
    assert proven.transaction.transfers[0].amount == 700


def beside_wrong() -> dict[str, Receipt]:
    whole = receipt()
    first, second, last = whole.beside
    records = town().records
    stranger = next(at for at, one in enumerate(records) if admitted(one) == town()["cleo"].id)
    statement = next(at for at in range(len(records)) if at not in {first.index, second.index})
    return {
        "no state record": replace(whole, beside=(first, second)),
        "nothing beside it": replace(whole, beside=()),
        "a wrong order": replace(whole, beside=(second, first, last)),
        "one twice": replace(whole, beside=(first, first, last)),
        "somebody else": replace(whole, beside=(first, second, attested().beside(stranger), last)),
        "no admission": replace(whole, beside=(attested().beside(statement), first, second, last)),
        "another place": replace(whole, beside=(replace(first, index=1), second, last)),
        "a path of another": replace(
            whole, beside=(replace(first, hashes=second.hashes), second, last)
        ),
        "no transaction": replace(whole, proof=attested().inclusion(first.index)),
        "other settings": replace(whole, community=encode(renamed())),
    }


def renamed() -> Community:
    known = town().state.community
    assert known
    return altered_struct(known, name="Elsewhere")


@pytest.mark.parametrize("what", beside_wrong())
def test_what_does_not_explain_the_transaction_is_refused(what: str) -> None:
    with pytest.raises(ProofInvalid):
        check(format_receipt(beside_wrong()[what]))


def test_an_admission_that_the_community_did_not_sign_explains_nothing() -> None:
    records = list(town().records)
    at = next(at for at, one in enumerate(records) if admitted(one) == town()["anna"].id)
    records[at] = records[at][:-64] + bytes(64)
    forger = Attested(town().seed, records)
    made = forger.receipt(town().state, transactions()[0])
    with pytest.raises(ProofInvalid, match="signature"):
        verify_receipt(town().key, made)


def test_too_many_records_beside_it_are_refused_before_they_are_checked() -> None:
    crowd = replace(receipt(), beside=receipt().beside * 11)
    with pytest.raises(ProofInvalid, match="over 32"):
        parse_receipt(format_receipt(crowd))


WHOLE = format_receipt(receipt())
lines = st.sampled_from([line + b"\n" for line in WHOLE.split(b"\n")])


@settings(max_examples=300, deadline=None)
@given(st.lists(lines | st.binary(max_size=8), max_size=24))
def test_the_parser_survives_whatever_comes(parts: list[bytes]) -> None:
    with suppress(ProofInvalid):
        check(b"commontab/receipt/v1\n" + b"".join(parts))
