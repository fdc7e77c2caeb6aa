"""The exceptions of the network side: each names the party and says what to do."""

from collections.abc import Sequence

from ledger.saying import said


class FederationError(Exception):
    """Anything the federation package raises on purpose."""


class ItemInvalid(FederationError):
    """A DHT item that breaks BEP 44's rules or whose signature or hash is wrong."""


class MessageInvalid(FederationError):
    """A datagram that is not a KRPC message of BEP 5 and BEP 44."""


class SlotInvalid(FederationError):
    """A slot's value that does not open or does not hold what its kind says."""


class MemoInvalid(FederationError):
    """A sealed memo that does not open between its payer and payee."""


class CardInvalid(FederationError):
    """A card that is malformed, wrongly signed, of another kind or for another community."""


class KeyFileInvalid(FederationError):
    """A key file that is damaged or of an unknown version, or paper words that do not check."""


class PassphraseWrong(FederationError):
    """A key file that does not open with this passphrase."""


class ImageInvalid(FederationError):
    """A picture that is too large, not a picture, or holds no QR code."""


class AddressInvalid(FederationError):
    """An address that nobody or several may be meant by.

    Attributes:
        candidates: Who may have been meant, as an address names them.
    """

    def __init__(self, found: str, candidates: Sequence[str] = ()) -> None:
        near = ", ".join(candidates)
        meant = said("{found}; did you mean {near}?", found=found, near=near)
        super().__init__(meant if candidates else found)
        self.candidates = tuple(candidates)


class RecordInvalid(FederationError):
    """A record of a name that the DNS could not serve, or a zone file that does not read."""


class RegistryMissing(FederationError):
    """Names of a community that have not been read yet, or of one that signed two histories."""


class NetworkUnreachable(FederationError):
    """No DHT node answered, or the port is taken."""


class TorrentRefused(FederationError):
    """A torrent whose names, counts or sizes break the snapshot's rules."""


class FetchTimeout(FederationError):
    """A torrent that did not arrive within its deadline."""


class StorageFailed(FederationError):
    """A disk that is full or fails, or a snapshot's file that is not what it was."""


class SplitView(FederationError):
    """A community's key signed two histories.

    Attributes:
        notes: Two signed notes that cannot both be true; together they are the proof.
        proof: That proof as a file, where it takes more than the notes and the own journal; else
            empty.
    """

    def __init__(self, ours: bytes, theirs: bytes, proof: bytes = b"") -> None:
        super().__init__(
            "the community's key signed two different histories; nothing was taken over. "
            "Show the two notes to the other members and ask the manager"
        )
        self.notes = (ours, theirs)
        self.proof = proof
