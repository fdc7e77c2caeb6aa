"""What a proof is said to show, where a dishonest journal is what it shows."""

import dataclasses
from functools import cache

import pytest

from federation.console.sentence import moment
from federation.proof.sentence import is_signed, tell_proven
from federation.proof.view import check_proof
from federation.words import fingerprint
from ledger.codec import encode
from ledger.proof.inclusion import verify_inclusion
from ledger.proof.present import verify_present
from ledger.proof.receipt import verify_receipt
from ledger.record import (
    POSTED_PENDING,
    ChangeSetRecord,
    ManagerRecord,
    Record,
    RefusalRecord,
    TransactionRecord,
    decode_record,
)
from ledger.state import replace
from tests.support.attested import Attested
from tests.support.eventful import eventful_town
from tests.support.linked_pair import Pair
from tests.support.realm import Shire
from tests.support.realm import link as link_up
from tests.support.township import Town


@cache
def town() -> Town:
    return eventful_town()


def first(kind: type[Record]) -> Record:
    records = map(decode_record, town().records)
    return next(record for record in records if isinstance(record, kind))


def told(record: Record) -> str:
    """What people read of a journal that holds nothing but this record."""
    journal = Attested(town().seed, [bytes(16) + encode(record)])
    return "\n".join(tell_proven(verify_inclusion(town().key, journal.inclusion(0))))


def test_honest_signatures_hold_and_their_signer_is_named() -> None:
    for stored in town().records:
        record = decode_record(stored)
        signed = isinstance(record, ManagerRecord | ChangeSetRecord) or (
            isinstance(record, RefusalRecord) and record.body != b""
        )
        assert is_signed(town().key, record) is (True if signed else None)
        assert "DOES NOT HOLD" not in told(record)


@pytest.mark.parametrize("kind", [ManagerRecord, ChangeSetRecord, RefusalRecord])
def test_a_record_that_nobody_signed_is_said_to_be_one(kind: type[Record]) -> None:
    record = first(kind)
    assert isinstance(record, ManagerRecord | ChangeSetRecord | RefusalRecord)
    forged = replace(record, signature=bytes(64))
    assert is_signed(town().key, forged) is False
    assert "THE SIGNATURE IN IT DOES NOT HOLD" in told(forged)


def test_a_change_set_that_cannot_be_read_is_said_to_be_one() -> None:
    record = first(ChangeSetRecord)
    assert isinstance(record, ChangeSetRecord)
    said = told(replace(record, body=b"\x00"))
    assert "a change-set that nobody can read" in said
    assert "DOES NOT HOLD" in said


def test_a_code_that_this_version_does_not_know_is_shown_as_it_is() -> None:
    record = first(RefusalRecord)
    assert isinstance(record, RefusalRecord)
    said = told(replace(record, code="of_a_later_version"))
    assert "of_a_later_version" in said
    assert "Why it was refused" not in said


def test_an_account_without_books_and_a_link_that_is_none_have_their_words() -> None:
    journal, state = Attested(town().seed, town().records), town().state
    anna = town().account("anna")
    empty = replace(anna, balances=())
    proven = verify_present(town().key, journal.present(state, "accounts", anna.id))
    said = tell_proven(dataclasses.replace(proven, value=empty))
    assert said[-1] == "It has had no limit and no transfer in any unit."
    link = verify_present(town().key, journal.present(state, "links", bytes(32)))
    assert tell_proven(link)[-1] == f"There is no link with {'00' * 32}."


def test_a_link_has_its_words_and_its_fields() -> None:
    lake, river = Shire("lake"), Shire("river")
    link_up(lake, river)
    journal = Attested(lake.seed, lake.records)
    proof = journal.present(lake.state, "links", river.key)
    proven = verify_present(lake.key, proof)
    told = " ".join(tell_proven(proven))
    words = fingerprint(river.key)
    assert f"The link river with the community whose fingerprint is {words} is active" in told
    assert "in EUR, fee none." in told
    drifted = replace(lake.link_to(river), drift=7)
    assert "Since its entry 7" in tell_proven(dataclasses.replace(proven, value=drifted))[-1]
    held = check_proof(proof, lake.key, ())["shows"]
    assert held["link"]["name"] == "river"
    assert held["link"]["taken"] == 1


def test_a_receipt_names_the_links_that_a_payment_passed() -> None:
    pair = Pair()
    pair.live()
    lake = pair.lake
    paid = next(
        index
        for index, record in enumerate(map(decode_record, lake.records))
        if isinstance(record, TransactionRecord) and record.state == POSTED_PENDING
    )
    proof = Attested(lake.seed, lake.records).receipt(lake.state, paid)
    told = " ".join(tell_proven(verify_receipt(lake.key, proof)))
    assert "from anna to exchange" in told
    assert "from exchange to river" in told
    words = fingerprint(pair.river.key)
    assert "river is the linked community River, account" in told
    assert f"fingerprint {words}." in told


def test_a_key_without_change_sets_has_its_words() -> None:
    fresh = Town("anna")
    journal = Attested(fresh.seed, fresh.records)
    proven = verify_present(fresh.key, journal.present(fresh.state, "keys", fresh["anna"].key))
    assert tell_proven(proven)[-1] == "No change-set of it is in the journal."


def test_what_plays_with_the_terminal_is_not_printed() -> None:
    record = first(TransactionRecord)
    assert isinstance(record, TransactionRecord)
    said = told(replace(record, memo="\x1b[2Jbread\x07"))
    assert "\ufffd[2Jbread\ufffd" in said


def test_a_time_beyond_all_calendars_is_shown_as_its_number() -> None:
    assert moment(253_402_300_799) == "9999-12-31 23:59 UTC"
    assert moment(2**40 - 1) == "at Unix time 1099511627775"
    late = first(TransactionRecord)
    assert isinstance(late, TransactionRecord)
    assert "1099511627775" in told(replace(late, time=2**40 - 1))
