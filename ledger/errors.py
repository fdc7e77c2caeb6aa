"""The exceptions of the ledger: each says what was got, what fits and what to do."""


class LedgerError(Exception):
    """Anything the ledger raises on purpose; programs catch it at their edge."""


class CodecError(LedgerError):
    """Bytes that are not the one canonical encoding of the expected shape."""


class SignatureInvalid(LedgerError):
    """A signature that does not belong to the key and the bytes it came with."""


class KeyRefused(LedgerError):
    """Bytes that are not an Ed25519 public key that messages can be sealed to."""


class SealInvalid(LedgerError):
    """A box that does not open with the keys at hand: another's, or changed on its way."""


class SegmentInvalid(LedgerError):
    """Snapshot files whose names, sizes or frames break the rules, or that do not open."""


class GrantMissing(LedgerError):
    """Records of a key epoch for which this member was given no key."""


class NoteError(LedgerError):
    """A signed note or checkpoint that breaks the C2SP rules or is wrongly signed."""


class ProofInvalid(LedgerError):
    """A proof that is not written the one way it can be, or that does not show what it says."""


class FeedInvalid(LedgerError):
    """A feed, or a part of one, whose blocks, proofs or signatures do not hold."""


class SuccessionInvalid(LedgerError):
    """A community's new key that a majority of its members has not named, or may not name."""


class NameInvalid(LedgerError):
    """A handle or name that breaks the name rules."""


class AmountInvalid(LedgerError):
    """A text that is not an amount of the unit."""


class AmountTooLarge(LedgerError):
    """An amount that a fee or a rate makes larger than any ledger can hold."""


class SplitInvalid(LedgerError):
    """Shares that do not add up to what is split, or that leave somebody with nothing."""


class FileInvalid(LedgerError):
    """A file that cannot be attached, or bytes that are not the attached file."""


class TermsInvalid(LedgerError):
    """Terms of a link that contradict themselves, or links that a payment cannot pass through."""


class HistoryMismatch(LedgerError):
    """Records that do not lead to the state, tree or checkpoint they claim."""


class StoreDamaged(LedgerError):
    """A database whose contents contradict each other or cannot be read."""


class StoreBusy(LedgerError):
    """Another process holds the writer's lock of this home."""


class StoreFull(LedgerError):
    """The disk has no room; nothing of the current transaction was written."""


class StoreMissing(LedgerError):
    """There is no database where one is to be read."""
