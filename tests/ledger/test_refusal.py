"""Refusals: stable codes, plain words, figures with their unit."""

import string

import pytest

from ledger.advice import ADVICE
from ledger.changeset import by_key
from ledger.merge import Batch, merge
from ledger.operation import Hold, Reverse
from ledger.outcome import Outcome
from ledger.refusal import Code, Facts, Moment, Money, Refusal, explain
from ledger.unit import Unit
from tests.support.township import EUR, Town

LARGEST = 2**53 - 1
VAST = Unit("EUR", 2, "Euro", LARGEST, LARGEST)


def code(outcome: Outcome) -> Code | None:
    return outcome.refusal.code if outcome.refusal else None


def test_the_codes_that_journals_hold_never_change() -> None:
    assert {str(each) for each in Code} == {
        "account_closed", "account_exists", "account_has_holds", "account_suspended",
        "already_opened", "already_paid", "already_reverted", "already_suspended",
        "balance_not_zero", "balance_out_of_range", "commons_protected",
        "exceeds_hold", "exceeds_maximum_balance", "expiry_out_of_range",
        "insufficient_credit", "key_known", "key_not_yours", "key_proof_invalid",
        "key_unusable", "last_key", "name_invalid", "name_taken", "not_creditor", "not_debtor",
        "not_opened", "not_party", "not_payee", "not_reversible", "not_suspended",
        "pending_expired", "request_expired", "reversal_exceeds", "same_account",
        "seen_mismatch", "superseded", "too_many_holds", "too_many_keys", "too_many_requests",
        "too_many_units", "unit_mismatch", "unknown_account", "unknown_hold", "unknown_request",
        "unknown_transaction", "unknown_unit",
        "clears_nothing", "duplicate_payment", "exceeds_trust_limit", "let_go", "link_account",
        "link_closed", "link_exists", "link_suspended", "path_invalid", "payment_decided",
        "quote_outdated", "self_link", "terms_invalid", "terms_mismatch", "too_many_links",
        "too_many_transits", "unknown_link", "unknown_payment",
        "bill_invalid", "not_author", "not_concerned", "part_ended", "too_many_bills",
        "too_many_concerned", "too_many_mandates", "unknown_bill", "unknown_entry",
        "unknown_mandate",
        "already_withdrawn", "too_many_attached", "too_many_files", "unknown_attachment",
        "name_confusable", "name_expired", "name_frozen", "name_reserved", "name_rules_invalid",
        "name_unchanged", "not_name_owner", "not_offered", "price_changed", "records_invalid",
        "renewal_too_early", "too_many_names", "unknown_name",
    }  # fmt: skip


def test_every_code_fits_its_record() -> None:
    assert max(len(each) for each in Code) <= 40


@pytest.mark.parametrize("each", list(Code))
def test_every_code_says_what_is_wrong_and_what_to_do(each: Code) -> None:
    advice = ADVICE[each]
    for text in (advice.sentence, advice.step):
        assert text[0].isupper()
        assert text.endswith(".")
    assert explain(Refusal(each), ()) == f"{advice.sentence} {advice.step}"


