"""Proofs about names: each is shown as it is, with the rules beside them, and nothing else is."""

from dataclasses import replace
from functools import cache

import pytest

from ledger.codec import encode
from ledger.errors import CodecError, ProofInvalid
from ledger.name.state import FREE_RULES, RULES_KEY
from ledger.proof.present import (
    PresentProof,
    decode_name_value,
    format_present,
    parse_present,
    verify_present,
)
from ledger.state import replace as altered_struct
from tests.support.attested import Attested
from tests.support.forgery import altered
from tests.support.registry import NAMES, keep_names
from tests.support.township import Town


@cache
def town() -> Town:
    town = Town(*NAMES)
    keep_names(town)
    return town


def present(key: bytes, of: Town | None = None) -> PresentProof:
    of = of or town()
    return Attested(of.seed, of.records).present(of.state, "names", key)


@pytest.mark.parametrize("name", ["bakery", "harbour", "mayor", "river"])
def test_every_name_is_shown_as_it_is(name: str) -> None:
    text = format_present(present(name.encode()))
    proven = verify_present(town().key, parse_present(text))
    assert proven.value == town().state.names[name]
    assert proven.community is None, "who follows names alone does not know the settings"
    assert b"\ncommunity " not in text


def test_a_proof_of_which_anything_was_changed_shows_nothing() -> None:
    for forged in altered(format_present(present(b"bakery"))):
        with pytest.raises(ProofInvalid):
            verify_present(town().key, parse_present(forged))


def test_rules_are_shown_where_they_were_set_and_nowhere_else() -> None:
    assert verify_present(town().key, present(RULES_KEY)).value == town().state.name_rules
    free = Town("anna")
    assert free.state.name_rules == FREE_RULES
    assert verify_present(free.key, present(RULES_KEY, free)).value is None


def test_no_other_owner_end_or_record_has_a_proof() -> None:
    proof, known = present(b"bakery"), town().state.names["bakery"]
    for changed in (
        altered_struct(known, owner=town()["bert"].id),
        altered_struct(known, expires=known.expires + 1),
        altered_struct(known, records=()),
        town().state.names["harbour"],
        town().state.name_rules,
    ):
        with pytest.raises(ProofInvalid, match="map of names"):
            verify_present(town().key, replace(proof, value=encode(changed)))
    with pytest.raises(ProofInvalid, match="not shown"):
        verify_present(town().key, replace(proof, value=b""))


def test_a_value_belongs_to_its_key() -> None:
    names, rules = town().state.names, encode(town().state.name_rules)
    assert decode_name_value(b"river", encode(names["river"])) == names["river"]
    assert decode_name_value(RULES_KEY, rules) == town().state.name_rules
    for key, value in (
        (b"river", encode(names["bakery"])),
        (b"river", rules),
        (RULES_KEY, encode(names["river"])),
        (b"\xff", encode(names["river"])),
        (b"river", b""),
    ):
        with pytest.raises(CodecError):
            decode_name_value(key, value)
