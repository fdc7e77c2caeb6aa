"""Proofs of the present: every account and key, absences, and nothing but the truth."""

from contextlib import suppress
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.codec import encode
from ledger.errors import ProofInvalid
from ledger.map import MapProof
from ledger.proof.present import (
    MapName,
    PresentProof,
    ProvenPresent,
    format_present,
    parse_present,
    verify_present,
)
from ledger.state import Account, KeyState
from ledger.state import replace as altered_struct
from tests.support.attested import Attested
from tests.support.eventful import eventful_town
from tests.support.forgery import altered
from tests.support.realm import Shire, link, pay, settle
from tests.support.township import Town


@cache
def town() -> Town:
    return eventful_town()


@cache
def attested() -> Attested:
    return Attested(town().seed, town().records)


def present(name: MapName, key: bytes) -> PresentProof:
    return attested().present(town().state, name, key)


def check(data: bytes) -> ProvenPresent:
    return verify_present(town().key, parse_present(data))


def absent_keys(name: MapName, *, beside_another: bool) -> bytes:
    """Return a key that the map has not, at an empty end or where another entry stands."""
    length = 16 if name == "accounts" else 32
    keys = (number.to_bytes(length) for number in range(1_000))
    return next(k for k in keys if (present(name, k).path.other is not None) == beside_another)


PROOFS: dict[str, tuple[MapName, bytes]] = {
    "an account": ("accounts", town()["anna"].id),
    "the commons": ("accounts", town().key[:16]),
    "no account, beside another": ("accounts", absent_keys("accounts", beside_another=True)),
    "no account, at an empty end": ("accounts", absent_keys("accounts", beside_another=False)),
    "a key": ("keys", town()["cleo"].key),
    "no key": ("keys", absent_keys("keys", beside_another=True)),
    "no name": ("names", b"bakery"),
    "no link": ("links", bytes(32)),
}


@pytest.mark.parametrize("kind", PROOFS)
def test_a_proof_of_which_anything_was_changed_shows_nothing(kind: str) -> None:
    text = format_present(present(*PROOFS[kind]))
    assert check(text).key == PROOFS[kind][1]
    for forged in altered(text):
        with pytest.raises(ProofInvalid):
            check(forged)


def test_every_account_and_every_key_is_shown_as_it_is() -> None:
    state = town().state
    for account in state.accounts.values():
        proven = check(format_present(present("accounts", account.id)))
        assert proven.value == account
        assert proven.community == state.community
        assert proven.record.time == state.time
    for known in state.keys.values():
        assert check(format_present(present("keys", known.key))).value == known


@pytest.mark.parametrize("kind", [kind for kind in PROOFS if kind.startswith("no ")])
def test_what_is_not_there_is_shown_not_to_be(kind: str) -> None:
    proof = present(*PROOFS[kind])
    assert check(format_present(proof)).value is None
    assert (proof.path.other is None) == (
        kind in {"no account, at an empty end", "no name", "no link"}
    )


def test_every_link_is_shown_as_it_is_and_no_other() -> None:
    lake, river, hill = Shire("lake", "anna"), Shire("river", "carla"), Shire("hill")
    link(lake, river)
    link(river, hill)
    pay((lake, "anna"), "carla", 5, river)
    settle(lake, river)
    books = Attested(river.seed, river.records)
    for peer in (lake, hill):
        proof = books.present(river.state, "links", peer.key)
        text = format_present(proof)
        assert verify_present(river.key, parse_present(text)).value == river.link_to(peer)
        for forged in altered(text):
            with pytest.raises(ProofInvalid):
                verify_present(river.key, parse_present(forged))
        other = lake if peer is hill else hill
        changed = altered_struct(river.link_to(peer), drift=7)
        for value in (changed, river.link_to(other), river.account("carla")):
            with pytest.raises(ProofInvalid, match="map of links"):
                verify_present(river.key, replace(proof, value=encode(value)))
    absent = books.present(river.state, "links", river.key)
    assert verify_present(river.key, absent).value is None


