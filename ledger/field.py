"""The bounded field types that every format of the ledger is built from."""

from typing import Annotated

from msgspec import Meta

AMOUNT_MAX = 2**53 - 1
"""Largest amount and balance in minor units: exact in every language that will read it."""
TIME_MAX = 2**40 - 1
"""Largest Unix time in seconds that a format carries."""
MEMO_CHARS_MAX = 200
SEALED_MEMO_BYTES_MAX = 900
REASON_CHARS_MAX = 200
NAME_CHARS_MAX = 64
CATEGORY_CHARS_MAX = 32
FILE_NAME_CHARS_MAX = 64

Hash = Annotated[bytes, Meta(min_length=32, max_length=32)]
"""A SHA-256 digest."""
OptionalHash = Annotated[bytes, Meta(max_length=32)]
"""A SHA-256 digest, or nothing where there is no predecessor."""
PublicKey = Annotated[bytes, Meta(min_length=32, max_length=32)]
"""An Ed25519 public key."""
Signature = Annotated[bytes, Meta(min_length=64, max_length=64)]
"""An Ed25519 signature."""
AccountId = Annotated[bytes, Meta(min_length=16, max_length=16)]
"""The first 16 bytes of an account's first public key."""
EntryId = Annotated[bytes, Meta(min_length=16, max_length=16)]
"""Names a transaction, a hold or a request."""
Amount = Annotated[int, Meta(ge=1, le=AMOUNT_MAX)]
"""A positive number of minor units."""
Limit = Annotated[int, Meta(ge=0, le=AMOUNT_MAX)]
"""A limit in minor units."""
Balance = Annotated[int, Meta(ge=-AMOUNT_MAX, le=AMOUNT_MAX)]
"""A signed balance in minor units: positive when the community owes the account."""
Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]
"""A size, an index, a number or a version."""
Time = Annotated[int, Meta(ge=0, le=TIME_MAX)]
"""Unix time in whole seconds, UTC."""
UnitCode = Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9]{1,7}\Z")]
"""A unit's code: 2 to 8 capital letters and digits, a letter first."""
Handle = Annotated[str, Meta(min_length=1, max_length=63)]
"""A member's unique name in the community; the rules are in ledger.names."""
DisplayName = Annotated[str, Meta(min_length=1, max_length=NAME_CHARS_MAX)]
Reason = Annotated[str, Meta(max_length=REASON_CHARS_MAX)]
Memo = Annotated[str, Meta(max_length=MEMO_CHARS_MAX)]
"""A note that everybody who reads the record can read."""
SealedMemo = Annotated[bytes, Meta(max_length=SEALED_MEMO_BYTES_MAX)]
"""24-byte nonce, then a box between payer and payee, which both can open; empty for none."""
Category = Annotated[str, Meta(max_length=CATEGORY_CHARS_MAX)]
"""What somebody files an entry under, in his own words; empty for none."""
FileName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=FILE_NAME_CHARS_MAX,
        pattern=r"^(?![. ])[^/\\\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f"
        r"\ud800-\udfff\ufeff\ufff9-\uffff]+(?<! )\Z",
    ),
]
"""What an attached file is called: no folder, not hidden, and nothing in it that does not print.

The code points are listed because what Unicode calls printable changes with its version, and all
replicas must judge a name alike.
"""
FileLength = Annotated[int, Meta(ge=1, le=262_144)]
"""Bytes of an attached file, before it is sealed."""
FileTarget = Annotated[bytes, Meta(min_length=20, max_length=20)]
"""SHA-1 of the immutable DHT item that a sealed file's other items are found by."""
