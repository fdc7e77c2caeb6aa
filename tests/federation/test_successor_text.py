"""Successions as text: read as they were written, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.card_frame import BODY_BYTES_MAX
from federation.errors import CardInvalid
from federation.succession.text import HEAD, TEXT_CHARS_MAX, format_successor, read_successor
from ledger.codec import encode
from ledger.record import RECORD_BYTES_MAX
from ledger.state import replace
from ledger.successor import SIGNERS_MAX, Signer, propose_successor
from tests.support.succession import NEW_SEED, proposal, signed_by
from tests.support.township import Town

TOWN = Town("anna", "bert", "cleo")
SIGNED = signed_by(TOWN, "anna", "bert")
TEXT = format_successor(SIGNED)


@pytest.mark.parametrize("change", [str.lower, "\n ".join])
def test_a_text_is_read_however_it_was_typed(change: object) -> None:
    assert callable(change)
    assert read_successor(change(TEXT)) == SIGNED


def test_every_changed_character_is_noticed() -> None:
    for at in range(len(TEXT)):
        other = "A" if TEXT[at] != "A" else "B"
        changed = TEXT[:at] + other + TEXT[at + 1 :]
        try:
            got = read_successor(changed)
        except CardInvalid:
            continue
        # Members' signatures are checked where their keys are known.
        assert (got.statement, got.consent) == (SIGNED.statement, SIGNED.consent)
        assert got.signers != SIGNED.signers


@given(st.text(max_size=60) | st.binary(max_size=60).map(bytes.hex))
def test_nonsense_is_refused_in_one_way(text: str) -> None:
    for one in (text, HEAD + text):
        with pytest.raises(CardInvalid):
            read_successor(one)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("A" * (TEXT_CHARS_MAX + 1), "a succession has fewer", id="too long"),
        pytest.param(TEXT[:-1], "damaged", id="cut"),
        pytest.param(TEXT.replace(":S:", ":M:"), "starts with", id="another kind"),
        pytest.param(TEXT.replace("A", "\u00c0", 1), "starts with", id="not ASCII"),
    ],
)
def test_a_damaged_text_is_refused(text: str, said: str) -> None:
    with pytest.raises(CardInvalid, match=said):
        read_successor(text)


def test_a_reason_that_would_play_with_the_terminal_is_refused() -> None:
    made = replace(SIGNED.statement, reason="\x1b[2J")
    with pytest.raises(CardInvalid, match="control characters"):
        read_successor(format_successor(propose_successor(NEW_SEED, made)))


def test_the_longest_fits_its_bounds() -> None:
    made = replace(SIGNED.statement, reason="\U0001f600" * 200, size=2**53 - 1, time=2**40 - 1)
    proposed = propose_successor(NEW_SEED, made)
    # A proposal fits a QR code.
    assert len(encode(proposed)) < BODY_BYTES_MAX
    signers = tuple(Signer(number.to_bytes(32), bytes(64)) for number in range(SIGNERS_MAX))
    whole = replace(proposed, signers=signers)
    assert len(encode(whole)) <= RECORD_BYTES_MAX
    assert read_successor(format_successor(whole)) == whole
    assert read_successor(format_successor(proposal(TOWN))).signers == ()