def test_no_other_balance_and_no_other_key_state_has_a_proof() -> None:
    anna = town().account("anna")
    richer = altered_struct(
        anna, balances=tuple(altered_struct(one, posted=one.posted + 1) for one in anna.balances)
    )
    proof = present("accounts", anna.id)
    for value in (encode(richer), encode(town().account("bert")), b""):
        with pytest.raises(ProofInvalid):
            verify_present(town().key, replace(proof, value=value))
    known = town().state.keys[town()["anna"].key]
    later = encode(altered_struct(known, number=known.number + 1))
    with pytest.raises(ProofInvalid, match="map of keys"):
        verify_present(town().key, replace(present("keys", known.key), value=later))


def test_an_account_cannot_be_hidden_behind_another() -> None:
    proof = present("accounts", town()["anna"].id)
    other = present("accounts", PROOFS["no account, beside another"][1]).path.other
    for path in (proof.path._replace(other=other), MapProof((), other), MapProof((), None)):
        with pytest.raises(ProofInvalid, match="not shown"):
            verify_present(town().key, replace(proof, value=b"", path=path))


def test_only_the_checkpoints_last_state_record_counts() -> None:
    proof = present("accounts", town()["anna"].id)
    last = len(town().records) - 1
    earlier = next(at for at in range(last - 1, 0, -1) if town().records[at][16:18] == b"\x99\x06")
    for index in (earlier, last - 1):
        with pytest.raises(ProofInvalid, match="ends the"):
            verify_present(town().key, replace(proof, state=attested().inclusion(index)))
    # A checkpoint that does not end a merge is no honest one, and its last record no state.
    midway = attested().inclusion(last - 1, last)
    with pytest.raises(ProofInvalid, match="ends the"):
        verify_present(town().key, replace(proof, state=midway))


def test_settings_that_the_state_record_does_not_commit_to_are_refused() -> None:
    proof = present("accounts", town()["anna"].id)
    known = town().state.community
    assert known
    renamed = encode(altered_struct(known, name="Elsewhere"))
    for settings_bytes in (renamed, b"", b"\x00"):
        with pytest.raises(ProofInvalid, match="settings"):
            verify_present(town().key, replace(proof, community=settings_bytes))


@pytest.mark.parametrize(
    ("name", "key", "value", "words"),
    [
        ("accounts", bytes(15), b"", "15 bytes"),
        ("keys", bytes(33), b"", "33 bytes"),
        ("names", b"", b"", "0 bytes"),
        ("names", bytes(256), b"", "256 bytes"),
        ("names", b"bakery", b"\x01", "map of names"),
        ("links", bytes(32), b"\x01", "map of links"),
        ("accounts", bytes(16), b"\x01", "map of accounts"),
    ],
)
def test_keys_and_values_that_do_not_fit_are_refused(
    name: MapName, key: bytes, value: bytes, words: str
) -> None:
    proof = replace(present("accounts", town().key[:16]), map=name, key=key, value=value)
    with pytest.raises(ProofInvalid, match=words):
        verify_present(town().key, proof)


def test_an_unknown_map_is_refused() -> None:
    text = format_present(present("names", b"bakery")).replace(b"map names", b"map coins")
    with pytest.raises(ProofInvalid, match="map 'coins'"):
        parse_present(text)


def test_the_proven_value_has_its_type() -> None:
    assert isinstance(check(format_present(present("accounts", town().key[:16]))).value, Account)
    assert isinstance(check(format_present(present("keys", town()["anna"].key))).value, KeyState)


WHOLE = [format_present(present(*one)) for one in PROOFS.values()]
pieces = st.sampled_from(
    [line + end for text in WHOLE for line in text.split(b"\n") for end in (b"", b"\n")]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(pieces | st.binary(max_size=8), max_size=24))
def test_the_parser_survives_whatever_comes(parts: list[bytes]) -> None:
    with suppress(ProofInvalid):
        check(b"commontab/present/v1\n" + b"".join(parts))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(WHOLE), st.data())
def test_the_parser_survives_damage(text: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 60)))
    damaged = text[:start] + data.draw(st.binary(max_size=60)) + text[end:]
    with suppress(ProofInvalid):
        assert damaged == text or not check(damaged)