@pytest.mark.parametrize(
    ("each", "facts", "said"),
    [
        (Code.ACCOUNT_SUSPENDED, {"handle": "anna"}, "The account of anna is suspended."),
        (Code.ACCOUNT_CLOSED, {"handle": "anna"}, "The account of anna is closed for good."),
        (Code.UNKNOWN_UNIT, {"unit": "XYZ"}, "The community does not use the unit XYZ."),
        (Code.UNIT_MISMATCH, {"unit": "EUR", "scale": 2}, "The unit EUR has 2 decimals"),
        (
            Code.INSUFFICIENT_CREDIT,
            {"amount": Money(1_250, "EUR"), "available": Money(5, "EUR")},
            "It takes 12.50 EUR, and 0.05 EUR is left to spend.",
        ),
        (
            Code.EXCEEDS_MAXIMUM_BALANCE,
            {"amount": Money(1_250, "EUR"), "payee": "bert", "room": Money(0, "EUR")},
            "It brings 12.50 EUR, and bert has room for 0.00 EUR.",
        ),
        (
            Code.EXPIRY_OUT_OF_RANGE,
            {"got": Moment(0), "earliest": Moment(60), "latest": Moment(86_400)},
            "is 1970-01-01 00:00 UTC; it lies between 1970-01-01 00:01 UTC and 1970-01-02 00:00",
        ),
        (Code.REQUEST_EXPIRED, {"expired": Moment(0)}, "expired at 1970-01-01 00:00 UTC."),
        (Code.PENDING_EXPIRED, {"expired": Moment(0)}, "expired at 1970-01-01 00:00 UTC,"),
        (Code.TOO_MANY_REQUESTS, {"open": 256}, "The account has 256 open requests"),
        (Code.TOO_MANY_HOLDS, {"open": 256}, "The account has 256 open holds"),
        (Code.TOO_MANY_KEYS, {"keys": 16}, "The account has 16 keys"),
        (Code.TOO_MANY_UNITS, {"units": 16}, "The community has 16 units"),
        (
            Code.EXCEEDS_HOLD,
            {"amount": Money(2, "EUR"), "held": Money(1, "EUR")},
            "It takes 0.02 EUR, and 0.01 EUR is held.",
        ),
        (
            Code.REVERSAL_EXCEEDS,
            {"amount": Money(2, "EUR"), "moved": Money(1, "EUR")},
            "It takes 0.02 EUR, and the transaction moved 0.01 EUR.",
        ),
        (Code.NAME_INVALID, {"why": "got 'x y'."}, "got 'x y'."),
        (Code.NAME_TAKEN, {"handle": "anna"}, "The handle anna is taken."),
        (Code.SEEN_MISMATCH, {"size": 7}, "The change names version 7 "),
        (Code.BALANCE_NOT_ZERO, {"balance": Money(-5, "EUR")}, "balance is -0.05 EUR."),
    ],
)
def test_figures_are_said_with_their_unit(each: Code, facts: Facts, said: str) -> None:
    assert said in explain(Refusal(each, facts), (EUR,))
    named = {name for _, name, _, _ in string.Formatter().parse(ADVICE[each].detail) if name}
    assert named == set(facts)


def test_an_amount_of_a_unit_that_is_not_known_here_is_still_said() -> None:
    facts = {"balance": Money(-5, "XYZ")}
    assert "-5 minor XYZ" in explain(Refusal(Code.BALANCE_NOT_ZERO, facts), ())


def test_a_merge_gives_the_figures_that_the_words_need() -> None:
    town = Town("anna", "bert")
    refusal = town.ask("anna", town.payment("bert", 99_999)).refusal
    assert refusal is not None
    assert explain(refusal, (EUR,)).startswith("It takes 999.99 EUR, and 100.00 EUR is left")


def test_no_balance_leaves_the_range_that_records_can_hold() -> None:
    town = Town("anna", "bert", "cleo", units=(VAST,))
    gift = town.ask("anna", town.payment("bert", 1))
    assert code(town.ask("bert", town.payment("cleo", LARGEST))) is None
    assert code(town.ask("bert", town.payment("anna", 1))) is None
    assert town.posted("bert") == (-LARGEST,)
    (paid,) = (
        each.id
        for each in town.state.transactions.values()
        if each.transfers[0].debit == town["anna"].id
    )
    assert gift.refusal is None
    assert code(town.manage(Reverse(paid, None, ""))) is Code.BALANCE_OUT_OF_RANGE


def test_no_pending_sum_leaves_the_range_that_records_can_hold() -> None:
    town = Town("anna", "bert", "cleo", units=(VAST,))
    town.ask("bert", town.payment("anna", LARGEST))
    expires = town.now + 9
    for payee, expected in (("bert", None), ("cleo", Code.BALANCE_OUT_OF_RANGE)):
        asked = Hold(town[payee].id, LARGEST, "EUR", "", b"", expires)
        assert code(town.ask("anna", asked)) is expected


def test_a_refusal_found_again_has_the_same_facts() -> None:
    town = Town("anna", "bert")
    signed = town.pay("anna", "bert", 99_999)
    batch = Batch((), by_key([signed]))
    first, second = (merge(town.state, batch, town.now).outcomes for _ in range(2))
    assert first == second
