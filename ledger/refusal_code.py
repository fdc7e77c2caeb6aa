"""Refusal codes: the stable words for why the ledger says no."""

from enum import StrEnum


class Code(StrEnum):
    """Why something was refused. The texts are part of the format and never change."""

    # Accounts and units
    UNKNOWN_ACCOUNT = "unknown_account"
    ACCOUNT_SUSPENDED = "account_suspended"
    ACCOUNT_CLOSED = "account_closed"
    SAME_ACCOUNT = "same_account"
    UNKNOWN_UNIT = "unknown_unit"
    UNIT_MISMATCH = "unit_mismatch"
    # Limits
    INSUFFICIENT_CREDIT = "insufficient_credit"
    EXCEEDS_MAXIMUM_BALANCE = "exceeds_maximum_balance"
    BALANCE_OUT_OF_RANGE = "balance_out_of_range"
    EXPIRY_OUT_OF_RANGE = "expiry_out_of_range"
    # Payments, requests, holds
    ALREADY_PAID = "already_paid"
    UNKNOWN_REQUEST = "unknown_request"
    REQUEST_EXPIRED = "request_expired"
    NOT_DEBTOR = "not_debtor"
    NOT_CREDITOR = "not_creditor"
    TOO_MANY_REQUESTS = "too_many_requests"
    UNKNOWN_HOLD = "unknown_hold"
    PENDING_EXPIRED = "pending_expired"
    NOT_PARTY = "not_party"
    NOT_PAYEE = "not_payee"
    EXCEEDS_HOLD = "exceeds_hold"
    TOO_MANY_HOLDS = "too_many_holds"
    # Reversals
    UNKNOWN_TRANSACTION = "unknown_transaction"
    ALREADY_REVERTED = "already_reverted"
    NOT_REVERSIBLE = "not_reversible"
    REVERSAL_EXCEEDS = "reversal_exceeds"
    # Keys and names
    KEY_KNOWN = "key_known"
    KEY_NOT_YOURS = "key_not_yours"
    KEY_PROOF_INVALID = "key_proof_invalid"
    KEY_UNUSABLE = "key_unusable"
    LAST_KEY = "last_key"
    TOO_MANY_KEYS = "too_many_keys"
    NAME_INVALID = "name_invalid"
    NAME_TAKEN = "name_taken"
    # The chain of change-sets and statements
    SEEN_MISMATCH = "seen_mismatch"
    SUPERSEDED = "superseded"
    # The manager's operations
    NOT_OPENED = "not_opened"
    ALREADY_OPENED = "already_opened"
    ACCOUNT_EXISTS = "account_exists"
    ALREADY_SUSPENDED = "already_suspended"
    NOT_SUSPENDED = "not_suspended"
    ACCOUNT_HAS_HOLDS = "account_has_holds"
    BALANCE_NOT_ZERO = "balance_not_zero"
    COMMONS_PROTECTED = "commons_protected"
    TOO_MANY_UNITS = "too_many_units"
